package render

import (
	"dex/internal/artifact"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/state"
)

// Deferral lets nodes of another environment stand in for those that are not
// built in this one: --defer, and what `clone` copies from.
type Deferral struct {
	Previous *state.Previous
	// Refs says that ref() may take the other relation. `clone` alone wants to
	// know it and takes its own.
	Refs bool
	// Favor takes it for all that is not selected, though the own one be there.
	Favor bool
	// Selected are the nodes that this invocation works on.
	Selected map[manifest.ID]bool
}

// of gives the node that may stand in for n; nil where there is none.
func (d *Deferral) of(n *manifest.Node) (other *manifest.Node, code string) {
	if d == nil || n == nil {
		return nil, ""
	}
	return d.Previous.Stands(n)
}

// readRelation is the relation to read of a node that something refers to: its
// own, or the one that stands in for it. dbt: RuntimeRefResolver.create_relation.
func (f *Frame) readRelation(n *manifest.Node) (*Relation, error) {
	from, err := f.readNode(n)
	if err != nil {
		return nil, err
	}
	return f.Inv.relationOf(from), nil
}

// readNode is n, or the node of the other environment that stands in for it. dbt:
// functions are no relations that are listed, so that another one always does.
func (f *Frame) readNode(n *manifest.Node) (*manifest.Node, error) {
	d := f.Inv.Defer
	other, _ := d.of(n)
	if other == nil || !d.Refs {
		return n, nil
	}
	if d.Favor && !d.Selected[n.ID] {
		return other, nil
	}
	own, err := f.find(n.Database, n.Schema, n.Alias)
	if err != nil || own != nil {
		return n, err
	}
	return other, nil
}

// constraintRelation is the relation that a foreign key refers to. dbt: it looks
// at what is selected, not at what is there.
func (f *Frame) constraintRelation(n *manifest.Node) *Relation {
	d := f.Inv.Defer
	if other, _ := d.of(n); other != nil && d.Refs && !d.Selected[n.ID] {
		return f.Inv.relationOf(other)
	}
	return f.Inv.relationOf(n)
}

// nodeDefer is `defer_relation`: the relation that stands in for the node's own,
// whether or not anything is deferred; none where there is none.
func nodeDefer(f *Frame) value.Value {
	if other, _ := f.Inv.Defer.of(f.Node); other != nil && other.Refable() {
		return f.Inv.relationOf(other)
	}
	return value.None
}

// cloned is what `clone` takes for the node's query; "" in other commands. dbt:
// ModelContext.compiled_code.
func (f *Frame) cloned() string {
	if f.Inv.Command != "clone" || f.Node == nil {
		return ""
	}
	other, _ := f.Inv.Defer.of(f.Node)
	if other == nil {
		return ""
	}
	name := other.RelationName
	if name == "" {
		name = f.Inv.RelationName(other)
	}
	return "select * from " + name
}

// nodeValue is a node as templates see it, with what stands in for it.
func (inv *Invocation) nodeValue(n *manifest.Node) *value.Dict {
	d := NodeValue(n)
	if other, code := inv.Defer.of(n); other != nil {
		key := "defer_relation"
		if n.Kind == manifest.KindFunction {
			key = "defer_function"
		}
		d.SetStr(key, artifact.DeferDict(other, code))
	}
	return d
}
