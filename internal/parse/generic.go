package parse

import (
	"crypto/sha256"
	"errors"
	"regexp"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// testTarget is what generic tests stand on: a model, seed, snapshot or source
// table of a properties file.
type testTarget struct {
	e    *entry
	pkg  *project.Package
	name string // as test names show it: "orders_v2", "raw_orders"
	// call is how the test's macro is given the target: ref('orders').
	call string
	// prefix stands before the test's own name in names: "source_".
	prefix string
	ref    manifest.Ref
	source []string
	// node is the draft that the test hangs on; nil for a source and where there
	// is none.
	node    *draft
	fileKey string
	quote   value.Value // quote_columns
}

// testConfigKeys are the arguments of a generic test that are its configuration,
// in the order in which dbt takes them out.
var testConfigKeys = []string{
	"severity", "tags", "enabled", "where", "limit", "warn_if", "error_if", "fail_calc", "store_failures",
	"store_failures_as", "sql_header", "meta", "database", "schema", "alias",
}

// genericTest is a generic test as a properties file has it.
type genericTest struct {
	target          *testTarget
	pos             diag.Pos
	column          string
	tags            []string // of the column, table and source
	name, namespace string
	args, config    *value.Dict
	hooks           *value.Dict // of its config, as they are written; nil without any
	written         *value.Dict // that config in the document, for places
	description     string
	short, full     string // names
}

// testFault is a fault in the writing of a generic test.
type testFault struct{ text string }

func (f *testFault) Error() string { return f.text }

var testNamePattern = regexp.MustCompile(`^(?:([a-zA-Z_][0-9a-zA-Z_]*)\.)?([a-zA-Z_][0-9a-zA-Z_]*)`)

// testsOf makes the tests of a list under a target or one of its columns.
func (p *parser) testsOf(t *testTarget, d *value.Dict, column string, tags []string) []*draft {
	list := testList(d)
	if list == nil {
		return nil
	}
	var out []*draft
	for i, item := range list.Elems {
		g := &genericTest{target: t, pos: t.e.props.doc.ItemPos(list, i), column: column, tags: tags}
		g.written = testConfig(item)
		if err := p.readTest(g, item); err != nil {
			p.report(g.fault(err))
			continue
		}
		if n := p.testNode(g); n != nil {
			out = append(out, n)
		}
	}
	return out
}

// testConfig is the `config` of a test in its document; nil where it has none.
func testConfig(item value.Value) *value.Dict {
	d, ok := item.(*value.Dict)
	if !ok {
		return nil
	}
	if _, named := d.GetStr("test_name"); !named && d.Len() == 1 {
		_, args := d.At(0)
		if d, ok = args.(*value.Dict); !ok {
			return nil
		}
	}
	v, _ := d.GetStr("config")
	d, _ = v.(*value.Dict)
	return d
}

// testList is the tests of an item, under either name.
func testList(d *value.Dict) *value.List {
	for _, key := range [...]string{"data_tests", "tests"} {
		if v, ok := d.GetStr(key); ok {
			if l, ok := v.(*value.List); ok {
				return l
			}
		}
	}
	return nil
}

func (g *genericTest) fault(err error) diag.Diagnostic {
	e := g.target.e
	var render *testConfigFault
	var class *classError
	switch {
	case errors.As(err, &render):
		return e.props.doc.Fault(g.pos, diag.Compilation, "test-invalid",
			"Invalid generic test configuration given in "+e.props.file.Path+":\n"+err.Error()+"\n\t@: "+e.section.key+" "+e.name)
	case errors.As(err, &class):
		_, words := configWords(err, true)
		return e.props.doc.Fault(g.pos, diag.Parsing, "test-invalid", words)
	}
	return e.props.doc.Fault(g.pos, diag.Parsing, "test-invalid",
		"Invalid test config given in "+e.props.file.Path+":\n\t"+err.Error()+"\n\t@: "+e.section.key+" "+e.name)
}

// readTest reads one test. dbt: TestBuilder.
func (p *parser) readTest(g *genericTest, item value.Value) error {
	name, args, err := testArgs(item)
	if err != nil {
		return err
	}
	if g.column != "" {
		args.SetStr("column_name", value.Str(g.column))
	}
	g.args = args
	if p.flag("require_generic_test_arguments_property", true) {
		p.warnArguments(g, name)
		g.args = spreadArguments(args)
	} else if v, ok := args.GetStr("arguments"); ok {
		p.report(g.warn("argument-not-used", "Found `arguments` property of test `"+name+"` ("+value.ToStr(v)+
			"). It is taken for an argument of that name: with the flag require_generic_test_arguments_property it holds the arguments"))
	}
	if _, ok := g.args.GetStr("model"); ok {
		return &testFault{"Test arguments include \"model\", which is a reserved argument"}
	}
	g.args.SetStr("model", value.Str("{{ get_where_subquery("+g.target.call+") }}"))
	m := testNamePattern.FindStringSubmatch(name)
	if m == nil {
		return &testFault{"Test name string did not match expected pattern: " + name}
	}
	g.namespace, g.name = m[1], m[2]
	if err := p.takeConfig(g); err != nil {
		return err
	}
	if v, ok := g.config.GetStr("sql_header"); ok && v != value.None && !p.flag("require_sql_header_in_test_configs", false) {
		p.report(g.warn("test-sql-header", "Custom key `sql_header` found in `config` at path `models.config` in file `"+g.target.e.props.file.Path+
			"`. Custom config keys should move into the `config.meta`."))
	}
	if v, ok := g.args.GetStr("description"); ok {
		g.description = value.ToStr(v)
		g.args.Delete(value.Str("description"))
	}
	g.nameTest()
	return nil
}

// testArgs splits a test into its name and its arguments, copied.
func testArgs(item value.Value) (string, *value.Dict, error) {
	if s, ok := item.(value.Str); ok {
		return string(s), value.NewDict(2), nil
	}
	d, ok := item.(*value.Dict)
	if !ok {
		return "", nil, &testFault{"test must be dict or str, got " + pyType(item) + " (value " + value.ToStr(item) + ")"}
	}
	var name, args value.Value
	if v, ok := d.GetStr("test_name"); ok {
		name = v
		c := d.Clone()
		c.Delete(value.Str("test_name"))
		args = c
	} else {
		if d.Len() != 1 {
			pairs := value.NewList()
			d.Each(func(k, v value.Value) bool {
				pairs.Elems = append(pairs.Elems, value.NewTuple(k, v))
				return true
			})
			return "", nil, &testFault{"test definition dictionary must have exactly one key, got " + value.Repr(pairs) +
				" instead (" + value.ToStr(value.Int(d.Len())) + " keys)"}
		}
		name, args = d.At(0)
	}
	a, ok := args.(*value.Dict)
	if !ok {
		return "", nil, &testFault{"test arguments must be a dict, got " + pyType(args) + " (value " + value.ToStr(args) + ")"}
	}
	s, ok := name.(value.Str)
	if !ok {
		return "", nil, &testFault{"test name must be a str, got " + pyType(name) + " (value " + value.ToStr(name) + ")"}
	}
	return string(s), value.Copy(a).(*value.Dict), nil
}

func pyType(v value.Value) string { return "<class '" + v.Type() + "'>" }

// spreadArguments puts what stands under `arguments` beside the rest.
func spreadArguments(args *value.Dict) *value.Dict {
	v, ok := args.GetStr("arguments")
	if !ok {
		return args
	}
	args.Delete(value.Str("arguments"))
	if more, ok := v.(*value.Dict); ok {
		more.Each(func(k, v value.Value) bool {
			_ = args.Set(k, v) // k was the key of a dict already
			return true
		})
	}
	return args
}

// nameTest gives the test its names: the one it was given, or one made of its
// macro, target and arguments.
func (g *genericTest) nameTest() {
	if v, ok := g.args.GetStr("name"); ok {
		g.short = value.ToStr(v)
		g.full = g.short
		g.args.Delete(value.Str("name"))
		return
	}
	name := g.target.prefix + g.name
	if g.namespace != "" {
		name = g.namespace + "_" + name
	}
	g.short, g.full = testNames(name, g.target.name, g.args)
	if g.short != g.full {
		if _, ok := g.config.GetStr("alias"); !ok {
			g.config.SetStr("alias", value.Str(g.short))
		}
	}
}

// code is the template of a test: a call of its macro and its configuration.
func (g *genericTest) code() string {
	var b strings.Builder
	b.WriteString("{{ ")
	if g.namespace != "" {
		b.WriteString(g.namespace + ".")
	}
	b.WriteString("test_" + g.name + "(**_dbt_generic_test_kwargs) }}")
	if g.config.Len() == 0 {
		return b.String()
	}
	b.WriteString("{{ config(")
	for i := range g.config.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		k, v := g.config.At(i)
		b.WriteString(value.ToStr(k) + "=")
		if s, ok := v.(value.Str); ok {
			b.WriteString(`"` + strings.ReplaceAll(string(s), `"`, `\"`) + `"`)
		} else {
			b.WriteString(value.ToStr(v))
		}
	}
	b.WriteString(") }}")
	return b.String()
}

