package render

import (
	"context"
	"errors"
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/eventtime"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/session"
)

// Frame is the state of one node's render: the names that its template sees and
// what the template does with them. It belongs to one goroutine. A materialization
// runs in the Frame of its node, so what one hook stores the next can load.
type Frame struct {
	Inv   *Invocation
	Phase Phase
	// Node is what is rendered; nil for a macro run by itself.
	Node *manifest.Node
	// Macro is the macro that runs by itself, where Node is nil.
	Macro *manifest.Macro
	// Bare leaves the node out of faults, as dbt does for statements given on the
	// command line.
	Bare bool
	// Session is where statements go; nil while parsing.
	Session *session.Session
	// Thread is the worker's name: thread_id.
	Thread string
	// Empty is the row limit that --empty puts on refs: -1 is none.
	Limit int
	// Batch is the batch of a microbatch model that is rendered; nil for all else.
	Batch *eventtime.Span
	// Code is the node's compiled SQL with its CTEs, "" before it is compiled.
	Code string
	// Extra holds names that the caller adds: results, schemas, sql, test kwargs.
	// They win over the table of names but not over macros.
	Extra map[string]value.Value
	// Write stores what write() is given: the statement that builds the node.
	Write func(sql string) error
	// Manifest is where ref, source and function look; nil is that of the invocation.
	Manifest *manifest.Manifest
	// Guard keeps the values of an operation's parameters apart from what the
	// template's author wrote; nil for all else.
	Guard *value.Guard
	// Hooks is told of the node's hooks; nil where nobody keeps account of them.
	Hooks Hooks
	// CSV reads the node's seed file: load_agate_table().
	CSV func() (value.Value, error)

	// CTEs are the ephemeral models that ref() met, in order.
	CTEs []manifest.ID
	// Called are the macros that the node's own template called, in order. dbt
	// counts those that are met at run time among its depends_on.macros too.
	Called []manifest.ID

	pkg      string // whose macros come first
	unit     *UnitTest
	strict   bool // an undefined name is not forgiven, though the phase is Parse
	operator bool // a macro by itself: its refs were seen by nobody before
	notes    *Notes
	stack    []*manifest.Macro
	// outermost is where the node's text calls the first macro of the stack.
	outermost int32
	results   map[string]value.Value
	made      map[string]value.Value // names already looked up
	model     *value.Dict            // `model`, once asked for
	ctx       context.Context
	// rendering is the text that render() is at work on; rendered is the last one
	// it finished, with what came of it. They tell which hook failed.
	rendering string
	rendered  [2]string
	declared  map[*value.Dict]hookPlace // the elements of pre_hooks and post_hooks
	// secret stands in for the values of secret variables; nil refuses them.
	secret func(name string) string
	// configuring is set while profiles.yml and dbt_project.yml are read: a
	// variable without a value is a fault then.
	configuring bool
	// own is set while dex.yml is read, in which the target is known.
	own bool
	// properties is set while values of properties files are read: they see
	// neither macros nor what belongs to a node.
	properties bool
}

// NewFrame starts a render of n, or of a macro by itself where n is nil.
func (inv *Invocation) NewFrame(ctx context.Context, phase Phase, n *manifest.Node) *Frame {
	f := &Frame{Inv: inv, Phase: phase, Node: n, Limit: -1, ctx: ctx, pkg: inv.Project, made: make(map[string]value.Value, 8)}
	if n != nil {
		f.pkg = n.Package
	} else {
		f.operator = true
	}
	if phase == Parse {
		f.notes = &Notes{}
	}
	return f
}

// In makes the frame look for macros in package pkg first.
func (f *Frame) In(pkg string) *Frame {
	f.pkg = pkg
	return f
}

