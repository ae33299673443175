package parse

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"path"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// fixture is a file of rows for unit tests.
type fixture struct {
	rows value.Value // a list of dicts of a CSV file, the text of an SQL file
	path string
	err  error
}

type fixtureKey struct{ pkg, name string }

// addFixture keeps a fixture, unless its package has one of its name.
func (p *parser) addFixture(f *project.File, made *fixture) {
	key := fixtureKey{f.Package.Name, fileName(f.Rel)}
	made.path = f.Path
	if first := p.fixtures[key]; first != nil {
		id := "fixture." + key.pkg + "." + key.name
		p.report(diag.Diagnostic{
			Class: diag.Compilation, Code: "duplicate-name", Pos: diag.Pos{File: f.Path},
			Summary: twoNamed("fixtures", key.name, "looking for", key.name, id+" ("+first.path+")", id+" ("+made.path+")"),
		})
		return
	}
	p.fixtures[key] = made
}

// readFixture reads a fixture's rows.
func (p *parser) readFixture(f *project.File) *fixture {
	src, ok := p.contents(f)
	if !ok {
		return &fixture{rows: value.None}
	}
	if strings.EqualFold(path.Ext(f.Rel), ".sql") {
		return &fixture{rows: value.Str(src.text)}
	}
	rows, err := csvRows(src.text)
	if err != nil {
		return &fixture{rows: value.None, err: err}
	}
	return &fixture{rows: rows}
}

// csvRows reads CSV as Python's DictReader does: the first line names the
// columns, every value is text, what is missing at a line's end is none, what is too much stands under the key none.
func csvRows(src string) (*value.List, error) {
	r := csv.NewReader(strings.NewReader(src))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	records, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	if len(records) == 0 {
		return out, nil
	}
	for _, rec := range records[1:] {
		row := value.NewDict(len(records[0]))
		for i, name := range records[0] {
			if i < len(rec) {
				row.SetStr(name, value.Str(rec[i]))
			} else {
				row.SetStr(name, value.None)
			}
		}
		if len(rec) > len(records[0]) {
			rest := value.NewList()
			for _, s := range rec[len(records[0]):] {
				rest.Elems = append(rest.Elems, value.Str(s))
			}
			_ = row.Set(value.None, rest) // none can be a key
		}
		out.Elems = append(out.Elems, row)
	}
	return out, nil
}

// unitTestNode makes the node of a unit test; which versions of its model it
// tests is settled once all models are known.
func (p *parser) unitTestNode(e *entry) *draft {
	pkg := e.props.pkg
	model := text(e.d, "model")
	_, below, _ := strings.Cut(e.props.file.Path, "/")
	n := &manifest.Node{
		ID:   manifest.ID("unit_test." + pkg.Name + "." + model + "." + e.name),
		Kind: manifest.KindUnitTest, Package: pkg.Name, Name: e.name, FQN: fqn(pkg, below, model, e.name),
		Path: e.props.file.Rel, OriginalFilePath: e.props.file.Path, Description: text(e.d, "description"),
		CreatedAt: p.createdAt, Pos: e.pos,
	}
	d := &draft{node: n, pkg: pkg}
	if !p.unitTestFields(e) {
		return nil
	}
	c, err := p.config(pkg, n.Kind, n.FQN, e.config(), nil)
	if err != nil {
		p.report(p.spreadAt(d, e.fault("config", diag.Parsing, "config-invalid", err.Error()), err, hooksUnder(e.props.doc, e.config()))...)
		return nil
	}
	n.Config = c
	d.off = !c.Enabled()
	tags, _ := c.Get("tags")
	n.Tags, n.Meta = textList(tags), dictOf(&c, "meta")
	info := &manifest.UnitTestInfo{Model: model, Overrides: unitOverrides(e.d), Versions: unitVersions(e.d)}
	ok := true
	for _, g := range items(e.d, "given") {
		x, good := p.unitRows(e, g, "input")
		ok = ok && good
		info.Given = append(info.Given, x)
	}
	expect, _ := e.d.GetStr("expect")
	x, good := p.unitRows(e, expect.(*value.Dict), "expected")
	if info.Expect = x; !ok || !good {
		return nil
	}
	info.Checksum = unitChecksum(info)
	n.UnitTest = info
	p.finishLate(d, hooksUnder(e.props.doc, e.config()), e.config())
	return d
}

