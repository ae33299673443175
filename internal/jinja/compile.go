package jinja

import (
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// A template is compiled to closures: an expr gives a value, a stmt writes. Both
// take the frame they run in and know the slots of their names.
type (
	expr func(f *frame) (value.Value, error)
	stmt func(f *frame) error
)

// compiler compiles one source. Its fields below prog describe the frame that
// is being compiled.
type compiler struct {
	prog *program
	opt  Options
	// What occurs anywhere in the source, to spare the search for it.
	storesLoop, hasBlocks bool

	fn       *function
	syms     *symbols
	toplevel bool // names set here are seen by blocks and importers
	soft     bool // inside a condition: an unknown filter fails only when run
	// lazy is soft for all of a macro. dbt: a macro is compiled when it is called
	// first, so that one which nobody calls may use what its engine has not.
	lazy  bool
	loops int  // loops that a break can leave
	muted bool // inside a child template: text is written only while no parent is known

	unit    *unit
	blocks  map[string]*block
	filters int    // levels given to the tests of loops
	late    *Error // the first fault that Jinja leaves to Python's compiler
}

// unit is the compiled body of a function and what its frames need.
type unit struct {
	prog  *program
	fn    *function
	enter []load
	body  stmt
}

// compileError carries an *Error through the compiler's recursion.
type compileError struct{ err *Error }

func (c *compiler) fail(pos syntax.Pos, kind, msg string) {
	panic(compileError{c.prog.errorAt(pos, kind, msg)})
}

// failLate notes a fault that Jinja finds only after all others, when Python
// compiles what it has generated.
func (c *compiler) failLate(pos syntax.Pos, msg string) {
	if c.late == nil {
		c.late = c.prog.errorAt(pos, "SyntaxError", msg)
	}
}

// finish ends a compilation that found nothing else wrong.
func (c *compiler) finish() {
	if c.late != nil {
		panic(compileError{c.late})
	}
}

// recoverCompile turns a compileError into an error, at the compiler's doors.
func recoverCompile(err *error) {
	switch r := recover().(type) {
	case nil:
	case compileError:
		*err = r.err
	default:
		panic(r)
	}
}

// inFrame compiles with other symbols and restores the present ones.
func (c *compiler) inFrame(s *symbols, do func()) {
	fn, syms, toplevel, soft, loops := c.fn, c.syms, c.toplevel, c.soft, c.loops
	c.fn, c.syms, c.toplevel, c.soft = s.fn, s, false, false
	if s.fn != fn {
		c.loops = 0
	}
	do()
	c.fn, c.syms, c.toplevel, c.soft, c.loops = fn, syms, toplevel, soft, loops
}

// load is what happens to one slot when its frame is entered.
type load struct {
	kind loadKind
	slot int
	name string
	hops int // of the outer slot of an alias
	from int
}

// loads lists what entering the frame of s does. Where fresh is set its slots
// are known to be empty.
func (c *compiler) loads(s *symbols, fresh bool) []load {
	var ls []load
	for i := range s.list {
		sym := &s.list[i]
		l := load{kind: sym.load, name: sym.name}
		switch sym.load {
		case loadParam:
			continue
		case loadResolve:
			if !sym.stored {
				continue // looked up where it is read
			}
		case loadUndefined:
			if fresh {
				continue
			}
		case loadAlias:
			owner, outer := s.parent.find(sym.name)
			if outer.load == loadResolve && !outer.stored {
				l.kind = loadResolve
				break
			}
			l.hops, l.from = hops(s.fn, owner.fn), owner.fn.slot(owner.level, sym.name)
		}
		l.slot = s.fn.slot(s.level, sym.name)
		ls = append(ls, l)
	}
	return ls
}

func (f *frame) enter(ls []load) {
	for i := range ls {
		l := &ls[i]
		switch l.kind {
		case loadResolve:
			f.slots[l.slot], _ = f.lookup(l.name)
		case loadAlias:
			f.slots[l.slot] = f.outer(l.hops).slots[l.from]
		default:
			f.slots[l.slot] = nil
		}
	}
}

// hops is how many functions lie between fn and an outer one.
func hops(fn, outer *function) int {
	n := 0
	for ; fn != outer; fn = fn.up {
		n++
	}
	return n
}

func (f *frame) outer(hops int) *frame {
	for ; hops > 0; hops-- {
		f = f.up
	}
	return f
}

// readName compiles the use of a name.
func (c *compiler) readName(name string) expr {
	undef := value.NewUndefined(name)
	owner, sym := c.syms.find(name)
	if sym == nil || sym.load == loadResolve && !sym.stored {
		return c.readFree(name, undef)
	}
	slot := owner.fn.slot(owner.level, name)
	switch n := hops(c.fn, owner.fn); n {
	case 0:
		return func(f *frame) (value.Value, error) {
			if v := f.slots[slot]; v != nil {
				return v, nil
			}
			return undef, nil
		}
	default:
		return func(f *frame) (value.Value, error) {
			if v := f.outer(n).slots[slot]; v != nil {
				return v, nil
			}
			return undef, nil
		}
	}
}

// readFree compiles the use of a name of the scope: looked up once per frame.
func (c *compiler) readFree(name string, undef value.Value) expr {
	slot := c.fn.freeSlot(name)
	return func(f *frame) (value.Value, error) {
		if v := f.slots[slot]; v != nil {
			return v, nil
		}
		v, ok := f.lookup(name)
		if !ok {
			v = undef
		}
		f.slots[slot] = v
		return v, nil
	}
}

// ownSlot is the slot of a name that the present frame writes.
func (c *compiler) ownSlot(name string) int { return c.syms.fn.slot(c.syms.level, name) }

// compileRoot compiles the body of a template or of a block.
func (c *compiler) compileRoot(body []syntax.Stmt, params ...string) *unit {
	fn := &function{}
	s := newSymbols(nil, fn)
	for _, p := range params {
		s.declareParam(p)
	}
	visitAll(s, body)
	u := &unit{prog: c.prog, fn: fn}
	c.inFrame(s, func() {
		c.toplevel = true
		u.body = c.body(body)
		u.enter = c.loads(s, true)
	})
	return u
}

// parse reads a source that Normalize has seen.
func parse(name, src string) (*syntax.Template, error) {
	t, err := syntax.Parse(src)
	if err != nil {
		return nil, fromSyntax(name, src, err)
	}
	return t, nil
}
