package jinja

import (
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// forCode is a compiled loop.
type forCode struct {
	prog   *program
	pos    syntax.Pos
	target assign
	enter  []load
	body   stmt
	els    stmt
	slot   int // of the name loop, or -1 where the body does not use it
	filter *loopFilter
	fn     *function // of a recursive loop
}

// loopFilter is the condition of {% for x in xs if ... %}. It runs interleaved
// with the body and has variables of its own.
type loopFilter struct {
	target assign
	again  expr // the target read back: what the loop gets
	test   expr
}

func (c *compiler) forStmt(n *syntax.For) stmt {
	if c.storesLoop {
		c.checkLoopName(n)
	}
	iter := c.expr(n.Iter)
	fc := &forCode{prog: c.prog, pos: n.Iter.At(), slot: -1}
	fn := c.fn
	if n.Recursive {
		fn = &function{up: c.fn}
		fc.fn = fn
	}
	s := newSymbols(c.syms, fn)
	extended := n.Recursive || undeclared(n.Body, "loop")["loop"] || c.hasBlocks && hasScopedBlock(n)
	if extended {
		s.declareParam("loop")
		fc.slot = fn.slot(s.level, "loop")
	}
	s.visitTarget(n.Target)
	visitAll(s, n.Body)
	macros := fn.macro
	fn.macro = false
	c.inFrame(s, func() {
		fc.target = c.assign(n.Target)
		c.loops++
		fc.body = c.body(n.Body)
	})
	fc.enter = c.loads(s, false)
	leave := fn.macro // a macro made in the loop must not see its names afterwards
	fn.macro = macros || leave
	if n.Test != nil {
		fc.filter = c.loopFilter(n, fn)
	}
	if n.Else != nil {
		fc.els = c.loopElse(n, fn)
	}
	if n.Recursive {
		return fc.recursive(iter)
	}
	names := s.slots()
	return func(f *frame) error {
		v, err := iter(f)
		if err != nil {
			return err
		}
		err = fc.run(f, v, nil, 0)
		if leave {
			for _, i := range names {
				f.slots[i] = nil
			}
		}
		return err
	}
}

// slots are those of the frame's own names.
func (s *symbols) slots() []int {
	var out []int
	for i := range s.list {
		if sym := &s.list[i]; sym.load != loadResolve || sym.stored {
			out = append(out, s.fn.slot(s.level, sym.name))
		}
	}
	return out
}

// checkLoopName refuses a loop that writes to the name loop.
func (c *compiler) checkLoopName(n *syntax.For) {
	syntax.Walk(n, func(x syntax.Node) bool {
		if name, ok := x.(*syntax.Name); ok && name.Ctx == syntax.Store && name.Name == "loop" {
			c.fail(name.At(), "TemplateAssertionError", "Can't assign to special loop variable in for-loop target")
		}
		return true
	})
}

func hasScopedBlock(n syntax.Node) bool {
	found := false
	syntax.Walk(n, func(n syntax.Node) bool {
		if b, ok := n.(*syntax.Block); ok && b.Scoped {
			found = true
		}
		return !found
	})
	return found
}

func (c *compiler) loopFilter(n *syntax.For, fn *function) *loopFilter {
	s := newSymbols(c.syms, fn)
	c.filters++
	s.level = -c.filters
	s.visitTarget(n.Target)
	s.visit(n.Test)
	lf := &loopFilter{}
	c.inFrame(s, func() {
		lf.target = c.assign(n.Target)
		lf.test = c.expr(n.Test)
		lf.again = c.expr(n.Target)
	})
	return lf
}

func (c *compiler) loopElse(n *syntax.For, fn *function) stmt {
	s := newSymbols(c.syms, fn)
	visitAll(s, n.Else)
	var body stmt
	c.inFrame(s, func() { body = c.body(n.Else) })
	enter := c.loads(s, false)
	return func(f *frame) error {
		f.enter(enter)
		return body(f)
	}
}

// run walks v. home is the frame that a recursive loop was written in.
func (fc *forCode) run(f *frame, v value.Value, home *frame, depth int) error {
	it, err := value.Iterate(v)
	if err != nil {
		return f.fail(err, fc.pos)
	}
	sized, _ := v.(value.Sized)
	if fc.filter != nil {
		it, sized = &filterIter{f, it, fc.filter}, nil
	}
	var done bool
	if fc.slot < 0 {
		done, err = fc.plain(f, it)
	} else {
		lo := &loop{it: it, sized: sized, code: fc, home: home, depth: depth, index: -1, length: -1}
		done, err = fc.extended(f, lo)
		if fc.filter != nil {
			lo.it = value.SliceIter(nil) // the condition's frame ends here; the loop may be kept
		}
	}
	if err != nil {
		return err
	}
	if !done && fc.els != nil {
		return fc.els(f)
	}
	return nil
}

// plain runs a loop whose body does not use the name loop. It tells whether a
// turn came to its end, which decides on the else: dbt's Jinja takes a loop
// that always continues for an empty one.
func (fc *forCode) plain(f *frame, it value.Iter) (done bool, err error) {
	for {
		item, ok, err := it.Next()
		if err != nil {
			return done, f.fail(err, fc.pos)
		}
		if !ok {
			return done, nil
		}
		switch err := fc.turn(f, item); err {
		case nil:
			done = true
		case errContinue:
		case errBreak:
			return done, nil
		default:
			return done, err
		}
	}
}

// extended is plain for a loop whose body uses the name loop.
func (fc *forCode) extended(f *frame, lo *loop) (done bool, err error) {
	for {
		item, ok, err := lo.next()
		if err != nil {
			return done, f.fail(err, fc.pos)
		}
		if !ok {
			return done, nil
		}
		f.slots[fc.slot] = lo
		switch err := fc.turn(f, item); err {
		case nil:
			done = true
		case errContinue:
		case errBreak:
			return done, nil
		default:
			return done, err
		}
	}
}

func (fc *forCode) turn(f *frame, item value.Value) error {
	if err := f.m.th.Step(); err != nil {
		return f.fail(err, fc.pos)
	}
	if err := fc.target(f, item); err != nil {
		return err
	}
	f.enter(fc.enter)
	return fc.body(f)
}

// recursive compiles a loop that its body may call: each call is a frame.
func (fc *forCode) recursive(iter expr) stmt {
	return func(f *frame) error {
		v, err := iter(f)
		if err != nil {
			return err
		}
		if f.nat == nil {
			return fc.level(f.m, f, v, 0)
		}
		text, err := f.capture(func(f *frame) error { return fc.level(f.m, f, v, 0) })
		if err == nil {
			f.nat.add(value.Str(text))
		}
		return err
	}
}

// level runs one level of a recursive loop.
func (fc *forCode) level(m *machine, home *frame, v value.Value, depth int) error {
	if err := m.th.Enter(); err != nil {
		return fc.prog.at(err, fc.pos)
	}
	defer m.th.Leave()
	f := m.frame(len(fc.fn.slots))
	f.inherit(home)
	home.keep() // loop is a value that may outlive the loop
	err := fc.run(f, v, home, depth)
	m.drop(f)
	return err
}

// filterIter yields what passes a loop's condition.
type filterIter struct {
	f  *frame
	it value.Iter
	lf *loopFilter
}

func (it *filterIter) Next() (value.Value, bool, error) {
	for {
		v, ok, err := it.it.Next()
		if err != nil || !ok {
			return nil, false, err
		}
		if err := it.lf.target(it.f, v); err != nil {
			return nil, false, err
		}
		yes, err := it.lf.test(it.f)
		if err != nil {
			return nil, false, err
		}
		if yes.Truth() {
			v, err := it.lf.again(it.f)
			return v, true, err
		}
		if err := it.f.m.th.Step(); err != nil {
			return nil, false, err
		}
	}
}
