package parse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/manifest"
	"dex/internal/pack"
	"dex/internal/project"
)

// keeper gathers the next parsing cache while a parse is under way. A part that
// cannot be kept is left out; the next parse makes it again.
type keeper struct {
	mu   sync.Mutex
	w    *pack.Writer
	base *pack.Reader // what w goes on from; nil for a file of its own
	full int

	macros, properties map[fileKey]int // records by file, from 1
}

// rewriteAt is how far a cache file that goes on from another may outgrow the
// last one that did not: what it no longer needs stays in it until then.
const rewriteAt = 2

func newKeeper(c *Cache) *keeper {
	k := &keeper{macros: map[fileKey]int{}, properties: map[fileKey]int{}}
	if c.r != nil && !c.outgrown() {
		k.base, k.full = c.r, c.head.Full
	}
	k.w = pack.NewWriter(k.base)
	return k
}

// outgrown reports whether the cache file is mostly what nobody needs any more.
func (c *Cache) outgrown() bool { return c.r.Size() >= rewriteAt*c.head.Full }

// keepMacros keeps what a macro file gave.
func (p *parser) keepMacros(f *project.File, list []parsedMacro) {
	k := p.keep
	if k == nil {
		return
	}
	blocks := make([]*blockRecord, len(list))
	for i, m := range list {
		blocks[i] = &blockRecord{block: m.block, calls: m.calls}
		q := &blocks[i].prog
		q.Name, q.Kind, q.Params, q.Languages, q.Line = m.prog.Name, m.prog.Kind, m.prog.Params, m.prog.Languages, m.prog.Line
	}
	k.record(macroFileSection, k.macros, keyOf(f), func(c *pack.Coder) {
		pack.List(c, &blocks, func(c *pack.Coder, b **blockRecord) {
			pack.Pointer(c, b, func(c *pack.Coder, b *blockRecord) { b.code(c) })
		})
	})
}

// record adds a file's record.
func (k *keeper) record(s pack.Section, index map[fileKey]int, key fileKey, record func(*pack.Coder)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.w.Add(s, record); err == nil {
		index[key] = k.w.Len(s)
	}
}

