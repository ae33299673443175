package parse

import (
	"errors"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
	"dex/internal/yamldoc"
)

// properties is one properties file.
type properties struct {
	pkg     *project.Package
	file    *project.File
	doc     *yamldoc.Doc
	entries []*entry // in the order in which dbt applies them
}

// entry is one item of a section: what is said about one model, source, macro.
type entry struct {
	props   *properties
	section *section
	// d is the item, rendered but for what dbt renders later.
	d    *value.Dict
	name string
	pos  diag.Pos
	// rawConfig and rawVersions are `config:` before rendering, of the item and
	// of its versions by v.
	rawConfig   *value.Dict
	rawVersions map[string]*value.Dict
	// rawDatabase and rawSchema are a source's, before rendering.
	rawDatabase, rawSchema string
	notes                  render.Notes
	taken                  bool     // the patch of some node
	models                 []*draft // what an item of models: without versions describes
}

// section is one of the lists that a properties file can hold.
type section struct {
	key string
	// late reports whether dbt leaves what stands at a path in an item for later.
	late func(path []string) bool
	// keys are what an item may hold; others are reported.
	keys []string
	// strict sections refuse an item without a name while the file is read.
	strict bool
	// moved lists keys that dbt moves into config.
	moved []string
}

// readProperties reads one properties file.
func (p *parser) readProperties(f *project.File) *properties {
	out := &properties{pkg: f.Package, file: f}
	read := p.propertyDoc(f)
	if read == nil {
		return out
	}
	doc, faults := read.doc, read.faults
	out.doc = doc
	for i := range faults {
		faults[i].Where = ""
	}
	p.report(faults...)
	if faults.HasErrors() || doc.Value == value.None {
		return out
	}
	top, ok := doc.Value.(*value.Dict)
	if !ok {
		p.report(doc.Fault(doc.Pos(), diag.Parsing, "not-a-dict",
			"Error reading "+f.Package.Name+": "+f.Rel+" - Contents of file '"+f.Path+"' are not valid. Dictionary expected."))
		return out
	}
	p.report(doc.Unknown(top, topKeys...)...)
	for i := range sections {
		p.readSection(out, top, &sections[i])
	}
	return out
}

// readSection reads one list of a properties file.
func (p *parser) readSection(props *properties, top *value.Dict, s *section) {
	v, ok := top.GetStr(s.key)
	if !ok {
		return
	}
	doc := props.doc
	list, ok := v.(*value.List)
	if !ok {
		p.report(doc.Fault(doc.ValuePos(top, s.key), diag.Parsing, "properties-invalid", notListText(props.file.Path, s, v)))
		return
	}
	for i, item := range list.Elems {
		if e := p.readEntry(props, s, item, doc.ItemPos(list, i)); e != nil {
			props.entries = append(props.entries, e)
		}
	}
}

func notListText(path string, s *section, v value.Value) string {
	if s.strict {
		return "The schema file at " + path + " is invalid because the value of '" + s.key + "' is not a list"
	}
	return s.key + " must be a list, got <class '" + v.Type() + "'> instead: (" + trimmed(value.ToStr(v)) + ")"
}

// trimmed is dbt's way of quoting a long text.
func trimmed(s string) string {
	r := []rune(s)
	if len(r) < 50 {
		return s
	}
	return string(r[:44]) + "..." + string(r[len(r)-3:])
}

// readEntry reads one item; nil where it cannot be used, which is reported.
func (p *parser) readEntry(props *properties, s *section, item value.Value, pos diag.Pos) *entry {
	d, ok := item.(*value.Dict)
	if !ok {
		p.report(props.doc.Fault(pos, diag.Parsing, "properties-invalid",
			"The schema file at "+props.file.Path+" is invalid because a list element for '"+s.key+"' is not a dictionary"))
		return nil
	}
	_, named := d.GetStr("name")
	if !named {
		_, named = d.GetStr("model")
		if s.strict || !named {
			p.report(props.doc.Fault(pos, diag.Parsing, "properties-invalid", nameless(props.file.Path, s)))
			return nil
		}
	}
	e := &entry{props: props, section: s, d: d, pos: pos}
	e.keepRaw()
	if err := p.renderEntry(e); err != nil {
		p.report(p.entryFault(e, err))
		return nil
	}
	if !p.checkEntry(e) {
		return nil
	}
	e.name = text(d, "name")
	e.moveConfig(p)
	return e
}

func nameless(path string, s *section) string {
	if s.strict {
		return "The schema file at " + path + " is invalid because a list element for '" + s.key + "' does not have a name attribute."
	}
	return "Entry did not contain a name"
}

// keepRaw copies what must be known as written before it is rendered.
func (e *entry) keepRaw() {
	e.rawConfig = rawDict(e.d, "config")
	e.rawDatabase, e.rawSchema = text(e.d, "database"), text(e.d, "schema")
	v, _ := e.d.GetStr("versions")
	list, _ := v.(*value.List)
	if list == nil {
		return
	}
	e.rawVersions = map[string]*value.Dict{}
	for _, item := range list.Elems {
		if d, ok := item.(*value.Dict); ok {
			e.rawVersions[text(d, "v")] = rawDict(d, "config")
		}
	}
}

// rawDict copies a mapping of d where rendering may change it.
func rawDict(d *value.Dict, key string) *value.Dict {
	v, _ := d.GetStr(key)
	sub, ok := v.(*value.Dict)
	if !ok {
		return nil
	}
	return value.Copy(sub).(*value.Dict)
}

// renderEntry renders an item in place, so that its places stay known.
func (p *parser) renderEntry(e *entry) error {
	r := entryRenderer{p: p, e: e}
	_, err := r.walk(e.d)
	return err
}

type entryRenderer struct {
	p    *parser
	e    *entry
	path []string
}