// configTags are the tags of the test's own configuration.
func (g *genericTest) configTags() ([]string, error) {
	v, ok := g.config.GetStr("tags")
	if !ok {
		return nil, nil
	}
	if _, isText := v.(value.Str); !isText {
		l, isList := v.(*value.List)
		if !isList {
			return nil, &testFault{"got " + value.ToStr(v) + " (" + pyType(v) + ") for tags, expected a list of strings"}
		}
		for _, t := range l.Elems {
			if _, ok := t.(value.Str); !ok {
				return nil, &testFault{"got " + value.ToStr(t) + " (" + pyType(t) + ") for tag, expected a str"}
			}
		}
	}
	return textList(v), nil
}

// testNode makes the node of a test.
func (p *parser) testNode(g *genericTest) *draft {
	t := g.target
	own, err := g.configTags()
	if err != nil {
		p.report(g.fault(err))
		return nil
	}
	src := source{file: t.e.pos.File, text: g.code(), made: true}
	d := p.newDraft(manifest.KindTest, t.pkg, g.full, src)
	n := d.node
	n.ID += manifest.ID("." + testHash(g.full, g.namespace, g.name, g.args))
	n.Pos = g.pos
	n.Path = g.short + ".sql"
	n.OriginalFilePath = t.e.props.file.Path
	_, below, _ := strings.Cut(n.OriginalFilePath, "/")
	n.FQN = fqn(t.pkg, below, g.full)
	n.ChecksumName, n.Checksum = "none", ""
	n.Description = g.description
	n.Tags = sortedUnique(append(slices.Clone(g.tags), own...))
	n.Test = &manifest.TestInfo{
		Generic: true, Name: g.name, Namespace: g.namespace, Kwargs: g.args, ColumnName: g.column, FileKey: t.fileKey,
	}
	if t.node != nil {
		n.Test.Attached = t.node.node.ID
		n.Group = t.node.node.Group
	}
	if !p.renderTest(d, g) {
		return nil
	}
	p.configureTest(d, g)
	return d
}

