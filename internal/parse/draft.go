package parse

import (
	"path"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// draft is a node on its way: what its own file says, to which properties and
// the rest of the project are still to be added.
type draft struct {
	node *manifest.Node
	pkg  *project.Package
	src  source
	// notes is what rendering the node's own text took down.
	notes *render.Notes
	// call is what the config() calls of the text were given, raw the same as
	// written; both nil where there was none.
	call, raw *value.Dict
	// hooksAt are where call has its hooks.
	hooksAt manifest.HooksAt
	// static says that dbt reads this text without rendering it, which shows in
	// unrendered_config.
	static bool
	// own is the configuration without properties, off says that it disables
	// the node.
	own manifest.Config
	off bool
	// hooks are the templates of own's hooks.
	hooks []string

	// key is the draft's name in the parsing cache, "" for one that is not kept
	// there; file is its file, nil for one that is made of something else; recalled
	// is its record in the last cache, from 1.
	key      string
	file     *project.File
	recalled int
	// again says that properties configured the node a second time.
	again bool

	patch *patch
	// phase is that of an on-run hook.
	phase string
}

// source is a text with its place in a file.
type source struct {
	file string // below the root project's folder
	text string
	line int // of the text's first line in the file, from 0
	// made says that the text does not stand in the file letter by letter: a hook
	// in YAML, a snapshot made of a relation. Then its node's place is the best.
	made bool
}

// pos gives the place of line and column (from 1) of the text.
func (s source) pos(line, col int) diag.Pos {
	if line == 0 {
		return diag.Pos{File: s.file}
	}
	return diag.Pos{File: s.file, Line: s.line + line, Col: col}
}

// place gives the place of a byte of the text with its whole line.
func (s source) place(offset int) (diag.Pos, string) {
	before := s.text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	line, _, _ := strings.Cut(s.text[start:], "\n")
	return s.pos(1+strings.Count(before, "\n"), 1+len([]rune(before[start:]))), strings.TrimRight(line, "\r")
}

// display is a file's name in messages and places: below the root project's
// folder, so an installed package's files are found by it.
func (p *parser) display(f *project.File) string {
	if p.root(f.Package) || f.Package.Dir == "" {
		return f.Path
	}
	if rel, ok := strings.CutPrefix(f.Package.Dir, p.proj.Root.Dir+"/"); ok {
		return path.Join(rel, f.Path)
	}
	return f.Path
}

// contents reads a file; where that fails it reports so.
func (p *parser) contents(f *project.File) (source, bool) {
	text, err := f.Contents()
	if err != nil {
		p.report(diag.Diagnostic{
			Class: diag.Runtime, Code: "file-unreadable", Summary: "cannot read " + f.Path + ": " + err.Error(),
			Pos: diag.Pos{File: p.display(f)},
		})
		return source{}, false
	}
	return source{file: p.display(f), text: text, line: f.LeadingLines()}, true
}

// newDraft begins the node of a file, or of a block in one.
func (p *parser) newDraft(kind manifest.Kind, pkg *project.Package, name string, src source) *draft {
	n := &manifest.Node{
		ID: manifest.ID(string(kind) + "." + pkg.Name + "." + name), Kind: kind, Package: pkg.Name, Name: name,
		Database: p.inv.Database, Schema: p.inv.Schema, Alias: name,
		Raw: src.text, Language: "sql", Access: access(kind), Docs: manifest.Docs{Show: true},
		Contract: manifest.Contract{AliasTypes: true}, CreatedAt: p.createdAt,
		Pos: src.pos(1, 1),
	}
	return &draft{node: n, pkg: pkg, src: src}
}

// keepAs names the draft of a file, or of a block in one, in the parsing cache.
func (d *draft) keepAs(f *project.File, block string) {
	d.file = f
	d.key = strings.Join([]string{f.Kind.String(), f.Package.Name, f.Path, block}, "\x00")
}

// access is what a model's access is where nothing is said.
func access(kind manifest.Kind) string {
	if kind == manifest.KindModel {
		return "protected"
	}
	return ""
}

// fileName is a file's name without folder and extension.
func fileName(rel string) string {
	base := path.Base(rel)
	for _, ext := range [...]string{".j2", ".jinja2", ".jinja"} {
		if cut, ok := strings.CutSuffix(base, ext); ok {
			base = cut
			break
		}
	}
	return strings.TrimSuffix(base, path.Ext(base))
}

// fqn is the name of a node with its folders: package, folders, names.
func fqn(pkg *project.Package, rel string, names ...string) []string {
	dir, _ := path.Split(rel)
	out := make([]string, 1, 4+len(names))
	out[0] = pkg.Name
	for part := range strings.SplitSeq(dir, "/") {
		if part != "" {
			out = append(out, part)
		}
	}
	return append(out, names...)
}

// draftFile reads one file that makes nodes.
func (p *parser) draftFile(f *project.File) []*draft {
	if f.Kind == project.Seed {
		return []*draft{p.draftSeed(f)}
	}
	src, ok := p.contents(f)
	if !ok {
		return nil
	}
	if f.Kind == project.Snapshot {
		return p.draftSnapshots(f, src)
	}
	return []*draft{p.draftSQL(f, src)}
}

// sqlKinds tells what a file of one statement makes.
var sqlKinds = map[project.Kind]manifest.Kind{
	project.Model: manifest.KindModel, project.Analysis: manifest.KindAnalysis,
	project.SingularTest: manifest.KindTest, project.Function: manifest.KindFunction,
}

// draftSQL reads a model, an analysis, a singular test or a function.
func (p *parser) draftSQL(f *project.File, src source) *draft {
	kind := sqlKinds[f.Kind]
	name := fileName(f.Rel)
	d := p.newDraft(kind, f.Package, name, src)
	n := d.node
	n.Path, n.OriginalFilePath = f.Rel, f.Path
	switch kind {
	case manifest.KindAnalysis:
		// dbt: the path of an analysis begins with "analysis", and so does its fqn.
		n.Path = "analysis/" + f.Rel
	case manifest.KindTest:
		n.Test = &manifest.TestInfo{}
		n.Path = path.Join(path.Dir(f.Rel), name+".sql")
	}
	n.FQN = fqn(f.Package, n.Path, name)
	n.ChecksumName, n.Checksum = f.Checksum.Name, f.Checksum.Hex
	d.keepAs(f, "")
	if kind == manifest.KindFunction {
		n.Language, n.Extra = functionLanguage(f.Rel), unspecified()
		p.readTemplate(d) // dbt: whatever the language
		return d
	}
	if strings.HasSuffix(f.Rel, ".py") {
		n.Language = "python"
		p.readPython(d)
	} else {
		p.readTemplate(d)
	}
	return d
}

func (p *parser) draftSeed(f *project.File) *draft {
	name := fileName(f.Rel)
	d := p.newDraft(manifest.KindSeed, f.Package, name, source{file: p.display(f)})
	n := d.node
	n.Language = ""
	n.Path, n.OriginalFilePath, n.RootPath = f.Rel, f.Path, f.Package.Dir
	n.FQN = fqn(f.Package, f.Rel, name)
	n.ChecksumName, n.Checksum = f.Checksum.Name, f.Checksum.Hex
	d.notes = &render.Notes{}
	p.ownConfig(d)
	return d
}
