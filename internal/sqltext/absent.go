package sqltext

import (
	"slices"
	"strings"
)

// Absent is what a text does with a relation that is not in the database.
type Absent struct {
	// Text is the text with an empty relation in place of this one wherever it is
	// read: behind FROM, JOIN and USING. Nothing else of it is changed.
	Text string
	// Reads is how many places that are.
	Reads int
	// Counted reports that each of them is no more than counted, so that an empty
	// relation of any columns will do.
	Counted bool
	// Makes reports that the text creates the relation.
	Makes bool
	// Needs is the first statement that works on the relation in a way that an empty
	// one cannot stand in for: INSERT, DELETE, GRANT, a view over it. "" is none.
	Needs string
}

// WithoutRelation finds the places at which a text names a relation, by database,
// schema and name or by schema and name, and puts empty, a subquery in parentheses,
// in place of it where it is read. Literals and comments name nothing.
func WithoutRelation(sql string, d Dialect, name [3]string, empty string) Absent {
	out := Absent{Counted: true}
	var b strings.Builder
	from := 0
	for _, s := range Split(sql, d) {
		r := reader{toks: lexemes(s.Text, d), name: name}
		r.read()
		out.Makes = out.Makes || r.makes
		if r.needs && out.Needs == "" {
			out.Needs = s.Text
		}
		for _, at := range r.sources {
			out.Reads++
			out.Counted = out.Counted && r.counted(at.first)
			first, last := r.toks[at.first], r.toks[at.last]
			b.WriteString(sql[from : s.Offset+first.start])
			b.WriteString(empty)
			if !r.aliased(at.last + 1) {
				b.WriteString(" as " + quoteName(name[2]))
			}
			from = s.Offset + last.end
		}
	}
	b.WriteString(sql[from:])
	out.Text = b.String()
	out.Counted = out.Counted && out.Reads > 0
	return out
}

// lexeme is a word, a quoted name, another literal or a sign of SQL.
type lexeme struct {
	start, end int
	word       string // a bare word in upper case
	name       string // a word or a quoted name as it names something; "" otherwise
	sign       byte   // of a sign
}

// lexemes cuts a statement, leaving out white space and comments.
func lexemes(sql string, d Dialect) []lexeme {
	var out []lexeme
	for i := 0; i < len(sql); {
		if strings.IndexByte(space, sql[i]) >= 0 {
			i++
			continue
		}
		end, k := next(sql, i, d)
		t := lexeme{start: i, end: end}
		switch {
		case k == comment:
			i = end
			continue
		case k == literal && (sql[i] == '"' || sql[i] == '`') && end-i >= 2:
			q := sql[i : i+1]
			t.name = strings.ReplaceAll(sql[i+1:end-1], q+q, q)
		case k == code && wordByte(sql[i]):
			t.name, t.word = sql[i:end], strings.ToUpper(sql[i:end])
		case k == code:
			t.sign = sql[i]
		}
		out = append(out, t)
		i = end
	}
	return out
}

// stretch is a dotted name: the places of its first and its last lexeme.
type stretch struct{ first, last int }

// reader follows one statement and sorts the places at which a relation is named.
type reader struct {
	toks []lexeme
	name [3]string

	sources      []stretch
	makes, needs bool

	levels []level
}

// level is a pair of parentheses, or the statement itself.
type level struct {
	from bool // inside a FROM clause, whose commas go before relations
	next bool // a relation comes next
	call bool // the arguments of a function, whose FROM is no clause: extract(year from x)
}

// clauseEnds are the words behind which a comma goes before no relation any more.
var clauseEnds = map[string]bool{
	"WHERE": true, "GROUP": true, "ORDER": true, "HAVING": true, "LIMIT": true, "SELECT": true, "SET": true, "VALUES": true,
	"UNION": true, "EXCEPT": true, "INTERSECT": true, "WINDOW": true, "QUALIFY": true, "RETURNING": true, "WHEN": true,
}

func (r *reader) read() {
	r.levels = []level{{}}
	for i := 0; i < len(r.toks); i++ {
		t, top := r.toks[i], &r.levels[len(r.levels)-1]
		switch {
		case t.sign == '(':
			call := i > 0 && r.toks[i-1].name != "" && !top.next
			r.levels = append(r.levels, level{from: top.next, next: top.next, call: call && !opensQuery(r.toks[i-1].word)})
			top.next = false
		case t.sign == ')':
			if len(r.levels) > 1 {
				r.levels = r.levels[:len(r.levels)-1]
			}
		case t.sign == ',':
			top.next = top.from
		case t.word != "" && r.keyword(i, top):
		case t.name != "":
			i = r.dotted(i, top)
		default:
			top.next = false
		}
	}
}

// opensQuery reports whether a parenthesis behind a word holds a query rather than
// a function's arguments.
func opensQuery(word string) bool {
	switch word {
	case "IN", "EXISTS", "AS", "FROM", "JOIN", "ANY", "ALL", "SOME", "ON", "WHERE", "AND", "OR", "NOT", "SELECT", "USING", "THEN", "ELSE", "WHEN",
		"UNION", "EXCEPT", "INTERSECT", "MATERIALIZED", "LATERAL", "BY", "VALUES", "BETWEEN", "LIKE", "IS", "RETURN", "INTO", "ONLY":
		return true
	}
	return false
}

