package render

import (
	"strings"

	"maps"
	"slices"

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
		f.model = f.Inv.nodeValue(f.Node)
		aliasTypes(f.Node, f.model)
	}
	if f.Batch != nil {
		f.model.SetStr("batch", f.batchValue())
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

// aliasTypes puts the database's names of types into the columns of a node, where its
// contract lets it: STRING is TEXT. dbt: ctx_model.
func aliasTypes(n *manifest.Node, model *value.Dict) {
	if n.Kind == manifest.KindSeed || !n.Contract.AliasTypes {
		return
	}
	for _, c := range n.Columns() {
		name, ok := typeLabels[strings.ToUpper(c.DataType)]
		if !ok {
			continue
		}
		columns, _ := model.GetStr("columns")
		if d, ok := columns.(*value.Dict); ok {
			if col, ok := d.GetStr(c.Name); ok {
				col.(*value.Dict).SetStr("data_type", value.Str(name))
			}
		}
	}
}

// nodeThis is `this`: none in an operation.
func nodeThis(f *Frame) value.Value {
	if f.Node == nil {
		return nil
	}
	if f.unit != nil {
		return f.unitThis()
	}
	switch f.Node.Kind {
	case manifest.KindOperation, manifest.KindSQLOperation, manifest.KindExposure:
		return value.None
	}
	return f.Inv.relationOf(f.Node)
}

func nodeSQL(f *Frame) value.Value {
	if sql := f.cloned(); sql != "" {
		return value.Str(sql)
	}
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

// graphValue is `graph`: made once per invocation, at first use, and shared.
// While parsing there is no graph yet, and the map is empty, as dbt's.
func (inv *Invocation) graphValue() value.Value {
	m := inv.Manifest
	if m == nil {
		return value.NewDict(0)
	}
	inv.graphOnce.Do(func() {
		function := func(k manifest.Kind) bool { return k == manifest.KindFunction }
		d := value.NewDict(9)
		d.SetStr("exposures", inv.nodeMap(m.Exposures, nil))
		d.SetStr("functions", inv.nodeMap(m.Nodes, function))
		d.SetStr("groups", groupMap(m))
		d.SetStr("metrics", inv.othersMap(m, manifest.KindMetric))
		d.SetStr("nodes", inv.nodeMap(m.Nodes, func(k manifest.Kind) bool { return !function(k) }))
		d.SetStr("sources", inv.nodeMap(m.Sources, nil))
		d.SetStr("semantic_models", inv.othersMap(m, manifest.KindSemanticModel))
		d.SetStr("saved_queries", inv.othersMap(m, manifest.KindSavedQuery))
		d.SetStr("unit_tests", inv.nodeMap(m.UnitTests, nil))
		inv.graph = d
	})
	return inv.graph
}

func (inv *Invocation) othersMap(m *manifest.Manifest, kind manifest.Kind) *value.Dict {
	return inv.nodeMap(m.Others, func(k manifest.Kind) bool { return k == kind })
}

// nodeMap maps the nodes of the kinds that are wanted by their ids; nil wants all.
func (inv *Invocation) nodeMap(nodes map[manifest.ID]*manifest.Node, want func(manifest.Kind) bool) *value.Dict {
	d := value.NewDict(len(nodes))
	for _, id := range manifest.SortedIDs(nodes) {
		if n := nodes[id]; want == nil || want(n.Kind) {
			d.SetStr(string(id), inv.nodeValue(n))
		}
	}
	return d
}

func groupMap(m *manifest.Manifest) *value.Dict {
	d := value.NewDict(len(m.Groups))
	for _, id := range slices.Sorted(maps.Keys(m.Groups)) {
		d.SetStr(string(id), artifact.GroupDict(m.Groups[id]))
	}
	return d
}

// RelationValue gives templates a relation, with the project's quoting.
func (inv *Invocation) RelationValue(r adapter.Relation) *Relation {
	return inv.relation(r, inv.Quoting)
}