// unitTestFields checks what a unit test must say.
func (p *parser) unitTestFields(e *entry) bool {
	for _, key := range [...]string{"name", "model", "given", "expect"} {
		if optional(e.d, key) == nil {
			p.report(e.fault("", diag.Parsing, "unit-test-invalid", entryInvalid(e, "at path []: '"+key+"' is a required property")))
			return false
		}
	}
	if v, ok := unitVersions(e.d).(*value.Dict); ok && optional(v, "include") != nil && optional(v, "exclude") != nil {
		p.report(e.fault("versions", diag.Parsing, "unit-test-invalid",
			entryInvalid(e, "Unit tests can not both include and exclude versions.")))
		return false
	}
	return true
}

// record gives a mapping's values under some keys, with defaults for those that
// it lacks.
func record(d *value.Dict, pairs ...any) *value.Dict {
	out := value.NewDict(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		key := pairs[i].(string)
		v, ok := d.GetStr(key)
		if !ok || v == value.None {
			v = pairs[i+1].(value.Value)
		}
		out.SetStr(key, v)
	}
	return out
}

func unitOverrides(d *value.Dict) value.Value {
	v, _ := d.GetStr("overrides")
	o, ok := v.(*value.Dict)
	if !ok {
		return nil
	}
	return record(o, "macros", value.NewDict(0), "vars", value.NewDict(0), "env_vars", value.NewDict(0))
}

func unitVersions(d *value.Dict) value.Value {
	v, _ := d.GetStr("versions")
	o, ok := v.(*value.Dict)
	if !ok {
		return nil
	}
	return record(o, "include", value.None, "exclude", value.None)
}

// unitRows reads the rows of an input or of what is expected.
func (p *parser) unitRows(e *entry, d *value.Dict, what string) (*value.Dict, bool) {
	out := value.NewDict(4)
	if what == "input" {
		in, _ := d.GetStr("input")
		out.SetStr("input", in)
	}
	rows, _ := d.GetStr("rows")
	if rows == nil {
		rows = value.None
	}
	format := orText(text(d, "format"), "dict")
	fix := text(d, "fixture")
	rows, err := p.unitValues(e, rows, format, fix, what, text(d, "input"))
	if err != nil {
		p.report(e.props.doc.Fault(e.props.doc.Start(d), diag.Parsing, "unit-test-invalid", err.Error()))
		return out, false
	}
	out.SetStr("rows", rows)
	out.SetStr("format", value.Str(format))
	out.SetStr("fixture", optionalOrNone(d, "fixture"))
	return out, true
}

func optionalOrNone(d *value.Dict, key string) value.Value {
	if v := optional(d, key); v != nil {
		return v
	}
	return value.None
}

func (p *parser) unitValues(e *entry, rows value.Value, format, fix, what, input string) (value.Value, error) {
	mismatch := "Unit test " + e.name + " has " + what + " rows "
	switch format {
	case "dict":
		if rows == value.None && fix == "" && what == "input" {
			return p.seedRows(e, input)
		}
		if _, ok := rows.(*value.List); !ok {
			return nil, &testFault{mismatch + "which do not match format dict"}
		}
		return promoted(rows), nil
	case "csv", "sql":
		if fix != "" {
			f := p.fixtures[fixtureKey{e.props.pkg.Name, fix}]
			if f == nil {
				return nil, &testFault{"File not found for fixture '" + fix + "' in unit tests in " + e.props.file.Path}
			}
			return promoted(emptyAsNone(f.rows, format)), f.err
		}
		s, ok := rows.(value.Str)
		if !ok {
			return nil, &testFault{mismatch + "or fixtures which do not match format " + format + ".  Expected string."}
		}
		if format == "sql" {
			return s, nil
		}
		list, err := csvRows(string(s))
		if err != nil {
			return nil, err
		}
		return promoted(emptyAsNone(list, format)), nil
	}
	return nil, &testFault{entryInvalid(e, "at path ['format']: '"+format+"' is not one of ['csv', 'dict', 'sql']")}
}

// emptyAsNone makes the empty values of CSV rows none.
func emptyAsNone(v value.Value, format string) value.Value {
	list, ok := v.(*value.List)
	if !ok || format != "csv" {
		return v
	}
	out := value.NewList()
	for _, r := range list.Elems {
		row := r.(*value.Dict).Clone()
		for i := range row.Len() {
			if k, x := row.At(i); x == value.Str("") {
				_ = row.Set(k, value.None) // k was the key of a dict already
			}
		}
		out.Elems = append(out.Elems, row)
	}
	return out
}

