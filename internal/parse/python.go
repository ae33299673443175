package parse

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
)

// readPython reads a Python model: its calls of dbt.ref, dbt.source and
// dbt.config with literals. dex keeps such models in the graph; it does not run
// them.
func (p *parser) readPython(d *draft) {
	n := d.node
	d.notes = &render.Notes{}
	if c, err := p.base(d.pkg, n.Kind, n.FQN); err == nil {
		n.Config = c
	}
	call := value.NewDict(2)
	for _, expr := range pythonCalls(d.src.text) {
		if err := p.pythonCall(d, expr, call); err != nil {
			p.report(nodeFault(n, diag.Parsing, "python-model", err.Error()))
			return
		}
	}
	if call.Len() > 0 {
		d.call = call
	}
	p.ownConfig(d)
}

// pythonCalls finds dbt.ref(...), dbt.source(...) and dbt.config(...) in a
// Python text, without what stands in comments.
func pythonCalls(src string) []string {
	var out []string
	for _, line := range strings.SplitAfter(src, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			src = strings.Replace(src, line, strings.Repeat(" ", len(line)-1)+"\n", 1)
		}
	}
	for at := 0; ; {
		i := strings.Index(src[at:], "dbt.")
		if i < 0 {
			return out
		}
		at += i + len("dbt.")
		for _, fn := range [...]string{"ref(", "source(", "config("} {
			if strings.HasPrefix(src[at:], fn) {
				if end := closing(src[at+len(fn)-1:]); end > 0 {
					out = append(out, src[at:at+len(fn)-1+end])
				}
			}
		}
	}
}

// closing is the length of a text in parentheses, 0 where it has no end.
func closing(s string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// pythonError says why a call in a Python model cannot be read.
type pythonError struct{ expr string }

func (e *pythonError) Error() string {
	return "Error when trying to literal_eval an arg to dbt.ref(), dbt.source(), dbt.config() or dbt.config.get() \n" + e.expr + "\n" +
		"In dbt python model, `dbt.ref`, `dbt.source`, `dbt.config`, `dbt.config.get` function args only support Python literal structures"
}

// pythonCall takes one call down.
func (p *parser) pythonCall(d *draft, expr string, config *value.Dict) error {
	if !strings.HasPrefix(expr, "config(") {
		ref, src, ok := render.StaticRef(expr)
		switch {
		case !ok:
			return &pythonError{expr}
		case src != nil:
			d.notes.Sources = append(d.notes.Sources, src)
		default:
			d.notes.Refs = append(d.notes.Refs, ref)
		}
		return nil
	}
	x, err := syntax.ParseExpr(expr)
	if err != nil {
		return &pythonError{expr}
	}
	call, ok := x.(*syntax.Call)
	if !ok {
		return &pythonError{expr}
	}
	opts := value.NewDict(len(call.Kw))
	for _, k := range call.Kw {
		v, ok := literal(k.Value)
		if !ok {
			return &pythonError{expr}
		}
		opts.SetStr(k.Name, v)
	}
	return manifest.MergeCall(config, opts)
}

// literal gives the value of an expression without names.
func literal(x syntax.Expr) (value.Value, bool) {
	switch n := x.(type) {
	case *syntax.Const:
		return literalConst(n)
	case *syntax.List:
		l := value.NewList()
		for _, e := range n.Items {
			v, ok := literal(e)
			if !ok {
				return nil, false
			}
			l.Elems = append(l.Elems, v)
		}
		return l, true
	case *syntax.Dict:
		d := value.NewDict(len(n.Keys))
		for i := range n.Keys {
			k, okK := literal(n.Keys[i])
			v, okV := literal(n.Values[i])
			if !okK || !okV || d.Set(k, v) != nil {
				return nil, false
			}
		}
		return d, true
	}
	return nil, false
}

func literalConst(c *syntax.Const) (value.Value, bool) {
	switch c.Kind {
	case syntax.ConstNone:
		return value.None, true
	case syntax.ConstTrue:
		return value.Bool(true), true
	case syntax.ConstFalse:
		return value.Bool(false), true
	case syntax.ConstStr:
		return value.Str(c.Text), true
	}
	v, err := value.ParseJSON([]byte(strings.ReplaceAll(c.Text, "_", "")))
	return v, err == nil
}
