package cli

import (
	"dex/internal/event"
	"dex/internal/result"
)

// freshnessEvents is the report of source freshness in dbt's events: what could
// not be asked with its error, what is too old by its name. dbt:
// FreshnessTask.task_end_messages.
func (r *report) freshnessEvents() []event.Event {
	all := []event.Event{{Level: event.Info, Data: event.FinishedRunning{StatLine: r.statLine, Seconds: r.took.Seconds()}}}
	for i := range r.failures {
		p := &r.failures[i]
		if p.status == result.RuntimeErr {
			all = append(all, event.Event{Level: event.Error, Data: event.RunResultError{Msg: p.message, NodeInfo: p.node}})
			continue
		}
		if p.message != "" { // a hook
			all = append(all, p.events(event.Error)...)
			continue
		}
		all = append(all,
			event.Event{Level: event.Error, Data: event.RunResultFailure{ResourceType: p.kind, NodeName: p.name, Path: p.path, NodeInfo: p.node}},
			event.Event{Level: event.Error, Data: event.RunResultErrorNoMessage{Status: string(p.status), NodeInfo: p.node}})
	}
	return append(all, event.Event{Level: event.Info, Data: event.FreshnessCheckComplete{}})
}
