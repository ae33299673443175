package jinja

import (
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// Call is a call that is visible in the text of a template.
type Call struct {
	// Name is the called name; Package is set for package.name(...). A call of
	// adapter.dispatch has Package "adapter", Name "dispatch" and Dispatch set.
	Package, Name string
	Dispatch      *Dispatch
	// Args and Kw are the arguments; a nil Value is one that is not a literal.
	Args []value.Value
	Kw   []value.Arg
	Line int
}

// Dispatch is what a call of adapter.dispatch asks for. A part that is not a
// text literal is empty, and Opaque is set.
type Dispatch struct {
	Macro, Namespace string
	Opaque           bool
}

// Calls lists the calls of names and of attributes of names in a template, in
// the order in which dbt records them: an outer call before those in its
// arguments.
func (t *Template) Calls() []Call { return calls(t.prog, t.tree) }

// Calls lists the calls in a macro; see Template.Calls. There are none in a macro
// that does not compile.
func (m *Macro) Calls() []Call {
	code, err := m.compiled()
	if err != nil {
		return nil
	}
	return calls(code.prog, m.node)
}

// Reads reports whether a name stands anywhere in the template.
func (t *Template) Reads(name string) bool {
	found := false
	syntax.Walk(t.tree, func(n syntax.Node) bool {
		if x, ok := n.(*syntax.Name); ok && x.Name == name {
			found = true
		}
		return !found
	})
	return found
}

func calls(p *program, root syntax.Node) []Call {
	var out []Call
	syntax.Walk(root, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.Call); ok {
			if call, ok := describeCall(p, c); ok {
				out = append(out, call)
			}
		}
		return true
	})
	return out
}

func describeCall(p *program, n *syntax.Call) (Call, bool) {
	var c Call
	switch fn := n.Fn.(type) {
	case *syntax.Name:
		c.Name = fn.Name
	case *syntax.Filter: // dbt takes a called filter or test for a call by its name
		c.Name = fn.Name
	case *syntax.Test:
		c.Name = fn.Name
	case *syntax.Getattr:
		x, ok := fn.X.(*syntax.Name)
		if !ok {
			return c, false
		}
		c.Package, c.Name = x.Name, fn.Attr
	default:
		return c, false
	}
	c.Line, _ = syntax.Position(p.src, n.At())
	for _, a := range n.Args.Pos {
		c.Args = append(c.Args, p.literalOrNil(a))
	}
	for _, k := range n.Args.Kw {
		c.Kw = append(c.Kw, value.Arg{Name: k.Name, Value: p.literalOrNil(k.Value)})
	}
	if c.Package == "adapter" && c.Name == "dispatch" {
		c.Dispatch = c.dispatch()
	}
	return c, true
}

// literalOrNil is the value of a literal in a template's text.
func (p *program) literalOrNil(n syntax.Expr) value.Value {
	if !literal(n) {
		return nil
	}
	c := compiler{prog: p}
	v, _ := c.fold(n)
	return v
}

// literal reports an expression of constants alone.
func literal(n syntax.Expr) bool {
	ok := true
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n.(type) {
		case *syntax.Const, *syntax.List, *syntax.Tuple, *syntax.Dict, *syntax.Unary:
		default:
			ok = false
		}
		return ok
	})
	return ok
}

func (c *Call) dispatch() *Dispatch {
	d := &Dispatch{}
	set := func(to *string, v value.Value) {
		s, ok := v.(value.Str)
		if v == value.None {
			return
		}
		if !ok {
			d.Opaque = true
		}
		*to = string(s)
	}
	if len(c.Args) > 0 {
		set(&d.Macro, c.Args[0])
	}
	if len(c.Args) > 1 {
		set(&d.Namespace, c.Args[1])
	}
	for _, k := range c.Kw {
		switch k.Name {
		case "macro_name":
			set(&d.Macro, k.Value)
		case "macro_namespace":
			set(&d.Namespace, k.Value)
		}
	}
	return d
}
