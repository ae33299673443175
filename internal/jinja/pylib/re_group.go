package pylib

import (
	"strconv"
	"unicode"
)

// group reads what stands behind an opening parenthesis.
func (tr *translator) group(at, depth int) (w span, repeatable bool, err error) {
	if !tr.take("?") {
		w, err = tr.capture(at, depth)
		return w, true, err
	}
	if tr.pos >= len(tr.src) {
		return w, false, tr.errorf(tr.pos, "unexpected end of pattern")
	}
	r := tr.src[tr.pos]
	tr.pos++
	switch r {
	case 'P':
		w, err = tr.named(at, depth)
		return w, true, err
	case ':':
		w, err = tr.scope(at, depth, "(?:", tr.flags)
		return w, true, err
	case '>':
		w, err = tr.scope(at, depth, "(?>", tr.flags)
		return w, true, err
	case '#':
		return w, false, tr.comment(at)
	case '=', '!':
		_, err = tr.scope(at, depth, "(?"+string(r), tr.flags)
		return span{}, true, err
	case '<':
		return span{}, true, tr.lookBehind(at, depth)
	case '(':
		w, err = tr.conditional(at, depth)
		return w, true, err
	}
	if r == '-' || flagLetters[r] != 0 {
		tr.pos--
		w, err = tr.flagScope(at, depth)
		return w, true, err
	}
	return w, false, tr.errorf(at+1, "unknown extension ?%c", r)
}

// body reads up to the closing parenthesis of a group that opened at.
func (tr *translator) body(at, depth int) (span, error) {
	w, err := tr.alternatives(depth + 1)
	if err == nil && !tr.take(")") {
		err = tr.errorf(at, "missing ), unterminated subpattern")
	}
	tr.out.WriteByte(')')
	return w, err
}

// scope reads a group that captures nothing, under flags of its own.
func (tr *translator) scope(at, depth int, open string, flags int) (span, error) {
	outer := tr.flags
	tr.flags = flags
	tr.out.WriteString(open)
	w, err := tr.body(at, depth)
	tr.flags = outer
	return w, err
}

func (tr *translator) capture(at, depth int) (span, error) {
	n := len(tr.widths)
	tr.widths = append(tr.widths, span{})
	tr.open = append(tr.open, true)
	tr.out.WriteByte('(')
	w, err := tr.body(at, depth)
	tr.widths[n], tr.open[n] = w, false
	tr.closed = append(tr.closed, n)
	return w, err
}

func (tr *translator) comment(at int) error {
	for tr.pos < len(tr.src) && tr.src[tr.pos] != ')' {
		tr.pos++
	}
	if !tr.take(")") {
		return tr.errorf(at, "missing ), unterminated comment")
	}
	return nil
}

// named reads (?P<name>...) and (?P=name).
func (tr *translator) named(at, depth int) (span, error) {
	switch {
	case tr.take("<"):
		begin := tr.pos
		name, err := tr.until('>', "group name")
		if err != nil {
			return span{}, err
		}
		if !isIdentifier(name) {
			return span{}, tr.errorf(begin, "bad character in group name %s", quoted(name))
		}
		if was, twice := tr.names[name]; twice {
			return span{}, tr.errorf(begin, "redefinition of group name %s as group %d; was group %d", quoted(name), len(tr.widths), was)
		}
		tr.names[name] = len(tr.widths)
		return tr.capture(at, depth)
	case tr.take("="):
		begin := tr.pos
		name, err := tr.until(')', "group name")
		if err != nil {
			return span{}, err
		}
		if !isIdentifier(name) {
			return span{}, tr.errorf(begin, "bad character in group name %s", quoted(name))
		}
		n, ok := tr.names[name]
		if !ok {
			return span{}, tr.errorf(begin, "unknown group name %s", quoted(name))
		}
		return tr.backReference(n, begin)
	case tr.pos >= len(tr.src):
		return span{}, tr.errorf(tr.pos, "unexpected end of pattern")
	}
	return span{}, tr.errorf(at+1, "unknown extension ?P%c", tr.src[tr.pos])
}

