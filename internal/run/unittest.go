package run

import (
	"context"
	"fmt"
	"path"
	"strings"

	"dex/internal/agate"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
	"dex/internal/tablediff"
)

// unitTest is a unit test on its way: its model's template as a node of its own,
// beside nodes that give the rows of its inputs. dbt: UnitTestManifestLoader.
type unitTest struct {
	def     *manifest.Node // as the project declares it
	model   *manifest.Node // that it tests
	node    *manifest.Node // what is compiled and run
	inputs  *manifest.Manifest
	changes render.UnitTest
}

// UnitTestPath is the file below its package's folder that the SQL of a unit test
// is written as. dbt: get_pseudo_test_path.
func UnitTestPath(n *manifest.Node) string {
	return path.Join(n.OriginalFilePath, path.Dir(n.OriginalFilePath), n.VersionedName()+".sql")
}

// unitTest compiles a unit test and compares what its model makes of the given
// rows with those expected. dbt: TestRunner.execute_unit_test.
func (w *worker) unitTest(ctx context.Context, def *manifest.Node, s *session.Session, res result.Result) (result.Result, *render.Frame, error) {
	f := w.Inv.NewFrame(ctx, render.Compile, def)
	u, err := w.newUnitTest(def)
	if err != nil {
		return res, f, err
	}
	c := &Compiler{Inv: w.Inv, Limit: -1, Write: w.Compiler.Write, unit: u}
	code, f, err := c.Compile(ctx, u.node, s, w.name, nil)
	if err != nil {
		return res, f, err
	}
	if w.WriteCompiled != nil {
		if err := w.WriteCompiled(u.node, "", code.Code); err != nil {
			return res, f, err
		}
	}
	f = w.Inv.NewFrame(ctx, render.Run, u.node)
	f.Manifest, f.Session, f.Thread, f.Code = u.inputs, s, w.name, code.Code
	if w.WriteRun != nil {
		f.Write = func(sql string) error { return w.WriteRun(u.node, "", sql) }
	}
	e, err := w.materialization(u.node)
	if err != nil {
		return res, f, err
	}
	if _, err := f.Call(e, nil, nil); err != nil {
		return res, f, u.executionFault(f, err)
	}
	if err := u.judge(f, w.colours(), &res); err != nil {
		return res, f, err
	}
	res.Compiled, res.Code = true, code.Code
	return res, f, nil
}

// executionFault words what ended a unit test that was compiled.
func (u *unitTest) executionFault(f *render.Frame, err error) error {
	f.Bare = true // dbt: the database's error is not told of the node here
	return render.Caused(&render.Fault{Class: diag.Runtime, Where: u.def.Where(), Msg: "An error occurred during execution of unit test '" + u.def.Name +
		"'. There may be an error in the unit test definition: check the data types.\n " + f.Message(err)}, err)
}

// newUnitTest makes the nodes of a unit test.
func (w *worker) newUnitTest(def *manifest.Node) (*unitTest, error) {
	model := w.Inv.Manifest.Node(def.Parents[0])
	u := &unitTest{def: def, model: model, inputs: manifest.New(w.Inv.Manifest.Project, w.Inv.Manifest.Adapter)}
	u.inputs.NodePackageFirst = w.Inv.Manifest.NodePackageFirst
	name := def.VersionedName()
	u.node = &manifest.Node{
		ID: def.ID, Kind: manifest.KindUnitTest, Name: name, Alias: name, Package: def.Package, Language: "sql",
		Path: path.Join(path.Dir(def.OriginalFilePath), name+".sql"), OriginalFilePath: def.OriginalFilePath,
		FQN: strings.Split(string(def.ID), "."), Raw: model.Raw, Database: model.Database, Schema: model.Schema,
		Config: manifest.NewConfig(manifest.KindAnalysis), Refs: model.Refs, Sources: model.Sources,
	}
	rows, sql := expected(def.UnitTest.Expect)
	u.node.Config.Set("materialized", value.Str("unit"))
	u.node.Config.Set("expected_rows", rows)
	u.node.Config.Set("expected_sql", sql)
	for _, g := range def.UnitTest.Given {
		if err := w.addInput(u, g.(*value.Dict)); err != nil {
			return nil, err
		}
	}
	w.addFunctions(u)
	u.inputs.Index()
	if o, ok := def.UnitTest.Overrides.(*value.Dict); ok {
		u.changes.Vars, u.changes.EnvVars, u.changes.Macros = under(o, "vars"), under(o, "env_vars"), under(o, "macros")
	}
	return u, nil
}

// expected gives the rows that a unit test expects, or the query that gives them.
func expected(v value.Value) (rows, sql value.Value) {
	d := v.(*value.Dict)
	got, _ := d.GetStr("rows")
	if _, text := got.(value.Str); text {
		return value.NewList(), got
	}
	return value.Copy(got), value.None
}

// under gives a mapping within a mapping; nil where there is none.
func under(d *value.Dict, key string) *value.Dict {
	v, _ := d.GetStr(key)
	out, _ := v.(*value.Dict)
	return out
}

