package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// terminal is as much of a terminal as the live view needs: text that wraps,
// line ends, colours, the cursor up, erasing, the cursor hidden. Anything else is
// a fault of the view.
type terminal struct {
	cols     int
	lines    [][]rune // all rows since the start; none scrolls away
	row, col int
	wrapped  int // how often text ran over the right edge
	hidden   bool
	writes   int
	faults   []string
}

func newTerminal(cols int) *terminal { return &terminal{cols: cols, lines: [][]rune{nil}} }

func (t *terminal) size() (int, int) { return t.cols, 24 }

func (t *terminal) fault(format string, args ...any) {
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

// Write implements io.Writer.
func (t *terminal) Write(p []byte) (int, error) {
	t.writes++
	for s := string(p); s != ""; {
		if s[0] == '\x1b' {
			s = t.escape(s)
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		t.put(r)
	}
	return len(p), nil
}

func (t *terminal) put(r rune) {
	switch {
	case r == '\r':
		t.col = 0
		return
	case r == '\n':
		t.down()
		return
	case r < ' ':
		t.fault("control character %q", r)
		return
	}
	if t.col+runeCells(r) > t.cols {
		t.wrapped++
		t.col = 0
		t.down()
	}
	line := t.lines[t.row]
	for len(line) <= t.col {
		line = append(line, ' ')
	}
	line[t.col] = r
	t.lines[t.row] = line
	t.col += runeCells(r)
}

func (t *terminal) down() {
	t.row++
	if t.row == len(t.lines) {
		t.lines = append(t.lines, nil)
	}
}

func (t *terminal) escape(s string) string {
	end := strings.IndexFunc(s[1:], func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
	if end < 0 || s[1] != '[' {
		t.fault("escape %q", s)
		return ""
	}
	end++
	arg, rest := s[2:end], s[end+1:]
	switch s[end] {
	case 'm':
	case 'A':
		n, err := strconv.Atoi(arg)
		if err != nil || n > t.row {
			t.fault("up %q from row %d", arg, t.row)
			n = 0
		}
		t.row -= n
	case 'K':
		t.lines[t.row] = t.lines[t.row][:min(t.col, len(t.lines[t.row]))]
	case 'J':
		t.lines[t.row] = t.lines[t.row][:min(t.col, len(t.lines[t.row]))]
		t.lines = t.lines[:t.row+1]
	case 'l', 'h':
		if arg != "?25" {
			t.fault("mode %q", arg)
		}
		t.hidden = s[end] == 'l'
	default:
		t.fault("sequence %q", s[:end+1])
	}
	return rest
}

// text is the screen without blanks at the ends of lines.
func (t *terminal) text() string {
	var b strings.Builder
	for _, l := range t.lines {
		b.WriteString(strings.TrimRight(string(l), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
