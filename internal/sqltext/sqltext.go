// Package sqltext works on SQL as text: it splits a text into statements,
// strips comments, tells whether anything is there to run, and puts the CTEs of
// ephemeral models into a query.
//
// It knows how the dialects quote and comment, not what statements mean, and no
// database. Begin with Dialect and Split. InjectCTEs stands apart: it has to
// reproduce dbt's text to the byte, so it reads SQL with the rules of dbt's own
// lexer (lex.go) and not with a dialect's.
package sqltext

import "strings"

// Dialect says how a database writes literals and comments.
type Dialect struct {
	DollarQuotes   bool // $$text$$ and $tag$text$tag$
	EscapeStrings  bool // E'it\'s': a backslash escapes inside E strings
	NestedComments bool // /* a /* b */ still a comment */
	Backticks      bool // `name`
}

// The dialects that dex speaks.
var (
	DuckDB   = Dialect{DollarQuotes: true, EscapeStrings: true, NestedComments: true}
	Postgres = Dialect{DollarQuotes: true, EscapeStrings: true, NestedComments: true}
)

// Of gives the dialect of a database, by its adapter's type.
func Of(adapterType string) Dialect {
	if adapterType == "postgres" {
		return Postgres
	}
	return DuckDB
}

// Statement is one statement of a text, without its semicolon and without the
// white space around it.
type Statement struct {
	Text   string
	Offset int // of its first byte in the text
	Line   int // of its first byte, from 1
}

// Split cuts a text at the semicolons that stand outside literals and comments.
// Pieces without a statement (blank, or comments alone) are left out.
func Split(sql string, d Dialect) []Statement {
	var out []Statement
	line, counted := 1, 0
	add := func(from, to int) {
		piece := sql[from:to]
		if Blank(piece, d) {
			return
		}
		lead := len(piece) - len(strings.TrimLeft(piece, space))
		at := from + lead
		line += strings.Count(sql[counted:at], "\n")
		counted = at
		out = append(out, Statement{Text: strings.TrimRight(piece[lead:], space), Offset: at, Line: line})
	}
	start := 0
	for i := 0; i < len(sql); {
		if sql[i] == ';' {
			add(start, i)
			i++
			start = i
			continue
		}
		i, _ = next(sql, i, d)
	}
	add(start, len(sql))
	return out
}

// StripComments takes comments out. A block comment leaves one space where the
// words around it would run together; a line comment keeps its line's end.
func StripComments(sql string, d Dialect) string {
	if !strings.Contains(sql, "--") && !strings.Contains(sql, "/*") {
		return sql
	}
	var b strings.Builder
	b.Grow(len(sql))
	for i := 0; i < len(sql); {
		j, k := next(sql, i, d)
		switch {
		case k != comment:
			b.WriteString(sql[i:j])
		case sql[i] == '/' && wordBefore(sql, i) && j < len(sql) && wordByte(sql[j]):
			b.WriteByte(' ')
		}
		i = j
	}
	return b.String()
}

// Blank reports whether a text holds nothing but white space, comments and
// semicolons, so that there is nothing to send to a database.
func Blank(sql string, d Dialect) bool {
	for i := 0; i < len(sql); {
		c := sql[i]
		if c == ';' || strings.IndexByte(space, c) >= 0 {
			i++
			continue
		}
		j, k := next(sql, i, d)
		if k != comment {
			return false
		}
		i = j
	}
	return true
}

const space = " \t\n\r\f\v"

// part is a kind of stretch of SQL, as far as this package tells them apart.
type part uint8

const (
	code part = iota
	literal
	comment
)

// next gives the end and the kind of the stretch that begins at i: a whole
// comment, a whole literal, a whole word, or one byte. An unclosed comment or
// literal ends with the text.
func next(sql string, i int, d Dialect) (int, part) {
	switch c := sql[i]; {
	case c == '-' && strings.HasPrefix(sql[i:], "--"):
		if n := strings.IndexAny(sql[i:], "\r\n"); n >= 0 {
			return i + n, comment
		}
		return len(sql), comment
	case c == '/' && strings.HasPrefix(sql[i:], "/*"):
		return blockEnd(sql, i+2, d.NestedComments), comment
	case c == '\'':
		return quotedEnd(sql, i, false), literal
	case c == '"', c == '`' && d.Backticks:
		return quotedEnd(sql, i, false), literal
	case c == '$' && d.DollarQuotes:
		if end, ok := dollarEnd(sql, i); ok {
			return end, literal
		}
		return i + 1, code
	case wordByte(c):
		if d.EscapeStrings && (c == 'e' || c == 'E') && i+1 < len(sql) && sql[i+1] == '\'' {
			return escapeEnd(sql, i+1), literal
		}
		// A word is taken whole: the e of `else'x'` and the $ of a$b$ open nothing.
		j := i + 1
		for j < len(sql) && (wordByte(sql[j]) || sql[j] == '$') {
			j++
		}
		if last := sql[j-1]; d.EscapeStrings && c >= '0' && c <= '9' && (last == 'e' || last == 'E') && j < len(sql) && sql[j] == '\'' {
			return escapeEnd(sql, j), literal // 1e'...' is a number and an escape string
		}
		return j, code
	}
	return i + 1, code
}

// quotedEnd finds the end of the literal whose opening quote stands at i. A
// doubled quote is part of it.
func quotedEnd(sql string, i int, backslash bool) int {
	q := sql[i]
	for i++; i < len(sql); i++ {
		switch {
		case backslash && sql[i] == '\\':
			i++
		case sql[i] != q:
		case i+1 < len(sql) && sql[i+1] == q:
			i++
		default:
			return i + 1
		}
	}
	return len(sql)
}

// escapeEnd is quotedEnd for an escape string. One that stands behind a line end
// continues it, and a backslash escapes there as well.
func escapeEnd(sql string, i int) int {
	for {
		end := quotedEnd(sql, i, true)
		i = end
		for i < len(sql) && strings.IndexByte(space, sql[i]) >= 0 {
			i++
		}
		if i == len(sql) || sql[i] != '\'' || !strings.ContainsAny(sql[end:i], "\r\n") {
			return end
		}
	}
}

// blockEnd finds the end of a block comment whose text begins at i.
func blockEnd(sql string, i int, nested bool) int {
	for depth := 1; i < len(sql); i++ {
		switch {
		case strings.HasPrefix(sql[i:], "*/"):
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		case nested && strings.HasPrefix(sql[i:], "/*"):
			i++
			depth++
		}
	}
	return len(sql)
}

// dollarEnd finds the end of the dollar-quoted literal that opens at i. A tag
// never begins with a digit, so $1 opens nothing.
func dollarEnd(sql string, i int) (int, bool) {
	j := i + 1
	for j < len(sql) && wordByte(sql[j]) {
		j++
	}
	if j == len(sql) || sql[j] != '$' || (j > i+1 && sql[i+1] >= '0' && sql[i+1] <= '9') {
		return 0, false
	}
	tag := sql[i : j+1]
	if n := strings.Index(sql[j+1:], tag); n >= 0 {
		return j + 1 + n + len(tag), true
	}
	return len(sql), true
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func wordBefore(sql string, i int) bool { return i > 0 && wordByte(sql[i-1]) }
