package render

import (
	"dex/internal/adapter"
	"dex/internal/artifact"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// NodeValue is a node as templates see it: `model`, graph.nodes[...], the node
// that generate_schema_name is given. It is made anew at each call, so that a
// template may change it.
func NodeValue(n *manifest.Node) *value.Dict { return artifact.NodeDict(n, nil) }

// nodeModel is `model`, with its compiled SQL once there is some.
func nodeModel(f *Frame) value.Value {
	if f.Node == nil {
		return nil
	}
	if f.notes != nil {
		f.notes.Reads.Model = true
	}
	if f.model == nil {
		f.model = NodeValue(f.Node)
	}
	if f.Code != "" && f.Node.Kind == manifest.KindModel {
		f.foreignKeys(f.model)
	}
	if f.Code != "" {
		f.model.SetStr("compiled", value.Bool(true))
		f.model.SetStr("compiled_code", value.Str(f.Code))
		f.model.SetStr("compiled_sql", value.Str(f.Code))
	}
	return f.model
}

// nodeThis is `this`: none in an operation.
func nodeThis(f *Frame) value.Value {
	if f.Node == nil {
		return nil
	}
	if f.Node.Kind == manifest.KindOperation || f.Node.Kind == manifest.KindSQLOperation {
		return value.None
	}
	return f.Inv.relationOf(f.Node)
}

func nodeSQL(f *Frame) value.Value {
	if f.Code == "" {
		return value.None
	}
	return value.Str(f.Code)
}

func nodeDatabase(f *Frame) value.Value {
	if f.Node != nil && f.Node.Database != "" {
		return value.Str(f.Node.Database)
	}
	return value.Str(f.Inv.Database)
}

func nodeSchema(f *Frame) value.Value {
	if f.Node != nil && f.Node.Schema != "" {
		return value.Str(f.Node.Schema)
	}
	return value.Str(f.Inv.Schema)
}

// stackValue is context_macro_stack.
func (f *Frame) stackValue() value.Value {
	calls := value.NewList()
	for _, m := range f.stack {
		calls.Elems = append(calls.Elems, value.Str(m.ID))
	}
	d := value.NewDict(2)
	d.SetStr("depth", value.Int(len(f.stack)))
	d.SetStr("call_stack", calls)
	return &attrDict{d}
}

// graphValue is `graph`: made once per invocation, at first use, and shared; a
// template that changes it changes a part of its own copy of that node.
func (inv *Invocation) graphValue() value.Value {
	if inv.Manifest == nil { // while parsing there is no graph yet (dbt: empty)
		return value.NewDict(0)
	}
	inv.graphOnce.Do(func() {
		m := inv.Manifest
		d := value.NewDict(8)
		d.SetStr("exposures", nodeMap(m.Exposures))
		d.SetStr("groups", value.NewDict(0))
		d.SetStr("metrics", value.NewDict(0))
		d.SetStr("nodes", nodeMap(m.Nodes))
		d.SetStr("sources", nodeMap(m.Sources))
		d.SetStr("semantic_models", value.NewDict(0))
		d.SetStr("saved_queries", value.NewDict(0))
		inv.graph = d
	})
	return inv.graph
}

func nodeMap(nodes map[manifest.ID]*manifest.Node) *value.Dict {
	d := value.NewDict(len(nodes))
	for _, id := range manifest.SortedIDs(nodes) {
		d.SetStr(string(id), NodeValue(nodes[id]))
	}
	return d
}

// RelationValue gives templates a relation, with the project's quoting.
func (inv *Invocation) RelationValue(r adapter.Relation) *Relation {
	return NewRelation(r, inv.Quoting)
}
