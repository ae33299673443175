package parse

import (
	"slices"
	"sync"

	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/pack"
	"dex/internal/project"
	"dex/internal/render"
	"dex/internal/yamldoc"
)

// memo gives the parts of an earlier parse that are good still: what single
// files gave, whatever became of the rest of the project.
type memo struct {
	cache  *Cache
	coders sync.Pool // of *pack.Coder
	notes  map[string]int
	// changed are the macros that say something else now; nil where notes are not
	// good at all: other settings, or other names of macros.
	changed map[manifest.ID]bool
	flags   bool // the command's flags are those of the last parse
}

func newMemo(c *Cache) *memo {
	m := &memo{cache: c}
	m.coders.New = func() any { return c.r.Coder() }
	return m
}

// read reads a record. A record that does not read is as good as none: the file
// that it stands for is parsed again.
func (m *memo) read(s pack.Section, i int, record func(*pack.Coder)) bool {
	c := m.coders.Get().(*pack.Coder)
	defer m.coders.Put(c)
	return c.Read(s, i, record) == nil
}

// noted is what rendering a draft gave, with what it looked at.
type noted struct {
	key       string
	notes     render.Notes
	call, raw *value.Dict
	hooksAt   manifest.HooksAt
	env       []envRead
}

func (n *noted) code(c *pack.Coder) {
	pack.Text(c, &n.key)
	pack.List(c, &n.notes.Refs, (*pack.Coder).Ref)
	pack.List(c, &n.notes.Sources, (*pack.Coder).Strings)
	pack.List(c, &n.notes.Metrics, (*pack.Coder).Strings)
	pack.List(c, &n.notes.Functions, (*pack.Coder).Strings)
	pack.Texts(c, &n.notes.Macros)
	c.Dict(&n.call)
	c.Dict(&n.raw)
	c.HooksAt(&n.hooksAt)
	r := &n.notes.Reads
	pack.Texts(c, &r.Macros)
	c.Bool(&r.Flags)
	c.Bool(&r.Model)
	pack.List(c, &n.env, func(c *pack.Coder, e *envRead) { e.code(c) })
}

// openNotes makes the notes of the last parse available, once the macros are
// known.
func (p *parser) openNotes() {
	m := p.memo
	if m == nil || p.sceneSum == "" || m.cache.head.Scene != p.sceneSum || m.cache.head.Macros != macroNames(p.m) {
		return
	}
	m.changed = map[manifest.ID]bool{}
	r := m.cache.r
	ok := true
	for i := range r.Len(macroSection) {
		var had cachedMacro
		ok = ok && m.read(macroSection, i, had.code)
		if now := p.m.Macros[had.macro.ID]; now == nil || now.Raw != had.macro.Raw {
			m.changed[had.macro.ID] = true
		}
	}
	m.notes = make(map[string]int, r.Len(noteSection))
	c := r.Coder()
	for i := range r.Len(noteSection) {
		var key string
		if err := c.Begin(noteSection, i, func(c *pack.Coder) { pack.Text(c, &key) }); err != nil {
			ok = false
			break
		}
		m.notes[key] = i
	}
	if sum, err := p.flagsSum(); err == nil && sum == m.cache.head.Flags {
		m.flags = true
	}
	if !ok {
		m.changed, m.notes = nil, nil
	}
}

// recall finds what rendering a draft gave the last time, where it would give
// the same again.
func (p *parser) recall(d *draft) (*noted, bool) {
	if d.key == "" || p.memo == nil || p.memo.changed == nil {
		return nil, false
	}
	if d.file != nil && p.lastTime(d.file) == nil {
		return nil, false
	}
	i, ok := p.memo.notes[d.key]
	if !ok {
		return nil, false
	}
	n := &noted{}
	if !p.memo.read(noteSection, i, n.code) || !p.holds(n) {
		return nil, false
	}
	d.recalled = i + 1
	n.notes.Reads.Env = p.env(n.env)
	p.inv.Seen.Add(&n.notes.Reads)
	return n, true
}

