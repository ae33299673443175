package jinja

import (
	"math"
	"sync"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// program is what the compiled parts of one source share: its name and text.
type program struct{ name, src string }

// machine is the state of one run: what is written so far, and the stacks for
// arguments. Everything written goes to one buffer; a macro's text is its tail,
// which is cut off when the macro ends.
type machine struct {
	th     *value.Thread
	out    []byte
	args   []value.Value
	kw     []value.Arg
	frames []*frame // for reuse
	maxOut int
	trace  *origins // nil but for RenderTraced
}

// origins notes from where in the template what was written comes.
type origins struct {
	root *program
	held int // calls and set blocks under way: what they write has their own origin
	list []Origin
}

// wrote notes that f is about to write what stands at pos.
func (m *machine) wrote(f *frame, pos syntax.Pos) {
	if t := m.trace; t.held == 0 && f.prog == t.root {
		t.list = append(t.list, Origin{len(m.out), int(pos)})
	}
}

func (m *machine) hold(n int) {
	if m.trace != nil {
		m.trace.held += n
	}
}

var machines = sync.Pool{New: func() any {
	return &machine{out: make([]byte, 0, 4096), args: make([]value.Value, 0, 32)}
}}

// keepOut is the largest buffer that a machine keeps for its next run.
const keepOut = 1 << 20

func newMachine(th *value.Thread) *machine {
	m := machines.Get().(*machine)
	m.th = th
	m.maxOut = math.MaxInt
	if th.MaxOutput > 0 {
		m.maxOut = th.MaxOutput
	}
	return m
}

func (m *machine) release() {
	m.th, m.trace = nil, nil
	m.out = m.out[:0]
	if cap(m.out) > keepOut {
		m.out = make([]byte, 0, 4096)
	}
	clear(m.args[:cap(m.args)])
	clear(m.kw[:cap(m.kw)])
	m.args, m.kw = m.args[:0], m.kw[:0]
	machines.Put(m)
}

// frame is one activation of a function.
type frame struct {
	slots []value.Value
	up    *frame // the activation that the function was defined in
	m     *machine
	prog  *program
	scope Scope
	ctx   *templateContext // nil unless the template includes, imports or inherits
	nat   *nativeSink      // where output goes in native rendering; otherwise nil
	kept  bool             // a macro refers to it: it is not reused
}

// frame takes a frame with n empty slots.
func (m *machine) frame(n int) *frame {
	if k := len(m.frames); k > 0 {
		f := m.frames[k-1]
		m.frames = m.frames[:k-1]
		if cap(f.slots) >= n {
			f.slots = f.slots[:n]
		} else {
			f.slots = make([]value.Value, n)
		}
		f.m = m
		return f
	}
	return &frame{slots: make([]value.Value, n), m: m}
}

func (m *machine) drop(f *frame) {
	if f.kept {
		return
	}
	clear(f.slots)
	*f = frame{slots: f.slots[:0]}
	m.frames = append(m.frames, f)
}

// keep marks a frame and those around it as referred to by a macro.
func (f *frame) keep() {
	for ; f != nil && !f.kept; f = f.up {
		f.kept = true
	}
}

// checkOutput ends a run that wrote too much.
func (m *machine) checkOutput() error {
	if len(m.out) > m.maxOut {
		return value.Errorf("LimitError", "the template wrote more than %d bytes", m.maxOut)
	}
	return nil
}

// write prints a value.
func (f *frame) write(v value.Value) error {
	if f.nat != nil {
		f.nat.add(v)
		return nil
	}
	m := f.m
	if s, ok := v.(value.Str); ok {
		m.out = append(m.out, s...)
	} else {
		m.out = v.AppendStr(m.out)
	}
	return m.checkOutput()
}

// writeAt is write for a value from a place in the template.
func (f *frame) writeAt(v value.Value, pos syntax.Pos) error {
	if f.m.trace != nil {
		f.m.wrote(f, pos)
	}
	if err := f.write(v); err != nil {
		return f.fail(err, pos)
	}
	return nil
}

// capture runs body and returns what it writes.
func (f *frame) capture(body stmt) (string, error) {
	m := f.m
	start, nat := len(m.out), f.nat
	f.nat = nil
	m.hold(1)
	err := body(f)
	m.hold(-1)
	f.nat = nat
	s := string(m.out[start:])
	m.out = m.out[:start]
	return s, err
}

// lookup finds a free name: what the template exports, the host's names, Jinja's.
func (f *frame) lookup(name string) (value.Value, bool) {
	if f.ctx != nil {
		if v, ok := f.ctx.vars[name]; ok {
			return v, true
		}
	}
	if f.scope != nil {
		if v, ok := f.scope.Lookup(name); ok {
			return v, true
		}
	}
	v, ok := globals[name]
	return v, ok
}

func (f *frame) fail(err error, pos syntax.Pos) error { return f.prog.at(err, pos) }

// raise makes a Python exception at a place.
func (f *frame) raise(pos syntax.Pos, kind, msg string) error { return f.prog.errorAt(pos, kind, msg) }