func (r *entryRenderer) walk(v value.Value) (value.Value, error) {
	switch x := v.(type) {
	case *value.Dict:
		return x, r.dict(x)
	case *value.List:
		return x, r.list(x)
	case value.Str:
		return r.text(x)
	}
	if t := v.Type(); (t == "datetime.date" || t == "datetime.datetime") && !r.e.section.late(r.path) {
		// dbt: dates become text.
		return value.Str(strings.Replace(value.ToStr(v), " ", "T", 1)), nil
	}
	return v, nil
}

func (r *entryRenderer) dict(d *value.Dict) error {
	for i := range d.Len() {
		k, v := d.At(i)
		r.path = append(r.path, value.ToStr(k))
		got, err := r.walk(v)
		if err != nil {
			return err // the path stays: it tells where
		}
		r.path = r.path[:len(r.path)-1]
		if got != v {
			if err := d.Set(k, got); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *entryRenderer) list(l *value.List) error {
	for i, v := range l.Elems {
		r.path = append(r.path, "")
		got, err := r.walk(v)
		if err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
		l.Elems[i] = got
	}
	return nil
}

func (r *entryRenderer) text(s value.Str) (value.Value, error) {
	if !hasTags(string(s)) {
		// Jinja drops one newline at a template's end.
		if strings.HasSuffix(string(s), "\n") && !r.e.section.late(r.path) {
			return s[:len(s)-1], nil
		}
		return s, nil
	}
	if r.e.section.late(r.path) || r.hook() {
		return s, nil
	}
	v, err := r.p.inv.Native(r.p.ctx, s, r.e.props.pkg.Name, &r.e.notes)
	if err != nil {
		return nil, &yamlRenderError{value: string(s), at: r.place(), err: err}
	}
	if _, ok := v.(*value.Undefined); ok {
		return value.None, nil
	}
	return v, nil
}

// hook reports whether the way leads into a hook of a kind of node that has hooks
// in dex alone: those are rendered when they run.
func (r *entryRenderer) hook() bool {
	switch r.e.section.key {
	case "sources", "exposures", "unit_tests":
	default:
		return false
	}
	if !r.p.proj.Dex.Present {
		return false
	}
	for i, step := range r.path {
		if step == "config" && i+1 < len(r.path) {
			next := manifest.CanonicalKey(r.path[i+1])
			return next == hookKeys[0] || next == hookKeys[1]
		}
	}
	return false
}

// place is the place of the innermost key on the way.
func (r *entryRenderer) place() diag.Pos {
	doc := r.e.props.doc
	at := r.e.pos
	var v value.Value = r.e.d
	for _, step := range r.path {
		d, ok := v.(*value.Dict)
		if !ok {
			break
		}
		at = doc.ValuePos(d, step)
		if v, ok = d.GetStr(step); !ok {
			break
		}
	}
	return at
}

// yamlRenderError is a value of a properties file that could not be rendered.
type yamlRenderError struct {
	value string
	at    diag.Pos
	err   error
}

func (e *yamlRenderError) Error() string {
	return "Could not render " + e.value + ": " + plain(e.err)
}

func (e *yamlRenderError) Unwrap() error { return e.err }

func (p *parser) entryFault(e *entry, err error) diag.Diagnostic {
	at := e.pos
	var y *yamlRenderError
	if errors.As(err, &y) {
		at = y.at
	}
	return e.props.doc.Fault(at, diag.Compilation, "properties-render", err.Error())
}

// hasTags reports whether Jinja has anything to do in a text.
func hasTags(s string) bool { return strings.IndexByte(s, '{') >= 0 && jinja.HasTags(s) }

// moveConfig does what dbt's normalize_*_attribute do: keys beside config that
// belong into it are put there.
func (e *entry) moveConfig(p *parser) {
	for _, key := range e.section.moved {
		v, ok := e.d.GetStr(key)
		if !ok {
			continue
		}
		cfg := e.config()
		if cfg == nil {
			cfg = value.NewDict(1)
			e.d.SetStr("config", cfg)
		}
		if _, both := cfg.GetStr(key); both {
			p.report(e.props.doc.Fault(e.props.doc.KeyPos(e.d, key), diag.Parsing, "properties-invalid",
				"In "+e.props.file.Path+": found "+key+" dictionary in 'config' dictionary and as top-level key.\n"+
					"Remove the top-level key and define it under 'config' dictionary only."))
			continue
		}
		cfg.SetStr(key, v)
		e.d.Delete(value.Str(key))
	}
}

// config is the item's config; nil where it has none.
func (e *entry) config() *value.Dict {
	v, _ := e.d.GetStr("config")
	d, _ := v.(*value.Dict)
	return d
}

// fault is a fault of an item at one of its keys.
func (e *entry) fault(key string, class diag.Class, code, summary string) diag.Diagnostic {
	at := e.pos
	if key != "" {
		at = e.props.doc.ValuePos(e.d, key)
	}
	return e.props.doc.Fault(at, class, code, summary)
}

// warn is a warning about an item.
func (e *entry) warn(code, summary string) diag.Diagnostic {
	return asWarning(e.props.doc.Fault(e.pos, "", code, summary))
}

// items gives the mappings of a list; others in it have been reported.
func items(d *value.Dict, key string) []*value.Dict {
	v, _ := d.GetStr(key)
	l, _ := v.(*value.List)
	if l == nil {
		return nil
	}
	out := make([]*value.Dict, 0, len(l.Elems))
	for _, e := range l.Elems {
		if x, ok := e.(*value.Dict); ok {
			out = append(out, x)
		}
	}
	return out
}

// fileID is dbt's name for a file: "shop://models/schema.yml".
func (props *properties) fileID() string { return props.pkg.Name + "://" + props.file.Path }
