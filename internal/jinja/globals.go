package jinja

import (
	"math/rand/v2"
	"strings"

	"dex/internal/jinja/value"
)

// globals are the names that Jinja itself gives every template. The host's come
// first.
var globals = map[string]value.Value{
	"range":     value.NewFunc("range", globalRange).Guarding(value.CallPure),
	"dict":      value.NewFunc("dict", globalDict).Guarding(value.CallAsIs),
	"lipsum":    value.NewFunc("generate_lorem_ipsum", lipsum),
	"cycler":    value.NewFunc("Cycler", newCycler).Guarding(value.CallAsIs),
	"joiner":    value.NewFunc("Joiner", newJoiner).Guarding(value.CallAsIs),
	"namespace": value.NewFunc("Namespace", newNamespace).Guarding(value.CallAsIs),
}

// maxRange is the sandbox's limit on the length of a range.
const maxRange = 100_000

func globalRange(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	if len(kw) > 0 {
		return nil, value.TypeErrorf("range() takes no keyword arguments")
	}
	if len(args) == 0 {
		return nil, value.TypeErrorf("range expected at least 1 argument, got 0")
	}
	if len(args) > 3 {
		return nil, value.TypeErrorf("range expected at most 3 arguments, got %d", len(args))
	}
	var n [3]int
	for i, a := range args {
		switch a := a.(type) {
		case value.Int:
			n[i] = int(a)
		case value.Bool:
			if a {
				n[i] = 1
			}
		case *value.BigInt:
			return nil, rangeTooBig()
		case *value.Undefined:
			return nil, a.Error()
		default:
			return nil, value.TypeErrorf("'%s' object cannot be interpreted as an integer", a.Type())
		}
	}
	start, stop, step := 0, n[0], 1
	if len(args) > 1 {
		start, stop = n[0], n[1]
	}
	if len(args) == 3 {
		step = n[2]
	}
	r, err := value.NewRange(start, stop, step)
	if err != nil {
		return nil, err
	}
	if l := r.Len(); l < 0 || l > maxRange {
		return nil, rangeTooBig()
	}
	return r, nil
}

func rangeTooBig() error {
	return value.Errorf("OverflowError", "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).", maxRange)
}

// globalDict is dict(mapping or pairs, **kw).
func globalDict(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	if len(args) > 1 {
		return nil, value.TypeErrorf("dict expected at most 1 argument, got %d", len(args))
	}
	d := value.NewDict(len(kw))
	if len(args) == 1 {
		if err := fillDict(d, args[0]); err != nil {
			return nil, err
		}
	}
	for _, a := range kw {
		d.SetStr(a.Name, a.Value)
	}
	return d, nil
}