// holds reports whether all that a render looked at is as it was.
func (p *parser) holds(n *noted) bool {
	r := &n.notes.Reads
	if r.Flags && !p.memo.flags || !p.asBefore(p.memo.cache.head.Salt, n.env) {
		return false
	}
	return !slices.ContainsFunc(r.Macros, func(id manifest.ID) bool { return p.memo.changed[id] })
}

// macroCall is a call in a macro's text, as far as the graph of macros asks.
type macroCall struct {
	pkg, name        string
	dispatch, opaque bool
	macro, namespace string // of a dispatch
	form             string // jinja.Dispatch.Form
	line             int
}

func callsOf(prog *jinja.Macro) []macroCall {
	var out []macroCall
	for _, c := range prog.Calls() {
		s := macroCall{pkg: c.Package, name: c.Name}
		if d := c.Dispatch; d != nil {
			s.dispatch, s.opaque, s.macro, s.namespace, s.form, s.line = true, d.Opaque, d.Macro, d.Namespace, d.Form, c.Line
		}
		out = append(out, s)
	}
	return out
}

func (s *macroCall) code(c *pack.Coder) {
	pack.Text(c, &s.pkg)
	pack.Text(c, &s.name)
	c.Bool(&s.dispatch)
	c.Bool(&s.opaque)
	pack.Text(c, &s.macro)
	pack.Text(c, &s.namespace)
	pack.Text(c, &s.form)
	c.Int(&s.line)
}

// blockRecord is a macro as its file gave it.
type blockRecord struct {
	block textBlock
	prog  jinja.Macro
	calls []macroCall
}

func (b *blockRecord) code(c *pack.Coder) {
	pack.Text(c, &b.block.kind)
	pack.Text(c, &b.block.name)
	pack.Text(c, &b.block.full.text)
	c.Int(&b.block.full.line)
	codeProgram(c, &b.prog)
	pack.List(c, &b.calls, func(c *pack.Coder, s *macroCall) { s.code(c) })
}

// codeProgram codes what a macro tells about itself without being compiled.
func codeProgram(c *pack.Coder, m *jinja.Macro) {
	pack.Text(c, &m.Name)
	pack.Text(c, &m.Kind)
	pack.List(c, &m.Params, func(c *pack.Coder, q *jinja.MacroParam) {
		pack.Text(c, &q.Name)
		pack.Text(c, &q.Type)
		c.Bool(&q.Default)
	})
	c.Strings(&m.Languages)
	c.Int(&m.Line)
}

// recallMacros gives the macros of a file that says what it said.
func (p *parser) recallMacros(f *project.File) ([]parsedMacro, bool) {
	had := p.lastTime(f)
	if had == nil || had.macros == 0 {
		return nil, false
	}
	var blocks []*blockRecord
	if !p.memo.read(macroFileSection, had.macros-1, func(c *pack.Coder) {
		pack.List(c, &blocks, func(c *pack.Coder, b **blockRecord) {
			pack.Pointer(c, b, func(c *pack.Coder, b *blockRecord) { b.code(c) })
		})
	}) {
		return nil, false
	}
	out := make([]parsedMacro, len(blocks))
	for i, b := range blocks {
		b.block.full.file = p.display(f)
		b.prog.Source = b.block.full.text
		prog := jinja.Restore(macroTemplateOf(f, b.block), &b.prog)
		out[i] = parsedMacro{macro: p.newMacro(f, b.block, prog), prog: prog, src: b.block.full, calls: b.calls, block: b.block}
	}
	return out, true
}

// recallDoc gives the document of a properties file that says what it said.
func (p *parser) recallDoc(f *project.File) (*propertyDoc, bool) {
	had := p.lastTime(f)
	if had == nil || had.properties == 0 {
		return nil, false
	}
	out := &propertyDoc{doc: &yamldoc.Doc{}}
	ok := p.memo.read(propertySection, had.properties-1, func(c *pack.Coder) { out.code(c, p, f) })
	return out, ok
}
