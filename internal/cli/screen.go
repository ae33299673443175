package cli

import (
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// screen is a terminal that the live view draws on.
type screen struct {
	w    io.Writer
	size func() (cols, rows int)
}

// openScreen gives the terminal that standard output is. There is none where
// output goes elsewhere, where a CI system reads it, or where the terminal
// cannot move its cursor.
func openScreen(p *Process) (screen, bool) {
	f, ok := p.Stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return screen{}, false
	}
	if v, _ := p.getenv("TERM"); v == "" || v == "dumb" {
		return screen{}, false
	}
	if v, _ := p.getenv("CI"); v != "" && v != "false" && v != "0" {
		return screen{}, false
	}
	size := func() (int, int) {
		cols, rows, err := term.GetSize(int(f.Fd()))
		if err != nil || cols < 1 || rows < 1 {
			return 80, 24
		}
		return cols, rows
	}
	return screen{w: f, size: size}, true
}

// style is what marks and colours the live view uses.
type style struct {
	colour bool
	ascii  bool // the terminal's locale has no Unicode
}

func styleOf(p *Process, s *settings) style {
	return style{colour: useColour(p, s), ascii: plainLocale(p)}
}

// plainLocale reports whether the locale says that the terminal shows ASCII
// alone. One that says nothing is taken to be modern.
func plainLocale(p *Process) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v, _ := p.getenv(name); v != "" {
			return v == "C" || v == "POSIX"
		}
	}
	return false
}

// in colours a text.
func (s style) in(colour, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return colour + text + reset
}

// pick chooses between a mark and its ASCII form.
func (s style) pick(mark, ascii string) string {
	if s.ascii {
		return ascii
	}
	return mark
}

// wide are the ranges of runes that take two cells of a terminal.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xa960, 0xa97c, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f900, 0x1faff, 1}, {0x20000, 0x3fffd, 1}},
}

// cells is how many cells of a terminal a text takes.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case r == 0x200b || r == 0x200d || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// fit cuts s to at most cols cells, the last of which then is an ellipsis. cols
// of 0 or less leaves s whole.
func fit(s string, cols int) string {
	if cols <= 0 || cells(s) <= cols {
		return s
	}
	n := 0
	for i, r := range s {
		if n+runeCells(r) > cols-1 {
			return s[:i] + "…"
		}
		n += runeCells(r)
	}
	return s
}

// pad fits s to exactly cols cells.
func pad(s string, cols int) string {
	s = fit(s, max(1, cols))
	return s + strings.Repeat(" ", max(0, cols-cells(s)))
}

// padLeft is pad with the text at the right.
func padLeft(s string, cols int) string {
	s = fit(s, max(1, cols))
	return strings.Repeat(" ", max(0, cols-cells(s))) + s
}

// wrap breaks a text into lines of at most cols cells, at blanks where it can.
func wrap(s string, cols int) []string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		for cells(l) > cols {
			at, blank, n := 0, 0, 0
			for i, r := range l {
				if r == ' ' && strings.TrimLeft(l[:i], " ") != "" {
					blank = i
				}
				if n += runeCells(r); n > cols {
					break
				}
				at = i + len(string(r))
			}
			if blank > 0 {
				at = blank
			} else if at == 0 {
				break // not even one rune fits
			}
			out = append(out, l[:at])
			l = strings.TrimLeft(l[at:], " ")
		}
		out = append(out, l)
	}
	return out
}

// harmless takes control characters out of a text, so that a name or a message
// from outside cannot steer the terminal. Line ends stay, tabs become blanks.
func harmless(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' && s[i] != '\n' || s[i] == 0x7f || s[i] >= 0x80 {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r == '\r' || unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
}
