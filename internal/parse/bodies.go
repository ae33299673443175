package parse

import (
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/pack"
	"dex/internal/project"
)

// bodies exchanges the text of nodes in a manifest that is otherwise that of the
// last parse. It is the way for the edit that is made most: a model's SQL. What
// such a text says of references and macros touches its own node; what it says
// in config() reaches others, so that a change of that is left to a whole parse.
type bodies struct {
	p     *parser
	l     *loaded
	again map[manifest.ID]bool
	nodes map[int]*manifest.Node // the new nodes by record
	// notes are the drafts of new nodes by their record of notes.
	notes map[int]*draft
}

// exchange puts the present text of edited files into the loaded manifest. It is
// false where an edit reaches further than its own node, or something is wrong
// with it, which the parse as ever then reports.
func (p *parser) exchange(l *loaded, edited []*project.File) bool {
	b := &bodies{p: p, l: l, nodes: map[int]*manifest.Node{}, notes: map[int]*draft{}}
	if len(edited) > 0 && !b.exchange(edited) {
		return false
	}
	if faults := p.m.FreezeSorted(l.nodes); len(faults) > 0 {
		return false
	}
	p.inv.Manifest = p.m
	if p.cache.head.Dated {
		p.checkDeprecations(p.sortedNodes())
	}
	p.cache.sum = p.cache.before
	if len(edited) > 0 || p.retimed() {
		p.cache.sum = 0
		p.unsaved(b.save())
	}
	return true
}

// bodyKinds are the kinds of file whose text can be exchanged.
var bodyKinds = []project.Kind{project.Model, project.Analysis, project.SingularTest, project.Seed}

func (b *bodies) exchange(edited []*project.File) bool {
	p := b.p
	if p.cache.outgrown() || len(p.m.UnitTests) > 0 || slices.ContainsFunc(edited, func(f *project.File) bool { return !slices.Contains(bodyKinds, f.Kind) }) {
		return false // of these the unit tests copy from their models and seeds
	}
	records := b.find(edited)
	if records == nil || !b.readAgain() {
		return false
	}
	p.m.Index()
	p.names = p.newNaming()
	p.openNotes()
	if p.memo.changed == nil {
		return false
	}
	for i, f := range edited {
		if !b.exchangeFile(records[i], f) {
			return false
		}
	}
	p.cache.touched = map[manifest.ID]bool{}
	for i, n := range b.nodes {
		for _, list := range [...][]manifest.ID{{n.ID}, n.Parents, b.l.nodes[i].Parents} {
			for _, id := range list {
				p.cache.touched[id] = true
			}
		}
		b.l.nodes[i] = n
		nodeTable(p.m, n.Kind)[n.ID] = n
	}
	return true
}

// find finds the record of the one node of each file; nil where a file has none
// or several.
func (b *bodies) find(edited []*project.File) []int {
	type place struct{ pkg, path string }
	at := make(map[place]int, len(edited))
	for i, f := range edited {
		at[place{f.Package.Name, f.Path}] = i
		for _, fault := range b.p.cache.head.Faults {
			if fault.Pos.File == b.p.display(f) {
				return nil // a warning about the file as it was
			}
		}
	}
	records := slices.Repeat([]int{-1}, len(edited))
	for i, n := range b.l.nodes {
		k, ok := at[place{n.Package, n.OriginalFilePath}]
		if !ok {
			continue
		}
		if records[k] >= 0 {
			return nil
		}
		records[k] = i
	}
	if slices.Contains(records, -1) {
		return nil
	}
	return records
}

// readAgain reads which nodes are configured again by properties.
func (b *bodies) readAgain() bool {
	var ids []manifest.ID
	if !b.p.memo.read(againSection, 0, func(c *pack.Coder) { pack.Texts(c, &ids) }) {
		return false
	}
	b.again = make(map[manifest.ID]bool, len(ids))
	for _, id := range ids {
		b.again[id] = true
	}
	return true
}

// exchangeFile makes the node of an edited file anew.
func (b *bodies) exchangeFile(record int, f *project.File) bool {
	p, old := b.p, b.l.nodes[record]
	if !old.Config.Enabled() || p.microbatch(old) { // its inputs are looked at with all else
		return false
	}
	n := *old
	n.ChecksumName, n.Checksum = f.Checksum.Name, f.Checksum.Hex
	if f.Kind == project.Seed {
		b.nodes[record] = &n
		return true
	}
	drafts := p.draftFile(f)
	if len(drafts) != 1 || len(p.faults.list) != len(p.cache.head.Faults) {
		return false
	}
	d := drafts[0]
	at, ok := p.memo.notes[d.key]
	had := &noted{}
	if !ok || !p.memo.read(noteSection, at, had.code) || !sameDicts(had.call, d.call) || !sameDicts(had.raw, d.raw) {
		return false
	}
	if !b.refer(&n, d) || len(p.faults.list) != len(p.cache.head.Faults) || p.inv.Seen.Warned() {
		return false
	}
	b.nodes[record], b.notes[at] = &n, d
	return true
}

