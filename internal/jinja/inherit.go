package jinja

import (
	"fmt"
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// Template inheritance, include and import. dbt has no loader for templates, so
// its projects do not use them; Jinja's own behaviour is kept for hosts that do.

// templateContext is what the parts of one render share: the names set at the
// top of the template and the blocks, those of the most derived template first.
type templateContext struct {
	vars     map[string]value.Value
	exported map[string]bool
	blocks   map[string][]*block
	parent   *Template // once extends has run
}

func newTemplateContext(t *Template) *templateContext {
	ctx := &templateContext{
		vars: map[string]value.Value{}, exported: map[string]bool{}, blocks: map[string][]*block{},
	}
	ctx.addBlocks(t)
	return ctx
}

func (ctx *templateContext) addBlocks(t *Template) {
	for name, b := range t.blocks {
		ctx.blocks[name] = append(ctx.blocks[name], b)
	}
}

func (ctx *templateContext) export(name string, v value.Value) {
	ctx.vars[name] = v
	if !strings.HasPrefix(name, "_") {
		ctx.exported[name] = true
	}
}

// block is a compiled block.
type block struct {
	name                  string
	unit                  *unit
	selfSlot, superSlot   int // -1 where the body does not use the name
	needsSelf, needsSuper bool
}

func (c *compiler) inheritStmt(n syntax.Stmt) stmt {
	switch n := n.(type) {
	case *syntax.Block:
		return c.blockStmt(n)
	case *syntax.Extends:
		return c.extends(n)
	case *syntax.Include:
		return c.include(n)
	case *syntax.Import:
		return c.importStmt(n)
	}
	panic("jinja: a statement that the compiler does not know")
}

// compileBlocks compiles the blocks of a template, which are functions of their own.
func (c *compiler) compileBlocks(tree *syntax.Template) {
	c.muted = false
	syntax.Walk(tree, func(n syntax.Node) bool {
		b, ok := n.(*syntax.Block)
		if !ok {
			return true
		}
		if c.blocks[b.Name] != nil {
			c.fail(b.At(), "TemplateAssertionError", "block "+value.Repr(value.Str(b.Name))+" defined twice")
		}
		used := undeclared(b.Body, "self", "super")
		var params []string
		for _, name := range []string{"self", "super"} {
			if used[name] {
				params = append(params, name)
			}
		}
		out := &block{name: b.Name, needsSelf: used["self"], needsSuper: used["super"]}
		c.blocks[b.Name] = out
		out.unit = c.compileRoot(b.Body, params...)
		out.selfSlot, out.superSlot = out.unit.fn.slot(0, "self"), out.unit.fn.slot(0, "super")
		return true
	})
}

func (c *compiler) blockStmt(n *syntax.Block) stmt {
	toplevel, required, name, pos := c.toplevel && c.muted, n.Required, n.Name, n.At()
	var locals []local
	if n.Scoped {
		locals = c.locals()
	}
	return func(f *frame) error {
		if toplevel && f.ctx.parent != nil {
			return nil
		}
		chain := f.ctx.blocks[name]
		if required && len(chain) <= 1 {
			return f.raise(pos, "TemplateRuntimeError", "Required block "+value.Repr(value.Str(name))+" not found")
		}
		scope, err := f.overlay(locals)
		if err != nil {
			return err
		}
		return f.fail(f.runBlock(chain, 0, scope), pos)
	}
}

// runBlock runs the i-th of the blocks of one name.
func (f *frame) runBlock(chain []*block, i int, scope Scope) error {
	b := chain[i]
	if err := f.m.th.Enter(); err != nil {
		return err
	}
	defer f.m.th.Leave()
	g := f.m.frame(len(b.unit.fn.slots))
	g.prog, g.scope, g.ctx, g.nat = b.unit.prog, scope, f.ctx, f.nat
	if b.needsSelf {
		g.slots[b.selfSlot] = &templateSelf{g}
		g.keep()
	}
	if b.needsSuper {
		g.slots[b.superSlot] = superOf(g, chain, i)
		g.keep()
	}
	g.enter(b.unit.enter)
	err := b.unit.body(g)
	f.m.drop(g)
	return err
}

func superOf(f *frame, chain []*block, i int) value.Value {
	if i+1 >= len(chain) {
		return &value.Undefined{Name: "super", Hint: "there is no parent block called " + value.Repr(value.Str(chain[i].name)) + "."}
	}
	return &blockRef{f, chain, i + 1}
}

// blockRef is a block as a value: super, or self.name.
type blockRef struct {
	f     *frame
	chain []*block
	i     int
}

func (b *blockRef) run(m *machine, args []value.Value, kw []value.Arg) (value.Value, error) {
	if _, err := value.Bind("BlockReference.__call__", args, kw); err != nil {
		return nil, err
	}
	f := &frame{m: m, scope: b.f.scope, ctx: b.f.ctx, prog: b.f.prog}
	return nil, f.runBlock(b.chain, b.i, f.scope)
}

// Call renders the block.
func (b *blockRef) Call(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	return callWriter(t, b, args, kw)
}

// Attr gives the parent's block of the same name.
func (b *blockRef) Attr(name string) (value.Value, bool) {
	switch name {
	case "super":
		return superOf(b.f, b.chain, b.i), true
	case "name":
		return value.Str(b.chain[b.i].name), true
	}
	return nil, false
}

// Type is BlockReference.
func (*blockRef) Type() string { return "BlockReference" }

// Truth is true.
func (*blockRef) Truth() bool { return true }

// AppendStr appends <BlockReference name>.
func (b *blockRef) AppendStr(out []byte) []byte {
	return fmt.Appendf(out, "<BlockReference %s>", b.chain[b.i].name)
}

// AppendRepr appends <BlockReference name>.
func (b *blockRef) AppendRepr(out []byte) []byte { return b.AppendStr(out) }

// templateSelf is the name self: the template's blocks.
type templateSelf struct{ f *frame }

// Attr is self.name.
func (s *templateSelf) Attr(name string) (value.Value, bool) {
	chain := s.f.ctx.blocks[name]
	if chain == nil {
		return nil, false
	}
	return &blockRef{s.f, chain, 0}, true
}

// Type is TemplateReference.
func (*templateSelf) Type() string { return "TemplateReference" }

// Truth is true.
func (*templateSelf) Truth() bool { return true }

// AppendStr appends <TemplateReference 'name'>.
func (s *templateSelf) AppendStr(b []byte) []byte {
	return fmt.Appendf(b, "<TemplateReference %s>", value.Repr(value.Str(s.f.prog.name)))
}

// AppendRepr appends <TemplateReference 'name'>.
func (s *templateSelf) AppendRepr(b []byte) []byte { return s.AppendStr(b) }

func (c *compiler) extends(n *syntax.Extends) stmt {
	if !c.toplevel {
		c.fail(n.At(), "TemplateAssertionError", "cannot use extend from a non top-level scope")
	}
	find := c.loader(n.Template)
	pos := n.At()
	return func(f *frame) error {
		if f.ctx.parent != nil {
			return f.raise(pos, "TemplateRuntimeError", "extended multiple times")
		}
		t, err := find(f)
		if err != nil {
			return err
		}
		f.ctx.parent = t
		f.ctx.addBlocks(t)
		return nil
	}
}

// loader compiles the finding of a template by name, or by the first name of a
// list that is there.
func (c *compiler) loader(n syntax.Expr) func(f *frame) (*Template, error) {
	x, pos, l := c.expr(n), n.At(), c.opt.Loader
	return func(f *frame) (*Template, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		if l == nil {
			return nil, f.raise(pos, "TypeError", "no loader for this environment specified")
		}
		names := []value.Value{v}
		if _, ok := value.AsString(v); !ok {
			if names, err = value.ToSlice(v); err != nil {
				return nil, f.fail(err, pos)
			}
		}
		err = value.Errorf("TemplatesNotFound", "Tried to select from an empty list of templates.")
		for _, name := range names {
			var t *Template
			if t, err = l.Load(value.ToStr(name)); err == nil {
				return t, nil
			}
		}
		return nil, f.fail(err, pos)
	}
}

// local is a name set in a frame, as other templates get to see it.
type local struct {
	name string
	x    expr
}

// locals lists the names set in the present frame and those around it.
func (c *compiler) locals() []local {
	var out []local
	seen := map[string]bool{}
	for s := c.syms; s != nil; s = s.parent {
		for i := range s.list {
			if sym := &s.list[i]; sym.stored && !seen[sym.name] {
				seen[sym.name] = true
				out = append(out, local{sym.name, c.readName(sym.name)})
			}
		}
	}
	return out
}

// overlay is the frame's scope with what the template exports and the locals.
func (f *frame) overlay(locals []local) (Scope, error) {
	names := map[string]value.Value{}
	if f.ctx != nil {
		for k, v := range f.ctx.vars {
			names[k] = v
		}
	}
	for _, l := range locals {
		v, err := l.x(f)
		if err != nil {
			return nil, err
		}
		if u, ok := v.(*value.Undefined); !ok || u.Name != l.name {
			names[l.name] = v
		}
	}
	if len(names) == 0 {
		return f.scope, nil
	}
	return overlayScope{names, f.scope}, nil
}

type overlayScope struct {
	names map[string]value.Value
	below Scope
}

// Lookup looks in the names, then below.
func (s overlayScope) Lookup(name string) (value.Value, bool) {
	if v, ok := s.names[name]; ok || s.below == nil {
		return v, ok
	}
	return s.below.Lookup(name)
}

func (c *compiler) include(n *syntax.Include) stmt {
	find, locals := c.loader(n.Template), c.locals()
	pos := n.At()
	return func(f *frame) error {
		t, err := find(f)
		if err != nil {
			if e, ok := err.(*Error); ok && n.IgnoreMissing && (e.Kind == "TemplateNotFound" || e.Kind == "TemplatesNotFound") {
				return nil
			}
			return err
		}
		scope := f.scope
		if n.WithContext {
			if scope, err = f.overlay(locals); err != nil {
				return err
			}
		}
		if err := f.m.th.Enter(); err != nil {
			return f.fail(err, pos)
		}
		defer f.m.th.Leave()
		return t.run(f.m, scope, f.nat)
	}
}

func (c *compiler) importStmt(n *syntax.Import) stmt {
	find, locals, pos := c.loader(n.Template), c.locals(), n.At()
	var to assign
	if n.Target != "" {
		to = c.assignImport(n.Target)
	}
	targets := make([]assign, len(n.Names))
	for i, name := range n.Names {
		targets[i] = c.assignImport(name.Alias)
	}
	return func(f *frame) error {
		t, err := find(f)
		if err != nil {
			return err
		}
		scope := f.scope
		if n.WithContext {
			if scope, err = f.overlay(locals); err != nil {
				return err
			}
		}
		mod, err := t.module(f.m, scope)
		if err != nil {
			return f.called(err, pos)
		}
		if to != nil {
			return to(f, mod)
		}
		for i, name := range n.Names {
			v, ok := mod.Attr(name.Name)
			if !ok {
				v = c.notExported(t, name.Name, pos)
			}
			if err := targets[i](f, v); err != nil {
				return err
			}
		}
		return nil
	}
}

func (c *compiler) notExported(t *Template, name string, pos syntax.Pos) value.Value {
	line, _ := syntax.Position(c.prog.src, pos)
	return &value.Undefined{Name: name, Hint: fmt.Sprintf("the template %s (imported on line %d in %s) does not export the requested name %s",
		value.Repr(value.Str(t.prog.name)), line, value.Repr(value.Str(c.prog.name)), value.Repr(value.Str(name)))}
}

// assignImport assigns an imported name, which the template does not export.
func (c *compiler) assignImport(name string) assign {
	slot, toplevel := c.ownSlot(name), c.toplevel
	return func(f *frame, v value.Value) error {
		f.slots[slot] = v
		if toplevel {
			f.ctx.vars[name] = v
			delete(f.ctx.exported, name)
		}
		return nil
	}
}

// module runs a template for the names it exports.
func (t *Template) module(m *machine, scope Scope) (*module, error) {
	if err := m.th.Enter(); err != nil {
		return nil, err
	}
	defer m.th.Leave()
	start := len(m.out)
	ctx := newTemplateContext(t)
	err := t.runIn(m, scope, ctx, nil)
	mod := &module{name: t.prog.name, text: string(m.out[start:]), ctx: ctx}
	m.out = m.out[:start]
	return mod, err
}

// module is an imported template.
type module struct {
	name, text string
	ctx        *templateContext
}

// Attr is an exported name.
func (mod *module) Attr(name string) (value.Value, bool) {
	if !mod.ctx.exported[name] {
		return nil, false
	}
	return mod.ctx.vars[name], true
}

// Type is TemplateModule.
func (*module) Type() string { return "TemplateModule" }

// Truth is true.
func (*module) Truth() bool { return true }

// AppendStr appends what the template wrote.
func (mod *module) AppendStr(b []byte) []byte { return append(b, mod.text...) }

// AppendRepr appends <TemplateModule 'name'>.
func (mod *module) AppendRepr(b []byte) []byte {
	return fmt.Appendf(b, "<TemplateModule %s>", value.Repr(value.Str(mod.name)))
}
