package pylib

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"

	"dex/internal/jinja/value"
)

// matchTimeout ends a match that backtracks without end: a template must not
// hang dex.
const matchTimeout = 10 * time.Second

// Pattern is re.Pattern, a compiled regular expression. It may be shared.
type Pattern struct {
	src string
	translation
	// One expression for each way to begin and end a match, made when needed.
	variants [4]func() (*regexp2.Regexp, error)
}

// The ways to match.
const (
	anywhere = iota // search
	here            // match: at the position alone
	whole           // fullmatch: and up to the end
	nonEmpty        // not the empty match at the position: what Python looks for behind an empty match
)

func compilePattern(src string, flags int) (*Pattern, error) {
	tr, err := translate(src, flags)
	if err != nil {
		return nil, err
	}
	p := &Pattern{src: src, translation: *tr}
	for i, format := range [...]string{"%s", `\G(?:%s)`, `\G(?:%s)\z`, `(?:%s)(?!\G)`} {
		p.variants[i] = sync.OnceValues(func() (*regexp2.Regexp, error) {
			opts := regexp2.RegexOptions(0)
			if tr.flags&flagIgnoreCase != 0 {
				opts = regexp2.IgnoreCase
			}
			re, err := regexp2.Compile(fmt.Sprintf(format, tr.pattern), opts)
			if err != nil {
				return nil, value.Errorf("error", "%s", err)
			}
			re.MatchTimeout = matchTimeout
			return re, nil
		})
	}
	if _, err := p.variants[anywhere](); err != nil {
		return nil, err
	}
	return p, nil
}

// subject is a text that is searched: its characters, and the part in question.
type subject struct {
	text  value.Value
	runes []rune
	pos   int
}

// newSubject cuts a text to pos and endpos as a pattern's methods do.
func newSubject(text, pos, endpos value.Value) (*subject, error) {
	str, ok := value.AsString(text)
	if !ok {
		if u, ok := text.(*value.Undefined); ok {
			return nil, u.Error()
		}
		return nil, value.TypeErrorf("expected string or bytes-like object, got '%s'", text.Type())
	}
	s := &subject{text: text, runes: []rune(str)}
	if endpos != nil {
		n, err := needInt(endpos)
		if err != nil {
			return nil, err
		}
		s.runes = s.runes[:min(max(n, 0), len(s.runes))]
	}
	if pos != nil {
		n, err := needInt(pos)
		if err != nil {
			return nil, err
		}
		s.pos = min(max(n, 0), len(s.runes))
	}
	return s, nil
}

// find looks for a match from a position on; nil is none.
func (p *Pattern) find(how int, s *subject, from int) (*Match, error) {
	re, err := p.variants[how]()
	if err != nil {
		return nil, err
	}
	m, err := re.FindRunesMatchStartingAt(s.runes, from)
	if err != nil {
		return nil, value.Errorf("TimeoutError", "the regular expression %s took longer than %s", quoted(p.src), matchTimeout)
	}
	if m == nil {
		return nil, nil
	}
	return newMatch(p, s, m), nil
}

// each calls fn for every match until it returns false. Behind an empty match
// Python looks at the same place for one that is not.
func (p *Pattern) each(s *subject, fn func(m *Match) (bool, error)) error {
	from, how := s.pos, anywhere
	for from <= len(s.runes) {
		m, err := p.find(how, s, from)
		if err != nil || m == nil {
			return err
		}
		more, err := fn(m)
		if err != nil || !more {
			return err
		}
		from, how = m.end(0), anywhere
		if m.begin(0) == m.end(0) {
			how = nonEmpty
		}
	}
	return nil
}

var patternMembers = members[*Pattern]{
	"pattern":    property(func(p *Pattern) value.Value { return value.Str(p.src) }),
	"flags":      property(func(p *Pattern) value.Value { return value.Int(p.flags) }),
	"groups":     property(func(p *Pattern) value.Value { return value.Int(p.groups) }),
	"groupindex": property(func(p *Pattern) value.Value { return p.groupIndex() }),
	"search":     method(matchMethod(anywhere), "string", "pos?", "endpos?"),
	"match":      method(matchMethod(here), "string", "pos?", "endpos?"),
	"fullmatch":  method(matchMethod(whole), "string", "pos?", "endpos?"),
	"findall":    method(findall, "string", "pos?", "endpos?"),
	"finditer":   method(finditer, "string", "pos?", "endpos?"),
	"split":      method(split, "string", "maxsplit?"),
	"sub": method(func(t *value.Thread, p *Pattern, a []value.Value) (value.Value, error) {
		s, _, err := p.substitute(t, a)
		return s, err
	}, "repl", "string", "count?"),
	"subn": method(func(t *value.Thread, p *Pattern, a []value.Value) (value.Value, error) {
		s, n, err := p.substitute(t, a)
		return value.NewTuple(s, value.Int(n)), err
	}, "repl", "string", "count?"),
}

func (p *Pattern) groupIndex() *value.Dict {
	names := make([]string, 0, len(p.names))
	for name := range p.names {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return p.names[a] - p.names[b] })
	d := value.NewDict(len(names))
	for _, name := range names {
		d.SetStr(name, value.Int(p.names[name]))
	}
	return d
}

func matchMethod(how int) func(*value.Thread, *Pattern, []value.Value) (value.Value, error) {
	return func(_ *value.Thread, p *Pattern, a []value.Value) (value.Value, error) {
		s, err := newSubject(a[0], a[1], a[2])
		if err != nil {
			return nil, err
		}
		m, err := p.find(how, s, s.pos)
		if err != nil {
			return nil, err
		}
		if m == nil {
			return value.None, nil
		}
		return m, nil
	}
}

