package cli

import (
	"maps"
	"sync"

	"dex/internal/event"
	"dex/internal/secret"
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

// known lets through what waits and what comes: all secrets are known.
func (h *hold) known() { h.release(func(e event.Event) event.Event { return e }) }

// end does so where a command ended before they were: values that a person has typed
// are left out then.
func (h *hold) end() { h.release(withoutValues) }

func (h *hold) release(as func(event.Event) event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.waiting {
		h.to.Emit(as(e))
	}
	h.waiting, h.open = nil, true
}

// valued are the flags whose values are anything.
var valued = []string{"vars", "args", "message", "params", "param"}

func withoutValues(e event.Event) event.Event {
	told, ok := e.Data.(event.MainReportArgs)
	if !ok {
		return e
	}
	told.Args = maps.Clone(told.Args)
	for _, name := range valued {
		if _, given := told.Args[name]; given {
			told.Args[name] = secret.Mask
		}
	}
	e.Data = told
	return e
}
