// Package parse turns a project's files into a frozen manifest: macros first,
// then every SQL file and properties file on its own and in parallel, then what
// binds them together - patches, generic tests, sources, references, checks.
//
// It knows files, templates and dbt's rules for them; it knows nothing of
// databases, and never runs a statement. All faults of a project are gathered
// and come back together, each with its place.
//
// Begin with Manifest below. macro.go reads macro files, draft.go SQL files,
// property.go and entry.go properties files; patch.go and version.go lay
// properties over nodes, finish.go computes what a node is in the end,
// generic.go makes tests of properties, resolve.go turns references into edges.
package parse

import (
	"context"
	"runtime"
	"sync"
	"time"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// Options says what to parse.
type Options struct {
	Project *project.Project
	// Inv gives templates their names. Manifest fills Inv.Macros and, when all
	// went well, Inv.Manifest.
	Inv *render.Invocation
	// Quoting gives a column's name in the target database's quotes; nil puts
	// double quotes.
	Quote func(string) string
	// Threads is the number of workers; 0 takes one for each processor.
	Threads int
	Sink    event.Sink
	// Cache is what the last parse left behind, and where this one leaves its own;
	// nil goes without.
	Cache *Cache
	// Spare is asked where nothing changed since the parse that left the cache,
	// with that state's sum (see Cache.Sums): true says that the caller has no need
	// of the manifest. Then it is not read. nil is never.
	Spare func(state uint32) bool
	// NoFileDiff takes the files to be as they were at the last parse, whatever they
	// say now: --no-partial-parse-file-diff.
	NoFileDiff bool
	// CustomEnv are the variables that artifacts and templates show as they are:
	// DBT_ENV_CUSTOM_ENV_, without that prefix.
	CustomEnv map[string]string
}

// Manifest parses a project and gives its manifest, frozen, with all faults of
// the project. It is nil where there are errors but for one kind: a cycle is an
// error, and the manifest that has it is good for showing. It is nil, too, where
// opt.Spare does without it.
func Manifest(ctx context.Context, opt Options) (*manifest.Manifest, diag.List, error) {
	p := newParser(ctx, opt)
	if m, faults, ok := p.resume(); ok {
		return m, faults, nil
	}
	p.took(Failed)
	for _, phase := range p.phases() {
		if err := ctx.Err(); err != nil {
			return nil, p.sorted(), err
		}
		phase()
		if p.broken() {
			return nil, p.sorted(), nil
		}
	}
	p.report(p.m.Freeze()...)
	p.inv.Manifest = p.m
	if !p.broken() {
		p.took(Anew)
		if p.memo != nil {
			p.took(Patched)
		}
		p.release()
		p.unsaved(p.save())
	}
	return p.m, p.sorted(), nil
}

// phases lists the steps of a parse. A phase gathers all of its faults; the next
// begins only where there was none, since its own would be mere consequences.
func (p *parser) phases() []func() {
	return []func(){
		p.readMacros,
		p.readFiles,
		p.applyProperties,
		p.absorbOverloads,
		p.finishNodes,
		p.makeTests,
		p.readOSI,
		p.collect,
		p.resolve,
		p.check,
	}
}

// parser is the state of one parse.
type parser struct {
	ctx  context.Context
	opt  Options
	inv  *render.Invocation
	proj *project.Project
	m    *manifest.Manifest
	faults

	drafts     []*draft      // of SQL files, seeds and operations, in dbt's order
	properties []*properties // in dbt's order
	fixtures   map[fixtureKey]*fixture
	tests      []*draft // generic tests
	sources    []*draft
	others     []*draft // exposures, semantic models, metrics, saved queries
	units      []*draft // unit tests, before they are tied to versions
	index      *draftIndex
	byVersion  map[versionKey]*draft
	names      naming
	macroDocs  map[manifest.ID]*patchedMacro
	macroOrder []manifest.ID // as they were added to inv.Macros
	// macroPlaces says where the text of each macro lies, by template name.
	macroPlaces map[string]source
	projectSums map[*project.Package]string
	createdAt   float64

	cache    *Cache // nil: neither read nor written
	memo     *memo  // nil where there is no earlier parse
	keep     *keeper
	parts    sceneParts
	sceneSum string

	toldHooks sync.Map // warnings about hooks in dbt_project.yml that were given
	toldKeys  sync.Map // places of unknown keys that were told of
}

func newParser(ctx context.Context, opt Options) *parser {
	if opt.Threads <= 0 {
		opt.Threads = runtime.GOMAXPROCS(0)
	}
	if opt.Quote == nil {
		opt.Quote = func(s string) string { return `"` + s + `"` }
	}
	if opt.Sink == nil {
		opt.Sink = event.Discard
	}
	p := &parser{
		ctx: ctx, opt: opt, inv: opt.Inv, proj: opt.Project,
		m:        manifest.New(opt.Project.Root.Name, opt.Inv.AdapterType),
		fixtures: map[fixtureKey]*fixture{}, projectSums: map[*project.Package]string{},
		createdAt: float64(opt.Inv.StartedAt.UnixNano()) / 1e9,
	}
	p.m.NodePackageFirst = p.flag("require_ref_searches_node_package_before_root", false)
	p.useCache(opt.Cache)
	return p
}

// useCache readies the parsing cache.
func (p *parser) useCache(c *Cache) {
	if c == nil {
		return
	}
	p.inv.Seen = &render.Seen{}
	parts, err := p.scene()
	if err != nil {
		return // a setting without a binary form: nothing can be held against it
	}
	p.cache, p.parts, p.sceneSum = c, parts, parts.whole()
	if c.r != nil {
		c.unfit = parts.changed(c.head.Parts)
		p.memo = newMemo(c)
	}
}

// release lets go of what is only needed to word faults, above all the documents
// of properties files with the place of every key.
func (p *parser) release() {
	p.properties, p.index, p.byVersion, p.units, p.macroDocs = nil, nil, nil, nil, nil
	for _, list := range [...][]*draft{p.drafts, p.tests} {
		for _, d := range list {
			d.again = d.patch != nil && d.patch.reconfigures()
			d.patch = nil
		}
	}
}

// took notes the way that the parse went.
func (p *parser) took(w Way) {
	if p.opt.Cache != nil {
		p.opt.Cache.way = w
	}
}

// unsaved says that the parsing cache could not be written.
func (p *parser) unsaved(err error) {
	if err != nil {
		p.opt.Sink.Emit(event.Event{Time: time.Now(), Level: event.Debug, Data: event.Note{Msg: err.Error()}})
	}
}

// flag is one of dbt's behaviour flags: what dbt_project.yml says under flags:,
// else dbt's default.
func (p *parser) flag(name string, def bool) bool { return truth(p.proj.Root.Flags, name, def) }

// root reports whether pkg is the user's own project.
func (p *parser) root(pkg *project.Package) bool { return pkg == p.proj.Root }
