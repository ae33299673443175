package engine

import (
	"cmp"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/operation"
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
		n := w.out.Manifest.Node(manifest.ID(r.Node))
		switch {
		case n == nil || r.HookPos.File != "":
		case r.HookEvent != "":
			r.HookPos = w.placeOfHook(n, r.HookEvent, r.HookIndex)
		default:
			r.HookPos = w.placeOf(n, r.Hook)
		}
	}
}

// placeOfHook is where a hook of n is written, by its place in the configuration.
func (w *work) placeOfHook(n *manifest.Node, event string, index int) diag.Pos {
	if n.Kind == manifest.KindOperation {
		return n.Pos
	}
	if at := w.project.Origins(n, event); index < len(at) {
		return at[index]
	}
	return diag.Pos{}
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
		for i, h := range hooks {
			if h.SQL == sql {
				return w.placeOfHook(n, event, i)
			}
		}
	}
	return diag.Pos{}
}

// placeHookResults finds out where each hook of the account is written.
func (w *work) placeHookResults(hooks []result.Hook) {
	type key struct {
		node  manifest.ID
		event string
	}
	known := map[key][]diag.Pos{}
	for i := range hooks {
		h := &hooks[i]
		id := manifest.ID(cmp.Or(h.From, h.Node))
		if h.Origin.File != "" {
			continue
		}
		places, asked := known[key{id, h.Event}]
		if !asked {
			places = w.hookOrigins(id, h.Event)
			known[key{id, h.Event}] = places
		}
		if h.Index < len(places) {
			h.Origin = places[h.Index]
		}
	}
}

// hookOrigins are the places of the hooks of a node or an operation at an event.
func (w *work) hookOrigins(id manifest.ID, event string) []diag.Pos {
	if n := w.out.Manifest.Node(id); n != nil {
		return w.project.Origins(n, event)
	}
	op := w.scriptOf(id)
	switch {
	case op == nil:
		return nil
	case event == "pre-hook":
		return op.PrePos
	}
	return op.PostPos
}

// scriptOf finds an operation; nil where id is of none.
func (w *work) scriptOf(id manifest.ID) *operation.Operation {
	if w.operations == nil {
		return nil
	}
	return w.operations.Get(id)
}
