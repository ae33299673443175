package run

import (
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
)

// point makes the view that stands for a versioned model's latest version under
// a name without a version, where n is that version and wants one. source is what
// the materialization made of n; f is its frame. The view is made by the
// materialization of views in n's session, without n's hooks and descriptions.
// dbt: ModelRunner._materialize_latest_version_pointer.
func (w *worker) point(f *render.Frame, n *manifest.Node, source *render.Relation) error {
	if source == nil || !w.pointed(n) {
		return nil
	}
	alias, err := w.pointerAlias(f, n)
	if err != nil {
		return err
	}
	if same(source, alias) {
		return &render.Fault{Class: diag.Runtime, Where: n.Where(), Msg: fmt.Sprintf(
			"Cannot create latest version pointer: the latest version of '%s' is already aliased to '%s'. "+
				"Set `latest_version_pointer: enabled: false` or remove the conflicting alias.", n.Name, alias)}
	}
	e := w.Inv.Macros.Materialization(n.Package, "view", w.Inv.AdapterType)
	if e == nil {
		return compileFault(n, "No materialization 'view' was found for the latest version pointer")
	}
	p := pointerNode(n, alias, "select * from "+value.ToStr(source))
	view := w.Inv.NewFrame(f.Context(), render.Run, p)
	view.Session, view.Thread, view.Code, view.Limit, view.Write = f.Session, f.Thread, p.Raw, f.Limit, f.Write
	got, err := view.Call(e, nil, nil)
	if err != nil {
		return err
	}
	_, err = w.remember(view, p, got)
	return err
}

// pointed reports whether a pointer is made for n: its own configuration says,
// and the project's flag where that does not.
func (w *worker) pointed(n *manifest.Node) bool {
	if n.Kind != manifest.KindModel || !n.Latest() {
		return false
	}
	if said := pointerConfig(n, "enabled"); said != value.None {
		return said.Truth()
	}
	if w.Inv.Flags == nil {
		return false
	}
	flag, ok := w.Inv.Flags.GetStr("LATEST_VERSION_POINTER_ENABLED_BY_DEFAULT")
	return ok && flag.Truth()
}

// pointerConfig reads one key of the configuration latest_version_pointer; what
// is not said is None.
func pointerConfig(n *manifest.Node, key string) value.Value {
	got, _ := n.Config.Get("latest_version_pointer")
	d, ok := got.(*value.Dict)
	if !ok {
		return value.None
	}
	if v, ok := d.GetStr(key); ok && v != nil {
		return v
	}
	return value.None
}

// pointerAlias asks the macro for the name of n's pointer.
func (w *worker) pointerAlias(f *render.Frame, n *manifest.Node) (string, error) {
	custom := pointerConfig(n, "alias")
	if custom.Truth() {
		custom = value.Str(strings.TrimSpace(value.ToStr(custom)))
	} else {
		custom = value.None
	}
	e := w.Inv.Macros.Anywhere(w.Inv.Project, "generate_latest_version_pointer_alias")
	if e == nil {
		if custom == value.None {
			return n.Name, nil
		}
		return value.ToStr(custom), nil
	}
	model, _ := f.Lookup("model")
	got, err := f.Call(e, []value.Value{custom, model}, nil)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(value.ToStr(got)), nil
}

// same reports whether a pointer of that name would be the relation it points to:
// a database folds names that are not quoted.
func same(source *render.Relation, alias string) bool {
	name := source.Relation.Identifier
	if source.Quotes().Identifier {
		return name == alias
	}
	return strings.EqualFold(name, alias)
}

// pointerNode is n as the view that points to it. It is never in the manifest.
func pointerNode(n *manifest.Node, alias, sql string) *manifest.Node {
	own := *n
	own.ID += "__latest_version_pointer"
	own.Alias, own.Raw = alias, sql
	own.Config = manifest.Config{Schema: n.Config.Schema}
	n.Config.EachSet(func(key string, v value.Value) { own.Config.Set(key, v) })
	own.Config.Set("pre-hook", value.NewList())
	own.Config.Set("post-hook", value.NewList())
	own.Config.Set("persist_docs", value.NewDict(0))
	return &own
}
