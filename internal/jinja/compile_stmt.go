package jinja

import (
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// body compiles statements that run one after the other.
func (c *compiler) body(list []syntax.Stmt) stmt {
	ss := make([]stmt, 0, len(list))
	for _, n := range list {
		if s := c.stmt(n); s != nil {
			ss = append(ss, s)
		}
	}
	return sequence(ss)
}

func sequence(ss []stmt) stmt {
	switch len(ss) {
	case 0:
		return func(*frame) error { return nil }
	case 1:
		return ss[0]
	}
	return func(f *frame) error {
		for _, s := range ss {
			if err := s(f); err != nil {
				return err
			}
		}
		return nil
	}
}

// stmt compiles a statement; nil is one that does nothing.
func (c *compiler) stmt(n syntax.Stmt) stmt {
	switch n := n.(type) {
	case *syntax.Output:
		return c.output(n)
	case *syntax.If:
		return c.ifStmt(n)
	case *syntax.For:
		return c.forStmt(n)
	case *syntax.Set:
		return c.set(n)
	case *syntax.SetBlock:
		return c.setBlock(n)
	case *syntax.Do:
		x := c.expr(n.X)
		return func(f *frame) error {
			_, err := x(f)
			return err
		}
	case *syntax.Macro:
		return c.macroStmt(n)
	case *syntax.CallBlock:
		return c.callBlock(n)
	case *syntax.FilterBlock:
		return c.filterBlock(n)
	case *syntax.With:
		return c.with(n)
	case *syntax.Scope:
		return c.inner(n.Body)
	case *syntax.Break:
		if c.loops == 0 {
			c.failLate(n.At(), "'break' outside loop")
		}
		return func(*frame) error { return errBreak }
	case *syntax.Continue:
		if c.loops == 0 {
			c.failLate(n.At(), "'continue' not properly in loop")
		}
		return func(*frame) error { return errContinue }
	}
	return c.inheritStmt(n)
}

// output compiles text and {{ ... }}.
func (c *compiler) output(n *syntax.Output) stmt {
	ss := make([]stmt, len(n.Parts))
	for i, part := range n.Parts {
		ss[i] = c.outputPart(part)
	}
	s := sequence(ss)
	if !c.muted {
		return s
	}
	return func(f *frame) error { // a child template's own text is not part of its parent
		if f.ctx.parent != nil {
			return nil
		}
		return s(f)
	}
}

func (c *compiler) outputPart(n syntax.Expr) stmt {
	switch n := n.(type) {
	case *syntax.Text:
		return writeText(n.Text, n.At())
	case *syntax.Call:
		return c.callOutput(n)
	}
	if v, ok := c.fold(n); ok {
		return writeText(value.ToStr(v), n.At())
	}
	x, pos := c.expr(n), n.At()
	return func(f *frame) error {
		v, err := x(f)
		if err != nil {
			return err
		}
		return f.writeAt(v, pos)
	}
}

func writeText(s string, pos syntax.Pos) stmt {
	v := value.Str(s)
	return func(f *frame) error {
		if f.nat != nil {
			f.nat.add(v)
			return nil
		}
		m := f.m
		if m.trace != nil {
			m.wrote(f, pos)
		}
		m.out = append(m.out, s...)
		if len(m.out) > m.maxOut {
			return f.fail(m.checkOutput(), pos)
		}
		return nil
	}
}

func (c *compiler) ifStmt(n *syntax.If) stmt {
	type branch struct {
		test expr
		body stmt
	}
	soft := c.soft
	c.soft = true
	branches := []branch{{c.expr(n.Test), c.body(n.Body)}}
	for _, e := range n.Elifs {
		branches = append(branches, branch{c.expr(e.Test), c.body(e.Body)})
	}
	var els stmt
	if n.Else != nil {
		els = c.body(n.Else)
	}
	c.soft = soft
	return func(f *frame) error {
		for i := range branches {
			v, err := branches[i].test(f)
			if err != nil {
				return err
			}
			if v.Truth() {
				return branches[i].body(f)
			}
		}
		if els != nil {
			return els(f)
		}
		return nil
	}
}

// inner compiles a body with a frame of its own.
func (c *compiler) inner(body []syntax.Stmt) stmt {
	s := newSymbols(c.syms, c.fn)
	visitAll(s, body)
	var run stmt
	c.inFrame(s, func() { run = c.body(body) })
	enter := c.loads(s, false)
	return func(f *frame) error {
		f.enter(enter)
		return run(f)
	}
}

func (c *compiler) with(n *syntax.With) stmt {
	values := c.exprs(n.Values)
	s := newSymbols(c.syms, c.fn)
	visitAll(s, n.Targets)
	visitAll(s, n.Body)
	targets := make([]assign, len(n.Targets))
	var body stmt
	c.inFrame(s, func() {
		for i, t := range n.Targets {
			targets[i] = c.assign(t)
		}
		body = c.body(n.Body)
	})
	enter := c.loads(s, false)
	return func(f *frame) error {
		f.enter(enter)
		for i, x := range values {
			v, err := x(f)
			if err != nil {
				return err
			}
			if err := targets[i](f, v); err != nil {
				return err
			}
		}
		return body(f)
	}
}

// captured compiles a body whose text becomes a value, and the filter on it.
func (c *compiler) captured(body []syntax.Stmt, filter *syntax.Filter) expr {
	muted := c.muted
	c.muted = false
	s := newSymbols(c.syms, c.fn)
	visitAll(s, body)
	if filter != nil {
		s.visit(filter)
	}
	var out expr
	c.inFrame(s, func() {
		run := c.body(body)
		out = func(f *frame) (value.Value, error) {
			text, err := f.capture(run)
			if g := f.m.th.Guard; g != nil && err == nil {
				return g.Lift(text)
			}
			return value.Str(text), err
		}
		if filter != nil {
			out = c.filterChain(filter, out)
		}
	})
	c.muted = muted
	enter := c.loads(s, false)
	return func(f *frame) (value.Value, error) {
		f.enter(enter)
		return out(f)
	}
}

// filterChain compiles the filters of a filter or set block.
func (c *compiler) filterChain(n *syntax.Filter, src expr) expr {
	if x, ok := n.X.(*syntax.Filter); ok {
		src = c.filterChain(x, src)
	}
	return c.filter(n, src)
}

func (c *compiler) filterBlock(n *syntax.FilterBlock) stmt {
	x, pos := c.captured(n.Body, n.Filter), n.At()
	return func(f *frame) error {
		v, err := x(f)
		if err != nil {
			return err
		}
		return f.writeAt(v, pos)
	}
}

func (c *compiler) set(n *syntax.Set) stmt {
	refs := c.namespaces(n.Target)
	x, to := c.expr(n.Value), c.assign(n.Target)
	return func(f *frame) error {
		for i := range refs {
			if err := refs[i].check(f); err != nil {
				return err
			}
		}
		v, err := x(f)
		if err != nil {
			return err
		}
		return to(f, v)
	}
}

func (c *compiler) setBlock(n *syntax.SetBlock) stmt {
	refs := c.namespaces(n.Target)
	x, to := c.captured(n.Body, n.Filter), c.assign(n.Target)
	return func(f *frame) error {
		v, err := x(f)
		if err != nil {
			return err
		}
		for i := range refs {
			if err := refs[i].check(f); err != nil {
				return err
			}
		}
		return to(f, v)
	}
}

// assign writes a value to a target.
type assign func(f *frame, v value.Value) error

func (c *compiler) assign(n syntax.Expr) assign {
	switch n := n.(type) {
	case *syntax.Name:
		return c.assignName(n.Name)
	case *syntax.NSRef:
		ref := c.nsref(n)
		return ref.set
	case *syntax.Tuple:
		to := make([]assign, len(n.Items))
		for i, it := range n.Items {
			to[i] = c.assign(it)
		}
		pos := n.At()
		return func(f *frame, v value.Value) error {
			vs, err := unpack(v, len(to))
			if err != nil {
				return f.fail(err, pos)
			}
			for i := range to {
				if err := to[i](f, vs[i]); err != nil {
					return err
				}
			}
			return nil
		}
	}
	panic("jinja: a target that the compiler does not know")
}

func (c *compiler) assignName(name string) assign {
	slot := c.ownSlot(name)
	if !c.toplevel {
		return func(f *frame, v value.Value) error {
			f.slots[slot] = v
			return nil
		}
	}
	return func(f *frame, v value.Value) error {
		f.slots[slot] = v
		if f.ctx != nil {
			f.ctx.export(name, v)
		}
		return nil
	}
}

// unpack is the unpacking of v into n names. The result is only read.
func unpack(v value.Value, n int) ([]value.Value, error) {
	var vs []value.Value
	switch x := v.(type) {
	case *value.Tuple:
		vs = x.Elems
	case *value.List:
		vs = x.Elems
	case value.Iterable:
		return unpackIter(x.Iterate(), n)
	default:
		return nil, value.TypeErrorf("cannot unpack non-iterable %s object", v.Type())
	}
	if len(vs) < n {
		return nil, tooFew(n, len(vs))
	}
	if len(vs) > n {
		return nil, value.Errorf("ValueError", "too many values to unpack (expected %d)", n)
	}
	return vs, nil
}

func unpackIter(it value.Iter, n int) ([]value.Value, error) {
	vs := make([]value.Value, 0, n)
	for {
		v, ok, err := it.Next()
		switch {
		case err != nil:
			return nil, err
		case !ok && len(vs) < n:
			return nil, tooFew(n, len(vs))
		case !ok:
			return vs, nil
		case len(vs) == n:
			return nil, value.Errorf("ValueError", "too many values to unpack (expected %d)", n)
		}
		vs = append(vs, v)
	}
}

func tooFew(want, got int) error {
	return value.Errorf("ValueError", "not enough values to unpack (expected %d, got %d)", want, got)
}

// nsref is the target ns.attr.
type nsref struct {
	ns   expr
	attr string
	pos  syntax.Pos
}

func (c *compiler) nsref(n *syntax.NSRef) *nsref {
	return &nsref{c.readName(n.Name), n.Attr, n.At()}
}

// namespaces lists the nsrefs in a target: Jinja checks them all before it
// assigns anything.
func (c *compiler) namespaces(n syntax.Expr) []*nsref {
	var refs []*nsref
	syntax.Walk(n, func(n syntax.Node) bool {
		if r, ok := n.(*syntax.NSRef); ok {
			refs = append(refs, c.nsref(r))
		}
		return true
	})
	return refs
}

func (r *nsref) get(f *frame) (value.Setter, error) {
	v, err := r.ns(f)
	if err != nil {
		return nil, err
	}
	if s, ok := v.(value.Setter); ok {
		return s, nil
	}
	return nil, f.raise(r.pos, "TemplateRuntimeError", "cannot assign attribute on non-namespace object")
}

func (r *nsref) check(f *frame) error {
	_, err := r.get(f)
	return err
}

func (r *nsref) set(f *frame, v value.Value) error {
	s, err := r.get(f)
	if err != nil {
		return err
	}
	if err := s.SetAttr(r.attr, v); err != nil {
		return f.fail(err, r.pos)
	}
	return nil
}
