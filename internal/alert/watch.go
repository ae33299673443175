// Package alert decides what of an invocation is told to whom: it hears the events
// of nodes as they end, holds them against the rules of dex.yml, words messages and
// hands them to the outbox. One trouble is told once, and its end once.
//
// It knows rules, nodes and how they end; it does not know how anything is sent. Begin
// with Watch; nodes.go has the rules about nodes, run.go those about runs, wording.go
// the messages.
package alert

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/notify"
	"dex/internal/result"
)

// Facts are what messages say of the invocation.
type Facts struct {
	Project, Target, Command, Invocation, User string
	// Scope is what was selected, as text: a run that fails is well again once one of the
	// same command and scope is.
	Scope     string
	StartedAt time.Time
	// Commit gives the commit of the project; it is asked for where something is told.
	Commit func() string
	// TargetValue is `target` in templates, without secrets.
	TargetValue *value.Dict
}

// Watch watches one invocation. Its fields are set before Begin and not changed
// after. It is an event.Sink.
type Watch struct {
	Config   *notify.Config
	Sender   notify.Sender
	Troubles *notify.Troubles
	Facts    Facts
	Manifest *manifest.Manifest
	// Selected are the nodes of each rule about nodes that covers the invocation.
	Selected map[*notify.Rule]map[string]bool
	// Stored reports whether there is a store: without one no trouble is known.
	Stored func() bool
	Now    func() time.Time
	// Failed is told what could not be told.
	Failed func(error)

	mu     sync.Mutex
	queue  []ended
	wake   chan struct{}
	over   chan struct{}
	ending bool
	begun  bool

	states map[*notify.Rule]*progress
	known  map[string]bool // troubles that are open, by name
}

// ended is a node that has ended.
type ended struct {
	id, status, message string
	seconds             float64
	failures            int64
}

// progress is how far a rule about nodes has come in this run.
type progress struct {
	told    int
	rest    []ended // failures that are told together at the end
	cleared int     // members of the rest of an earlier run that are well again
}

// Begin starts to listen. ctx is the invocation's: once it has ended, nodes fail
// because of that, and nothing of them is told.
func (w *Watch) Begin(ctx context.Context) {
	w.wake, w.over = make(chan struct{}, 1), make(chan struct{})
	w.states = map[*notify.Rule]*progress{}
	for r := range w.Selected {
		w.states[r] = &progress{}
	}
	w.begun = true
	go w.work(ctx)
}

// Emit implements event.Sink: it takes note of nodes that end, and never waits.
func (w *Watch) Emit(e event.Event) {
	var n ended
	switch d := e.Data.(type) {
	case event.NodeFinished:
		if d.NodeInfo == nil || d.Result == nil {
			return
		}
		n = ended{d.NodeInfo.UniqueID, d.Result.Status, d.Result.Message, d.Result.ExecutionTime, d.Result.NumFailures}
	case event.NodeSkipped:
		if d.NodeInfo == nil {
			return
		}
		n = ended{id: d.NodeInfo.UniqueID, status: string(result.Skipped), message: "skipped because of " + d.Because}
	default:
		return
	}
	w.mu.Lock()
	w.queue = append(w.queue, n)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it has been told
	}
}

// work takes what has ended, until the invocation is at its end.
func (w *Watch) work(ctx context.Context) {
	defer close(w.over)
	kept := context.WithoutCancel(ctx)
	w.learnTroubles(kept)
	for {
		w.mu.Lock()
		batch, ending := w.queue, w.ending
		w.queue = nil
		w.mu.Unlock()
		for _, n := range batch {
			if ctx.Err() == nil {
				w.node(kept, n)
			}
		}
		if len(batch) > 0 {
			continue
		}
		if ending {
			return
		}
		<-w.wake
	}
}

// stop waits until all that was heard has been dealt with.
func (w *Watch) stop() {
	if !w.begun {
		return
	}
	w.mu.Lock()
	w.ending = true
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	<-w.over
}

// prefix begins the names of this project's and target's troubles.
func (w *Watch) prefix() string { return "dex/" + w.Facts.Project + "/" + w.Facts.Target + "/" }

// learnTroubles finds out which troubles are open, so that a node that is well costs
// no look into the store.
func (w *Watch) learnTroubles(ctx context.Context) {
	w.known = map[string]bool{}
	if !w.Stored() {
		return
	}
	s, err := w.Troubles.Marks(ctx)
	if err != nil {
		w.Failed(err)
		return
	}
	marks, err := s.Marks(ctx, w.prefix())
	if err != nil {
		w.Failed(err)
		return
	}
	for name := range marks {
		w.known[name] = true
	}
}

// send tells channels; one that is switched off is left out.
func (w *Watch) send(ctx context.Context, r *notify.Rule, m notify.Message) {
	err := w.Sender.Send(ctx, r.Channels, m)
	var off *notify.DisabledError
	if err != nil && !errors.As(err, &off) {
		w.Failed(err)
	}
}

// raise tells of a trouble unless it is known; it gives whether it was new.
func (w *Watch) raise(ctx context.Context, r *notify.Rule, name, event string, m notify.Message) bool {
	channels := r.Channels
	if !r.Wants(event) {
		channels = nil // it is noted, so that its end can be told
	}
	told, err := w.Troubles.Raise(ctx, name, channels, m)
	if err != nil {
		w.Failed(err)
		return false
	}
	w.known[name] = true
	return told && channels != nil
}

// clear tells that a trouble is over, where it is known; it gives whether it has
// told.
func (w *Watch) clear(ctx context.Context, r *notify.Rule, name string, m func(since time.Time) notify.Message) bool {
	if !w.known[name] {
		return false
	}
	if !r.Wants(notify.Recovery) {
		m = nil
	}
	if _, err := w.Troubles.Clear(ctx, name, r.Channels, m); err != nil {
		w.Failed(err)
		return false
	}
	delete(w.known, name)
	return m != nil
}

// eventOf is what a status means to rules.
func eventOf(status result.Status) string {
	switch {
	case status.Failed():
		return notify.Failure
	case status == result.Warn:
		return notify.Warning
	case status == result.Skipped:
		return notify.Skipped
	}
	return notify.Success
}

// rulesOf lists the rules about nodes in the order of dex.yml.
func (w *Watch) rulesOf(id string) []*notify.Rule {
	var out []*notify.Rule
	for _, r := range w.Config.Rules {
		if w.Selected[r][id] {
			out = append(out, r)
		}
	}
	return out
}

// names lists texts for people: the first few, and how many more.
func names(all []string, most int) []string {
	if len(all) <= most {
		return all
	}
	return slices.Clone(all[:most])
}
