package run

import (
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
)

// materialize calls the macro that builds n. What the macro returns goes into
// the relation cache; what its statement `main` gave is the node's message.
// dbt: ModelRunner.execute.
func (w *worker) materialize(f *render.Frame, n *manifest.Node, res result.Result) result.Result {
	e, err := w.materialization(n)
	if err != nil {
		return failed(res, f, err)
	}
	got, err := f.Call(e, nil, nil)
	if err != nil {
		return failed(res, f, err)
	}
	made, err := w.remember(f, n, got)
	if err == nil && f.Batch == nil && len(made) > 0 {
		err = w.point(f, n, made[0])
	}
	if err != nil {
		return failed(res, f, err)
	}
	return w.mainResult(f, n, res)
}

// materialization finds the macro for n's materialization and language.
func (w *worker) materialization(n *manifest.Node) (*render.Entry, error) {
	name := n.Config.Materialized()
	e, err := w.overriding(name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		e = w.Inv.Macros.Materialization(n.Package, name, w.Inv.AdapterType)
	}
	if e == nil {
		return nil, &render.Fault{Class: diag.Compilation, Where: n.Where(), Msg: fmt.Sprintf(
			"No materialization '%s' was found for adapter %s! (searched types 'default' and '%s')", name, w.Inv.AdapterType, w.Inv.AdapterType)}
	}
	for _, l := range e.Macro.Languages {
		if l == n.Language {
			return e, nil
		}
	}
	if e.Macro.Languages == nil || n.Language == "" || n.Kind == manifest.KindSeed {
		return e, nil
	}
	return nil, &render.Fault{Class: diag.Runtime, Where: n.Where(), Msg: fmt.Sprintf(
		"Materialization \"%s\" only supports languages ['%s']; got \"%s\"", e.Macro.Name, strings.Join(e.Macro.Languages, "', '"), n.Language)}
}

// overriding is an installed package's macro for a built-in materialization,
// where a flag of the project lets it count.
func (w *worker) overriding(name string) (*render.Entry, error) {
	if w.Inv.Flags == nil {
		return nil, nil
	}
	flag, ok := w.Inv.Flags.GetStr("REQUIRE_EXPLICIT_PACKAGE_OVERRIDES_FOR_BUILTIN_MATERIALIZATIONS")
	if !ok || flag.Truth() {
		return nil, nil
	}
	e := w.Inv.Macros.Overriding(name, w.Inv.AdapterType)
	if e == nil {
		return nil, nil
	}
	return e, w.Inv.Warner.Warn(event.ProjectWarning{Diagnostic: diag.Diagnostic{
		Severity: diag.Warning, Event: "PackageMaterializationOverrideDeprecation", Code: "materialization-override", Pos: e.Macro.Pos,
		Summary: fmt.Sprintf("Installed package '%s' is overriding the built-in materialization '%s'.", e.Macro.Package, name),
	}})
}

// remember puts the relations that a materialization returned into the cache, and
// gives them.
func (w *worker) remember(f *render.Frame, n *manifest.Node, got value.Value) ([]*render.Relation, error) {
	d, ok := got.(*value.Dict)
	if !ok {
		if _, text := value.AsString(got); text {
			return nil, compileFault(n, fmt.Sprintf("The materialization (\"%s\") did not explicitly return a list of relations to add to the cache.", n.Config.Materialized()))
		}
		return nil, compileFault(n, "Invalid return value from materialization, expected a dict with key \"relations\", got: "+value.ToStr(got))
	}
	rels, ok := d.GetStr("relations")
	if !ok {
		return nil, compileFault(n, "Invalid return value from materialization, \"relations\" not found, got keys: "+keys(d))
	}
	list, err := value.ToSlice(rels)
	if err != nil {
		return nil, compileFault(n, "Invalid return value from materialization, \"relations\" not a list, got: "+value.ToStr(rels))
	}
	made := make([]*render.Relation, 0, len(list))
	for _, r := range list {
		rel, ok := r.(*render.Relation)
		if !ok {
			return nil, compileFault(n, "Invalid return value from materialization, \"relations\" contains a value that is not a Relation: "+value.ToStr(r))
		}
		w.Inv.Cache.Add(rel.Relation)
		f.Session.Touched = append(f.Session.Touched, rel.Relation)
		made = append(made, rel)
	}
	return made, nil
}

func keys(d *value.Dict) string {
	var out []string
	for i := 0; i < d.Len(); i++ {
		k, _ := d.At(i)
		out = append(out, value.Repr(k))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func compileFault(n *manifest.Node, msg string) error {
	return &render.Fault{Class: diag.Compilation, Where: n.Where(), Msg: msg}
}

// mainResult reads what the statement `main` gave.
func (w *worker) mainResult(f *render.Frame, n *manifest.Node, res result.Result) result.Result {
	main, ok := f.Result("main")
	if !ok {
		return failed(res, f, &render.Fault{Class: diag.Runtime, Where: n.Where(), Msg: "main is not being called during running model"})
	}
	resp, err := value.GetItem(main, value.Str("response"))
	if err != nil {
		return failed(res, f, err)
	}
	res.Message = value.ToStr(resp)
	if r, ok := resp.(*render.Response); ok {
		res.Adapter, res.Rows = r.Dict(), r.Rows
	}
	return res
}
