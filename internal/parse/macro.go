package parse

import (
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// macroKinds are the blocks of a macro file; all else in it is ignored.
var macroKinds = []string{"macro", "materialization", "test", "data_test"}

// parsedMacro is a macro of a file with its compiled form.
type parsedMacro struct {
	macro *manifest.Macro
	prog  *jinja.Macro
	src   source
	calls []macroCall
	block textBlock
}

// patchedMacro remembers which item describes a macro.
type patchedMacro struct{ e *entry }

// readMacros reads the macro files and generic tests of all packages, files in
// parallel, and finds what each macro calls.
func (p *parser) readMacros() {
	var files []*project.File
	for _, pkg := range p.proj.Packages {
		files = append(files, pkg.Files(project.Macro)...)
		files = append(files, pkg.Files(project.GenericTest)...)
	}
	found := make([][]parsedMacro, len(files))
	p.parallel(len(files), func(i int) { found[i] = p.macrosOf(files[i]) })
	p.inv.Macros = render.NewMacros(p.proj.Root.Name, p.inv.InternalPackages)
	p.macroPlaces = map[string]source{}
	p.macroDocs = map[manifest.ID]*patchedMacro{}
	var all []parsedMacro
	for _, list := range found {
		for _, m := range list {
			if err := p.inv.Macros.Add(m.macro, m.prog); err != nil {
				p.report(diag.Diagnostic{
					Class: diag.Compilation, Code: "duplicate-macro", Summary: err.Error(), Pos: m.macro.Pos, Node: string(m.macro.ID),
				})
				continue
			}
			p.m.Macros[m.macro.ID] = m.macro
			p.macroOrder = append(p.macroOrder, m.macro.ID)
			p.macroPlaces[macroTemplate(m.macro)] = m.src
			all = append(all, m)
		}
	}
	p.parallel(len(all), func(i int) { p.macroCalls(all[i]) })
	p.openNotes()
}

// macroTemplate is the name under which a macro is compiled.
func macroTemplate(m *manifest.Macro) string { return string(m.ID) }

// macrosOf reads the macros of one file.
func (p *parser) macrosOf(f *project.File) []parsedMacro {
	list, known := p.recallMacros(f)
	if !known {
		warned := false
		if list, warned = p.compileMacros(f); warned {
			return list // not kept: the warnings are to come again
		}
	}
	if k := p.keep; k == nil || known && k.copied(macroFileSection, k.macros, keyOf(f), p.lastTime(f).macros) {
		return list
	}
	p.keepMacros(f, list)
	return list
}

// compileMacros reads the macros of a file's text; warned says that something in
// it is left aside.
func (p *parser) compileMacros(f *project.File) (list []parsedMacro, warned bool) {
	src, ok := p.contents(f)
	if !ok || !strings.Contains(src.text, "{%") {
		return nil, false
	}
	kinds := macroKinds
	if f.Kind == project.GenericTest {
		kinds = macroKinds[2:]
	}
	blocks, outside, err := blocksOf(src, kinds...)
	if err != nil {
		p.report(p.fileFault(f, src, err))
		return nil, false
	}
	p.report(outside...)
	out := make([]parsedMacro, 0, len(blocks))
	for _, b := range blocks {
		prog, err := jinja.CompileMacro(macroTemplateOf(f, b), b.full.text)
		if err != nil {
			p.report(p.macroFault(f, b, err))
			continue
		}
		out = append(out, parsedMacro{p.newMacro(f, b, prog), prog, b.full, callsOf(prog), b})
	}
	return out, len(outside) > 0
}

// macroTemplateOf is macroTemplate for a macro that is yet to be compiled: its
// name is that of its block with dbt's prefix.
func macroTemplateOf(f *project.File, b textBlock) string {
	name := b.name
	switch b.kind {
	case "test", "data_test":
		name = "test_" + name
	case "materialization":
		name = "materialization_" + name
	}
	return "macro." + f.Package.Name + "." + name
}

func (p *parser) macroFault(f *project.File, b textBlock, err error) diag.Diagnostic {
	d := p.fileFault(f, b.full, err)
	d.Where = "macro " + b.name + " (" + f.Path + ")"
	if j, ok := err.(*jinja.Error); ok {
		d.Pos, d.Source = b.full.pos(j.Line, j.Col), j.Source
	}
	return d
}

func (p *parser) newMacro(f *project.File, b textBlock, prog *jinja.Macro) *manifest.Macro {
	m := &manifest.Macro{
		ID: manifest.ID("macro." + f.Package.Name + "." + prog.Name), Name: prog.Name, Package: f.Package.Name,
		Path: f.Path, OriginalFilePath: f.Path, Raw: b.full.text, Docs: manifest.Docs{Show: true},
		Meta: value.NewDict(0), Config: value.NewDict(0), CreatedAt: p.createdAt, Pos: b.full.pos(1, 1),
	}
	if f.Kind != project.GenericTest && p.flag("validate_macro_args", true) { // dbt: the arguments of those stay unknown
		for _, param := range prog.Params {
			m.Arguments = append(m.Arguments, argumentDict(param.Name, value.None, ""))
		}
	}
	if prog.Kind == "materialization" {
		m.Languages = prog.Languages
	}
	prog.Meta = m
	return m
}

func argumentDict(name string, typ value.Value, description string) *value.Dict {
	d := value.NewDict(3)
	d.SetStr("name", value.Str(name))
	d.SetStr("type", typ)
	d.SetStr("description", value.Str(description))
	return d
}

// macroCalls finds the macros that a macro calls, as far as its text shows.
// dbt: statically_extract_macro_calls.
func (p *parser) macroCalls(m parsedMacro) {
	mac := m.macro
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i := range m.calls {
		switch c := &m.calls[i]; {
		case c.dispatch:
			names = append(names, p.dispatched(m, c)...)
		case c.pkg == "adapter":
		case c.pkg != "":
			add(c.pkg + "." + c.name)
		case c.name == "ref" || c.name == "source" || c.name == "config":
		default:
			add(c.name)
		}
	}
	for _, name := range names {
		if name == mac.Name {
			continue
		}
		pkg := mac.Package
		if before, after, ok := strings.Cut(name, "."); ok {
			pkg, name = before, after
		}
		if e := p.macroNamed(pkg, name); e != nil {
			mac.Macros = appendNew(mac.Macros, e.Macro.ID)
		}
	}
}

// macroNamed finds a macro as dbt's MacroResolver does: in a package, else
// anywhere.
func (p *parser) macroNamed(pkg, name string) *render.Entry {
	if e := p.inv.Macros.Own(pkg, name); e != nil {
		return e
	}
	return p.inv.Macros.Anywhere(pkg, name)
}

// dispatched is what an adapter.dispatch in a macro's text adds: the name itself
// and the macro that it finds. That there is none is a fault, wherever the macro
// stands and though nothing calls it. dbt: statically_parse_adapter_dispatch.
func (p *parser) dispatched(m parsedMacro, d *macroCall) []string {
	fault := func(summary string) {
		line := lineOf(m.macro.Raw, d.line)
		p.report(diag.Diagnostic{
			Class: diag.Compilation, Code: "dispatch-invalid", Summary: summary, Node: string(m.macro.ID),
			Pos: m.src.pos(d.line, 1+max(0, strings.Index(line, "adapter.dispatch"))), Source: line,
			Where: "macro " + m.macro.Name + " (" + m.macro.OriginalFilePath + ")",
		})
	}
	if d.form != "" {
		fault("The macro_namespace parameter to adapter.dispatch is a " + d.form + ", not a string")
		return nil
	}
	if d.macro == "" {
		return nil
	}
	names := []string{d.macro}
	if d.opaque {
		return names
	}
	e, err := p.inv.DispatchOf(d.macro, d.namespace)
	if err != nil {
		fault(err.Error())
		return nil
	}
	return append(names, e.Macro.Package+"."+e.Macro.Name)
}

// lineOf is a line of a text, counted from 1.
func lineOf(text string, n int) string {
	for line := range strings.SplitSeq(text, "\n") {
		if n--; n == 0 {
			return strings.TrimSuffix(line, "\r")
		}
	}
	return ""
}

// applyMacro gives a macro what a properties file says about it.
func (p *parser) applyMacro(e *entry) {
	id := manifest.ID("macro." + e.props.pkg.Name + "." + e.name)
	m := p.m.Macros[id]
	if m == nil {
		p.report(e.warn("macro-unknown", `Found patch for macro "`+e.name+`" which was not found`))
		return
	}
	if first := p.macroDocs[id]; first != nil {
		p.report(e.fault("name", diag.Compilation, "duplicate-patch", "dbt found two schema.yml entries for the same macro in package "+
			e.props.pkg.Name+" named "+e.name+". Macros may only be described a single time. To fix this, "+
			fixDuplicate(e, first.e, e.name, "macros")))
		return
	}
	p.macroDocs[id] = &patchedMacro{e}
	e.taken = true
	m.PatchPath = e.props.fileID()
	m.Description = text(e.d, "description")
	m.Meta = mergedMeta(e.d)
	docs, _ := e.d.GetStr("docs")
	if c := e.config(); c != nil {
		if v := optional(c, "docs"); v != nil {
			docs = v
		}
	}
	if d, ok := docs.(*value.Dict); ok {
		m.Docs = docsDict(d)
	}
	p.macroArguments(m, e)
}

// macroArguments lays documented arguments over those of the macro's signature.
func (p *parser) macroArguments(m *manifest.Macro, e *entry) {
	given := items(e.d, "arguments")
	if len(given) == 0 {
		return
	}
	named := make([]value.Value, len(given))
	check := p.flag("validate_macro_args", true)
	for i, a := range given {
		typ := optionalOrNone(a, "type")
		named[i] = argumentDict(text(a, "name"), typ, text(a, "description"))
		if !check {
			continue
		}
		if i < len(m.Arguments) && text(m.Arguments[i].(*value.Dict), "name") != text(a, "name") {
			p.report(e.warn("macro-argument", "Argument "+text(a, "name")+" in yaml for macro "+m.Name+" does not match the jinja definition."))
		}
		if t, ok := typ.(value.Str); ok && strings.TrimSpace(string(t)) != "" && !validMacroType(string(t)) {
			p.report(e.warn("macro-argument", "Argument "+text(a, "name")+" in the yaml for macro "+m.Name+" has an invalid type."))
		}
	}
	if check && len(given) != len(m.Arguments) {
		p.report(e.warn("macro-argument", "The number of arguments in the yaml for macro "+m.Name+" does not match the jinja definition."))
	}
	m.Arguments = named
}

// macroTypes are the types of macro arguments with the number of types in
// brackets behind them.
var macroTypes = map[string]int{
	"str": 0, "string": 0, "bool": 0, "int": 0, "integer": 0, "float": 0, "any": 0, "list": 1, "dict": 2, "optional": 1,
	"relation": 0, "column": 0,
}

func validMacroType(s string) bool {
	rest, ok := macroType(strings.NewReplacer(" ", "", "\t", "").Replace(s))
	return ok && rest == ""
}

// macroType takes one type off the front of s.
func macroType(s string) (rest string, ok bool) {
	end := 0
	for end < len(s) && s[end]-'a' < 26 {
		end++
	}
	n, known := macroTypes[s[:end]]
	if !known {
		return s, false
	}
	s = s[end:]
	if n == 0 {
		return s, true
	}
	if !strings.HasPrefix(s, "[") {
		return s, false
	}
	s = s[1:]
	for i := range n {
		if s, ok = macroType(s); !ok {
			return s, false
		}
		close := ","
		if i == n-1 {
			close = "]"
		}
		if s, ok = strings.CutPrefix(s, close); !ok {
			return s, false
		}
	}
	return s, true
}

// describeMacros renders the descriptions of macros and their arguments.
func (p *parser) describeMacros() {
	for id := range p.macroDocs {
		m := p.m.Macros[id]
		n := &manifest.Node{ID: m.ID, Kind: manifest.KindMacro, Package: m.Package, Name: m.Name, OriginalFilePath: m.OriginalFilePath, Pos: m.Pos}
		m.Description, _ = p.description(n, m.Description)
		for _, a := range m.Arguments {
			d := a.(*value.Dict)
			s, _ := p.description(n, text(d, "description"))
			d.SetStr("description", value.Str(s))
		}
	}
}
