package artifact

import (
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// DeferDict is model.defer_relation, and model.defer_function of a function: the
// node of another environment that stands in for one of this. code is what it was
// compiled to there. The dict is the caller's own. dbt: DeferRelation,
// DeferFunction.
func DeferDict(n *manifest.Node, code string) *value.Dict {
	s := newDictSink()
	s.textOrNull("database", n.Database)
	s.text("schema", n.Schema)
	s.text("alias", n.Alias)
	if n.Kind != manifest.KindFunction {
		s.textOrNull("relation_name", n.RelationName)
	}
	s.text("resource_type", string(n.Kind))
	s.text("name", n.Name)
	s.text("description", n.Description)
	if n.Kind == manifest.KindSeed {
		code = ""
	}
	s.textOrNull("compiled_code", code)
	s.dict("meta", n.Meta)
	s.texts("tags", n.Tags)
	s.config("config", &n.Config)
	if n.Kind == manifest.KindFunction && n.Extra != nil {
		for _, key := range []string{"arguments", "returns"} {
			if v, ok := n.Extra.GetStr(key); ok {
				s.value(key, v)
			}
		}
	}
	return s.root
}