// copied takes a file's record over from the last cache; false where it has to
// be written.
func (k *keeper) copied(s pack.Section, index map[fileKey]int, key fileKey, at int) bool {
	if k.base == nil || at == 0 {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.w.Copy(s, at-1)
	index[key] = k.w.Len(s)
	return true
}

// save writes the cache of a parse that went well. The error says why there is
// none; a project is no worse for it but slower.
func (p *parser) save() error {
	if p.keep == nil || p.sceneSum == "" || p.cache.ReadOnly {
		return nil
	}
	k := p.keep
	h, err := p.newHead()
	if err != nil {
		return err
	}
	if err := p.saveNotes(h.Salt); err != nil {
		return err
	}
	h.Whole = !p.inv.Seen.Warned() && p.saveManifest() == nil
	if err := p.saveFiles(); err != nil {
		return err
	}
	if k.base == nil {
		h.Full = k.w.Size()
	}
	if err := k.w.Add(headSection, h.code); err != nil {
		return err
	}
	return p.cache.write(k.w)
}

// write puts what was gathered in the place of the last cache.
func (c *Cache) write(w *pack.Writer) error {
	if err := os.MkdirAll(filepath.Dir(c.path), 0o777); err != nil {
		return fmt.Errorf("write parsing cache: %w", err)
	}
	if c.Secret != nil && w.Any(c.Secret) {
		// It would have to be read back as it is. The next parse goes without one.
		c.sum = 0
		if err := os.Remove(c.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a parsing cache that is out of date: %w", err)
		}
		return nil
	}
	sum, err := w.WriteFile(c.path, c.build)
	if err == nil {
		c.sum = sum
	}
	return err
}

// newHead makes the head of the cache of this parse.
func (p *parser) newHead() (*cacheHead, error) {
	h := &cacheHead{
		Scene: p.sceneSum, Parts: p.parts, Macros: macroNames(p.m), Salt: newSalt(), Full: p.keep.full,
		Project: p.m.Project, Adapter: p.m.Adapter, NodePackageFirst: p.m.NodePackageFirst,
		Stats: p.m.Stats(), OnStart: p.m.OnStart, OnEnd: p.m.OnEnd, Selectors: p.m.Selectors,
		Semantic: p.m.Semantic, Spines: p.m.Spines,
	}
	if p.keep.base != nil {
		h.Salt = p.cache.head.Salt // the notes taken over have sums with it
	}
	h.Env = envReads(h.Salt, p.inv.Seen.Env())
	sum, err := p.flagsSum()
	if err != nil {
		return nil, err
	}
	h.Flags = sum
	h.ReadsFlags = p.inv.Seen.Flags()
	for _, d := range p.sorted() {
		if !dated(d) {
			h.Faults.Add(d)
		}
	}
	for _, n := range p.m.Nodes {
		h.Dated = h.Dated || n.DeprecationDate != nil
	}
	return h, nil
}

// dated reports warnings that come and go with the clock.
func dated(d diag.Diagnostic) bool {
	return d.Code == "model-deprecated" || d.Code == "ref-deprecated" || d.Code == "ref-to-be-deprecated"
}

// saveNotes keeps what rendering the drafts gave.
func (p *parser) saveNotes(salt string) error {
	k := p.keep
	for _, list := range [...][]*draft{p.drafts, p.tests} {
		for _, d := range list {
			if d.key == "" || d.notes == nil || d.notes.Reads.Warned || d.file == nil && d.notes.Reads.Model && d.node.Test != nil {
				continue
			}
			if d.recalled > 0 && k.base != nil {
				k.w.Copy(noteSection, d.recalled-1)
				continue
			}
			n := noted{key: d.key, notes: *d.notes, raw: d.raw, hooksAt: d.hooksAt, env: envReads(salt, d.notes.Reads.Env)}
			if d.file != nil || d.node.Test == nil || len(d.notes.Configs) > 0 {
				n.call = d.call // of a generic test where its macro may have a part in it
			}
			// A draft with a value that cannot be kept is rendered again.
			_ = k.w.Add(noteSection, n.code)
		}
	}
	return nil
}

// saveManifest keeps the manifest whole; the error is for a value that has no
// binary form.
func (p *parser) saveManifest() error {
	w, m := p.keep.w, p.m
	for _, id := range p.macroOrder {
		rec := cachedMacro{macro: *m.Macros[id], src: p.macroPlaces[string(id)]}
		if e := p.inv.Macros.Own(rec.macro.Package, rec.macro.Name); e != nil {
			q := &rec.prog
			q.Name, q.Kind, q.Params, q.Languages, q.Line = e.Program.Name, e.Program.Kind, e.Program.Params, e.Program.Languages, e.Program.Line
		}
		if err := w.Add(macroSection, rec.code); err != nil {
			return err
		}
	}
	for _, id := range manifest.SortedIDs(m.Docs) {
		if err := w.Add(docSection, func(c *pack.Coder) { c.Doc(m.Docs[id]) }); err != nil {
			return err
		}
	}
	for _, id := range manifest.SortedIDs(m.Groups) {
		if err := w.Add(groupSection, func(c *pack.Coder) { c.Group(m.Groups[id]) }); err != nil {
			return err
		}
	}
	return p.saveNodes()
}

func (p *parser) saveNodes() error {
	w, m := p.keep.w, p.m
	for _, n := range m.Graph().Nodes {
		if err := w.Add(nodeSection, func(c *pack.Coder) { c.Node(n) }); err != nil {
			return err
		}
	}
	for _, id := range manifest.SortedIDs(m.Disabled) {
		for _, n := range m.Disabled[id] {
			if err := w.Add(disabledSection, func(c *pack.Coder) { c.Node(n) }); err != nil {
				return err
			}
		}
	}
	var again []manifest.ID
	for _, d := range p.drafts {
		if d.again {
			again = append(again, d.node.ID)
		}
	}
	return w.Add(againSection, func(c *pack.Coder) { pack.Texts(c, &again) })
}

// saveFiles keeps the list of files, as far as they are good for the next time.
func (p *parser) saveFiles() error {
	files := p.allFiles()
	exact := make([]string, len(files))
	p.parallel(len(files), func(i int) {
		if had := p.cache.byKey[keyOf(files[i])]; had != nil && had.untouched(files[i]) {
			exact[i] = had.exact
		} else {
			exact[i] = exactSum(files[i])
		}
	})
	for i, f := range files {
		rec := p.cache.fileRecord(f, exact[i])
		rec.macros, rec.properties = p.keep.macros[rec.fileKey], p.keep.properties[rec.fileKey]
		if err := p.keep.w.Add(fileSection, rec.code); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cache) fileRecord(f *project.File, exact string) cachedFile {
	rec := cachedFile{fileKey: keyOf(f), size: f.Size, mtime: f.ModTime.UnixNano(), sum: f.Checksum, exact: exact}
	if f.ModTime.After(c.opened.Add(-settled)) {
		rec.mtime = untrusted
	}
	return rec
}

// cachedMacro is a macro as the manifest has it, with what its program tells.
type cachedMacro struct {
	macro manifest.Macro
	prog  jinja.Macro
	src   source
}

func (m *cachedMacro) code(c *pack.Coder) {
	c.Macro(&m.macro)
	codeProgram(c, &m.prog)
	pack.Text(c, &m.src.file)
	c.Int(&m.src.line)
}

// nodeTables are the tables of a manifest by the kinds of node that they hold.
func nodeTable(m *manifest.Manifest, k manifest.Kind) map[manifest.ID]*manifest.Node {
	switch k {
	case manifest.KindSource:
		return m.Sources
	case manifest.KindExposure:
		return m.Exposures
	case manifest.KindUnitTest:
		return m.UnitTests
	case manifest.KindMetric, manifest.KindSemanticModel, manifest.KindSavedQuery:
		return m.Others
	}
	return m.Nodes
}