// until reads a name up to its end mark.
func (tr *translator) until(end rune, what string) (string, error) {
	begin := tr.pos
	for tr.pos < len(tr.src) && tr.src[tr.pos] != end {
		tr.pos++
	}
	name := string(tr.src[begin:tr.pos])
	if tr.pos >= len(tr.src) {
		if name == "" {
			return "", tr.errorf(begin, "missing %s", what)
		}
		return "", tr.errorf(begin, "missing %c, unterminated name", end)
	}
	tr.pos++
	if name == "" {
		return "", tr.errorf(begin, "missing %s", what)
	}
	return name, nil
}

func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

func (tr *translator) backReference(n, at int) (span, error) {
	if tr.open[n] {
		return span{}, tr.errorf(at, "cannot refer to an open group")
	}
	tr.out.WriteString(`(?:\` + strconv.Itoa(n) + `)`)
	return tr.widths[n], nil
}

// lookBehind: Python's looks at texts of one length alone.
func (tr *translator) lookBehind(at, depth int) error {
	if tr.pos >= len(tr.src) {
		return tr.errorf(tr.pos, "unexpected end of pattern")
	}
	r := tr.src[tr.pos]
	if r != '=' && r != '!' {
		return tr.errorf(at+1, "unknown extension ?<%c", r)
	}
	tr.pos++
	w, err := tr.scope(at, depth, "(?<"+string(r), tr.flags)
	if err == nil && w.lo != w.hi {
		err = errLookBehind
	}
	return err
}

// conditional reads (?(1)yes|no) and (?(name)yes|no).
func (tr *translator) conditional(at, depth int) (span, error) {
	begin := tr.pos
	name, err := tr.until(')', "group name")
	if err != nil {
		return span{}, err
	}
	n, named := tr.names[name]
	if !named {
		if isIdentifier(name) {
			return span{}, tr.errorf(begin, "unknown group name %s", quoted(name))
		}
		if n, err = strconv.Atoi(name); err != nil || n < 0 {
			return span{}, tr.errorf(begin, "bad character in group name %s", quoted(name))
		}
		if n == 0 {
			return span{}, tr.errorf(begin, "bad group number")
		}
		if n >= len(tr.widths) {
			return span{}, tr.errorf(begin, "invalid group reference %d", n)
		}
	}
	tr.out.WriteString("(?(" + strconv.Itoa(n) + ")")
	yes, err := tr.sequence(depth + 1)
	no := span{}
	if err == nil && tr.take("|") {
		tr.out.WriteByte('|')
		no, err = tr.sequence(depth + 1)
		if err == nil && tr.peek() == '|' {
			err = tr.errorf(tr.pos, "conditional backref with more than two branches")
		}
	}
	if err == nil && !tr.take(")") {
		err = tr.errorf(at, "missing ), unterminated subpattern")
	}
	tr.out.WriteByte(')')
	return span{min(yes.lo, no.lo), max(yes.hi, no.hi)}, err
}

// flagScope reads (?i:...) and (?i-s:...).
func (tr *translator) flagScope(at, depth int) (span, error) {
	add, del, minus := 0, 0, false
	for {
		if tr.pos >= len(tr.src) {
			return span{}, tr.errorf(tr.pos, "missing -, : or )")
		}
		r := tr.src[tr.pos]
		flag := flagLetters[r]
		switch {
		case r == ':':
			tr.pos++
			return tr.scopeWith(at, depth, add, del)
		case r == ')' && !minus:
			return span{}, tr.errorf(at, "global flags not at the start of the expression")
		case r == '-' && !minus:
			minus = true
		case flag == 0:
			return span{}, tr.errorf(tr.pos, "unknown flag")
		case minus && flag&(flagASCII|flagUnicode|flagLocale) != 0:
			return span{}, tr.errorf(tr.pos+1, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'")
		case flag == flagLocale:
			return span{}, tr.errorf(tr.pos+1, "bad inline flags: cannot use 'L' flag with a str pattern")
		case minus:
			del |= flag
		default:
			add |= flag
		}
		tr.pos++
	}
}

func (tr *translator) scopeWith(at, depth, add, del int) (span, error) {
	flags := (tr.flags | add) &^ del
	if add&flagASCII != 0 {
		flags &^= flagUnicode
	}
	open := "(?:"
	if changed := flags ^ tr.flags; changed&flagIgnoreCase != 0 {
		open = "(?-i:"
		if add&flagIgnoreCase != 0 {
			open = "(?i:"
		}
	}
	return tr.scope(at, depth, open, flags)
}
