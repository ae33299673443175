package cli

import (
	"strings"

	"dex/internal/engine"
	"dex/internal/event"
)

// summarize tells how a run went. A view that has its own way gets the report;
// the others get dbt's events.
func (st *stage) summarize(inv *engine.Invocation, out *engine.Outcome, interrupted bool) {
	if len(out.OperationFaults) > 0 {
		st.scripts(out)
		return
	}
	switch {
	case inv.Command == "freshness" && len(out.Results) == 0 && out.Plan != nil:
		st.emit(event.Info, event.FreshnessCheckComplete{})
		return
	case len(out.Results) == 0 || inv.Command == "compile" || inv.Command == "show" || inv.Command == "generate":
		return
	case inv.Command == "run-operation":
		st.operation(out)
		return
	}
	r := newReport(out, st.sinks.cause)
	r.summary.Interrupted = interrupted
	r.took = st.sinks.took(now())
	if inv.Command == "clone" || inv.Command == "hooks run" {
		r.statLine = "" // dbt: a clone does not tell what ran
	}
	var rest []event.Sink
	for _, s := range st.sinks.sinks {
		if own, ok := s.(summarizer); ok {
			own.Summarize(r)
		} else {
			rest = append(rest, s)
		}
	}
	to := newLayout(rest...)
	events := r.events
	if inv.Command == "freshness" {
		events = r.freshnessEvents
	}
	for _, e := range events() {
		e.Time, e.Thread = now(), "MainThread"
		to.Emit(e)
	}
}

// scripts tells of operations that failed, and what to do where that is known.
func (st *stage) scripts(out *engine.Outcome) {
	for _, r := range out.OperationRuns {
		for i := range out.OperationFaults {
			if d := &out.OperationFaults[i]; r.Err != nil && d.Node == r.Node && d.Hint == "" && out.Manifest != nil {
				d.Hint = hintFor(&statementFault{adapter: out.Manifest.Adapter, sql: r.Err.SQL, msg: r.Err.Message})
			}
		}
	}
	st.emit(event.Error, event.CommandFailed{Msg: out.OperationFaults.Err().Error(), Operation: true})
}

// operation tells of a macro that failed; one that went well has said what it
// had to say.
func (st *stage) operation(out *engine.Outcome) {
	for i := range out.Results {
		if r := &out.Results[i]; r.Status.Failed() {
			st.emit(event.Error, event.CommandFailed{Msg: r.Message, Operation: true})
		}
	}
}

// events is the report in dbt's events. dbt: print_run_end_messages.
func (r *report) events() []event.Event {
	var all []event.Event
	if r.statLine != "" {
		all = append(all, event.Event{Level: event.Info, Data: event.FinishedRunning{StatLine: r.statLine, Seconds: r.took.Seconds()}})
	}
	all = append(all, event.Event{Level: event.Info, Data: r.summary})
	for i := range r.failures {
		all = append(all, r.failures[i].events(event.Error)...)
	}
	for i := range r.warnings {
		all = append(all, r.warnings[i].events(event.Warn)...)
	}
	for i, note := range r.notes() {
		if i == 0 {
			all = append(all, event.Event{Level: event.Info, Data: event.Formatting{}})
		}
		all = append(all, event.Event{Level: event.Info, Data: event.Note{Msg: note}})
	}
	return append(all, event.Event{Level: event.Info, Data: r.stats})
}

// events tells of one node: dbt's lines, and between them the place, the
// statement and what to do, as far as the message does not say so itself.
func (p *problem) events(level event.Level) []event.Event {
	warning := level == event.Warn
	all := []event.Event{
		{Level: level, Data: event.RunResultFailure{Warning: warning, ResourceType: p.kind, NodeName: p.name, Path: p.path, NodeInfo: p.node}},
		{Level: level, Data: event.RunResultError{Warning: warning, Msg: p.message, NodeInfo: p.node}},
	}
	if msg := p.where(!p.shown); msg != "" {
		all = append(all, event.Event{Level: level, Data: event.RunResultPlace{Msg: msg}})
	}
	if p.compiled != "" {
		all = append(all, event.Event{Level: event.Info, Data: event.SQLCompiledPath{Path: p.compiled, NodeInfo: p.node}})
	}
	if p.stored != "" {
		all = append(all, event.Event{Level: event.Info, Data: event.CheckNodeTestFailure{RelationName: p.stored, NodeInfo: p.node}})
	}
	return all
}

// where is the place of a fault, the text there, and what to do about it.
func (p *problem) where(withText bool) string {
	var lines []string
	switch {
	case p.hook:
		lines = append(lines, p.blamed())
	case p.place != "":
		lines = append(lines, "at "+p.place)
	}
	if withText {
		lines = append(lines, p.excerpt.text(0)...)
	}
	if p.hint != "" {
		lines = append(lines, p.hint)
	}
	return strings.Join(lines, "\n")
}