// sameDicts reports whether two mappings are the same to the last type; nil is
// only itself.
func sameDicts(a, b *value.Dict) bool {
	x, errX := pack.Digest(func(c *pack.Coder) { c.Dict(&a) })
	y, errY := pack.Digest(func(c *pack.Coder) { c.Dict(&b) })
	return errX == nil && errY == nil && string(x) == string(y)
}

// refer gives n what d says, in the order in which a parse as ever goes about it:
// the text, the hooks, the foreign keys.
// It is false where the node's name depends on its text.
func (b *bodies) refer(n *manifest.Node, d *draft) bool {
	p := b.p
	n.Raw, n.CreatedAt = d.node.Raw, p.createdAt
	n.Refs, n.Sources, n.Metrics, n.Functions, n.Macros, n.Parents = nil, nil, nil, nil, nil, nil
	names := [...]string{n.Database, n.Schema, n.Alias, n.RelationName}
	n.PlaceHooks(propertyHooks(n), d.hooksAt)
	d.node = n
	if !p.name(d) || names != [...]string{n.Database, n.Schema, n.Alias, n.RelationName} {
		return false
	}
	addNotes(n, d.notes)
	p.renderHooks(d, b.again[n.ID])
	p.report(foreignKeys(n, func(string) diag.Diagnostic { return diag.Diagnostic{} })...)
	p.resolveNode(n)
	return true
}

// save writes the cache anew: all as it was but for the new nodes and the list of
// files.
func (b *bodies) save() error {
	if b.p.cache.ReadOnly {
		return nil
	}
	p := b.p
	p.keep = newKeeper(p.cache)
	k := p.keep
	for s := macroFileSection; s <= againSection; s++ {
		if err := b.saveSection(s); err != nil {
			return err
		}
	}
	if err := b.saveFiles(); err != nil {
		return err
	}
	h := p.cache.head
	known := p.inv.Seen.Env()
	for _, e := range envReads(h.Salt, known) {
		if !slices.Contains(h.Env, e) {
			h.Env = append(h.Env, e)
		}
	}
	h.ReadsFlags = h.ReadsFlags || p.inv.Seen.Flags()
	sum, err := p.flagsSum()
	if err != nil {
		return err
	}
	h.Flags = sum
	if err := k.w.Add(headSection, h.code); err != nil {
		return err
	}
	return p.cache.write(k.w)
}

func (b *bodies) saveSection(s pack.Section) error {
	p, w := b.p, b.p.keep.w
	if s != nodeSection && s != noteSection {
		w.CopyAll(s)
		return nil
	}
	for i := range p.cache.r.Len(s) {
		var err error
		switch {
		case s == nodeSection && b.nodes[i] != nil:
			err = w.Add(s, func(c *pack.Coder) { c.Node(b.nodes[i]) })
		case s == noteSection && b.notes[i] != nil:
			d := b.notes[i]
			n := noted{key: d.key, notes: *d.notes, call: d.call, raw: d.raw, hooksAt: d.hooksAt, env: envReads(p.cache.head.Salt, d.notes.Reads.Env)}
			err = w.Add(s, n.code)
		default:
			w.Copy(s, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// saveFiles keeps the list of files with their present times.
func (b *bodies) saveFiles() error {
	p := b.p
	for i, f := range p.allFiles() {
		had := &p.cache.files[i]
		if had.untouched(f) {
			p.keep.w.Copy(fileSection, i)
			continue
		}
		rec := p.cache.fileRecord(f, exactSum(f))
		rec.macros, rec.properties = had.macros, had.properties
		if err := p.keep.w.Add(fileSection, rec.code); err != nil {
			return err
		}
	}
	return nil
}

// retimed reports whether files bear other times than in the cache, though they
// say the same: the next parse would read them again.
func (p *parser) retimed() bool {
	if p.opt.NoFileDiff {
		return false
	}
	for i, f := range p.allFiles() {
		if !p.cache.files[i].untouched(f) && !f.ModTime.After(p.cache.opened.Add(-settled)) {
			return true
		}
	}
	return false
}
