package artifact

import (
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// The fields that semantic models, metrics and saved queries have of their own
// stand in Node.Extra, each in the form that the manifest shows; these functions
// put them in their places.

func writeOwn(s sink, n *manifest.Node, keys ...string) {
	for _, k := range keys {
		var v value.Value
		if n.Extra != nil {
			v, _ = n.Extra.GetStr(k)
		}
		s.value(k, v)
	}
}

func writeMetric(s sink, n *manifest.Node) {
	writeResource(s, n)
	s.text("description", n.Description)
	writeOwn(s, n, "label", "type", "type_params", "filter", "metadata", "time_granularity")
	s.config("config", &n.Config)
	s.dict("unrendered_config", n.Unrendered)
	writeCalls(s, "sources", n.Sources)
	writeDependsOn(s, n, nil)
	writeRefs(s, n.Refs)
	writeCalls(s, "metrics", n.Metrics)
	s.float("created_at", n.CreatedAt)
	s.textOrNull("group", n.Group)
	s.dict("meta", n.Meta)
	s.texts("tags", n.Tags)
}

func writeSemanticModel(s sink, n *manifest.Node) {
	writeResource(s, n)
	writeOwn(s, n, "model", "node_relation", "description", "label", "defaults", "entities", "measures", "dimensions", "metadata")
	writeDependsOn(s, n, nil)
	writeRefs(s, n.Refs)
	s.float("created_at", n.CreatedAt)
	s.config("config", &n.Config)
	s.dict("unrendered_config", n.Unrendered)
	writeOwn(s, n, "primary_entity")
	s.textOrNull("group", n.Group)
}

func writeSavedQuery(s sink, n *manifest.Node) {
	writeResource(s, n)
	writeOwn(s, n, "query_params", "exports", "description", "label", "metadata")
	s.config("config", &n.Config)
	s.dict("unrendered_config", n.Unrendered)
	s.textOrNull("group", n.Group)
	writeDependsOn(s, n, nil)
	s.float("created_at", n.CreatedAt)
	writeRefs(s, n.Refs)
	s.texts("tags", n.Tags)
}

// ownKeys are the keys of Node.Extra of each semantic kind.
var ownKeys = map[manifest.Kind][]string{
	manifest.KindMetric:        {"label", "type", "type_params", "filter", "metadata", "time_granularity"},
	manifest.KindSemanticModel: {"model", "node_relation", "description", "label", "defaults", "entities", "measures", "dimensions", "metadata", "primary_entity"},
	manifest.KindSavedQuery:    {"query_params", "exports", "description", "label", "metadata"},
}

// readSemantic reads the own fields of a semantic kind as parsing makes them.
func readSemantic(n *manifest.Node, r record) {
	keys := ownKeys[n.Kind]
	n.Extra = value.NewDict(len(keys))
	for _, k := range keys {
		v := r.get(k)
		if v == nil {
			v = value.None
		}
		n.Extra.SetStr(k, v)
	}
}