// addInput makes the ephemeral model that stands in a unit test for one input.
// dbt: parse_unit_test_case; a source keeps its source's name, so that it does not
// meet another of its own name.
func (w *worker) addInput(u *unitTest, given *value.Dict) error {
	in, _ := given.GetStr("input")
	from, err := w.inputNode(u, value.ToStr(in))
	if err != nil {
		return err
	}
	n := &manifest.Node{
		ID: manifest.ID("model." + from.Package + "." + from.Name), Kind: manifest.KindModel, Name: from.Name, Package: from.Package, Language: "sql",
		Path: from.Name + ".sql", OriginalFilePath: u.def.OriginalFilePath, FQN: from.FQN,
		Database: from.Database, Schema: from.Schema, Alias: from.Alias, Raw: fixtureSQL(given), Config: manifest.NewConfig(manifest.KindModel),
	}
	n.Config.Set("materialized", value.Str("ephemeral"))
	switch from.Kind {
	case manifest.KindSource:
		n.ID = manifest.ID("model." + from.Package + "." + from.Source.SourceName + "__" + from.Name)
		n.Alias = from.Source.Identifier
		n.Source = &manifest.SourceInfo{SourceName: from.Source.SourceName, Identifier: from.Source.Identifier}
		u.inputs.Sources[n.ID] = n
	case manifest.KindModel:
		n.Version, n.LatestVersion = from.Version, from.LatestVersion
	}
	u.inputs.Nodes[n.ID] = n
	u.node.Parents = append(u.node.Parents, n.ID)
	if from == u.model {
		u.changes.This = n
	}
	return nil
}

// fixtureSQL is the template that gives an input's rows.
func fixtureSQL(given *value.Dict) string {
	rows, _ := given.GetStr("rows")
	if s, ok := rows.(value.Str); ok {
		return string(s)
	}
	return "{{ get_fixture_sql(" + value.Repr(rows) + ", None) }}"
}

// inputNode finds what an input names.
func (w *worker) inputNode(u *unitTest, input string) (*manifest.Node, error) {
	if strings.TrimSpace(input) == "this" {
		return u.model, nil
	}
	def := u.def
	ref, source, ok := render.StaticRef(input)
	if !ok && w.flagged("SUPPORT_CUSTOM_REF_KWARGS") {
		ref, source, ok = w.renderedInput(u, input)
	}
	if !ok {
		return nil, &render.Fault{Class: diag.Parsing, Where: def.Where(),
			Msg: "Unit test given inputs must be either a 'ref', 'source' or 'this' call. Got: '" + input + "'."}
	}
	var n *manifest.Node
	var err error
	if source != nil {
		n, err = w.Inv.Manifest.ResolveSource(def.Package, source[0], source[1])
	} else {
		n, err = w.Inv.Manifest.ResolveRef(def.Package, ref)
	}
	if err != nil {
		return nil, &render.Fault{Class: diag.Parsing, Where: def.Where(),
			Msg: fmt.Sprintf("Unit test '%s' had an input (%s) which was not found in the manifest.", def.Name, input)}
	}
	return n, nil
}

// renderedInput finds what an input names by rendering it: a project's own ref()
// may take arguments that dbt's does not know. dbt: _extract_ref_or_source_via_jinja.
func (w *worker) renderedInput(u *unitTest, input string) (ref manifest.Ref, source []string, ok bool) {
	_, notes, err := w.Inv.ParseText(context.Background(), u.model, "{{ "+input+" }}", "input")
	switch {
	case err != nil:
		return ref, nil, false
	case len(notes.Refs) > 0:
		return notes.Refs[0], nil, true
	case len(notes.Sources) > 0:
		return ref, notes.Sources[0], true
	}
	return ref, nil, false
}

// addFunctions lets the model call the functions that it depends on.
func (w *worker) addFunctions(u *unitTest) {
	for _, id := range u.model.Parents {
		if n := w.Inv.Manifest.Node(id); n != nil && n.Kind == manifest.KindFunction {
			u.node.Parents = append(u.node.Parents, id)
			u.inputs.Nodes[id] = n
		}
	}
}

// frame makes f one of the unit test's: its model's, or an input's.
func (u *unitTest) frame(f *render.Frame) {
	f.Manifest = u.inputs
	if f.Node == u.node {
		f.Override(u.changes)
	}
}

// judge compares the rows that came with those expected.
func (u *unitTest) judge(f *render.Frame, colours bool, res *result.Result) error {
	main, ok := f.Result("main")
	if !ok {
		return fmt.Errorf("dbt internally failed to execute %s: no result", u.def.ID)
	}
	got, err := value.GetItem(main, value.Str("table"))
	if err != nil {
		return err
	}
	table, ok := got.(*agate.Table)
	if !ok {
		return fmt.Errorf("dbt internally failed to execute %s: no table", u.def.ID)
	}
	if resp, err := value.GetItem(main, value.Str("response")); err == nil {
		if r, ok := resp.(*render.Response); ok {
			res.Adapter = r.Dict()
		}
	}
	actual, want, err := sides(table)
	if err != nil {
		return err
	}
	res.Status, res.Failures = result.Pass, new(int64)
	if diff := tablediff.Compare(want, actual); diff.Differs() {
		*res.Failures = 1
		res.Status, res.Message = result.Fail, unitMessage(diff.String(colours), colours)
	}
	return nil
}

// unitMessage is what a failed unit test says: dbt's words around the difference.
func unitMessage(diff string, colours bool) string {
	actual, want := "actual", "expected"
	if colours {
		actual, want = "\x1b[32m"+actual+"\x1b[0m", "\x1b[31m"+want+"\x1b[0m"
	}
	return "\n\n" + actual + " differs from " + want + ":\n\n" + diff + "\n"
}

// colours reports whether messages have colours in them. dbt: the flag use_colors.
func (w *worker) colours() bool {
	v, ok := w.Inv.Flags.GetStr("USE_COLORS")
	return ok && v.Truth()
}
