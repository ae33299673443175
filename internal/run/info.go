package run

import (
	"encoding/json"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// info is NodeInfo for the nodes of this run.
func (e *Executor) info(n *manifest.Node) *event.NodeInfo { return NodeInfo(e.Inv.Manifest, n) }

// NodeInfo is what the log says of a node of m with each of its events; m may be
// nil, and no group is told then.
func NodeInfo(m *manifest.Manifest, n *manifest.Node) *event.NodeInfo {
	return &event.NodeInfo{
		NodePath: n.Path, NodeName: n.Name, UniqueID: string(n.ID), ResourceType: string(n.Kind),
		Materialized: n.Config.Materialized(), NodeChecksum: n.Checksum, Meta: map[string]any{},
		NodeRelation: event.NodeRelation{Database: n.Database, Schema: n.Schema, Alias: n.Alias, RelationName: n.RelationName},
		Group:        groupOf(m, n),
	}
}

// response is an adapter_response for the log. dbt: its events know one kind of
// number, with a fraction.
func response(d *value.Dict) map[string]any {
	out := map[string]any{}
	for i := 0; d != nil && i < d.Len(); i++ {
		k, v := d.At(i)
		switch v := v.(type) {
		case value.Int:
			out[value.ToStr(k)] = json.Number(value.ToStr(v) + ".0")
		default:
			out[value.ToStr(k)] = value.ToStr(v)
		}
	}
	return out
}

// groupOf is the group that n belongs to; nil where there is none. dbt:
// group_lookup, Group.to_logging_dict.
func groupOf(m *manifest.Manifest, n *manifest.Node) *event.Group {
	if n.Group == "" || m == nil {
		return nil
	}
	for _, g := range m.Groups {
		if g.Name != n.Group {
			continue
		}
		out := &event.Group{Name: g.Name, Package: g.Package, Owner: map[string]any{}}
		for i := 0; g.Owner != nil && i < g.Owner.Len(); i++ {
			if k, v := g.Owner.At(i); v != value.None {
				out.Owner[value.ToStr(k)] = value.ToStr(v)
			}
		}
		return out
	}
	return nil
}
