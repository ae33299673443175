package engine

import (
	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/result"
)

// placeHooks finds out where the hooks that failed are written, for the reader
// of the summary.
func (w *work) placeHooks(results []result.Result) {
	for i := range results {
		r := &results[i]
		if r.Hook == "" {
			continue
		}
		if n := w.out.Manifest.Node(manifest.ID(r.Node)); n != nil {
			r.HookPos = w.placeOf(n, r.Hook)
		}
	}
}

// placeOf is where the hook of n is written whose text is sql.
func (w *work) placeOf(n *manifest.Node, sql string) diag.Pos {
	if n.Kind == manifest.KindOperation {
		return n.Pos
	}
	for _, event := range [...]string{"pre-hook", "post-hook"} {
		hooks, err := n.Config.Hooks(event)
		if err != nil {
			continue // parsing has made hooks of them before
		}
		at := w.project.Origins(n, event)
		for i, h := range hooks {
			if h.SQL == sql && i < len(at) {
				return at[i]
			}
		}
	}
	return diag.Pos{}
}
