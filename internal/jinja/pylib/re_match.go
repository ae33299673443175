package pylib

import (
	"fmt"

	"github.com/dlclark/regexp2"

	"dex/internal/jinja/value"
)

// Match is re.Match.
type Match struct {
	p     *Pattern
	s     *subject
	spans [][2]int // of the whole and each group; -1 where it took no part
}

func newMatch(p *Pattern, s *subject, m *regexp2.Match) *Match {
	out := &Match{p: p, s: s, spans: make([][2]int, p.groups+1)}
	for i := range out.spans {
		out.spans[i] = [2]int{-1, -1}
		if g := m.GroupByNumber(i); g != nil && len(g.Captures) > 0 {
			out.spans[i] = [2]int{g.Index, g.Index + g.Length}
		}
	}
	return out
}

func (m *Match) begin(i int) int { return m.spans[i][0] }
func (m *Match) end(i int) int   { return m.spans[i][1] }

// textOr is what a group matched, or def.
func (m *Match) textOr(i int, def value.Value) value.Value {
	if m.begin(i) < 0 {
		return def
	}
	return value.Str(string(m.s.runes[m.begin(i):m.end(i)]))
}

// index is the number of a group by its number or name.
func (m *Match) index(v value.Value) (int, error) {
	if name, ok := value.AsString(v); ok {
		if n, ok := m.p.names[name]; ok {
			return n, nil
		}
		return 0, value.Errorf("IndexError", "no such group")
	}
	n, err := needInt(v)
	if err != nil || n < 0 || n > m.p.groups {
		return 0, value.Errorf("IndexError", "no such group")
	}
	return n, nil
}

func (m *Match) group(v value.Value) (value.Value, error) {
	n, err := m.index(v)
	if err != nil {
		return nil, err
	}
	return m.textOr(n, value.None), nil
}

// atGroup is a method with an optional group, 0 when not given.
func atGroup(get func(m *Match, i int) value.Value) member[*Match] {
	return method(func(_ *value.Thread, m *Match, a []value.Value) (value.Value, error) {
		if a[0] == nil {
			return get(m, 0), nil
		}
		n, err := m.index(a[0])
		if err != nil {
			return nil, err
		}
		return get(m, n), nil
	}, "group?")
}

func (m *Match) span(i int) value.Value {
	return value.NewTuple(value.Int(m.begin(i)), value.Int(m.end(i)))
}

var matchMembers = members[*Match]{
	"pos":    property(func(m *Match) value.Value { return value.Int(m.s.pos) }),
	"endpos": property(func(m *Match) value.Value { return value.Int(len(m.s.runes)) }),
	"re":     property(func(m *Match) value.Value { return m.p }),
	"string": property(func(m *Match) value.Value { return m.s.text }),
	"regs": property(func(m *Match) value.Value {
		t := value.NewTuple()
		for i := range m.spans {
			t.Elems = append(t.Elems, m.span(i))
		}
		return t
	}),
	"lastindex": property(func(m *Match) value.Value {
		if n := m.lastGroup(); n > 0 {
			return value.Int(n)
		}
		return value.None
	}),
	"lastgroup": property(func(m *Match) value.Value {
		n := m.lastGroup()
		for name, i := range m.p.names {
			if i == n {
				return value.Str(name)
			}
		}
		return value.None
	}),
	"start": atGroup(func(m *Match, i int) value.Value { return value.Int(m.begin(i)) }),
	"end":   atGroup(func(m *Match, i int) value.Value { return value.Int(m.end(i)) }),
	"span":  atGroup((*Match).span),
	"group": method(func(_ *value.Thread, m *Match, a []value.Value) (value.Value, error) {
		which := a[0].(*value.Tuple).Elems
		switch len(which) {
		case 0:
			return m.textOr(0, value.None), nil
		case 1:
			return m.group(which[0])
		}
		t := value.NewTuple()
		for _, v := range which {
			g, err := m.group(v)
			if err != nil {
				return nil, err
			}
			t.Elems = append(t.Elems, g)
		}
		return t, nil
	}, "*groups"),
	"groups": method(func(_ *value.Thread, m *Match, a []value.Value) (value.Value, error) {
		t := value.NewTuple()
		for i := 1; i <= m.p.groups; i++ {
			t.Elems = append(t.Elems, m.textOr(i, orNone(a[0])))
		}
		return t, nil
	}, "default?"),
	"groupdict": method(func(_ *value.Thread, m *Match, a []value.Value) (value.Value, error) {
		d := m.p.groupIndex()
		for _, name := range keysOf(d) {
			d.SetStr(name, m.textOr(m.p.names[name], orNone(a[0])))
		}
		return d, nil
	}, "default?"),
	"expand": method(func(_ *value.Thread, m *Match, a []value.Value) (value.Value, error) {
		s, err := needStr(a[0], "template")
		if err != nil {
			return nil, err
		}
		tmpl, err := m.p.parseTemplate(s)
		if err != nil {
			return nil, err
		}
		return value.Str(tmpl.expand(m)), nil
	}, "template"),
}

func keysOf(d *value.Dict) []string {
	var out []string
	d.Each(func(k, _ value.Value) bool {
		out = append(out, value.ToStr(k))
		return true
	})
	return out
}

func orNone(v value.Value) value.Value {
	if v == nil {
		return value.None
	}
	return v
}

// lastGroup is the group that closed last, 0 if none did.
func (m *Match) lastGroup() int {
	for i := len(m.p.closed) - 1; i >= 0; i-- {
		if n := m.p.closed[i]; m.begin(n) >= 0 {
			return n
		}
	}
	return 0
}

// Type is "re.Match".
func (*Match) Type() string { return "re.Match" }

// Truth is true.
func (*Match) Truth() bool { return true }

// AppendStr appends <re.Match object; span=(0, 3), match='abc'>.
func (m *Match) AppendStr(b []byte) []byte { return m.AppendRepr(b) }

// AppendRepr appends <re.Match object; span=(0, 3), match='abc'>.
func (m *Match) AppendRepr(b []byte) []byte {
	text := []rune(value.Repr(m.textOr(0, value.None)))
	return fmt.Appendf(b, "<re.Match object; span=(%d, %d), match=%s>", m.begin(0), m.end(0), string(text[:min(len(text), 50)]))
}

// Attr is a method, or what the match was made of.
func (m *Match) Attr(name string) (value.Value, bool) { return matchMembers.attr(m, name) }

// Item is a group.
func (m *Match) Item(key value.Value) (value.Value, error) { return m.group(key) }
