package event

import (
	"strings"
	"sync"
	"time"
)

// Warner tells of warnings as a Policy wants it, and of each kind of deprecation
// once. It may be used from many goroutines.
type Warner struct {
	Policy Policy
	Sink   Sink
	// ShowAll tells of every deprecation: --show-all-deprecations.
	ShowAll bool
	// Now is the clock; nil is the machine's.
	Now func() time.Time

	mu    sync.Mutex
	seen  map[string]*Deprecation
	order []*Deprecation
}

// WarningFault is a warning that a Policy makes a fault.
type WarningFault struct{ Data Data }

// Error is the warning's message, as in dbt.
func (e *WarningFault) Error() string { return e.Data.Message() }

// Warn tells of a warning; a *WarningFault says that it is to be a fault, and then
// nothing was told. A nil Warner tells nobody.
func (w *Warner) Warn(d Data) error { return w.WarnAt(Warn, d) }

// WarnAt is Warn for what is told at another level, and is a fault all the same where
// the Policy says so. dbt: warn_or_error.
func (w *Warner) WarnAt(level Level, d Data) error {
	if w == nil {
		return nil
	}
	if !w.counted(d) {
		return nil
	}
	switch w.Policy.Of(d.Name(), d.Code()) {
	case Fault:
		return &WarningFault{d}
	case Shown:
		now := time.Now
		if w.Now != nil {
			now = w.Now
		}
		if w.Sink != nil {
			w.Sink.Emit(Event{Time: now(), Level: level, Data: d, Thread: "MainThread"})
		}
	}
	return nil
}

// counted takes deprecations down, and reports whether to go on to tell of d.
func (w *Warner) counted(d Data) bool {
	if !IsDeprecation(d.Code()) {
		return true
	}
	switch d.Name() {
	case "DeprecationsSummary", "SpacesInResourceNameDeprecation":
		return true // dbt does not count those
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.seen[d.Name()]; known != nil {
		known.Occurrences++
		return w.ShowAll
	}
	if w.seen == nil {
		w.seen = map[string]*Deprecation{}
	}
	first := &Deprecation{EventName: d.Name(), EventCode: d.Code(), Occurrences: 1}
	w.seen[d.Name()] = first
	w.order = append(w.order, first)
	return true
}

// Summary counts the deprecations so far; false where there were none.
func (w *Warner) Summary() (DeprecationsSummary, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := DeprecationsSummary{ShowAllHint: !w.ShowAll}
	for _, d := range w.order {
		s.Summaries = append(s.Summaries, *d)
	}
	return s, len(s.Summaries) > 0
}

// Deprecation is how often one kind was met.
type Deprecation struct {
	EventName, EventCode string
	Occurrences          int
}

// DeprecationsSummary counts the deprecations of an invocation.
type DeprecationsSummary struct {
	Summaries   []Deprecation
	ShowAllHint bool
}

// Name implements Data.
func (DeprecationsSummary) Name() string { return "DeprecationsSummary" }

// Code implements Data.
func (DeprecationsSummary) Code() string { return "D028" }

// Message implements Data.
func (e DeprecationsSummary) Message() string {
	var b strings.Builder
	b.WriteString("Summary of encountered deprecations:")
	for _, d := range e.Summaries {
		b.WriteString("\n- " + d.EventName + ": " + plural(d.Occurrences, "occurrence"))
	}
	if e.ShowAllHint {
		b.WriteString("\nOnly the first of each kind is shown: --show-all-deprecations shows every one. Some are met while files are parsed alone: --no-partial-parse parses them anew.")
	}
	return Deprecated(e.Name(), b.String())
}

// Fields implements Fielder.
func (e DeprecationsSummary) Fields(enc *Encoder) {
	enc.Bool("show_all_hint", e.ShowAllHint)
	enc.List("summaries", len(e.Summaries), func(i int) {
		enc.Str("event_code", e.Summaries[i].EventCode)
		enc.Str("event_name", e.Summaries[i].EventName)
		enc.Int("occurrences", int64(e.Summaries[i].Occurrences))
	})
}

// Deprecated marks a message as dbt marks deprecations: with the event's name, but
// for the oldest.
func Deprecated(name, msg string) string {
	if name != "" {
		name = "[" + name + "]"
	}
	return "[WARNING]" + name + ": Deprecated functionality\n" + msg
}
