package engine

import (
	"dex/internal/artifact"
	"dex/internal/jinja/value"
	"dex/internal/sqltext"
)

// clean takes secrets out of a text that goes into a file. A secret gets into
// SQL where --vars brings it there: templates cannot read secret variables.
func (w *work) clean(s string) string {
	if w.engine.Clean == nil {
		return s
	}
	return w.engine.Clean(s)
}

// cleanJSON is clean for JSON text, which stays JSON.
func (w *work) cleanJSON(b []byte) []byte {
	if w.engine.CleanJSON == nil {
		return b
	}
	return w.engine.CleanJSON(b)
}

// cleanCTEs are the ephemeral models of a query for manifest.json.
func (w *work) cleanCTEs(ctes []sqltext.CTE) []artifact.CTE {
	var out []artifact.CTE
	for _, cte := range ctes {
		out = append(out, artifact.CTE{ID: cte.ID, SQL: w.clean(cte.SQL)})
	}
	return out
}

// cleanDict is d without secrets.
func (w *work) cleanDict(d *value.Dict) *value.Dict {
	if w.engine.Clean == nil || d == nil {
		return d
	}
	return w.cleanValue(d).(*value.Dict)
}

func (w *work) cleanValue(v value.Value) value.Value {
	switch x := v.(type) {
	case value.Str:
		return value.Str(w.clean(string(x)))
	case *value.List:
		out := value.NewList()
		for _, e := range x.Elems {
			out.Elems = append(out.Elems, w.cleanValue(e))
		}
		return out
	case *value.Dict:
		out := value.NewDict(x.Len())
		x.Each(func(k, e value.Value) bool {
			// A key was hashable before, and stays so: text becomes text.
			_ = out.Set(w.cleanValue(k), w.cleanValue(e))
			return true
		})
		return out
	}
	return v
}
