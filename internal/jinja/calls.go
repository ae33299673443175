package jinja

import (
	"reflect"
	"strings"

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

// Dispatch is what a call of adapter.dispatch asks for, as far as its text shows.
type Dispatch struct {
	Macro, Namespace string
	// Opaque is set where the macro's name, or a literal namespace, is no text.
	Opaque bool
	// Form is the kind of expression that macro_namespace= is, where it is no
	// literal: "Name", "Call". dbt ignores such a namespace by position, as it does
	// a list.
	Form string
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
		c.Dispatch.Form = namespaceForm(n)
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
		if _, list := c.Args[1].(*value.List); !list && c.Args[1] != nil {
			set(&d.Namespace, c.Args[1])
		}
	}
	for _, k := range c.Kw {
		switch {
		case k.Name == "macro_name":
			set(&d.Macro, k.Value)
		case k.Name == "macro_namespace" && k.Value != nil:
			set(&d.Namespace, k.Value)
		}
	}
	return d
}

// namespaceForm is Dispatch.Form.
func namespaceForm(n *syntax.Call) string {
	for _, k := range n.Args.Kw {
		if _, constant := k.Value.(*syntax.Const); k.Name == "macro_namespace" && !constant {
			return formOf(k.Value)
		}
	}
	return ""
}

// formOf is the kind of an expression in the words of Jinja2's syntax tree, which
// dbt's messages use.
func formOf(n syntax.Expr) string {
	switch x := n.(type) {
	case *syntax.Cond:
		return "CondExpr"
	case *syntax.Logic:
		if x.And {
			return "And"
		}
		return "Or"
	case *syntax.Binary:
		return arithmetic[x.Op]
	}
	name := reflect.TypeOf(n).String()
	return name[strings.LastIndexByte(name, '.')+1:]
}

// arithmetic are the operators in Jinja2's words.
var arithmetic = map[syntax.Kind]string{
	syntax.Add: "Add", syntax.Sub: "Sub", syntax.Mul: "Mul", syntax.Div: "Div", syntax.FloorDiv: "FloorDiv", syntax.Mod: "Mod", syntax.Pow: "Pow",
}
