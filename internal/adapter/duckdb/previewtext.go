package duckdb

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"dex/internal/sqltext"
)

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// The first words of statements, by what a preview does with them. It prepares none
// but those of boundWords: some of the others have a file read or made at that.
var (
	readWords        = words("select with from values pivot unpivot show describe desc summarize table (")
	boundWords       = words("select with from values create alter drop comment insert update delete merge truncate use set (")
	transactionWords = words("begin start commit rollback abort end")
	followedWords    = words("create alter drop comment")
)

// firstWord is the first word of a statement in small letters, behind comments;
// "(" where it begins with one.
func firstWord(sql string) string {
	t := tokens(sql)
	if len(t) == 0 {
		return ""
	}
	return strings.ToLower(t[0])
}

// name is a relation's, its parts absent where they were not written.
type name struct{ database, schema, identifier string }

func (n name) folded() name {
	return name{strings.ToLower(n.database), strings.ToLower(n.schema), strings.ToLower(n.identifier)}
}

func (n name) String() string {
	out := n.identifier
	if n.schema != "" {
		out = n.schema + "." + out
	}
	return out
}

// quoted is the name as SQL has it.
func (n name) quoted() string {
	var parts []string
	for _, p := range []string{n.database, n.schema, n.identifier} {
		if p != "" {
			parts = append(parts, quote(p))
		}
	}
	return strings.Join(parts, ".")
}

// meets reports whether two names may be those of one relation: parts that one of
// them lacks do not tell them apart. Both are folded.
func (n name) meets(o name) bool {
	same := func(a, b string) bool { return a == "" || b == "" || a == b }
	return n.identifier == o.identifier && same(n.schema, o.schema) && same(n.database, o.database)
}

// tokens are the words, quoted names and signs of a statement; blanks, comments
// and texts are left out.
func tokens(sql string) []string {
	var out []string
	sql = sqltext.StripComments(sql, sqltext.DuckDB)
	for i := 0; i < len(sql); {
		c := sql[i]
		j := i + 1
		switch {
		case c == '\'':
			i = quoteEnd(sql, i)
			continue
		case c == '"':
			j = quoteEnd(sql, i)
		case isWord(c):
			for j < len(sql) && isWord(sql[j]) {
				j++
			}
		case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
			i++
			continue
		}
		out = append(out, sql[i:j])
		i = j
	}
	return out
}

// quoteEnd finds the end of what a quote opens at i.
func quoteEnd(sql string, i int) int {
	q := sql[i]
	for i++; i < len(sql); i++ {
		if sql[i] == q {
			if i+1 == len(sql) || sql[i+1] != q {
				return i + 1
			}
			i++
		}
	}
	return len(sql)
}

// nameAt reads a name at token i, and gives the token behind it.
func nameAt(t []string, i int) (name, int, bool) {
	var parts []string
	for i < len(t) && (t[i][0] == '"' || isWord(t[i][0])) {
		parts = append(parts, unquoted(t[i]))
		if i++; i+1 >= len(t) || t[i] != "." {
			break
		}
		i++
	}
	switch n := len(parts); {
	case n == 0:
		return name{}, i, false
	case n == 1:
		return name{identifier: parts[0]}, i, true
	case n == 2:
		return name{schema: parts[0], identifier: parts[1]}, i, true
	default:
		return name{parts[n-3], parts[n-2], parts[n-1]}, i, true
	}
}

// skipped are the words that may stand between a statement's first word and the
// name of what it changes.
var skipped = words("or replace temp temporary table view schema macro function sequence index unique type recursive materialized " +
	"if not exists into from only ignore column on")

// targets are the relations that a statement changes: the name behind its first
// words, and the one it gets by a rename.
func targets(sql string) []name {
	t := tokens(sql)
	if len(t) == 0 {
		return nil
	}
	i := 0
	switch strings.ToLower(t[0]) {
	case "create", "alter", "drop", "insert", "update", "delete", "merge", "truncate", "copy":
	case "with": // with x as (...) insert into y
		i = slices.IndexFunc(t, func(w string) bool { return words("insert update delete merge")[strings.ToLower(w)] })
	default:
		return nil
	}
	if i < 0 {
		return nil
	}
	for i++; i < len(t) && skipped[strings.ToLower(t[i])]; i++ {
	}
	n, next, ok := nameAt(t, i)
	if !ok {
		return nil
	}
	out := []name{n}
	if next+2 < len(t) && strings.EqualFold(t[next], "rename") && strings.EqualFold(t[next+1], "to") {
		if to, _, ok := nameAt(t, next+2); ok {
			to.database, to.schema = n.database, n.schema
			out = append(out, to)
		}
	}
	return out
}

// mentioned gives those of some relations that a query reads, or may read: names
// are compared, in no case, and a name behind FROM that the query itself defines is
// none.
func mentioned(sql string, relations []name) []string {
	t := tokens(sql)
	own := map[string]bool{}
	for i := 0; i+2 < len(t); i++ {
		if strings.EqualFold(t[i+1], "as") && t[i+2] == "(" {
			own[strings.ToLower(unquoted(t[i]))] = true
		}
	}
	var out []string
	for i := 0; i < len(t); {
		n, next, ok := nameAt(t, i)
		if !ok {
			i++
			continue
		}
		n = n.folded()
		reads := n.schema != "" || !own[n.identifier] && i > 0 && sourceWords[strings.ToLower(t[i-1])]
		if reads && slices.ContainsFunc(relations, n.meets) && !slices.Contains(out, n.String()) {
			out = append(out, n.String())
		}
		i = next
	}
	return out
}

var sourceWords = words("from join , describe summarize table into update")

var catalogPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(information_schema|pg_catalog|sqlite_master|duckdb_\w+|pragma_\w+|show|describe|current_schemas?)\b`)
})

// asksCatalog reports whether a query asks what there is.
func asksCatalog(sql string) bool { return catalogPattern().MatchString(sql) }

var secretPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^\s*(create|alter|drop)\s+(or\s+replace\s+)?((persistent|temporary|temp)\s+)?secret\b`)
})

// aboutSecrets reports whether a statement makes or drops a secret: a persistent one
// is a file.
func aboutSecrets(sql string) bool {
	return secretPattern().MatchString(sqltext.StripComments(sql, sqltext.DuckDB))
}

var ifAbsentPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^\s*create\s+(table|view)\s+if\s+not\s+exists\b`)
})

var tableAsPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^\s*create\s+(or\s+replace\s+)?(temp\s+|temporary\s+)?table\s+[^(]*?\bas\b`)
})

// tableOfQuery gives CREATE TABLE AS without the rows.
func tableOfQuery(sql string) (string, bool) {
	if !tableAsPattern().MatchString(sqltext.StripComments(sql, sqltext.DuckDB)) {
		return sql, false
	}
	return sql + "\nWITH NO DATA", true
}
