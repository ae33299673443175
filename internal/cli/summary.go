package cli

import (
	"fmt"

	"dex/internal/engine"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/result"
)

// summarize tells how a command went: what failed first, with file and message,
// then the counts. Commands without results have no summary, but debug's checks.
func summarize(emit func(event.Level, event.Data), inv engine.Invocation, out *engine.Outcome) {
	for _, c := range out.Checks {
		level := event.Info
		if !c.OK {
			level = event.Error
		}
		emit(level, event.Note{Msg: fmt.Sprintf("%-28s %s", c.Name, c.Value)})
	}
	if len(out.Results) == 0 || inv.Command == "compile" || inv.Command == "show" {
		return
	}
	for i := range out.Results {
		r := &out.Results[i]
		if r.Status.Failed() || r.Status == result.Warn {
			emit(failureLevel(r.Status), failure(out.Manifest, r))
		}
	}
	emit(event.Info, counts(out.Results))
}

func failureLevel(s result.Status) event.Level {
	if s == result.Warn {
		return event.Warn
	}
	return event.Error
}

// failure describes a node that failed.
func failure(m *manifest.Manifest, r *result.Result) event.RunResultFailure {
	e := event.RunResultFailure{Status: string(r.Status), Msg: r.Message, Hook: r.Hook, UniqueID: r.Node}
	if n := m.Node(manifest.ID(r.Node)); n != nil {
		e.ResourceType, e.NodeName, e.Path = string(n.Kind), n.Name, n.OriginalFilePath
	}
	if e.NodeName == "" {
		e.NodeName = r.Node
	}
	if r.HookPos.File != "" {
		e.HookAt = r.HookPos.String()
	}
	return e
}

// counts is dbt's last line: Done. PASS=… WARN=… ERROR=… SKIP=… NO-OP=… TOTAL=…
func counts(results []result.Result) event.EndOfRun {
	var e event.EndOfRun
	for i := range results {
		e.Total++
		switch s := results[i].Status; {
		case s.Failed():
			e.Error++
		case s == result.Warn:
			e.Warn++
		case s == result.Skipped:
			e.Skip++
		case s == result.NoOp:
			e.NoOp++
		default:
			e.Pass++
		}
	}
	return e
}
