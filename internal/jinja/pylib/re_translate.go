package pylib

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// The flags of module re.
const (
	flagIgnoreCase = 2
	flagLocale     = 4
	flagMultiline  = 8
	flagDotAll     = 16
	flagUnicode    = 32
	flagVerbose    = 64
	flagASCII      = 256
)

var flagLetters = map[rune]int{
	'i': flagIgnoreCase, 'L': flagLocale, 'm': flagMultiline, 's': flagDotAll, 'u': flagUnicode, 'x': flagVerbose, 'a': flagASCII,
}

// translator rewrites a Python pattern for the regexp2 engine. Where the two
// disagree in syntax or meaning it writes the meaning out: groups are numbered
// and named here, and of the flags only ignoring case is left to the engine.
type translator struct {
	src   []rune
	pos   int
	out   strings.Builder
	flags int

	names  map[string]int
	widths []span // of each group; 0 is the whole
	open   []bool
	closed []int // groups in the order in which they close

}

// span is how many characters something can match; hi is forever if unbounded.
type span struct{ lo, hi int }

const forever = 1 << 30

func (s span) plus(o span) span { return span{min(s.lo+o.lo, forever), min(s.hi+o.hi, forever)} }

func (s span) times(lo, hi int) span {
	mul := func(a, b int) int {
		if a == 0 || b == 0 {
			return 0
		}
		if a > forever/b {
			return forever
		}
		return a * b
	}
	return span{mul(s.lo, lo), mul(s.hi, hi)}
}

// translation is a pattern for the engine with what the engine forgets.
type translation struct {
	pattern string
	flags   int
	groups  int
	names   map[string]int
	closed  []int
}

// errPattern is Python's re.error.
func (tr *translator) errorf(at int, format string, args ...any) error {
	msg := fmt.Sprintf(format, args...) + " at position " + strconv.Itoa(at)
	if slices.Contains(tr.src, '\n') {
		line := 1
		begin := 0
		for i, r := range tr.src[:min(at, len(tr.src))] {
			if r == '\n' {
				line, begin = line+1, i+1
			}
		}
		msg += fmt.Sprintf(" (line %d, column %d)", line, at-begin+1)
	}
	return value.Errorf("error", "%s", msg)
}

func translate(pattern string, flags int) (*translation, error) {
	tr := &translator{src: []rune(pattern), flags: flags, names: map[string]int{}, widths: []span{{}}, open: []bool{false}}
	if err := tr.globalFlags(); err != nil {
		return nil, err
	}
	if tr.flags&flagASCII == 0 {
		tr.flags |= flagUnicode
	} else if tr.flags&flagUnicode != 0 {
		return nil, valueErrorf("ASCII and UNICODE flags are incompatible")
	}
	if tr.flags&flagLocale != 0 {
		return nil, valueErrorf("cannot use LOCALE flag with a str pattern")
	}
	whole := tr.flags
	if _, err := tr.alternatives(0); err != nil {
		return nil, err
	}
	if tr.pos < len(tr.src) {
		return nil, tr.errorf(tr.pos, "unbalanced parenthesis")
	}
	return &translation{tr.out.String(), whole, len(tr.widths) - 1, tr.names, tr.closed}, nil
}

// globalFlags reads (?i) and the like, which may stand at the beginning alone.
func (tr *translator) globalFlags() error {
	for {
		tr.skipVerbose()
		n := tr.pos
		if !tr.lookingAt("(?") {
			return nil
		}
		i, flags := n+2, 0
		for i < len(tr.src) && flagLetters[tr.src[i]] != 0 {
			flags |= flagLetters[tr.src[i]]
			i++
			if flags&flagLocale != 0 {
				return tr.errorf(i, "bad inline flags: cannot use 'L' flag with a str pattern")
			}
		}
		if flags == 0 || i >= len(tr.src) || tr.src[i] != ')' {
			return nil
		}
		tr.pos = i + 1
		tr.flags |= flags
	}
}

func (tr *translator) lookingAt(s string) bool {
	rs := []rune(s)
	return len(tr.src)-tr.pos >= len(rs) && slices.Equal(tr.src[tr.pos:tr.pos+len(rs)], rs)
}

// take reads s if it stands here.
func (tr *translator) take(s string) bool {
	if !tr.lookingAt(s) {
		return false
	}
	tr.pos += len([]rune(s))
	return true
}

// peek is the character here, 0 at the end.
func (tr *translator) peek() rune {
	if tr.pos >= len(tr.src) {
		return 0
	}
	return tr.src[tr.pos]
}

// skipVerbose skips what a verbose pattern ignores, and comments in any.
func (tr *translator) skipVerbose() {
	for tr.flags&flagVerbose != 0 && tr.pos < len(tr.src) {
		switch r := tr.src[tr.pos]; {
		case strings.ContainsRune(" \t\n\r\v\f", r):
			tr.pos++
		case r == '#':
			for tr.pos < len(tr.src) && tr.src[tr.pos] != '\n' {
				tr.pos++
			}
		default:
			return
		}
	}
}

// maxNesting bounds the groups in groups, as the reader calls itself for them.
const maxNesting = 250

func (tr *translator) alternatives(depth int) (span, error) {
	if depth > maxNesting {
		return span{}, value.Errorf("RecursionError", "maximum recursion depth exceeded")
	}
	whole, err := tr.sequence(depth)
	for err == nil && tr.peek() == '|' && tr.pos < len(tr.src) {
		tr.pos++
		tr.out.WriteByte('|')
		var next span
		next, err = tr.sequence(depth)
		whole = span{min(whole.lo, next.lo), max(whole.hi, next.hi)}
	}
	return whole, err
}

