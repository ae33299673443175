package project

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Package is one dbt project: the user's own, an installed one, or one of dex's
// own. Its values are frozen.
type Package struct {
	Name    string
	Version string // "" where it has none
	// Dir is the absolute folder; empty for a built-in package.
	Dir string
	// Root says that this is the user's own project.
	Root bool
	// Doc is dbt_project.yml with the places of its keys; Raw is what it says
	// before rendering, Config after.
	Doc         *yamldoc.Doc
	Raw, Config *value.Dict

	Profile        string
	Paths          Paths
	TargetPath     string // as written, below Dir unless absolute
	LogPath        string
	InstallPath    string // where installed packages lie
	CleanTargets   []string
	Dispatch       []Dispatch
	OnRunStart     []Hook
	OnRunEnd       []Hook
	QueryComment   value.Value // nil where not set; None, text or a mapping otherwise
	Quoting        *value.Dict
	Vars           *value.Dict
	Flags          *value.Dict
	Cloud          *value.Dict // dbt-cloud
	RequireDbt     []string    // require-dbt-version, each with its operator
	RestrictAccess bool

	rendered, unrendered trees
	analysisTree         bool
	fsys                 fs.FS // of a built-in package
	files                [kindCount][]*File
}

// Paths are the folders of a package by what they hold, as written.
type Paths struct {
	Models, Macros, Seeds, Tests, Analyses, Snapshots, Functions []string
	Docs, Assets, OSI                                            []string
}