// Lookup implements jinja.Scope: macros, then what the caller added, then dbt's
// own names. dbt: ManifestContext.to_dict lets macros win over built-in names.
func (f *Frame) Lookup(name string) (value.Value, bool) {
	if v, ok := f.made[name]; ok {
		return v, true
	}
	if f.properties && !propertyNames[name] {
		return nil, false
	}
	if e := f.Inv.Macros.Find(f.pkg, name); e != nil {
		return f.remember(name, f.bind(e)), true
	}
	if v, ok := f.Extra[name]; ok {
		return v, true
	}
	if f.Inv.Macros.HasPackage(name) {
		return f.remember(name, &macroPackage{f, name}), true
	}
	if b, ok := names[name]; ok {
		v := b.make(f)
		if v == nil {
			return nil, false
		}
		if b.volatile {
			return v, true
		}
		return f.remember(name, v), true
	}
	if f.Hooks != nil {
		return f.Hooks.Name(name)
	}
	if e := f.testMacro(name); e != nil {
		return f.remember(name, f.bind(e)), true
	}
	return nil, false
}

// testMacro finds a macro of any package while a generic test is parsed: what a
// package's test calls is not out of sight then for a node of another package, which
// it is when the test runs. dbt: TestMacroNamespace.
func (f *Frame) testMacro(name string) *Entry {
	if f.Phase != Parse || f.Node == nil || f.Node.Test == nil || !f.Node.Test.Generic {
		return nil
	}
	return f.Inv.Macros.Anywhere(f.pkg, name)
}

// Replace gives a name a value of its own, which wins over macros.
func (f *Frame) Replace(name string, v value.Value) { f.made[name] = v }

func (f *Frame) remember(name string, v value.Value) value.Value {
	f.made[name] = v
	return v
}

// FailedHook gives the text of the hook that err comes from, as its author wrote
// it; "" where err comes from something else. run_hooks sends each hook through
// render(), and its statement is the next that reaches the database.
func (f *Frame) FailedHook(err error) string {
	if f.rendering != "" {
		return f.rendering
	}
	var db *adapter.DatabaseError
	if errors.As(err, &db) && f.rendered[1] != "" && isSent(db.SQL, f.rendered[1]) {
		return f.rendered[0]
	}
	return ""
}

// isSent reports whether a statement that reached the database is text, apart
// from the query comment at its front or its end.
func isSent(sql, text string) bool {
	sql, text = strings.TrimSpace(sql), strings.TrimSpace(text)
	rest, ok := strings.CutSuffix(sql, text)
	if !ok {
		if rest, ok = strings.CutPrefix(sql, text); !ok {
			return false
		}
	}
	rest = strings.TrimSpace(rest)
	return rest == "" || strings.HasPrefix(rest, "/*") && strings.HasSuffix(rest, "*/")
}

// Context is what ends the frame's statements.
func (f *Frame) Context() context.Context { return f.ctx }

// Executing reports dbt's `execute`.
func (f *Frame) Executing() bool { return f.Phase != Parse }

// thread makes the engine's state for a render in f.
func (f *Frame) thread() *value.Thread {
	t := value.NewThread(f.ctx, f)
	t.Chain = f.Phase == Parse && !f.strict
	t.MaxOutput = maxOutput
	t.Guard = f.Guard
	return t
}

// maxOutput bounds what one template may write, so that a loop without end
// meets an error before it meets the machine's memory.
const maxOutput = 1 << 28

// Render renders a compiled template in f.
func (f *Frame) Render(t *jinja.Template) (string, error) {
	s, err := t.Render(f.thread(), f)
	return s, f.ofTemplate(err)
}

// RenderText compiles and renders a text, such as a hook.
func (f *Frame) RenderText(name, src string) (string, error) {
	if !jinja.HasTags(src) {
		return src, nil
	}
	t, err := f.Inv.compile(name, src)
	if err != nil {
		return "", f.ofTemplate(err)
	}
	return f.Render(t)
}