func (tr *translator) sequence(depth int) (span, error) {
	var whole span
	for {
		tr.skipVerbose()
		if tr.pos >= len(tr.src) || tr.peek() == '|' || tr.peek() == ')' {
			return whole, nil
		}
		start, at := tr.out.Len(), tr.pos
		atom, repeatable, err := tr.atom(depth)
		if err != nil {
			return whole, err
		}
		atom, err = tr.quantifiers(start, at, atom, repeatable)
		if err != nil {
			return whole, err
		}
		whole = whole.plus(atom)
	}
}

// atom reads what a quantifier may stand behind.
func (tr *translator) atom(depth int) (w span, repeatable bool, err error) {
	at := tr.pos
	r := tr.src[tr.pos]
	tr.pos++
	switch r {
	case '(':
		return tr.group(at, depth)
	case '[':
		w, err = span{1, 1}, tr.class(at)
		return w, true, err
	case '\\':
		return tr.escape(at)
	case '.':
		if tr.flags&flagDotAll != 0 {
			tr.out.WriteString(`[\s\S]`)
		} else {
			tr.out.WriteString(`[^\n]`)
		}
		return span{1, 1}, true, nil
	case '^', '$':
		if tr.flags&flagMultiline != 0 {
			tr.out.WriteString("(?m:" + string(r) + ")")
		} else {
			tr.out.WriteRune(r)
		}
		return span{}, false, nil
	case '*', '+', '?':
		return w, false, tr.errorf(at, "nothing to repeat")
	case '{':
		tr.pos = at
		if _, _, ok, err := tr.braces(); err != nil || ok {
			if err == nil {
				err = tr.errorf(at, "nothing to repeat")
			}
			return w, false, err
		}
		tr.pos = at + 1
	}
	tr.literal(r)
	return span{1, 1}, true, nil
}

func (tr *translator) literal(r rune) {
	if r < 0x80 && strings.ContainsRune(`\*+?|{}[]()^$.# -`, r) && r != '-' {
		tr.out.WriteByte('\\')
	}
	tr.out.WriteRune(r)
}

// quantifiers reads a repetition behind the atom whose translation begins at
// start. A possessive one becomes an atomic group.
func (tr *translator) quantifiers(start, at int, w span, repeatable bool) (span, error) {
	tr.skipVerbose()
	here := tr.pos
	lo, hi, ok, err := tr.repetition()
	if err != nil || !ok {
		return w, err
	}
	if !repeatable {
		return w, tr.errorf(here, "nothing to repeat")
	}
	lazy, possessive := false, false
	if tr.pos < len(tr.src) {
		lazy = tr.take("?")
		possessive = !lazy && tr.take("+")
	}
	atom := tr.out.String()[start:]
	if w == (span{}) {
		atom = "(?:" + atom + ")"
	}
	text := atom + repeatText(lo, hi)
	switch {
	case lazy:
		text += "?"
	case possessive:
		text = "(?>" + text + ")"
	}
	before := tr.out.String()[:start]
	tr.out.Reset()
	tr.out.WriteString(before)
	tr.out.WriteString(text)
	tr.skipVerbose()
	again := tr.pos
	if _, _, more, err := tr.repetition(); err != nil || more {
		if err == nil {
			err = tr.errorf(again, "multiple repeat")
		}
		return w, err
	}
	return w.times(lo, hi), nil
}

func repeatText(lo, hi int) string {
	switch {
	case lo == 0 && hi == 1:
		return "?"
	case hi < forever && lo == hi:
		return fmt.Sprintf("{%d}", lo)
	case hi < forever:
		return fmt.Sprintf("{%d,%d}", lo, hi)
	case lo == 0:
		return "*"
	case lo == 1:
		return "+"
	}
	return fmt.Sprintf("{%d,}", lo)
}

// repetition reads *, +, ? or braces.
func (tr *translator) repetition() (lo, hi int, ok bool, err error) {
	if tr.pos >= len(tr.src) {
		return 0, 0, false, nil
	}
	switch tr.src[tr.pos] {
	case '*':
		tr.pos++
		return 0, forever, true, nil
	case '+':
		tr.pos++
		return 1, forever, true, nil
	case '?':
		tr.pos++
		return 0, 1, true, nil
	case '{':
		return tr.braces()
	}
	return 0, 0, false, nil
}

// braces reads {2}, {2,}, {,3} or {2,3}; anything else is text, and nothing is
// read.
func (tr *translator) braces() (lo, hi int, ok bool, err error) {
	at := tr.pos
	i := at + 1
	number := func() (int, bool) {
		from := i
		for i < len(tr.src) && '0' <= tr.src[i] && tr.src[i] <= '9' {
			i++
		}
		n, err := strconv.Atoi(string(tr.src[from:i]))
		if err != nil && i > from {
			n = forever
		}
		return n, i > from
	}
	lo, hasLo := number()
	hi = lo
	hasComma := i < len(tr.src) && tr.src[i] == ','
	if hasComma {
		i++
		var hasHi bool
		if hi, hasHi = number(); !hasHi {
			hi = forever
		}
	}
	if i >= len(tr.src) || tr.src[i] != '}' || !hasLo && !hasComma {
		return 0, 0, false, nil
	}
	if lo >= 1<<31 || hi > forever {
		return 0, 0, false, value.Errorf("OverflowError", "the repetition number is too large")
	}
	if hi < lo {
		return 0, 0, false, tr.errorf(at+1, "min repeat greater than max repeat")
	}
	tr.pos = i + 1
	return lo, hi, true, nil
}
