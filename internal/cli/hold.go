package cli

import (
	"sync"

	"dex/internal/event"
)

// hold keeps events back until the secrets of the target and of dex.yml are known: the
// line that tells of the command's flags comes before these are read, and may hold one.
type hold struct {
	to event.Sink

	mu      sync.Mutex // also while events go out: their order stays
	waiting []event.Event
	open    bool
}

// outright are the commands that read no target before they are long under way, and
// so wait for nothing.
var outright = map[string]bool{"deps": true, "clean": true, "serve": true}

// Emit implements event.Sink.
func (h *hold) Emit(e event.Event) {
	h.mu.Lock()
	if !h.open {
		h.waiting = append(h.waiting, e)
		h.mu.Unlock()
		return
	}
	h.mu.Unlock()
	h.to.Emit(e)
}

// release lets through what waits and what comes.
func (h *hold) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.waiting {
		h.to.Emit(e)
	}
	h.waiting, h.open = nil, true
}
