package jinja

import (
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// callArgs are the compiled arguments of a call. They are evaluated onto the
// machine's stacks, so that a call allocates nothing for them.
type callArgs struct {
	pos      []expr
	kw       []kwArg
	star     expr
	starstar expr
	at       syntax.Pos
}

type kwArg struct {
	name string
	x    expr
}

// mark is where the stacks stood before a call.
type mark struct{ args, kw int }

func (f *frame) mark() mark { return mark{len(f.m.args), len(f.m.kw)} }

// pop drops what was pushed since the mark.
func (f *frame) pop(k mark) {
	f.m.args, f.m.kw = f.m.args[:k.args], f.m.kw[:k.kw]
}

// pushed is what stands on the stacks since the mark.
func (f *frame) pushed(k mark) ([]value.Value, []value.Arg) {
	a, kw := f.m.args, f.m.kw
	return a[k.args:len(a):len(a)], kw[k.kw:len(kw):len(kw)]
}

func (c *compiler) args(a *syntax.Args, at syntax.Pos) *callArgs {
	out := &callArgs{pos: c.exprs(a.Pos), at: at, star: c.exprOr(a.Star), starstar: c.exprOr(a.StarStar)}
	for i, k := range a.Kw {
		for _, before := range a.Kw[:i] {
			if before.Name == k.Name {
				c.failLate(k.At, "keyword argument repeated: "+k.Name)
			}
		}
		out.kw = append(out.kw, kwArg{k.Name, c.expr(k.Value)})
	}
	return out
}

// push evaluates the arguments onto the stacks. After an error the caller pops
// them as well.
func (a *callArgs) push(f *frame) error {
	for _, e := range a.pos {
		v, err := e(f)
		if err != nil {
			return err
		}
		f.m.args = append(f.m.args, v)
	}
	for i := range a.kw {
		v, err := a.kw[i].x(f)
		if err != nil {
			return err
		}
		f.m.kw = append(f.m.kw, value.Arg{Name: a.kw[i].name, Value: v})
	}
	if a.star != nil {
		if err := a.pushStar(f); err != nil {
			return err
		}
	}
	if a.starstar != nil {
		return a.pushStarStar(f)
	}
	return nil
}

// callName is what Python calls the function that makes a template's calls.
const callName = "jinja2.sandbox.SandboxedEnvironment.call()"

func (a *callArgs) pushStar(f *frame) error {
	v, err := a.star(f)
	if err != nil {
		return err
	}
	if _, ok := v.(value.Iterable); !ok {
		return f.raise(a.at, "TypeError", "Value after * must be an iterable, not "+v.Type())
	}
	vs, err := value.ToSlice(v)
	if err != nil {
		return f.fail(err, a.at)
	}
	f.m.args = append(f.m.args, vs...)
	return nil
}

func (a *callArgs) pushStarStar(f *frame) error {
	v, err := a.starstar(f)
	if err != nil {
		return err
	}
	if u, ok := v.(*value.Undefined); ok {
		if f.m.th.Chain {
			return nil
		}
		return f.fail(u.Error(), a.at)
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return f.raise(a.at, "TypeError", callName+" argument after ** must be a mapping, not "+v.Type())
	}
	own := f.m.kw[len(f.m.kw)-len(a.kw):]
	for i := range d.Len() {
		k, v := d.At(i)
		name, ok := value.AsString(k)
		if !ok {
			return f.raise(a.at, "TypeError", "keywords must be strings")
		}
		for _, o := range own {
			if o.Name == name {
				return f.raise(a.at, "TypeError", callName+" got multiple values for keyword argument "+value.Repr(value.Str(name)))
			}
		}
		f.m.kw = append(f.m.kw, value.Arg{Name: name, Value: v})
	}
	return nil
}

// writer is a callable whose result is text: a macro, a loop. run writes the
// text to the output. Where it gives a value as well, that is the result, and
// what was written does not count.
type writer interface {
	value.Callable
	run(m *machine, args []value.Value, kw []value.Arg) (value.Value, error)
}

// text calls a writer for its result.
func (m *machine) text(w writer, args []value.Value, kw []value.Arg) (value.Value, error) {
	start := len(m.out)
	v, err := w.run(m, args, kw)
	if v == nil && err == nil {
		v = value.Str(m.out[start:])
	}
	m.out = m.out[:start]
	return v, err
}

// callWriter is the Call method of writers, for hosts.
func callWriter(t *value.Thread, w writer, args []value.Value, kw []value.Arg) (value.Value, error) {
	m := newMachine(t)
	defer m.release()
	return m.text(w, args, kw)
}

// call compiles a call that gives a value.
func (c *compiler) call(n *syntax.Call) expr {
	if g, ok := n.Fn.(*syntax.Getattr); ok {
		return c.methodCall(n, g)
	}
	fn, args, pos := c.expr(n.Fn), c.args(&n.Args, n.At()), n.Fn.At()
	return func(f *frame) (value.Value, error) {
		callee, err := fn(f)
		if err != nil {
			return nil, err
		}
		k := f.mark()
		var v value.Value
		if err = args.push(f); err == nil {
			v, err = f.apply(callee, k, pos)
		}
		f.pop(k)
		return v, err
	}
}

// apply calls a value with the arguments pushed since k.
func (f *frame) apply(callee value.Value, k mark, pos syntax.Pos) (value.Value, error) {
	args, kw := f.pushed(k)
	if w, ok := callee.(writer); ok {
		v, err := f.m.text(w, args, kw)
		if err != nil {
			return nil, f.called(err, pos)
		}
		return v, nil
	}
	if err := f.m.th.Step(); err != nil {
		return nil, f.fail(err, pos)
	}
	f.m.th.At = int32(pos)
	v, err := value.Call(f.m.th, callee, args, kw)
	if err != nil {
		return nil, f.called(err, pos)
	}
	return v, nil
}

// called gives an error from a call its place; an error that has one notes the
// line of the call, for the macro frame that it may yet pass through.
func (f *frame) called(err error, pos syntax.Pos) error {
	if e, ok := err.(*Error); ok {
		e.line, _ = syntax.Position(f.prog.src, pos)
		return e
	}
	return f.fail(err, pos)
}

// methodCall compiles x.name(...), which makes no bound method.
func (c *compiler) methodCall(n *syntax.Call, g *syntax.Getattr) expr {
	x, args, name, pos := c.expr(g.X), c.args(&n.Args, n.At()), g.Attr, g.At()
	return func(f *frame) (value.Value, error) {
		recv, err := x(f)
		if err != nil {
			return nil, err
		}
		if u, ok := recv.(*value.Undefined); ok && !f.m.th.Chain {
			return nil, f.fail(u.Error(), pos) // before the arguments are looked at
		}
		k := f.mark()
		var v value.Value
		if err = args.push(f); err == nil {
			v, err = f.applyMethod(recv, name, k, pos)
		}
		f.pop(k)
		return v, err
	}
}

func (f *frame) applyMethod(recv value.Value, name string, k mark, pos syntax.Pos) (value.Value, error) {
	if lo, ok := recv.(*loop); ok {
		fn, err := lo.attr(name)
		if err != nil {
			return nil, f.fail(err, pos)
		}
		return f.apply(fn, k, pos)
	}
	switch recv.(type) {
	case value.Getter, *value.Undefined:
		fn, err := f.m.th.Attr(recv, name)
		if err != nil {
			return nil, f.fail(err, pos)
		}
		return f.apply(fn, k, pos)
	}
	if err := f.m.th.Step(); err != nil {
		return nil, f.fail(err, pos)
	}
	args, kw := f.pushed(k)
	v, err := value.CallMethod(f.m.th, recv, name, args, kw)
	if err != nil {
		return nil, f.called(err, pos)
	}
	return v, nil
}

// callOutput compiles {{ f(...) }}: a macro writes straight to the output.
func (c *compiler) callOutput(n *syntax.Call, extra ...kwArg) stmt {
	fn, args, pos := c.expr(n.Fn), c.args(&n.Args, n.At()), n.Fn.At()
	args.kw = append(args.kw, extra...)
	return func(f *frame) error {
		callee, err := fn(f)
		if err != nil {
			return err
		}
		k := f.mark()
		if err = args.push(f); err == nil {
			err = f.writeCall(callee, k, pos)
		}
		f.pop(k)
		return err
	}
}

func (f *frame) writeCall(callee value.Value, k mark, pos syntax.Pos) error {
	if w, ok := callee.(writer); ok && f.nat == nil {
		args, kw := f.pushed(k)
		start := len(f.m.out)
		v, err := w.run(f.m, args, kw)
		if err != nil {
			return f.called(err, pos)
		}
		if v == nil {
			return nil
		}
		f.m.out = f.m.out[:start]
		return f.writeAt(v, pos)
	}
	v, err := f.apply(callee, k, pos)
	if err != nil {
		return err
	}
	return f.writeAt(v, pos)
}

// filter compiles a filter of the value that x gives.
func (c *compiler) filter(n *syntax.Filter, x expr) expr {
	if mark, ok := nativeMarks[n.Name]; ok && len(n.Args.Pos)+len(n.Args.Kw) == 0 {
		return nativeMark(x, mark)
	}
	fn, ok := lookupFilter(n.Name)
	if !ok {
		if !c.soft && !c.lazy {
			c.fail(n.At(), "TemplateAssertionError", "No filter named "+value.Repr(value.Str(n.Name))+".")
		}
		name := n.Name
		fn = func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) {
			return nil, value.Errorf("TemplateRuntimeError", "No filter named '%s' found.", name)
		}
	}
	args, pos := c.args(&n.Args, n.At()), n.At()
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		k := f.mark()
		f.m.args = append(f.m.args, v)
		if err = args.push(f); err == nil {
			a, kw := f.pushed(k)
			if v, err = fn(f.m.th, a, kw); err != nil {
				err = f.called(err, pos)
			}
		}
		f.pop(k)
		return v, err
	}
}

func (c *compiler) test(n *syntax.Test) expr {
	fn, ok := lookupTest(n.Name)
	if !ok {
		if !c.soft && !c.lazy {
			c.fail(n.At(), "TemplateAssertionError", "No test named "+value.Repr(value.Str(n.Name))+".")
		}
		name := n.Name
		fn = func(*value.Thread, []value.Value, []value.Arg) (bool, error) {
			return false, value.Errorf("TemplateRuntimeError", "No test named '%s' found.", name)
		}
	}
	x, args, pos := c.expr(n.X), c.args(&n.Args, n.At()), n.At()
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		k := f.mark()
		f.m.args = append(f.m.args, v)
		yes := false
		if err = args.push(f); err == nil {
			a, kw := f.pushed(k)
			if yes, err = fn(f.m.th, a, kw); err != nil {
				err = f.called(err, pos)
			}
		}
		f.pop(k)
		return value.Bool(yes), err
	}
}