func sortedUnique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// simpleTests are tests whose macros need not be rendered to know what they
// refer to. dbt: the same shortcut, which leaves get_where_subquery out of their
// depends_on.
var simpleTests = map[manifest.ID]bool{"macro.dbt.test_not_null": true, "macro.dbt.test_unique": true}

// renderTest takes down what a test refers to.
func (p *parser) renderTest(d *draft, g *genericTest) bool {
	n, t := d.node, g.target
	d.notes = &render.Notes{}
	d.call = g.config
	// dbt: the macro that counts as a dependency is looked up without the test's
	// namespace, so a project's own test of that name takes its place.
	e := p.inv.Macros.Anywhere(n.Package, "test_"+g.name)
	if e != nil {
		n.Macros = append(n.Macros, e.Macro.ID)
		if simpleTests[e.Macro.ID] {
			if t.source != nil {
				d.notes.Sources = [][]string{t.source}
			} else {
				d.notes.Refs = []manifest.Ref{t.ref}
			}
			return true
		}
	}
	d.key = testKey(n)
	if had, ok := p.recall(d); ok {
		d.notes, d.raw = &had.notes, had.raw
		if had.call != nil {
			d.call = had.call
		}
		return true
	}
	f := p.inv.NewFrame(p.ctx, render.Parse, n)
	err := f.TestKwargs()
	if err == nil {
		_, err = f.RenderText("test", n.Raw)
	}
	if err != nil {
		p.report(p.renderFault(n, d.src, err))
		return false
	}
	d.notes = f.Notes()
	if real := p.inv.Macros.Test(n.Package, g.namespace, g.name); e != nil && real != nil && real != e {
		d.notes.Macros = slices.DeleteFunc(d.notes.Macros, func(id manifest.ID) bool { return id == real.Macro.ID })
	}
	d.raw = WrittenConfig(n.Raw)
	// config() in the test's macro counts, and comes before the test's own.
	return p.calledConfig(d)
}

// configureTest gives a test its configuration and all that follows from it.
func (p *parser) configureTest(d *draft, g *genericTest) {
	n := d.node
	group := n.Group
	c, err := p.config(d.pkg, n.Kind, n.FQN, g.hooks, g.called(d))
	if err != nil {
		p.report(p.spreadAt(d, g.fault(err), err, hooksUnder(g.target.e.props.doc, g.written))...)
		return
	}
	n.Config = c
	d.own, d.off = c, !c.Enabled()
	p.fromConfig(d, false)
	n.Group = group // dbt: a test is of its node's group, whatever it says itself
	n.Unrendered = p.unrendered(d, n.FQN, nil, nil)
	n.ConfigCall = d.call
	p.name(d)
	n.Refs = append(n.Refs, d.notes.Refs...)
	n.Sources = append(n.Sources, d.notes.Sources...)
	n.Macros = appendNew(n.Macros, d.notes.Macros...)
	for _, event := range hookKeys { // those of config() in the test's macro
		for range hooksIn(d.call, event) {
			d.hooksAt.Add(event, n.Pos)
		}
	}
	p.finishLate(d, hooksUnder(g.target.e.props.doc, g.written), g.written)
}

