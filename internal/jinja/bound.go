package jinja

import (
	"sync"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// pyPrefix is what dbt puts before a macro's name in Jinja: Python's messages
// about a macro's arguments show it.
const pyPrefix = "dbt_macro__"

// Macro is a compiled macro, test or materialization of a project. It never
// changes after its host has set Meta.
type Macro struct {
	// Name is dbt's: "x", "test_x", "materialization_x_default".
	Name string
	// Kind is the tag it was written with: macro, test, materialization.
	Kind string
	// Params are its parameters in order.
	Params []MacroParam
	// Languages are a materialization's supported_languages.
	Languages []string
	// Line is where the tag stands in the source that was compiled.
	Line int
	// Source is the block, tags included.
	Source string
	// Meta is the host's own.
	Meta any

	template string
	once     sync.Once // compiles a macro of Restore
	code     *macroCode
	node     *syntax.Macro
	err      error
}

// MacroParam is a parameter of a macro.
type MacroParam struct {
	Name    string
	Type    string // as written behind a colon; empty where there is none
	Default bool   // whether it has a default
}

// CompileMacro compiles a source that is one macro, test or materialization
// block. Its error is an *Error.
func CompileMacro(name, src string) (m *Macro, err error) {
	text := syntax.Normalize(src)
	tree, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	prog := &program{name, text}
	node, err := onlyMacro(prog, tree)
	if err != nil {
		return nil, err
	}
	defer recoverCompile(&err)
	c := &compiler{prog: prog, lazy: true, storesLoop: true, hasBlocks: true, blocks: map[string]*block{}}
	c.fn = &function{}
	c.syms = newSymbols(nil, c.fn)
	m = &Macro{Name: node.Name, Kind: macroKinds[node.Kind], Source: src, template: name, node: node}
	m.code = c.macroCode(node.Name, &node.Signature, node.Body, node.At())
	c.finish()
	m.code.pyName = pyPrefix + node.Name
	m.Line, _ = syntax.Position(text, node.At())
	m.describe(node)
	return m, nil
}

// Restore readies a macro that CompileMacro has compiled before under that name,
// of what it told about itself then: all exported fields but Meta. Its source is
// compiled again when the macro is first called.
func Restore(name string, m *Macro) *Macro {
	m.template = name
	return m
}

// compiled gives the code of the macro.
func (m *Macro) compiled() (*macroCode, error) {
	m.once.Do(func() {
		if m.code != nil {
			return
		}
		full, err := CompileMacro(m.template, m.Source)
		if err != nil {
			m.err = err
			return
		}
		m.code, m.node = full.code, full.node
	})
	return m.code, m.err
}

var macroKinds = map[syntax.MacroKind]string{
	syntax.PlainMacro: "macro", syntax.TestMacro: "test", syntax.Materialization: "materialization", syntax.DocsMacro: "docs",
}

// onlyMacro finds the one macro of a source.
func onlyMacro(prog *program, tree *syntax.Template) (*syntax.Macro, error) {
	var found []*syntax.Macro
	for _, s := range tree.Body {
		if m, ok := s.(*syntax.Macro); ok {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, prog.errorAt(0, "CompilationError", "found no macro in this block")
	}
	return nil, prog.errorAt(found[1].At(), "CompilationError", "found multiple macros in this block, expected 1")
}

func (m *Macro) describe(n *syntax.Macro) {
	required := len(n.Params) - len(n.Defaults)
	for i, p := range n.Params {
		q := MacroParam{Name: p.Name, Default: i >= required}
		if i < len(n.Types) {
			q.Type = n.Types[i].String()
		}
		m.Params = append(m.Params, q)
	}
	if n.Kind != syntax.Materialization {
		return
	}
	if l, ok := n.Defaults[0].(*syntax.List); ok {
		for _, x := range l.Items {
			if c, ok := x.(*syntax.Const); ok {
				m.Languages = append(m.Languages, c.Text)
			}
		}
	}
}

// Tracer is told of the calls of bound macros: a host keeps dbt's macro stack
// with it.
type Tracer interface {
	EnterMacro(t *value.Thread, m *Macro)
	LeaveMacro(t *value.Thread, m *Macro)
}

// Bind makes a callable of the macro. The names that the macro does not define
// are looked up in sc when it is called. A call gives the macro's text, or what
// the host's return() was called with.
func (m *Macro) Bind(sc Scope) value.Callable { return &boundMacro{m: m, scope: sc} }

// BindTraced is Bind with a Tracer.
func (m *Macro) BindTraced(sc Scope, tr Tracer) value.Callable {
	return &boundMacro{m: m, scope: sc, tracer: tr}
}

type boundMacro struct {
	m      *Macro
	scope  Scope
	tracer Tracer
}

func (b *boundMacro) run(m *machine, args []value.Value, kw []value.Arg) (value.Value, error) {
	if b.tracer != nil {
		b.tracer.EnterMacro(m.th, b.m)
		defer b.tracer.LeaveMacro(m.th, b.m)
	}
	code, err := b.m.compiled()
	if err != nil {
		return nil, err
	}
	f := m.frame(len(code.fn.slots))
	f.prog, f.scope = code.prog, b.scope
	err = code.run(f, args, kw)
	m.drop(f)
	if r, ok := err.(Return); ok {
		return r.result(), nil
	}
	return nil, err
}

// result is the returned value: a bare return() gives None.
func (r Return) result() value.Value {
	if r.Value == nil {
		return value.None
	}
	return r.Value
}

// Call calls the macro.
func (b *boundMacro) Call(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	return callWriter(t, b, args, kw)
}

// MacroOf is the macro that a value made by Bind calls.
func MacroOf(v value.Value) (*Macro, bool) {
	b, ok := v.(*boundMacro)
	if !ok {
		return nil, false
	}
	return b.m, true
}

// Type is MacroGenerator.
func (*boundMacro) Type() string { return "MacroGenerator" }

// Truth is true.
func (*boundMacro) Truth() bool { return true }

// AppendStr appends <MacroGenerator name>.
func (b *boundMacro) AppendStr(out []byte) []byte {
	return append(append(append(out, "<MacroGenerator "...), b.m.Name...), '>')
}

// AppendRepr appends <MacroGenerator name>.
func (b *boundMacro) AppendRepr(out []byte) []byte { return b.AppendStr(out) }