// RenderTraced compiles and renders a text, and tells where what it gives comes from:
// see jinja.Template.RenderTraced.
func (f *Frame) RenderTraced(name, src string) (*jinja.Template, string, []jinja.Origin, error) {
	t, err := f.Inv.compile(name, src)
	if err != nil {
		return nil, "", nil, f.ofTemplate(err)
	}
	text, origins, err := t.RenderTraced(f.thread(), f)
	return t, text, origins, f.ofTemplate(err)
}

// RenderNative compiles and renders a text to a value, as dbt renders YAML.
func (f *Frame) RenderNative(name, src string) (value.Value, error) {
	t, err := f.Inv.compile(name, src)
	if err != nil {
		return nil, f.ofTemplate(err)
	}
	v, err := t.RenderNative(f.thread(), f)
	return v, f.ofTemplate(err)
}

// Template gives a node's compiled template. Parsing has compiled it already, so
// this costs a look-up.
func (inv *Invocation) Template(n *manifest.Node) (*jinja.Template, error) {
	return inv.compile(n.OriginalFilePath, n.Raw)
}

// compile compiles a text, remembering it: hooks of a whole folder are one text.
func (inv *Invocation) compile(name, src string) (*jinja.Template, error) {
	if t, ok := inv.texts.Load(src); ok {
		return t.(*jinja.Template), nil
	}
	t, err := jinja.Compile(name, src)
	if err != nil {
		return nil, err
	}
	inv.texts.Store(src, t)
	return t, nil
}

// Call calls a macro in f.
func (f *Frame) Call(e *Entry, args []value.Value, kw []value.Arg) (value.Value, error) {
	return f.bind(e).Call(f.thread(), args, kw)
}

// CallNamed calls a macro that f's package sees.
func (f *Frame) CallNamed(name string, args []value.Value, kw []value.Arg) (value.Value, error) {
	e := f.Inv.Macros.Find(f.pkg, name)
	if e == nil {
		return nil, value.Errorf("UndefinedError", "'%s' is undefined", name)
	}
	return f.Call(e, args, kw)
}

// CallFunction calls what a template sees as a function under a name: ref, source, var.
func (f *Frame) CallFunction(name string, args []value.Value, kw []value.Arg) (value.Value, error) {
	fn, ok := f.Lookup(name)
	if !ok {
		return nil, value.Errorf("UndefinedError", "'%s' is undefined", name)
	}
	v, err := value.Call(f.runThread(), fn, args, kw)
	return v, f.ofTemplate(err)
}

// Result is what load_result(name) would give, without taking it away.
func (f *Frame) Result(name string) (value.Value, bool) {
	v, ok := f.results[name]
	return v, ok
}

func (f *Frame) emit(l event.Level, d event.Data) { f.Inv.emit(l, f.Thread, d) }

// info describes the node for events; nil where there is none.
func (f *Frame) info() *event.NodeInfo {
	if f.Session != nil {
		return f.Session.Info
	}
	return nil
}

// boundMacro is a macro as a template sees it: its free names are looked up in
// the frame of the node that is rendered, whichever package it comes from.
type boundMacro struct {
	frame *Frame
	entry *Entry
}

func (m *boundMacro) Type() string { return "MacroGenerator" }
func (m *boundMacro) Truth() bool  { return true }

// CallMode implements value.Moded: a macro is a template, which guards by itself.
func (m *boundMacro) CallMode() value.CallMode { return value.CallAsIs }

// AppendStr implements value.Value.
func (m *boundMacro) AppendStr(b []byte) []byte {
	return append(append(append(b, "<macro "...), m.entry.Macro.ID...), '>')
}

// AppendRepr implements value.Value.
func (m *boundMacro) AppendRepr(b []byte) []byte { return m.AppendStr(b) }

// bind makes a macro callable in f. Whatever comes of the render depends on it
// from here on.
func (f *Frame) bind(e *Entry) *boundMacro {
	if f.notes != nil {
		f.notes.Reads.addMacro(e.Macro.ID)
	}
	return &boundMacro{f, e}
}

