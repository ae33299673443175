package sqltext

import "strings"

// CTE is an ephemeral model on its way into a query that refers to it.
type CTE struct {
	ID  string // the model's unique id
	SQL string // " name as (\n...\n)": see EphemeralCTE
}

// EphemeralPrefix begins the name under which an ephemeral model stands in a query.
const EphemeralPrefix = "__dbt__cte__"

// EphemeralCTE makes the CTE of a model from its compiled SQL, in dbt's words.
func EphemeralCTE(id, identifier, sql string) CTE {
	return CTE{ID: id, SQL: " " + EphemeralPrefix + identifier + " as (\n" + sql + "\n)"}
}

// InjectCTEs puts CTEs before a query: into its own WITH (or WITH RECURSIVE) if
// it has one, else into a new one.
//
// dbt: only the first statement of the text is kept, and a WITH counts wherever
// it stands outside brackets, CASE and WHERE, so `x::timestamp with time zone`
// takes the CTEs too (testdata/inject.json).
func InjectCTEs(sql string, ctes []CTE) string {
	if len(ctes) == 0 {
		return sql
	}
	toks, stmt := firstStatement(sql)
	at, has := afterWith(toks, stmt)
	n := len(stmt) + 8
	for _, c := range ctes {
		n += len(c.SQL) + 2
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteString(stmt[:at])
	if !has {
		b.WriteString("with")
	}
	for i, c := range ctes {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.SQL)
	}
	if has {
		b.WriteString(", ")
	} else {
		b.WriteByte(' ')
	}
	b.WriteString(stmt[at:])
	return b.String()
}

// afterWith finds where CTEs go: before what follows the statement's WITH, or
// where there is none, before the statement's first token.
func afterWith(toks []token, stmt string) (at int, has bool) {
	for _, t := range topLevel(toks) {
		switch {
		case t.upper == "WITH":
			has, at = true, t.end
		case !has:
		case t.upper == "RECURSIVE":
			return firstSolid(toks, t.end, len(stmt)), true
		case t.kind != kSpace && t.kind != kNewline:
			return firstSolid(toks, at, len(stmt)), true
		}
	}
	if has {
		return firstSolid(toks, at, len(stmt)), true
	}
	return firstSolid(toks, 0, len(stmt)), false
}

// firstSolid gives the start of the first token at or after from that is not
// white space. A comment is solid.
func firstSolid(toks []token, from, end int) int {
	for _, t := range toks {
		if t.start >= from && t.kind != kSpace && t.kind != kNewline {
			return t.start
		}
	}
	return end
}

// topLevel gives the tokens that are left when brackets, CASE, IF, FOR and
// BEGIN blocks and WHERE clauses have each become one.
func topLevel(toks []token) []token {
	is := func(k kind, text string) func(token) bool {
		return func(t token) bool { return t.kind == k && t.upper == text }
	}
	out := append([]token(nil), toks...)
	out = group(out, is(kPunct, "["), is(kPunct, "]"))
	out = group(out, is(kPunct, "("), is(kPunct, ")"))
	out = group(out, is(kWord, "CASE"), is(kWord, "END"))
	out = group(out, is(kWord, "IF"), is(kWord, "END IF"))
	out = group(out, func(t token) bool { return t.upper == "FOR" || t.upper == "FOREACH" }, is(kWord, "END LOOP"))
	out = group(out, is(kWord, "BEGIN"), is(kWord, "END"))
	return hideOperands(groupWhere(out))
}

// hideOperands takes the name off a WITH right before or behind a cast or an
// assignment: it counts as a part of them. The list is changed in place.
func hideOperands(toks []token) []token {
	for i, t := range toks {
		if t.upper != "::" && t.upper != ":=" {
			continue
		}
		left, right := beforeSolid(toks, i), afterSolid(toks, i)
		if left < 0 || right == len(toks) || t.upper == ":=" && (plainKeyword(toks[left]) || plainKeyword(toks[right])) {
			continue
		}
		for _, k := range [2]int{left, right} {
			if toks[k].upper == "WITH" {
				toks[k].upper = ""
			}
		}
	}
	return toks
}

func plainKeyword(t token) bool { return t.kind == kWord && t.upper != "" && t.upper != "WITH" }

// afterSolid gives the place of the token behind i that is not white space, or
// the length of the list.
func afterSolid(toks []token, i int) int {
	for i++; i < len(toks) && (toks[i].kind == kSpace || toks[i].kind == kNewline); i++ {
	}
	return i
}

// beforeSolid gives the place of the token before i that is not white space, or -1.
func beforeSolid(toks []token, i int) int {
	for i--; i >= 0 && (toks[i].kind == kSpace || toks[i].kind == kNewline); i-- {
	}
	return i
}

// group replaces each stretch from an opening token to its closing one by a
// single token. Openers and closers without a partner stay as they are.
func group(toks []token, opens, closes func(token) bool) []token {
	out := toks[:0]
	var stack []int
	for _, t := range toks {
		switch {
		case opens(t):
			stack = append(stack, len(out))
		case closes(t) && len(stack) > 0:
			from := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			out = append(out[:from], token{start: out[from].start, end: t.end})
			continue
		}
		out = append(out, t)
	}
	return out
}

// whereEnds are the words at which a WHERE clause is over.
var whereEnds = map[string]bool{
	"ORDER BY": true, "GROUP BY": true, "LIMIT": true, "UNION": true, "UNION ALL": true, "EXCEPT": true,
	"INTERSECT": true, "HAVING": true, "RETURNING": true, "INTO": true,
}

func groupWhere(toks []token) []token {
	out := toks[:0]
	inside := false
	for _, t := range toks {
		if inside {
			if !whereEnds[t.upper] {
				continue
			}
			inside = false
		}
		if t.upper == "WHERE" {
			inside = true
			t.upper = ""
		}
		out = append(out, t)
	}
	return out
}