func fillDict(d *value.Dict, src value.Value) error {
	if m, ok := src.(*value.Dict); ok {
		for i := range m.Len() {
			k, v := m.At(i)
			if err := d.Set(k, v); err != nil {
				return err
			}
		}
		return nil
	}
	items, err := value.ToSlice(src)
	if err != nil {
		return err
	}
	for i, it := range items {
		pair, err := value.ToSlice(it)
		if err != nil {
			return value.TypeErrorf("cannot convert dictionary update sequence element #%d to a sequence", i)
		}
		if len(pair) != 2 {
			return value.Errorf("ValueError", "dictionary update sequence element #%d has length %d; 2 is required", i, len(pair))
		}
		if err := d.Set(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// namespace is a bag of attributes that {% set ns.x = ... %} can write to.
type namespace struct{ attrs *value.Dict }

func newNamespace(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	d, err := globalDict(t, args, kw)
	if err != nil {
		return nil, err
	}
	return &namespace{d.(*value.Dict)}, nil
}

// Type is Namespace.
func (*namespace) Type() string { return "Namespace" }

// Truth is true.
func (*namespace) Truth() bool { return true }

// Attr is ns.name.
func (n *namespace) Attr(name string) (value.Value, bool) { return n.attrs.GetStr(name) }

// attr is ns.name in a template.
func (n *namespace) attr(th *value.Thread, name string) value.Value {
	if v, ok := n.attrs.GetStr(name); ok && name[0] != '_' {
		return v
	}
	if th.Chain {
		return value.NewUndefined(name)
	}
	return &value.Undefined{Name: name, Hint: "'jinja2.utils.Namespace object' has no attribute " + value.Repr(value.Str(name))}
}

// SetAttr is {% set ns.name = v %}.
func (n *namespace) SetAttr(name string, v value.Value) error {
	n.attrs.SetStr(name, v)
	return nil
}

// AppendStr appends <Namespace {...}>.
func (n *namespace) AppendStr(b []byte) []byte {
	return append(n.attrs.AppendRepr(append(b, "<Namespace "...)), '>')
}

// AppendRepr appends <Namespace {...}>.
func (n *namespace) AppendRepr(b []byte) []byte { return n.AppendStr(b) }

// cycler gives its items in turn.
type cycler struct {
	items []value.Value
	pos   int
}

func newCycler(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	if len(kw) > 0 {
		return nil, value.TypeErrorf("Cycler.__init__() got an unexpected keyword argument '%s'", kw[0].Name)
	}
	if len(args) == 0 {
		return nil, value.Errorf("RuntimeError", "at least one item has to be provided")
	}
	return &cycler{items: append([]value.Value(nil), args...)}, nil
}

// Type is Cycler.
func (*cycler) Type() string { return "Cycler" }

// Truth is true.
func (*cycler) Truth() bool { return true }

// Attr gives the methods and the present item.
func (c *cycler) Attr(name string) (value.Value, bool) {
	switch name {
	case "current":
		return c.items[c.pos], true
	case "items":
		return value.NewTuple(c.items...), true
	case "pos":
		return value.Int(c.pos), true
	case "next":
		return method0("next", func() value.Value {
			v := c.items[c.pos]
			c.pos = (c.pos + 1) % len(c.items)
			return v
		}), true
	case "reset":
		return method0("reset", func() value.Value {
			c.pos = 0
			return value.None
		}), true
	}
	return nil, false
}

// method0 is a function without arguments.
func method0(name string, fn func() value.Value) value.Value {
	return value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		if _, err := value.Bind(name, args, kw); err != nil {
			return nil, err
		}
		return fn(), nil
	})
}

// AppendStr appends <jinja2.utils.Cycler object>.
func (*cycler) AppendStr(b []byte) []byte { return append(b, "<jinja2.utils.Cycler object>"...) }

// AppendRepr appends <jinja2.utils.Cycler object>.
func (c *cycler) AppendRepr(b []byte) []byte { return c.AppendStr(b) }

// newJoiner is joiner(sep): a function that gives nothing once, then sep.
func newJoiner(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	bound, err := value.Bind("Joiner.__init__", args, kw, "sep?")
	if err != nil {
		return nil, err
	}
	sep, used := bound[0], false
	if sep == nil {
		sep = value.Str(", ")
	}
	return method0("Joiner", func() value.Value {
		if used {
			return sep
		}
		used = true
		return value.Str("")
	}), nil
}

const loremWords = `lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore
et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo`

// lipsum is lipsum(n, html, min, max): n paragraphs of filler text.
func lipsum(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	bound, err := value.Bind("generate_lorem_ipsum", args, kw, "n?", "html?", "min?", "max?")
	if err != nil {
		return nil, err
	}
	count := func(v value.Value, def, most int) int {
		if i, ok := v.(value.Int); ok {
			def = int(i)
		}
		return min(max(def, 0), most)
	}
	n, lo := count(bound[0], 5, 100), count(bound[2], 20, 1000)
	hi := max(count(bound[3], 100, 1001), lo+1)
	html := bound[1] == nil || bound[1].Truth()
	words := strings.Fields(loremWords)
	paragraphs := make([]string, n)
	for i := range paragraphs {
		p := make([]string, lo+rand.IntN(hi-lo))
		for j := range p {
			p[j] = words[rand.IntN(len(words))]
		}
		s := strings.Join(p, " ") + "."
		paragraphs[i] = strings.ToUpper(s[:1]) + s[1:]
	}
	if !html {
		return value.Str(strings.Join(paragraphs, "\n\n")), nil
	}
	for i, p := range paragraphs {
		paragraphs[i] = "<p>" + p + "</p>"
	}
	return value.Markup(strings.Join(paragraphs, "\n")), nil
}