// promoted swaps the first row without nulls to the front: databases take
// columns' types from the first row.
func promoted(v value.Value) value.Value {
	list, ok := v.(*value.List)
	if !ok {
		return v
	}
	for i, r := range list.Elems {
		d, ok := r.(*value.Dict)
		if !ok {
			return v
		}
		full := true
		d.Each(func(_, x value.Value) bool {
			full = x != value.None
			return full
		})
		if full {
			list.Elems[0], list.Elems[i] = list.Elems[i], list.Elems[0]
			return list
		}
	}
	return list
}

// seedRows reads the rows of the seed that an input without rows names.
func (p *parser) seedRows(e *entry, input string) (value.Value, error) {
	ref, src, ok := render.StaticRef(input)
	if !ok || src != nil {
		return nil, &testFault{"Unit test given inputs must be either a 'ref', 'source' or 'this' call. Got: '" + input + "'."}
	}
	pkg := orText(ref.Package, e.props.pkg.Name)
	var seed *draft
	for _, d := range p.index.refs[ref.Name] {
		if d.node.Kind == manifest.KindSeed && d.pkg.Name == pkg && !d.off {
			seed = d
		}
	}
	if seed == nil {
		return nil, &testFault{"Unable to find seed '" + pkg + "." + ref.Name + "' for unit tests in directories: " +
			value.Repr(texts(e.props.pkg.Paths.Seeds))}
	}
	for _, f := range seed.pkg.Files(project.Seed) {
		if f.Path == seed.node.OriginalFilePath {
			text, err := f.Contents()
			if err != nil {
				return nil, err
			}
			return csvRows(text)
		}
	}
	return value.NewList(), nil
}

// unitChecksum is the checksum by which a change of a unit test shows. dbt makes
// it of Python's repr of its own classes.
func unitChecksum(u *manifest.UnitTestInfo) string {
	given := make([]string, len(u.Given))
	rows := ""
	for i, g := range u.Given {
		d := g.(*value.Dict)
		given[i] = classRepr("UnitTestInputFixture", d)
		if text(d, "fixture") != "" {
			v, _ := d.GetStr("rows")
			rows += "-" + value.ToStr(v)
		}
	}
	parts := []string{
		u.Model, classRepr("UnitTestNodeVersions", u.Versions), "[" + strings.Join(given, ", ") + "]",
		classRepr("UnitTestOutputFixture", u.Expect), classRepr("UnitTestOverrides", u.Overrides),
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "-") + rows))
	return hex.EncodeToString(sum[:])
}

// unitFormats are the members of dbt's UnitTestFormat.
var unitFormats = map[string]string{"dict": "Dict", "csv": "CSV", "sql": "SQL"}

// classRepr is Python's repr of a dataclass with the fields of v.
func classRepr(class string, v value.Value) string {
	d, ok := v.(*value.Dict)
	if !ok {
		return "None"
	}
	fields := make([]string, 0, d.Len())
	d.Each(func(k, v value.Value) bool {
		name, shown := value.ToStr(k), value.Repr(v)
		if name == "format" {
			shown = "<UnitTestFormat." + unitFormats[value.ToStr(v)] + ": " + shown + ">"
		}
		fields = append(fields, name+"="+shown)
		return true
	})
	return class + "(" + strings.Join(fields, ", ") + ")"
}

// resolveUnitTest ties a unit test to its model: it becomes one unit test for
// each version of a versioned one, and is disabled with a disabled one.
func (p *parser) resolveUnitTest(d *draft) []*draft {
	n := d.node
	name, version, _ := strings.Cut(n.UnitTest.Model, " ")
	models := p.modelsNamed(d.pkg.Name, name, strings.TrimSpace(version))
	if len(models) == 0 {
		p.report(nodeFault(n, diag.Parsing, "unit-test-model", "Unable to find model '"+d.pkg.Name+"."+n.UnitTest.Model+
			"' for unit test '"+n.Name+"' in "+n.OriginalFilePath))
		return nil
	}
	if models[0].off {
		n.Config.Set("enabled", value.Bool(false))
		d.off = true
		return []*draft{d}
	}
	if d.off {
		return []*draft{d}
	}
	if f, bad := incrementalFault(n, models[0].node); bad {
		p.report(f)
		return nil
	}
	if !models[0].node.Versioned() {
		if u := n.UnitTest.Versions; u != nil && unitChoice(u) {
			p.report(nodeFault(n, diag.Parsing, "unit-test-versions", "Unit test '"+n.Name+
				"' should not have a versions include or exclude when referencing non-versioned model '"+models[0].node.Name+"'"))
			return nil
		}
		n.Parents = []manifest.ID{models[0].node.ID}
		n.Schema = models[0].node.Schema
		return []*draft{d}
	}
	return p.versionedUnitTests(d, models[0].node)
}

