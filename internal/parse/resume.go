package parse

import (
	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/manifest"
	"dex/internal/pack"
	"dex/internal/project"
	"dex/internal/render"
)

// resume gives the manifest of the last parse, with the bodies exchanged that
// were edited since; false where more than that changed, or less is known.
func (p *parser) resume() (*manifest.Manifest, diag.List, bool) {
	if p.memo != nil && p.cache.head.Whole && p.sameSurroundings() {
		if edited, ok := p.edited(); ok {
			if len(edited) == 0 && p.spared() {
				return nil, p.sorted(), true
			}
			if l := p.load(); l != nil && p.exchange(l, edited) {
				p.took(Resumed)
				if len(edited) > 0 {
					p.took(Exchanged)
				}
				return p.m, p.sorted(), true
			}
			p.forget()
		}
	}
	if p.cache != nil && !p.cache.ReadOnly {
		p.keep = newKeeper(p.cache)
		p.keep.w.Learn()
	}
	return nil, nil, false
}

// spared reports whether the caller can do without the manifest of the last
// parse, and repeats what that parse had to say.
func (p *parser) spared() bool {
	h := &p.cache.head
	if p.opt.Spare == nil || h.Dated || p.retimed() || !p.opt.Spare(p.cache.before) {
		return false
	}
	p.cache.sum = p.cache.before
	p.took(Resumed)
	p.report(h.Faults...)
	return true
}

// forget takes back what resume began: the parse starts anew.
func (p *parser) forget() {
	p.m = manifest.New(p.proj.Root.Name, p.inv.AdapterType)
	p.m.NodePackageFirst = p.flag("require_ref_searches_node_package_before_root", false)
	p.faults.list = nil
	p.inv.Seen = &render.Seen{}
	p.inv.Manifest = nil
}

// sameSurroundings reports whether the settings, the environment variables that
// templates asked for, and the flags if any asked for those, are as they were.
func (p *parser) sameSurroundings() bool {
	h := &p.cache.head
	if h.Scene != p.sceneSum || !p.asBefore(h.Salt, h.Env) {
		return false
	}
	if !h.ReadsFlags {
		return true
	}
	sum, err := p.flagsSum()
	return err == nil && sum == h.Flags
}

// edited lists the files that say something else now; false where the list of
// files itself changed.
func (p *parser) edited() ([]*project.File, bool) {
	if p.opt.NoFileDiff {
		return nil, true
	}
	files := p.allFiles()
	if len(files) != len(p.cache.files) {
		return nil, false
	}
	var out []*project.File
	for i, f := range files {
		had := &p.cache.files[i]
		if had.fileKey != keyOf(f) {
			return nil, false
		}
		if !had.same(f) {
			out = append(out, f)
		}
	}
	return out, true
}

// loaded is the manifest of the cache while it is read.
type loaded struct {
	nodes []*manifest.Node // by record
}

// load reads the manifest of the cache; nil where it does not read.
func (p *parser) load() *loaded {
	m, h := p.m, &p.cache.head
	m.OnStart, m.OnEnd, m.Selectors = h.OnStart, h.OnEnd, h.Selectors
	m.Semantic, m.Spines = h.Semantic, h.Spines
	m.Nodes = make(map[manifest.ID]*manifest.Node, p.cache.r.Len(nodeSection))
	l := &loaded{}
	ok := p.loadMacros() && p.loadDocs() && p.loadNodes(l) && p.loadDisabled()
	if !ok {
		return nil
	}
	for _, n := range l.nodes {
		if t := nodeTable(m, n.Kind); t != nil {
			t[n.ID] = n
		}
	}
	p.report(h.Faults...)
	p.inv.Docs = func(pkg, name, from string) *manifest.Doc { return m.ResolveDoc(from, pkg, name) }
	return l
}

func (p *parser) loadMacros() bool {
	c := p.cache.r.Coder()
	p.inv.Macros = render.NewMacros(p.proj.Root.Name, p.inv.InternalPackages)
	p.macroPlaces = map[string]source{}
	macros := make([]cachedMacro, p.cache.r.Len(macroSection))
	for i := range macros {
		rec := &macros[i]
		if c.Read(macroSection, i, rec.code) != nil {
			return false
		}
		m := &rec.macro
		rec.prog.Source, rec.prog.Meta, rec.src.text = m.Raw, m, m.Raw
		if p.inv.Macros.Add(m, jinja.Restore(macroTemplate(m), &rec.prog)) != nil {
			return false
		}
		p.m.Macros[m.ID] = m
		p.macroPlaces[macroTemplate(m)] = rec.src
	}
	return true
}

func (p *parser) loadDocs() bool {
	r := p.cache.r
	c := r.Coder()
	for i := range r.Len(docSection) {
		d := &manifest.Doc{}
		if c.Read(docSection, i, func(c *pack.Coder) { c.Doc(d) }) != nil {
			return false
		}
		p.m.Docs[d.ID] = d
	}
	for i := range r.Len(groupSection) {
		g := &manifest.Group{}
		if c.Read(groupSection, i, func(c *pack.Coder) { c.Group(g) }) != nil {
			return false
		}
		p.m.Groups[g.ID] = g
	}
	return true
}

// loadChunk is how many nodes a worker reads in one go.
const loadChunk = 2048

// loadNodes reads the enabled nodes, in order of their IDs, on all workers.
func (p *parser) loadNodes(l *loaded) bool {
	r := p.cache.r
	n := r.Len(nodeSection)
	slab := make([]manifest.Node, n)
	l.nodes = make([]*manifest.Node, n)
	chunks := (n + loadChunk - 1) / loadChunk
	good := make([]bool, chunks)
	p.parallel(chunks, func(k int) {
		c := p.memo.coders.Get().(*pack.Coder)
		defer p.memo.coders.Put(c)
		for i := k * loadChunk; i < min(n, (k+1)*loadChunk); i++ {
			node := &slab[i]
			if c.Read(nodeSection, i, func(c *pack.Coder) { c.Node(node) }) != nil {
				return
			}
			l.nodes[i] = node
		}
		good[k] = true
	})
	for _, ok := range good {
		if !ok {
			return false
		}
	}
	return true
}

func (p *parser) loadDisabled() bool {
	r := p.cache.r
	c := r.Coder()
	for i := range r.Len(disabledSection) {
		n := &manifest.Node{}
		if c.Read(disabledSection, i, func(c *pack.Coder) { c.Node(n) }) != nil {
			return false
		}
		p.m.Disabled[n.ID] = append(p.m.Disabled[n.ID], n)
	}
	return true
}
