package manifest

import "dex/internal/diag"

// HookPlaces are where the hooks are written that a node's own files give it, in
// the order in which the hooks stand in its configuration: those of its properties
// before those of the config() calls of its text. Where dbt_project.yml gives it
// hooks is known to package project, whose Origins puts both together.
type HookPlaces struct {
	Properties HooksAt
	Calls      HooksAt
}

// HooksAt are places of the pre-hooks and of the post-hooks.
type HooksAt struct{ Pre, Post []diag.Pos }

// Of gives the places for an event: "pre-hook" or "post-hook".
func (h *HooksAt) Of(event string) []diag.Pos {
	if CanonicalKey(event) == "pre-hook" {
		return h.Pre
	}
	return h.Post
}

// Add adds places for an event.
func (h *HooksAt) Add(event string, at ...diag.Pos) {
	list := &h.Post
	if CanonicalKey(event) == "pre-hook" {
		list = &h.Pre
	}
	*list = append(*list, at...)
}

// Empty reports whether there is no place at all.
func (h *HooksAt) Empty() bool { return len(h.Pre)+len(h.Post) == 0 }

// PlaceHooks notes where the node's own hooks are written. A node without any
// keeps nothing.
func (n *Node) PlaceHooks(properties, calls HooksAt) {
	n.HookPlaces = nil
	if !properties.Empty() || !calls.Empty() {
		n.HookPlaces = &HookPlaces{properties, calls}
	}
}
