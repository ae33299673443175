package parse

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/operation"
	"dex/internal/project"
	"dex/internal/yamldoc"
)

// scriptEntry is one item of an `operations:` list.
type scriptEntry struct {
	doc       *yamldoc.Doc
	d, places *value.Dict
	name      string
	file      *project.File
	taken     bool
}

// readEntries reads the properties files of a package. One without a key
// operations is somebody else's.
func (s *scripts) readEntries(files []*project.File) {
	if s.entries == nil {
		s.entries = map[scriptKey]*scriptEntry{}
	}
	for _, f := range files {
		s.readEntryFile(f)
	}
}

func (s *scripts) readEntryFile(f *project.File) {
	src, ok := s.contents(f)
	if !ok {
		return
	}
	doc, faults := yamldoc.Decode(src.file, []byte(strings.Repeat("\n", src.line)+src.text))
	top, isDict := doc.Value.(*value.Dict)
	if !isDict && !faults.HasErrors() {
		return
	}
	s.report(faults...)
	if faults.HasErrors() {
		return
	}
	v, has := top.GetStr("operations")
	if !has {
		s.nearly(doc, top)
		return
	}
	unknown := doc.Unknown(top, "version", "operations")
	for i := range unknown {
		unknown[i].Severity, unknown[i].Class = diag.Error, diag.Parsing
	}
	s.report(unknown...)
	list, ok := v.(*value.List)
	if !ok {
		s.report(doc.Fault(doc.ValuePos(top, "operations"), diag.Parsing, "properties-invalid", "operations has to be a list, each item with a name"))
		return
	}
	for i, item := range list.Elems {
		s.readScriptEntry(f, doc, list, i, item)
	}
}

// nearly reports a key that was meant to be operations.
func (s *scripts) nearly(doc *yamldoc.Doc, top *value.Dict) {
	for i := range top.Len() {
		k, _ := top.At(i)
		if key := value.ToStr(k); yamldoc.Nearest(key, []string{"operations"}) != "" {
			f := doc.Fault(doc.KeyPos(top, key), diag.Parsing, "unknown-key", "Unknown key '"+key+"'")
			f.Hint = "Did you mean 'operations'?"
			s.report(f)
		}
	}
}

func (s *scripts) readScriptEntry(f *project.File, doc *yamldoc.Doc, list *value.List, i int, item value.Value) {
	raw, ok := item.(*value.Dict)
	if !ok {
		s.report(doc.Fault(doc.ItemPos(list, i), diag.Parsing, "properties-invalid", "An item of operations has to be a mapping with a name"))
		return
	}
	name := text(raw, "name")
	if name == "" {
		s.report(doc.Fault(doc.ItemPos(list, i), diag.Parsing, "properties-invalid", "An item of operations needs a name: that of the file, without its ending"))
		return
	}
	flat, places, own, faults := flattened(doc, raw, "operation "+name)
	rendered, more := own.Render(flat, nil, yamldoc.Rendering{With: s, Skip: operation.Late})
	s.report(append(faults, more...)...)
	key := scriptKey{f.Package.Name, name}
	if had := s.entries[key]; had != nil {
		s.report(doc.Fault(doc.ValuePos(raw, "name"), diag.Parsing, "operation-twice",
			"operation "+name+" is described twice: in "+had.file.Path+" and in "+f.Path))
		return
	}
	s.entries[key] = &scriptEntry{doc: own, d: rendered.(*value.Dict), places: places, name: name, file: f}
}

// flattened takes the keys of `config:` up to those beside it, as a properties file
// may write either.
func flattened(doc *yamldoc.Doc, raw *value.Dict, what string) (flat, places *value.Dict, own *yamldoc.Doc, faults diag.List) {
	v, ok := raw.GetStr("config")
	if !ok {
		return raw, raw, doc, nil
	}
	inner, ok := v.(*value.Dict)
	if !ok {
		return raw, raw, doc, diag.List{doc.Fault(doc.ValuePos(raw, "config"), diag.Parsing, "wrong-type", "config of "+what+" has to be a mapping")}
	}
	a := doc.Derive()
	flat = value.NewDict(raw.Len() + inner.Len())
	a.Start(flat, doc.Start(raw))
	for _, from := range [...]*value.Dict{inner, raw} {
		from.Each(func(k, v value.Value) bool {
			key := value.ToStr(k)
			if from == raw && key == "config" {
				return true
			}
			if _, twice := flat.GetStr(key); twice {
				faults.Add(doc.Fault(doc.KeyPos(inner, key), diag.Parsing, "key-twice", key+" of "+what+" stands in config as well as beside it"))
			}
			flat.SetStr(key, v)
			a.Key(flat, key, doc.KeyPos(from, key), doc.ValuePos(from, key))
			return true
		})
	}
	return flat, flat, a.Doc(flat), faults
}

// Render implements yamldoc.Renderer, with the names of dbt_project.yml and without
// secrets.
func (s *scripts) Render(v value.Value, _ []string) (value.Value, error) {
	t, ok := v.(value.Str)
	if !ok || !hasTags(string(t)) {
		return v, nil
	}
	return s.inv.NativeWith(s.ctx, string(t), nil)
}

