package cli

import (
	"regexp"
	"strconv"
	"strings"
)

// excerpt is a few lines of a text around the place of a fault.
type excerpt struct {
	first int // number of the first line
	lines []string
	mark  int // number of the line at fault; 0 is unknown
	col   int // from 1; 0 is unknown
}

const (
	// around is how many lines before and after the one at fault are shown.
	around = 2
	// mostLines is how many lines of a statement are shown where the line at fault
	// is not known.
	mostLines = 8
)

// sqlExcerpt cuts a statement down to the neighbourhood of a line.
func sqlExcerpt(sql string, line, col int) excerpt {
	lines := strings.Split(strings.TrimRight(sql, " \t\r\n;"), "\n")
	if line < 1 || line > len(lines) {
		for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
			lines = lines[1:]
		}
		if len(lines) > mostLines {
			lines = append(lines[:mostLines:mostLines], "…")
		}
		return excerpt{first: 1, lines: lines}.dedented()
	}
	from, to := max(0, line-1-around), min(len(lines), line+around)
	for from < line-1 && strings.TrimSpace(lines[from]) == "" {
		from++
	}
	for to > line && strings.TrimSpace(lines[to-1]) == "" {
		to--
	}
	return excerpt{first: from + 1, lines: lines[from:to], mark: line, col: col}.dedented()
}

// dedented takes the blanks off that all lines begin with.
func (x excerpt) dedented() excerpt {
	indent := -1
	for _, l := range x.lines {
		if blank := len(l) - len(strings.TrimLeft(l, " ")); blank < len(l) && l != "…" && (indent < 0 || blank < indent) {
			indent = blank
		}
	}
	if indent <= 0 {
		return x
	}
	lines := make([]string, len(x.lines))
	for i, l := range x.lines {
		lines[i] = strings.TrimPrefix(l, strings.Repeat(" ", min(indent, len(l)-len(strings.TrimLeft(l, " ")))))
	}
	x.lines = lines
	x.col = max(0, x.col-indent)
	return x
}

// text lays the excerpt out, each line with its number, at most cols wide where
// cols > 0.
func (x excerpt) text(cols int) []string {
	width := len(strconv.Itoa(x.first + len(x.lines)))
	var out []string
	for i, l := range x.lines {
		n := x.first + i
		mark := "  "
		if n == x.mark && len(x.lines) > 1 {
			mark = "> "
		}
		num := strconv.Itoa(n)
		head := mark + strings.Repeat(" ", width-len(num)) + num + " | "
		l = strings.ReplaceAll(strings.TrimRight(l, "\r"), "\t", " ")
		out = append(out, fit(head+l, cols))
		if n == x.mark && x.col > 0 && (cols <= 0 || len(head)+x.col < cols) {
			out = append(out, strings.Repeat(" ", len(head)-2)+"| "+strings.Repeat(" ", cells(firstRunes(l, x.col-1)))+"^")
		}
	}
	return out
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// databaseCaret is how DuckDB and Postgres point at a place.
var databaseCaret = regexp.MustCompile(`(?m)^(LINE \d+: )(.*)\n( *)\^[ \t]*$`)

// caretColumn finds the column that a database's message points at. A long line
// is cut by the database at its left; then nothing is known.
func caretColumn(msg string) int {
	m := databaseCaret.FindStringSubmatch(msg)
	if m == nil || strings.HasPrefix(m[2], "...") {
		return 0
	}
	return max(0, len(m[3])-len(m[1])+1)
}

// showsLine reports whether a database's message shows the line at fault whole,
// so that there is no need to show it again.
func showsLine(msg string) bool {
	m := databaseCaret.FindStringSubmatch(msg)
	return m != nil && !strings.HasPrefix(m[2], "...") && !strings.HasSuffix(m[2], "...")
}

// withoutCaret takes the lines by which a database points at a place out of its
// message; the excerpt shows them better.
func withoutCaret(msg string) string {
	return strings.TrimRight(databaseCaret.ReplaceAllString(msg, ""), " \n")
}

// withoutComment takes a query comment off the front of a statement, and moves
// the number of the line along.
func withoutComment(sql string, line int) (string, int) {
	if !strings.HasPrefix(sql, "/*") {
		return sql, line
	}
	comment, rest, ok := strings.Cut(sql, "*/")
	if !ok {
		return sql, line
	}
	trimmed := strings.TrimLeft(rest, " \t\r\n")
	gone := strings.Count(comment, "\n") + strings.Count(rest[:len(rest)-len(trimmed)], "\n")
	return trimmed, max(0, line-gone)
}
