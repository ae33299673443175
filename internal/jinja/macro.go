package jinja

import (
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// macroCode is a compiled macro or the body of a call block.
type macroCode struct {
	unit
	name   string // empty for the body of a call block
	pyName string // as Python's messages name it
	params []param
	// The slots of caller, kwargs and varargs, or -1 where the body does not use
	// them.
	caller, kwargs, varargs int
	explicitCaller          bool // caller is among the parameters
}

type param struct {
	name    string
	slot    int
	def     expr        // nil: none
	missing value.Value // where there is neither an argument nor a default
}

// macroCode compiles a macro within the present frame.
func (c *compiler) macroCode(name string, sig *syntax.Signature, body []syntax.Stmt, pos syntax.Pos) *macroCode {
	code := &macroCode{name: name, pyName: name, caller: -1, kwargs: -1, varargs: -1}
	code.prog = c.prog
	fn := &function{up: c.fn}
	code.fn = fn
	s := newSymbols(c.syms, fn)
	for _, p := range sig.Params {
		s.declareParam(p.Name)
	}
	visitAll(s, sig.Defaults)
	visitAll(s, body)
	c.specialParams(code, s, sig, body, pos)
	muted := c.muted
	c.muted = false
	c.inFrame(s, func() {
		for i, p := range sig.Params {
			q := param{name: p.Name, slot: c.ownSlot(p.Name)}
			if d := i - (len(sig.Params) - len(sig.Defaults)); d >= 0 {
				q.def = c.expr(sig.Defaults[d])
			} else {
				q.missing = &value.Undefined{Name: p.Name,
					Hint: "parameter " + value.Repr(value.Str(p.Name)) + " was not provided"}
			}
			code.params = append(code.params, q)
		}
		code.body = c.body(body)
		code.enter = c.loads(s, true)
	})
	c.muted = muted
	return code
}

// specialParams declares caller, kwargs and varargs where the body reads them.
func (c *compiler) specialParams(code *macroCode, s *symbols, sig *syntax.Signature, body []syntax.Stmt, pos syntax.Pos) {
	named := map[string]bool{}
	for i, p := range sig.Params {
		if named[p.Name] {
			c.failLate(p.At(), "duplicate argument "+value.Repr(value.Str(p.Name))+" in function definition")
		}
		named[p.Name] = true
		if p.Name == "caller" {
			code.explicitCaller = true
			if i < len(sig.Params)-len(sig.Defaults) && undeclared(body, "caller")["caller"] {
				c.fail(pos, "TemplateAssertionError", `When defining macros or call blocks the special "caller" argument must be omitted or be given a default.`)
			}
		}
	}
	used := undeclared(body, "caller", "kwargs", "varargs")
	for name, slot := range map[string]*int{"caller": &code.caller, "kwargs": &code.kwargs, "varargs": &code.varargs} {
		if used[name] && !named[name] {
			s.declareParam(name)
			*slot = s.fn.slot(s.level, name)
		}
	}
}

func (c *compiler) macroStmt(n *syntax.Macro) stmt {
	code := c.macroCode(n.Name, &n.Signature, n.Body, n.At())
	c.fn.macro = true
	to := c.assignName(n.Name)
	return func(f *frame) error {
		f.keep()
		return to(f, &macro{code, f})
	}
}

func (c *compiler) callBlock(n *syntax.CallBlock) stmt {
	for _, k := range n.Call.Kw {
		if k.Name == "caller" {
			c.failLate(k.At, "keyword argument repeated: caller")
		}
	}
	code := c.macroCode("", &n.Signature, n.Body, n.At())
	c.fn.macro = true
	return c.callOutput(n.Call, kwArg{"caller", func(f *frame) (value.Value, error) {
		f.keep()
		return &macro{code, f}, nil
	}})
}

// macro is a macro as a value: the code and the frame it was defined in.
type macro struct {
	code *macroCode
	home *frame
}

// inherit gives a frame the surroundings of the one that its function was
// defined in.
func (f *frame) inherit(home *frame) {
	f.up, f.prog, f.scope, f.ctx = home, home.prog, home.scope, home.ctx
}

func (mv *macro) run(m *machine, args []value.Value, kw []value.Arg) (value.Value, error) {
	f := m.frame(len(mv.code.fn.slots))
	f.inherit(mv.home)
	err := mv.code.run(f, args, kw)
	m.drop(f)
	return nil, err
}

// run calls the macro in a frame that is ready but for the arguments.
func (code *macroCode) run(f *frame, args []value.Value, kw []value.Arg) error {
	if err := f.m.th.Enter(); err != nil {
		return err
	}
	defer f.m.th.Leave()
	if err := code.bind(f, args, kw); err != nil {
		return err
	}
	f.enter(code.enter)
	for i := range code.params {
		p := &code.params[i]
		switch {
		case f.slots[p.slot] != nil:
		case p.def == nil:
			f.slots[p.slot] = p.missing
		default:
			v, err := p.def(f)
			if err != nil {
				return code.prog.through(err, code.name)
			}
			f.slots[p.slot] = v
		}
	}
	if err := code.body(f); err != nil {
		return code.prog.through(err, code.name)
	}
	return nil
}

// bind places arguments in the slots of the parameters.
func (code *macroCode) bind(f *frame, args []value.Value, kw []value.Arg) error {
	n := min(len(args), len(code.params))
	for i := range n {
		f.slots[code.params[i].slot] = args[i]
	}
	rest := kw
	if len(kw) > 0 {
		rest = code.bindKeywords(f, n, kw)
	}
	if code.caller >= 0 && f.slots[code.caller] == nil {
		f.slots[code.caller] = noCaller
	}
	switch {
	case code.kwargs >= 0:
		d := value.NewDict(len(rest))
		for _, a := range rest {
			d.SetStr(a.Name, a.Value)
		}
		f.slots[code.kwargs] = d
	case len(rest) > 0:
		return code.unexpected(rest)
	}
	switch {
	case code.varargs >= 0:
		f.slots[code.varargs] = value.NewTuple(append([]value.Value(nil), args[n:]...)...)
	case len(args) > n:
		return value.TypeErrorf("macro %s takes not more than %d argument(s)", code.repr(), len(code.params))
	}
	return nil
}

var noCaller = &value.Undefined{Name: "caller", Hint: "No caller defined"}

// bindKeywords places keyword arguments on the parameters from the n-th on and
// on caller, and returns those left over.
func (code *macroCode) bindKeywords(f *frame, n int, kw []value.Arg) []value.Arg {
	var rest []value.Arg
next:
	for _, a := range kw {
		for i := n; i < len(code.params); i++ {
			if p := &code.params[i]; p.name == a.Name {
				f.slots[p.slot] = a.Value
				continue next
			}
		}
		if a.Name == "caller" && code.caller >= 0 {
			if a.Value != value.None {
				f.slots[code.caller] = a.Value
			}
			continue
		}
		rest = append(rest, a)
	}
	return rest
}

func (code *macroCode) unexpected(rest []value.Arg) error {
	for _, a := range rest {
		if a.Name == "caller" {
			return value.TypeErrorf("macro %s was invoked with two values for the special caller argument. This is most likely a bug.", code.repr())
		}
	}
	return value.TypeErrorf("macro %s takes no keyword argument %s", code.repr(), value.Repr(value.Str(rest[0].Name)))
}

// repr is the name as messages show it.
func (code *macroCode) repr() string {
	if code.pyName == "" {
		return "None"
	}
	return value.Repr(value.Str(code.pyName))
}

// Call calls the macro from outside of a template.
func (mv *macro) Call(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	return callWriter(t, mv, args, kw)
}

// Attr gives what a macro tells about itself.
func (mv *macro) Attr(name string) (value.Value, bool) {
	code := mv.code
	switch name {
	case "name":
		if code.name == "" {
			return value.None, true
		}
		return value.Str(code.name), true
	case "arguments":
		names := make([]value.Value, len(code.params))
		for i := range code.params {
			names[i] = value.Str(code.params[i].name)
		}
		return value.NewTuple(names...), true
	case "catch_kwargs":
		return value.Bool(code.kwargs >= 0), true
	case "catch_varargs":
		return value.Bool(code.varargs >= 0), true
	case "caller":
		return value.Bool(code.caller >= 0), true
	case "explicit_caller":
		return value.Bool(code.explicitCaller), true
	}
	return nil, false
}

// Type is Macro.
func (*macro) Type() string { return "Macro" }

// Truth is true.
func (*macro) Truth() bool { return true }

// AppendStr appends <Macro 'name'>.
func (mv *macro) AppendStr(b []byte) []byte {
	name := "anonymous"
	if mv.code.name != "" {
		name = mv.code.repr()
	}
	return append(append(append(b, "<Macro "...), name...), '>')
}

// AppendRepr appends <Macro 'name'>.
func (mv *macro) AppendRepr(b []byte) []byte { return mv.AppendStr(b) }