// found is what findall gives for a match: the group if there is one, a tuple
// of the groups if there are more, else the whole.
func (p *Pattern) found(m *Match) value.Value {
	if p.groups <= 1 {
		return m.textOr(p.groups, value.Str(""))
	}
	t := value.NewTuple()
	for i := 1; i <= p.groups; i++ {
		t.Elems = append(t.Elems, m.textOr(i, value.Str("")))
	}
	return t
}

func findall(_ *value.Thread, p *Pattern, a []value.Value) (value.Value, error) {
	s, err := newSubject(a[0], a[1], a[2])
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	err = p.each(s, func(m *Match) (bool, error) {
		out.Elems = append(out.Elems, p.found(m))
		return true, nil
	})
	return out, err
}

func finditer(_ *value.Thread, p *Pattern, a []value.Value) (value.Value, error) {
	s, err := newSubject(a[0], a[1], a[2])
	if err != nil {
		return nil, err
	}
	from, how := s.pos, anywhere
	return value.NewIterator("callable_iterator", value.IterFunc(func() (value.Value, bool, error) {
		if from > len(s.runes) {
			return nil, false, nil
		}
		m, err := p.find(how, s, from)
		if err != nil || m == nil {
			from = math.MaxInt
			return nil, false, err
		}
		from, how = m.end(0), anywhere
		if m.begin(0) == m.end(0) {
			how = nonEmpty
		}
		return m, true, nil
	})), nil
}

// split cuts the text at the matches; what the groups matched stands between
// the pieces.
func split(_ *value.Thread, p *Pattern, a []value.Value) (value.Value, error) {
	s, err := newSubject(a[0], nil, nil)
	if err != nil {
		return nil, err
	}
	most, err := needInts(a[1:], 0)
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	if most[0] < 0 {
		out.Elems = append(out.Elems, value.Str(string(s.runes)))
		return out, nil
	}
	last, n := 0, 0
	err = p.each(s, func(m *Match) (bool, error) {
		out.Elems = append(out.Elems, value.Str(string(s.runes[last:m.begin(0)])))
		for i := 1; i <= p.groups; i++ {
			out.Elems = append(out.Elems, m.textOr(i, value.None))
		}
		last = m.end(0)
		n++
		return n != most[0], nil
	})
	out.Elems = append(out.Elems, value.Str(string(s.runes[last:])))
	return out, err
}

// substitute is sub and subn: a is repl, string and count.
func (p *Pattern) substitute(t *value.Thread, a []value.Value) (value.Value, int, error) {
	s, err := newSubject(a[1], nil, nil)
	if err != nil {
		return nil, 0, err
	}
	most, err := needInts(a[2:], 0)
	if err != nil {
		return nil, 0, err
	}
	replace, err := p.replacer(t, a[0])
	if err != nil {
		return nil, 0, err
	}
	var b strings.Builder
	last, n := 0, 0
	if most[0] < 0 {
		return a[1], 0, nil
	}
	err = p.each(s, func(m *Match) (bool, error) {
		b.WriteString(string(s.runes[last:m.begin(0)]))
		text, err := replace(m)
		if err != nil {
			return false, err
		}
		b.WriteString(text)
		last = m.end(0)
		n++
		return n != most[0], nil
	})
	if err != nil {
		return nil, 0, err
	}
	b.WriteString(string(s.runes[last:]))
	return value.Str(b.String()), n, nil
}

// replacer is a repl argument: a text with references to groups, or a callable
// that is given the match.
func (p *Pattern) replacer(t *value.Thread, repl value.Value) (func(m *Match) (string, error), error) {
	if s, ok := value.AsString(repl); ok {
		tmpl, err := p.parseTemplate(s)
		if err != nil {
			return nil, err
		}
		return func(m *Match) (string, error) { return tmpl.expand(m), nil }, nil
	}
	if _, ok := repl.(value.Callable); !ok {
		if u, ok := repl.(*value.Undefined); ok {
			return nil, u.Error()
		}
		return nil, value.TypeErrorf("decoding to str: need a bytes-like object, %s found", repl.Type())
	}
	item := 0
	return func(m *Match) (string, error) {
		v, err := value.Call(t, repl, []value.Value{m}, nil)
		if err != nil || v == value.None {
			return "", err // Python's own sub takes None for nothing, too
		}
		s, ok := value.AsString(v)
		if !ok {
			return "", value.TypeErrorf("sequence item %d: expected str instance, %s found", item, v.Type())
		}
		item += 2
		return s, nil
	}, nil
}

// Type is "re.Pattern".
func (*Pattern) Type() string { return "re.Pattern" }

// Truth is true.
func (*Pattern) Truth() bool { return true }

// AppendStr appends re.compile('...').
func (p *Pattern) AppendStr(b []byte) []byte { return p.AppendRepr(b) }

// AppendRepr appends re.compile('...', re.IGNORECASE). A long pattern is cut.
func (p *Pattern) AppendRepr(b []byte) []byte {
	src := quoted(p.src)
	if utf8.RuneCountInString(src) > 200 {
		src = string([]rune(src)[:200])
	}
	b = append(append(b, "re.compile("...), src...)
	if flags := p.flags &^ flagUnicode; flags != 0 {
		b = append(append(b, ", "...), flagText(flags)...)
	}
	return append(b, ')')
}

// Attr is a method, or what the pattern was made of.
func (p *Pattern) Attr(name string) (value.Value, bool) { return patternMembers.attr(p, name) }

// Equal compares pattern and flags.
func (p *Pattern) Equal(other value.Value) bool {
	o, ok := other.(*Pattern)
	return ok && o.src == p.src && o.flags == p.flags
}

// HashKey is pattern and flags.
func (p *Pattern) HashKey() any { return compiledKey{p.src, p.flags} }
