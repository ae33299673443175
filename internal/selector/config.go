package selector

import (
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// selectConfig compares a value of the configuration, reached by the method's
// arguments: config.materialized, config.meta.owner.
//
// dbt: texts are equal to texts alone, so config.meta.tier:1 does not find
// `tier: 1`; but true and false are found by their words. A list matches where
// it holds the value.
func selectConfig(q *query) error {
	args := q.c.Arguments
	fold := len(args) == 1 && args[0] == "severity"
	configurable := func(n *manifest.Node) bool { return parsed(n) || n.Kind == manifest.KindSource }
	q.each(configurable, func(n *manifest.Node) bool {
		v := configValue(n, args)
		if v == nil {
			return false
		}
		if l, ok := v.(*value.List); ok {
			for _, e := range l.Elems {
				if sameConfig(q.c.Value, e, fold) {
					return true
				}
			}
			return false
		}
		return sameConfig(q.c.Value, v, fold)
	})
	return nil
}

// configValue goes down into a node's configuration; nil where a step leads
// nowhere.
func configValue(n *manifest.Node, args []string) value.Value {
	if len(args) == 0 {
		return nil
	}
	v, ok := n.Config.Get(args[0])
	for _, a := range args[1:] {
		d, isDict := v.(*value.Dict)
		if !ok || !isDict {
			return nil
		}
		v, ok = d.GetStr(a)
	}
	if !ok {
		return nil
	}
	return v
}

func sameConfig(want, have value.Value, fold bool) bool {
	if b, ok := have.(value.Bool); ok {
		return strings.EqualFold(value.ToStr(want), value.ToStr(b)) || value.Equal(want, have)
	}
	if w, ok := want.(value.Str); ok && fold {
		h, ok := have.(value.Str)
		return ok && strings.EqualFold(string(w), string(h))
	}
	return value.Equal(want, have)
}