// layEntry lays what a properties file says.
func (s *scripts) layEntry(o *script) {
	e := s.entries[scriptKey{o.op.Package, o.op.Name}]
	if e == nil {
		return
	}
	e.taken = true
	o.op.Patch = e.file.Path
	o.lay(operation.Layer{Doc: e.doc, Dict: e.d, Places: e.places, What: "operation " + o.op.Name, Also: []string{"name"}})
}

// checkEntries reports entries without an operation.
func (s *scripts) checkEntries() {
	for key, e := range s.entries {
		if !e.taken {
			s.report(e.doc.Fault(e.doc.ValuePos(e.places, "name"), diag.Parsing, "operation-not-found",
				"There is no operation '"+e.name+"' in package "+key.pkg+": no file of that name lies below its operation paths"))
		}
	}
}

// treeLevel is one level of the tree operations: in dex.yml.
type treeLevel struct {
	layer operation.Layer
	below map[string]*treeLevel
	path  []string
	used  bool
}

// readTree reads the tree of dex.yml.
func (s *scripts) readTree() {
	if d := s.proj.Dex.Operations; d.Tree != nil {
		s.tree = s.newTreeLevel(d.Doc, d.Tree, nil)
	}
}

// newTreeLevel tells what configures from what names a folder, as dbt does: a key
// with + is a setting, one without it is one unless its value is a mapping.
func (s *scripts) newTreeLevel(doc *yamldoc.Doc, raw *value.Dict, at []string) *treeLevel {
	l := &treeLevel{below: map[string]*treeLevel{}, path: at}
	a := doc.Derive()
	set := value.NewDict(raw.Len())
	a.Start(set, doc.Start(raw))
	raw.Each(func(k, v value.Value) bool {
		written := value.ToStr(k)
		key, plus := strings.CutPrefix(written, "+")
		key = strings.TrimSpace(key)
		if sub, ok := v.(*value.Dict); ok && !plus {
			if slices.Contains(operation.MappingKeys, key) {
				f := doc.Fault(doc.KeyPos(raw, written), diag.Runtime, "plus-missing", "'"+key+"' is taken for a folder here, since its value is a mapping")
				f.Hint = "Write +" + key + ":"
				s.report(f)
			}
			l.below[key] = s.newTreeLevel(doc, sub, append(slices.Clip(at), key))
			return true
		}
		set.SetStr(key, v)
		a.Key(set, key, doc.KeyPos(raw, written), doc.ValuePos(raw, written))
		return true
	})
	own := a.Doc(set)
	rendered, faults := own.Render(set, nil, yamldoc.Rendering{With: s, Skip: operation.Late})
	s.report(faults...)
	l.layer = operation.Layer{Doc: own, Dict: rendered.(*value.Dict), Places: set, What: "operations"}
	if len(at) > 0 {
		l.layer.What += " below " + path.Join(at...)
	}
	return l
}

// layTree lays the levels of dex.yml that an operation lies under, general to
// specific. The first name is a package's; for the user's own it may be left out.
func (s *scripts) layTree(o *script) {
	if s.tree == nil {
		return
	}
	levels := s.tree.under(o.op.FQN)
	if o.pkg.Root && len(levels) == 1 {
		levels = s.tree.under(o.op.FQN[1:])
	}
	for _, l := range levels {
		o.lay(l.layer)
	}
}

func (l *treeLevel) under(names []string) []*treeLevel {
	out := []*treeLevel{l}
	for _, name := range names {
		if l = l.below[name]; l == nil {
			break
		}
		out = append(out, l)
	}
	return out
}

// checkTree reports levels that no operation lies under: what they say would be
// done to nobody. A level's own faults are told by the first operation below it.
func (s *scripts) checkTree(ops []*operation.Operation) {
	if s.tree == nil {
		return
	}
	for _, op := range ops {
		levels := s.tree.under(op.FQN)
		if len(levels) == 1 && op.Package == s.proj.Root.Name {
			levels = s.tree.under(op.FQN[1:])
		}
		for _, l := range levels {
			l.used = true
		}
	}
	s.tree.unused(s)
}

func (l *treeLevel) unused(s *scripts) {
	for _, name := range slices.Sorted(maps.Keys(l.below)) {
		l.below[name].unused(s)
	}
	if l.used || l.layer.Dict.Len() == 0 {
		return
	}
	d := l.layer.Doc
	at := d.Start(l.layer.Places)
	where := strconv.Quote("operations." + strings.Join(l.path, "."))
	if len(l.path) == 0 {
		where = `"operations"`
	}
	f := d.Fault(at, "", "unused-config-path", "dex.yml configures "+where+", and no operation lies there")
	f.Severity, f.Event = diag.Warning, warningEvents["unused-config-path"]
	f.Hint = "The names are a package's and folders', then an operation's. A setting whose value is a mapping needs a +, as in +retries."
	s.report(f)
}
