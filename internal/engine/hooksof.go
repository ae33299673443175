package engine

import (
	"fmt"
	"slices"
	"strconv"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/project"
)

// The events of hooks, in the order in which they come.
var hookEvents = []string{"on-run-start", "pre-hook", "post-hook", "on-run-end"}

// hookAt is one declared hook: whose it is, when its turn comes, where it is
// written.
type hookAt struct {
	node  *manifest.Node // of an on-run hook, that hook's own
	hook  manifest.Hook
	event string
	index int // among the hooks of its event, from 0
	at    diag.Pos
}

// name is what people and records call the hook.
func (h *hookAt) name() string {
	if h.hook.Name != "" {
		return h.hook.Name
	}
	return h.event + "." + strconv.Itoa(h.index)
}

// onRun reports whether the hook stands around the whole run.
func (h *hookAt) onRun() bool { return h.event == "on-run-start" || h.event == "on-run-end" }

// hooksOf lists the hooks of a node in the order in which they run: outside of the
// transaction first before the node, and last behind it. dbt: the materializations.
func (w *work) hooksOf(n *manifest.Node) ([]*hookAt, error) {
	var out []*hookAt
	for _, event := range [...]string{"pre-hook", "post-hook"} {
		hooks, err := n.Config.Hooks(event)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.ID, err)
		}
		origins := w.project.Origins(n, event)
		of := make([]*hookAt, len(hooks))
		for i, h := range hooks {
			of[i] = &hookAt{node: n, hook: h, event: event, index: i}
			if i < len(origins) {
				of[i].at = origins[i]
			}
		}
		first := event == "post-hook" // the side that comes first: within the transaction?
		slices.SortStableFunc(of, func(a, b *hookAt) int {
			switch {
			case a.hook.Transaction == b.hook.Transaction:
				return 0
			case a.hook.Transaction == first:
				return -1
			}
			return 1
		})
		out = append(out, of...)
	}
	return out, nil
}

// onRunHooks lists the hooks of an on-run event over all packages, in their order.
func (w *work) onRunHooks(event string) []*hookAt {
	m := w.out.Manifest
	ids := m.OnStart
	if event == "on-run-end" {
		ids = m.OnEnd
	}
	var out []*hookAt
	for _, id := range ids {
		n := m.Nodes[id]
		if n == nil {
			continue
		}
		h, err := n.OnRunHook()
		if err != nil {
			h = manifest.Hook{SQL: n.Raw} // parsing has told
		}
		out = append(out, &hookAt{node: n, hook: h, event: event, index: n.HookIndex, at: n.Pos})
	}
	return out
}

// allHooks lists every hook of the project.
func (w *work) allHooks() ([]*hookAt, error) {
	m := w.out.Manifest
	out := w.onRunHooks("on-run-start")
	for _, id := range manifest.SortedIDs(m.Nodes) {
		if m.Nodes[id].Kind == manifest.KindOperation {
			continue
		}
		of, err := w.hooksOf(m.Nodes[id])
		if err != nil {
			return nil, err
		}
		out = append(out, of...)
	}
	for _, id := range manifest.SortedIDs(m.Sources) {
		of, err := w.hooksOf(m.Sources[id])
		if err != nil {
			return nil, err
		}
		out = append(out, of...)
	}
	return append(out, w.onRunHooks("on-run-end")...), nil
}

// neverRun tells why no run ever comes to a hook; "" where one does.
func (w *work) neverRun(h *hookAt) string {
	switch n := h.node; {
	case h.onRun():
	case n.Ephemeral() && w.project.Dex.Hooks.Ephemeral != project.EphemeralInline:
		return "an ephemeral model is not run"
	case n.Kind == manifest.KindFunction && !h.hook.Transaction:
		return "a function has no hooks outside of its transaction"
	}
	return ""
}
