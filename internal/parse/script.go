package parse

import (
	"context"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/project"
	"dex/internal/render"
)

// Operations reads the operations of a project, after Manifest: their references
// are resolved in m, and all their faults come back together. The set has what
// could be read even where there are errors. The error is a fault of the
// surroundings, such as a folder that may not be read.
//
// There is no cache: operations are few, and each is read anew.
func Operations(ctx context.Context, proj *project.Project, inv *render.Invocation, m *manifest.Manifest) (*operation.Set, diag.List, error) {
	files, faults, err := proj.OperationFiles(ctx)
	if err != nil {
		return nil, nil, err
	}
	s := &scripts{parser: &parser{ctx: ctx, inv: inv, proj: proj, m: m, opt: Options{Threads: runtime.GOMAXPROCS(0)}}}
	s.report(faults...)
	s.placeMacros()
	s.readTree()
	var work []*project.File
	for _, f := range files {
		s.readEntries(f.Properties)
		work = append(work, f.Scripts...)
	}
	ops := make([]*operation.Operation, len(work))
	s.parallel(len(work), func(i int) { ops[i] = s.read(work[i]) })
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	s.checkEntries()
	s.checkTree(ops)
	set, twice := operation.NewSet(proj.Root.Name, ops)
	s.report(twice...)
	return set, once(s.sorted()), nil
}

// once leaves out faults that are told already: each operation below a level of
// dex.yml meets that level's.
func once(l diag.List) diag.List {
	type fault struct {
		pos     diag.Pos
		summary string
	}
	seen := map[fault]bool{}
	return slices.DeleteFunc(l, func(d diag.Diagnostic) bool {
		f := fault{d.Pos, d.Summary}
		twice := seen[f] && d.Pos.Line > 0
		seen[f] = true
		return twice
	})
}

// scripts is the state of reading operations.
type scripts struct {
	*parser
	tree    *treeLevel
	entries map[scriptKey]*scriptEntry
}

// scriptKey names an operation before it is read.
type scriptKey struct{ pkg, name string }

// script is one operation on its way.
type script struct {
	op     *operation.Operation
	pkg    *project.Package
	src    source
	node   *manifest.Node // what templates see of it
	layers []operation.Layer
	// writes and reads are its references.
	reads, writes []reference
	faults        diag.List
}

// placeMacros notes where macros stand, for faults in those that operations call.
func (s *scripts) placeMacros() {
	s.macroPlaces = make(map[string]source, len(s.m.Macros))
	for _, x := range s.m.Macros {
		s.macroPlaces[macroTemplate(x)] = source{file: x.Pos.File, text: x.Raw, line: max(x.Pos.Line-1, 0)}
	}
}

// read reads one operation. What is at fault with it is reported.
func (s *scripts) read(f *project.File) *operation.Operation {
	o := s.begin(f)
	if !scriptName().MatchString(o.op.Name) {
		o.faults.Add(diag.Diagnostic{
			Class: diag.Parsing, Code: "bad-name", Summary: "'" + o.op.Name + "' cannot be the name of an operation", Pos: diag.Pos{File: o.op.Pos.File, Line: 1, Col: 1},
			Hint: "Name the file with letters, digits, _ and -, the first of them no digit.",
		})
	}
	s.layTree(o)
	s.layEntry(o)
	off := o.op.Disabled
	o.op.Raw = ""
	src, ok := s.contents(f)
	if !ok {
		return o.op
	}
	o.src = src
	o.op.Raw, o.op.Pos, o.node.Raw, o.node.Pos = src.text, src.pos(1, 1), src.text, src.pos(1, 1)
	switch {
	case off && o.op.Language == operation.SQL:
		// Whoever switched it off from outside does not want its text to be read.
	case o.op.Language == operation.Python:
		s.readScriptPython(o)
	default:
		s.readScriptSQL(o)
	}
	o.op.Settle()
	s.describeScript(o)
	s.resolveScript(o)
	for i := range o.faults {
		o.faults[i].Node = string(o.op.ID)
		switch {
		case o.faults[i].Pos.File == project.DexFile:
			o.faults[i].Where = "" // it speaks of many
		case o.faults[i].Where == "":
			o.faults[i].Where = o.op.Where()
		}
	}
	s.report(o.faults...)
	value.Freeze(o.op.Config)
	value.Freeze(o.op.Meta)
	return o.op
}