// called is what config() said of a test. dbt: a test whose macro is rendered has its own
// tags twice, before those of the macro and behind them.
func (g *genericTest) called(d *draft) *value.Dict {
	own, tagged := g.config.GetStr("tags")
	if d.key == "" || !tagged || d.call == nil || d.call == g.config {
		return d.call
	}
	said, _ := d.call.GetStr("tags")
	call, _ := value.Copy(d.call).(*value.Dict)
	call.SetStr("tags", value.NewList(append(elements(own), elements(said)...)...))
	return call
}

// elements are those of a list, or the one thing that is none.
func elements(v value.Value) []value.Value {
	if l, ok := v.(*value.List); ok {
		return slices.Clone(l.Elems)
	}
	if v == nil || v == value.None {
		return nil
	}
	return []value.Value{v}
}

// testKey names a test in the parsing cache: its ID has a sum of its arguments.
func testKey(n *manifest.Node) string {
	sum := sha256.Sum256([]byte(string(n.ID) + "\x00" + n.Raw))
	return string(sum[:16])
}

// finishTestConfig settles store_failures and store_failures_as, of which the
// latter wins. dbt: TestConfig.finalize_and_validate.
func finishTestConfig(c *manifest.Config) {
	as, _ := c.Get("store_failures_as")
	if as == nil || as == value.None {
		switch store, _ := c.Get("store_failures"); store {
		case value.Bool(true):
			c.Set("store_failures_as", value.Str("table"))
		case value.Bool(false):
			c.Set("store_failures_as", value.Str("ephemeral"))
		}
		return
	}
	c.Set("store_failures", value.Bool(value.ToStr(as) != "ephemeral"))
}

// entryTests makes the tests of a model, seed or snapshot item.
func (p *parser) entryTests(e *entry) []*draft {
	versions := items(e.d, "versions")
	if e.section.key == "models" && len(versions) > 0 {
		var out []*draft
		for _, v := range versions {
			out = append(out, p.versionTests(e, v)...)
		}
		return out
	}
	t := p.nodeTarget(e, nil)
	return p.targetTests(t, items(e.d, "columns"), e.d)
}

func (p *parser) versionTests(e *entry, d *value.Dict) []*draft {
	v, ok := d.GetStr("v")
	if !ok {
		return nil
	}
	cols, ok := p.versionColumns(e, d)
	if !ok {
		return nil
	}
	tests := d
	if testList(d) == nil {
		tests = e.d
	}
	return p.targetTests(p.nodeTarget(e, v), cols, tests)
}

// targetTests makes the tests of a target's columns, then its own.
func (p *parser) targetTests(t *testTarget, cols []*value.Dict, d *value.Dict) []*draft {
	var out []*draft
	for _, c := range cols {
		if testList(c) == nil {
			continue
		}
		name := text(c, "name")
		if quotesColumn(c, t.quote) {
			name = p.opt.Quote(name)
		}
		out = append(out, p.testsOf(t, c, name, columnTags(c))...)
	}
	return append(out, p.testsOf(t, d, "", nil)...)
}

// quotesColumn reports whether a column's name is quoted in its tests.
func quotesColumn(c *value.Dict, all value.Value) bool {
	if v := optional(c, "quote"); v != nil {
		return v.Truth()
	}
	return all != nil && all.Truth()
}

// nodeTarget is a node as the target of tests.
func (p *parser) nodeTarget(e *entry, version value.Value) *testTarget {
	t := &testTarget{
		e: e, pkg: e.props.pkg, name: e.name, call: "ref('" + e.name + "')", ref: manifest.Ref{Name: e.name},
		fileKey: e.section.key + "." + e.name, quote: optional(e.d, "quote_columns"),
	}
	t.ref.Version = version
	if version != nil && version.Truth() { // dbt: version 0 is as good as none
		s := value.ToStr(version)
		t.name += "_v" + s
		t.call = "ref('" + e.name + "', version='" + s + "')"
	}
	t.node = p.attached(e, version)
	return t
}

// attached finds the node that an item's tests hang on.
func (p *parser) attached(e *entry, version value.Value) *draft {
	if version != nil && version.Truth() {
		return p.byVersion[versionKey{e.props.pkg.Name, versionedName(e.name, version)}]
	}
	if d := p.byVersion[versionKey{e.props.pkg.Name, e.name}]; d != nil {
		return d
	}
	if d := enabled(p.index.refs[e.name], e.props.pkg.Name); d != nil && d.pkg == e.props.pkg {
		return d
	}
	for _, d := range p.index.refs[e.name] {
		if d.off {
			return d
		}
	}
	return nil
}