// Call runs the macro. The first macro on the stack is one that the node itself
// called: dbt counts those as its depends_on.macros.
func (m *boundMacro) Call(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	f := m.frame
	if len(f.stack) == 0 {
		f.outermost = t.At
		f.note(m.entry.Macro.ID)
	}
	f.stack = append(f.stack, m.entry.Macro)
	chain := t.Chain
	t.Chain = false // dbt: inside a macro an undefined name is never forgiving
	v, err := m.entry.Program.Bind(f).Call(t, args, kw)
	t.Chain = chain
	if err != nil {
		err = f.throughMacro(err, m.entry.Macro)
	}
	f.stack = f.stack[:len(f.stack)-1]
	return v, err
}

// Attr implements value.Getter.
func (m *boundMacro) Attr(name string) (value.Value, bool) {
	if name == "name" {
		return value.Str(m.entry.Macro.Name), true
	}
	return nil, false
}

// note keeps a macro that was called by the node itself.
func (f *Frame) note(id manifest.ID) {
	list := &f.Called
	if f.notes != nil {
		list = &f.notes.Macros
	}
	if !slices.Contains(*list, id) {
		*list = append(*list, id)
	}
}

// CallUncounted calls a macro without putting it on the stack: what it calls
// counts as called by the node. dbt runs the materialization of tests so.
func (f *Frame) CallUncounted(e *Entry) (value.Value, error) {
	v, err := e.Program.Bind(f).Call(f.runThread(), nil, nil)
	if err != nil {
		err = f.throughMacro(err, e.Macro)
	}
	return v, err
}

// runThread is a thread for a macro: undefined names are never forgiven there.
func (f *Frame) runThread() *value.Thread {
	t := f.thread()
	t.Chain = false
	return t
}

// macroPackage is a package's name in a template: dbt_utils.star(...).
type macroPackage struct {
	frame *Frame
	name  string
}

func (p *macroPackage) Type() string              { return "MacroNamespace" }
func (p *macroPackage) Truth() bool               { return true }
func (p *macroPackage) AppendStr(b []byte) []byte { return append(b, p.name...) }

// AppendRepr implements value.Value.
func (p *macroPackage) AppendRepr(b []byte) []byte { return p.AppendStr(b) }

// Attr implements value.Getter.
func (p *macroPackage) Attr(name string) (value.Value, bool) {
	if m, ok := p.find(name); ok {
		return m, true
	}
	if name == "get" {
		return value.NewFunc("get", func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind("get", args, kw, "key", "default?")
			if err != nil {
				return nil, err
			}
			if m, ok := p.find(value.ToStr(v[0])); ok {
				return m, nil
			}
			if v[1] != nil {
				return v[1], nil
			}
			return value.None, nil
		}), true
	}
	return nil, false
}

// Item implements value.Indexer.
func (p *macroPackage) Item(key value.Value) (value.Value, error) {
	if m, ok := p.find(value.ToStr(key)); ok {
		return m, nil
	}
	return nil, value.Errorf("KeyError", "%s", value.Repr(key))
}

// find gives one macro of the package, or what a unit test puts in its place.
func (p *macroPackage) find(name string) (value.Value, bool) {
	if v, ok := p.frame.unit.macro(p.name, name); ok {
		return v, true
	}
	if e := p.frame.Inv.Macros.FindIn(p.name, name); e != nil {
		return p.frame.bind(e), true
	}
	return nil, false
}

// Contains implements value.Container: does the package have such a macro?
func (p *macroPackage) Contains(key value.Value) (bool, error) {
	_, ok := p.find(value.ToStr(key))
	return ok, nil
}

// CallMethod calls a method of `adapter` as a template would.
func (f *Frame) CallMethod(name string, args ...value.Value) (value.Value, error) {
	m, ok := (&database{f}).Attr(name)
	if !ok {
		return nil, runtimeErrorf("the adapter has no method %q", name)
	}
	return value.Call(f.thread(), m, args, nil)
}