// keyword takes a word that steers; false for one that may name something.
func (r *reader) keyword(i int, top *level) bool {
	if r.dot(i+1) || i > 0 && r.dot(i-1) {
		return false
	}
	switch word := r.toks[i].word; word {
	case "FROM":
		before := r.before(i)
		if before != "DISTINCT" && before != "DELETE" && !top.call {
			top.from, top.next = true, true
		}
	case "JOIN":
		top.from, top.next = true, true
	case "USING":
		top.next = !r.sign(i+1, '(')
	case "LATERAL", "ONLY":
	default:
		if !clauseEnds[word] {
			return false
		}
		*top = level{}
	}
	return true
}

// dotted takes a name with all its parts, and gives the place of its last lexeme.
func (r *reader) dotted(i int, top *level) int {
	at := stretch{i, i}
	parts := []string{r.toks[i].name}
	for r.dot(at.last+1) && at.last+2 < len(r.toks) && (r.toks[at.last+2].name != "" || r.toks[at.last+2].sign == '*') {
		at.last += 2
		parts = append(parts, r.toks[at.last].name)
	}
	reads := top.next
	top.next = false
	n := r.matches(parts)
	switch {
	case n == 0:
	case n < len(parts): // a column by its full name, which a subquery's has not
		r.needs = true
	case reads && !r.sign(at.last+1, '(') && !r.keepsText():
		r.sources = append(r.sources, at)
	default:
		r.target(i)
	}
	return at.last
}

// matches gives how many of the first parts name the relation; 0 where they name
// another.
func (r *reader) matches(parts []string) int {
	for _, want := range [...][]string{r.name[:], r.name[1:]} {
		if len(parts) >= len(want) && want[0] != "" && slices.EqualFunc(parts[:len(want)], want, strings.EqualFold) {
			return len(want)
		}
	}
	return 0
}

// target takes a place at which the relation is worked on.
func (r *reader) target(i int) {
	switch before := r.before(i); {
	case before == "EXISTS" && r.before(i-1) == "IF": // a statement that takes its absence
	case r.toks[0].word == "CREATE" && (before == "TABLE" || before == "VIEW" || before == "EXISTS"):
		r.makes = true
	default:
		r.needs = true
	}
}

// keepsText reports whether the statement creates what is not a table: its text is
// kept in the database, and so an empty relation would be.
func (r *reader) keepsText() bool {
	if r.toks[0].word != "CREATE" {
		return false
	}
	for _, t := range r.toks[1:] {
		switch t.word {
		case "OR", "REPLACE", "TEMP", "TEMPORARY", "GLOBAL", "LOCAL", "UNLOGGED", "TRANSIENT":
		default:
			return t.word != "TABLE"
		}
	}
	return true
}

// counted reports whether the relation at i is no more than counted: SELECT of
// literals and count(*) alone, FROM, and nothing behind.
func (r *reader) counted(i int) bool {
	last := i
	for r.dot(last+1) && last+2 < len(r.toks) {
		last += 2
	}
	if last+1 < len(r.toks) && r.toks[last+1].sign != ')' || i < 1 || r.toks[i-1].word != "FROM" {
		return false
	}
	stars := 0
	for k := i - 2; k >= 0; k-- {
		switch t := r.toks[k]; {
		case t.word == "SELECT":
			return stars > 0
		case t.sign == '*' && k >= 2 && r.toks[k-1].sign == '(' && r.toks[k-2].word == "COUNT" && r.sign(k+1, ')'):
			stars++
			k -= 2
		case t.sign == ',' || t.sign == ')' || t.name == "" && t.sign == 0 || t.word == "CURRENT_TIMESTAMP":
		default:
			return false
		}
	}
	return false
}

// aliased reports whether the lexeme at i is an alias, or the word before one.
func (r *reader) aliased(i int) bool {
	if i >= len(r.toks) || r.toks[i].name == "" {
		return false
	}
	return r.toks[i].word == "" || !afterRelation[r.toks[i].word]
}

// afterRelation are the words that may follow a relation and are no alias of it.
var afterRelation = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`WHERE JOIN INNER LEFT RIGHT FULL CROSS NATURAL SEMI ANTI ASOF POSITIONAL LATERAL ON USING GROUP ORDER
		HAVING LIMIT OFFSET UNION EXCEPT INTERSECT WINDOW QUALIFY TABLESAMPLE FOR FETCH RETURNING SET VALUES WHEN SELECT PIVOT UNPIVOT SAMPLE`) {
		m[w] = true
	}
	return m
}()

func (r *reader) sign(i int, c byte) bool { return i < len(r.toks) && r.toks[i].sign == c }

func (r *reader) dot(i int) bool { return i >= 0 && r.sign(i, '.') }

// before is the bare word right before i, in upper case.
func (r *reader) before(i int) string {
	if i < 1 {
		return ""
	}
	return r.toks[i-1].word
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