func unitChoice(v value.Value) bool {
	d, ok := v.(*value.Dict)
	return ok && (optional(d, "include") != nil || optional(d, "exclude") != nil)
}

// modelsNamed finds the model that a unit test names; the disabled ones where
// there is no other.
func (p *parser) modelsNamed(pkg, name, version string) []*draft {
	var on, off []*draft
	for _, d := range p.drafts {
		n := d.node
		if n.Kind != manifest.KindModel || d.pkg.Name != pkg || n.Name != name {
			continue
		}
		fits := version == "" && (!n.Versioned() || n.Latest()) || version != "" && n.Versioned() && value.ToStr(n.Version) == strings.TrimPrefix(version, "v")
		switch {
		case !fits:
		case d.off:
			off = append(off, d)
		default:
			on = append(on, d)
		}
	}
	if len(on) > 0 {
		return on
	}
	return off
}

// incrementalFault asks for what a unit test of an incremental model must say.
func incrementalFault(n, model *manifest.Node) (diag.Diagnostic, bool) {
	uses := false
	for _, id := range model.Macros {
		uses = uses || id == "macro.dbt.is_incremental"
	}
	if !uses {
		return diag.Diagnostic{}, false
	}
	var override value.Value
	if o, ok := n.UnitTest.Overrides.(*value.Dict); ok {
		m, _ := o.GetStr("macros")
		if m, ok := m.(*value.Dict); ok {
			override, _ = m.GetStr("is_incremental")
		}
	}
	on, isBool := override.(value.Bool)
	if !isBool {
		return nodeFault(n, diag.Parsing, "unit-test-incremental", "Boolean override for 'is_incremental' must be provided for unit test '"+
			n.Name+"' in model '"+model.Name+"'"), true
	}
	for _, g := range n.UnitTest.Given {
		if text(g.(*value.Dict), "input") == "this" {
			return diag.Diagnostic{}, false
		}
	}
	if !on {
		return diag.Diagnostic{}, false
	}
	return nodeFault(n, diag.Parsing, "unit-test-incremental", "Unit test '"+n.Name+"' for incremental model '"+model.Name+"' must have a 'this' input"), true
}

// versionedUnitTests makes one unit test for each chosen version of a model.
func (p *parser) versionedUnitTests(d *draft, model *manifest.Node) []*draft {
	n := d.node
	choice, _ := n.UnitTest.Versions.(*value.Dict)
	var out []*draft
	for _, m := range p.drafts {
		if m.off || m.node.Kind != manifest.KindModel || !m.node.Versioned() || m.node.Package != model.Package || m.node.Name != model.Name {
			continue
		}
		if !versionChosen(choice, m.node.Version) {
			continue
		}
		c := *n
		c.ID += manifest.ID("_v" + value.ToStr(m.node.Version))
		c.Version = m.node.Version
		c.Parents = []manifest.ID{m.node.ID}
		c.Schema = m.node.Schema
		out = append(out, &draft{node: &c, pkg: d.pkg})
	}
	if len(out) == 0 {
		p.report(nodeFault(n, diag.Parsing, "unit-test-versions", "Unit test '"+n.Name+"' referenced a version of '"+model.Name+"' which was not found."))
	}
	return out
}

// versionChosen reports whether include and exclude let a version in.
func versionChosen(choice *value.Dict, v value.Value) bool {
	if choice == nil {
		return true
	}
	for key, in := range map[string]bool{"include": true, "exclude": false} {
		l, ok := optional(choice, key).(*value.List)
		if !ok || len(l.Elems) == 0 {
			continue
		}
		for _, x := range l.Elems {
			if value.Equal(x, v) {
				return in
			}
		}
		return !in
	}
	return false
}