// Sources are the folders that properties files may lie in: all but docs and
// assets, each once.
func (p Paths) Sources() []string {
	var out []string
	for _, group := range [][]string{p.Models, p.Seeds, p.Snapshots, p.Analyses, p.Macros, p.Tests, p.Functions} {
		for _, path := range group {
			if path = strings.TrimRight(path, "/"); !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out
}

// Dispatch is an entry of dispatch: where macros of a namespace are looked for.
type Dispatch struct {
	Namespace   string
	SearchOrder []string
}

// Hook is one entry of on-run-start or on-run-end: a text, or with dex.yml a map.
type Hook struct {
	SQL string      // "" of a map
	Map *value.Dict // nil of a text
	Pos diag.Pos
}

// SearchOrder is where the package wants macros of a namespace looked for; false
// where it does not say.
func (p *Package) SearchOrder(namespace string) ([]string, bool) {
	for _, d := range p.Dispatch {
		if d.Namespace == namespace {
			return d.SearchOrder, true
		}
	}
	return nil, false
}

// Files are the package's files of a kind, ordered by extension as dbt lists
// them, then by folder and name.
func (p *Package) Files(k Kind) []*File { return p.files[k] }

// builder makes a Package from a document.
type builder struct {
	doc    *yamldoc.Doc
	with   Renderer
	o      Options
	dir    string
	fsys   fs.FS
	isRoot bool
	dex    bool // the root has a dex.yml
	faults diag.List

	raw, d *value.Dict
}

func newBuilder(doc *yamldoc.Doc, with Renderer, o Options) *builder {
	return &builder{doc: doc, with: with, o: o, raw: doc.Value.(*value.Dict)}
}

// build gives nil after a fault.
func (b *builder) build() *Package {
	rendered, faults := b.doc.Render(b.raw, nil, yamldoc.Rendering{With: b.with, Skip: b.leftRaw})
	b.d = rendered.(*value.Dict)
	b.faults = append(b.faults, faults...)
	b.faults = append(b.faults, b.validate()...)
	if b.fsys == nil && !b.faults.HasErrors() {
		b.faults = append(b.faults, warnOutdated(b.doc, b.raw, b.d)...)
	}
	b.checkVersion()
	if b.faults.HasErrors() {
		return nil
	}
	value.Freeze(b.raw)
	value.Freeze(b.d)
	p := &Package{
		Name: b.text("name", ""), Dir: b.dir, Root: b.isRoot, Doc: b.doc, Raw: b.raw, Config: b.d,
		Profile: b.text("profile", ""), TargetPath: b.text("target-path", "target"),
		LogPath: b.text("log-path", "logs"), InstallPath: b.text("packages-install-path", "dbt_packages"),
		OnRunStart: b.hooks("on-run-start"), OnRunEnd: b.hooks("on-run-end"),
		Quoting: b.dict("quoting"), Flags: b.dict("flags"), Cloud: b.dict("dbt-cloud"),
		Dispatch: b.dispatch(), Vars: b.vars(),
		rendered: newTrees(b.d), unrendered: newTrees(b.raw),
		analysisTree: b.o.AnalysisTree, fsys: b.fsys,
	}
	if v, ok := b.d.GetStr("version"); ok && v != value.None {
		p.Version = value.ToStr(v)
	}
	if v, ok := b.d.GetStr("query-comment"); ok {
		p.QueryComment = v
	}
	if v, ok := b.d.GetStr("restrict-access"); ok {
		p.RestrictAccess = v.Truth()
	}
	if b.isRoot && b.o.TargetPath != "" {
		p.TargetPath = b.o.TargetPath
	}
	p.RequireDbt = b.requirements()
	p.Paths = b.paths()
	p.CleanTargets = b.list([]string{p.TargetPath}, "clean-targets")
	return p
}

// paths gives the folders with dbt's defaults. The older names source-paths and
// data-paths count where the newer ones are missing.
func (b *builder) paths() Paths {
	p := Paths{
		Models:    b.list([]string{"models"}, "model-paths", "source-paths"),
		Macros:    b.list([]string{"macros"}, "macro-paths"),
		Seeds:     b.list([]string{"seeds"}, "seed-paths", "data-paths"),
		Tests:     b.list([]string{"tests"}, "test-paths"),
		Analyses:  b.list([]string{"analyses"}, "analysis-paths"),
		Snapshots: b.list([]string{"snapshots"}, "snapshot-paths"),
		Functions: b.list([]string{"functions"}, "function-paths"),
		Assets:    b.list(nil, "asset-paths"),
		OSI:       b.list([]string{"osi", "OSI"}, "osi-paths"),
	}
	p.Docs = b.list(p.Sources(), "docs-paths")
	return p
}

func (b *builder) text(key, otherwise string) string {
	v, _ := b.d.GetStr(key)
	if s, ok := v.(value.Str); ok {
		return string(s)
	}
	return otherwise
}

func (b *builder) list(otherwise []string, keys ...string) []string {
	for _, key := range keys {
		v, _ := b.d.GetStr(key)
		if l, ok := v.(*value.List); ok {
			return texts(l)
		}
	}
	return otherwise
}

func texts(l *value.List) []string {
	out := make([]string, len(l.Elems))
	for i, v := range l.Elems {
		out[i] = value.ToStr(v)
	}
	return out
}

// dict gives a mapping, an empty one where there is none.
func (b *builder) dict(key string) *value.Dict {
	v, _ := b.d.GetStr(key)
	if d, ok := v.(*value.Dict); ok {
		return d
	}
	return value.NewDict(0)
}

func (b *builder) hooks(key string) []Hook {
	v, _ := b.d.GetStr(key)
	switch x := v.(type) {
	case value.Str, *value.Dict:
		return []Hook{hookOf(x, b.doc.ValuePos(b.raw, key))}
	case *value.List:
		places, _ := b.raw.GetStr(key)
		out := make([]Hook, len(x.Elems))
		for i, item := range x.Elems {
			out[i] = hookOf(item, b.doc.ItemPos(places.(*value.List), i))
		}
		return out
	}
	return nil
}

func hookOf(v value.Value, at diag.Pos) Hook {
	if d, ok := v.(*value.Dict); ok {
		return Hook{Map: d, Pos: at}
	}
	return Hook{SQL: value.ToStr(v), Pos: at}
}

func (b *builder) dispatch() []Dispatch {
	v, _ := b.d.GetStr("dispatch")
	l, ok := v.(*value.List)
	if !ok {
		return nil
	}
	var out []Dispatch
	for _, item := range l.Elems {
		entry := item.(*value.Dict) // validate saw to it
		name, _ := entry.GetStr("macro_namespace")
		order, _ := entry.GetStr("search_order")
		out = append(out, Dispatch{Namespace: value.ToStr(name), SearchOrder: texts(order.(*value.List))})
	}
	return out
}

// vars gives the variables of vars: or, for the user's own project, of vars.yml.
func (b *builder) vars() *value.Dict {
	own := b.dict("vars")
	if !b.isRoot {
		return own
	}
	file, faults := FileVars(b.dir)
	b.faults = append(b.faults, faults...)
	if file == nil {
		return own
	}
	if own.Len() > 0 {
		b.faults.Add(b.doc.Fault(b.doc.KeyPos(b.raw, "vars"), diag.Runtime, "project-invalid",
			"Variables cannot be defined in both vars.yml and "+ProjectFile+". "))
		return own
	}
	value.Freeze(file)
	return file
}

// FileVars gives the variables of vars.yml in the folder of the user's project,
// which dbt_project.yml itself may use; nil where there are none. What that file
// says is not rendered. dbt: vars_data_from_root.
func FileVars(dir string) (*value.Dict, diag.List) {
	doc, faults := readBeside(dir, "vars.yml")
	if doc == nil {
		return nil, faults
	}
	top, _ := doc.Value.(*value.Dict)
	if top == nil {
		return nil, faults
	}
	v, _ := top.GetStr("vars")
	file, _ := v.(*value.Dict)
	if file == nil || file.Len() == 0 {
		return nil, faults
	}
	return file, faults
}

// joinSlash joins two paths as Python's os.path.join does, which cleans nothing.
func joinSlash(a, b string) string {
	switch {
	case a == "" || filepath.IsAbs(b):
		return b
	case strings.HasSuffix(a, "/"):
		return a + b
	}
	return a + "/" + b
}
