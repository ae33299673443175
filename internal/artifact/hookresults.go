package artifact

import (
	"io"

	"dex/internal/result"
)

// HookResultsSchema names the form of hook_results.json; docs/hooks.md tells it.
const HookResultsSchema = "dex/hook-results/v1"

// HookResults is what became of every declared hook of an invocation:
// hook_results.json.
type HookResults struct {
	Meta    Meta
	Results []result.Hook // in the order of nodes, and for each in that of its hooks
}

// WriteHookResults writes x to the file at path, which it replaces whole or not at
// all.
func WriteHookResults(path string, x *HookResults) error {
	return writeFile(path, func(w io.Writer) error {
		s := &jsonSink{}
		s.b = append(s.b, '{')
		s.open("metadata")
		writeMeta(s, HookResultsSchema, x.Meta)
		s.close()
		s.openList("results")
		for i := range x.Results {
			writeHookResult(s, &x.Results[i])
		}
		s.closeList()
		s.b = append(s.b, '}')
		return s.writeTo(w)
	})
}

func writeHookResult(s *jsonSink, h *result.Hook) {
	s.open("")
	s.text("node", h.Node)
	s.text("name", h.Name)
	s.text("event", h.Event)
	s.text("kind", h.Kind)
	s.text("on", h.On)
	s.number("index", int64(h.Index))
	s.text("status", string(h.Status))
	s.textOrNull("reason", string(h.Reason))
	s.textOrNull("because", h.Because)
	writeOrigin(s, h)
	s.textOrNull("declared_by", h.From)
	s.textOrNull("sql", h.SQL)
	timeOrNull(s, "started_at", h.StartedAt)
	s.float("duration", h.Elapsed.Seconds())
	s.number("attempts", int64(h.Attempts))
	if h.Rows < 0 {
		s.value("rows_affected", nil)
	} else {
		s.number("rows_affected", h.Rows)
	}
	s.textOrNull("query_id", h.QueryID)
	if h.Unsettled {
		s.value("rolled_back", nil)
	} else {
		s.truth("rolled_back", h.RolledBack)
	}
	if h.Err == nil {
		s.value("error", nil)
	} else {
		s.open("error")
		s.text("message", h.Err.Message)
		s.text("class", h.Err.Class)
		s.textOrNull("statement", h.Err.Statement)
		s.close()
	}
	s.close()
}

func writeOrigin(s *jsonSink, h *result.Hook) {
	if h.Origin.File == "" {
		s.value("origin", nil)
		return
	}
	s.open("origin")
	s.text("file", h.Origin.File)
	if h.Origin.Line > 0 {
		s.number("line", int64(h.Origin.Line))
		s.number("column", int64(h.Origin.Col))
	} else {
		s.value("line", nil)
		s.value("column", nil)
	}
	s.close()
}