// scriptName is what an operation may be called: by people, behind a package and a
// dot, and in a shell without quotes.
var scriptName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL_][\pL\pN_-]*$`) })

func (s *scripts) begin(f *project.File) *script {
	name := fileName(f.Rel)
	op := operation.New()
	op.ID = manifest.ID("script." + f.Package.Name + "." + name)
	op.Package, op.Name, op.Path = f.Package.Name, name, f.Path
	if dir := path.Dir(f.Rel); dir != "." {
		op.Group = dir
	}
	op.FQN = fqn(f.Package, f.Rel, name)
	op.Language = operation.SQL
	if strings.EqualFold(path.Ext(f.Rel), ".py") {
		op.Language = operation.Python
	}
	op.Pos = diag.Pos{File: s.display(f)}
	n := &manifest.Node{
		ID: op.ID, Kind: manifest.KindOperation, Package: op.Package, Name: name, FQN: op.FQN, Path: f.Rel, OriginalFilePath: f.Path,
		Database: s.inv.Database, Schema: s.inv.Schema, Alias: name, Language: string(op.Language),
		ChecksumName: f.Checksum.Name, Checksum: f.Checksum.Hex, Config: manifest.NewConfig(manifest.KindOperation),
	}
	return &script{op: op, pkg: f.Package, node: n, src: source{file: s.display(f)}}
}

// lay lays one layer over an operation and takes down what it says is read and
// written.
func (o *script) lay(l operation.Layer) {
	o.layers = append(o.layers, l)
	o.op.Lay(l, &o.faults)
	o.reads = append(o.reads, o.references(l, "reads")...)
	o.writes = append(o.writes, o.references(l, "writes")...)
}

// describeScript renders descriptions, which may name docs blocks.
func (s *scripts) describeScript(o *script) {
	texts := []*string{&o.op.Description}
	for _, p := range o.op.Params {
		texts = append(texts, &p.Description)
	}
	for _, t := range texts {
		out, err := s.inv.Description(s.ctx, *t, o.node, o.op.Package)
		if err != nil {
			f := s.renderFault(o.node, source{file: o.src.file, made: true}, err)
			f.Summary = "The description cannot be rendered: " + plain(err)
			f.Pos, f.Source = o.keyPos("description")
			o.faults.Add(f)
			continue
		}
		*t = strings.TrimSpace(out)
	}
}

// keyPos is where the last layer that has a key says it, with its line.
func (o *script) keyPos(key string) (diag.Pos, string) {
	for i := len(o.layers) - 1; i >= 0; i-- {
		l := o.layers[i]
		places := l.Places
		if places == nil {
			places = l.Dict
		}
		if _, ok := places.GetStr(key); ok {
			at := l.Doc.ValuePos(places, key)
			return at, l.Doc.Line(at.Line)
		}
	}
	return o.op.Pos, ""
}

// judge reports a fault of a template, unless the template had looked into a value
// whose form nobody knows yet: then what is wrong may be the sample. It is rendered
// again with real values before anything is sent.
func (s *scripts) judge(o *script, src source, err error, p *sampled) {
	switch {
	case err == nil:
	case p.opaque && s.ctx.Err() == nil && s.inv.Sink != nil:
		msg := "operation " + o.op.Name + " cannot be rendered without its parameters: " + plain(err) + ". References behind this place are not known."
		s.inv.Sink.Emit(event.Event{Time: time.Now(), Level: event.Debug, Data: event.Note{Msg: msg}})
	case p.opaque:
	default:
		o.faults.Add(s.renderFault(o.node, src, err))
	}
}
