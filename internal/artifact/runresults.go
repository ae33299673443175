package artifact

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"dex/internal/eventtime"
	"dex/internal/jinja/value"
	"dex/internal/result"
)

// RunResults is what run_results.json says of an invocation.
type RunResults struct {
	Meta    Meta
	Results []*result.Result
	Elapsed time.Duration
	Args    *value.Dict // the invocation's flags, without secrets: the caller has scrubbed them
}

// WriteRunResults writes r to the file at path, which it replaces whole or not
// at all.
func WriteRunResults(path string, r *RunResults) error {
	return writeFile(path, func(w io.Writer) error { return EncodeRunResults(w, r) })
}

// EncodeRunResults writes r as JSON.
func EncodeRunResults(w io.Writer, r *RunResults) error {
	p := []piece{{write: func(s *jsonSink) {
		s.b = append(s.b, '{')
		s.open("metadata")
		writeMeta(s, RunResultsSchema, r.Meta)
		s.close()
		s.openList("results")
	}}}
	for from := 0; from < len(r.Results); from += pieceNodes {
		part := r.Results[from:min(from+pieceNodes, len(r.Results))]
		first := from == 0
		p = append(p, piece{write: func(s *jsonSink) {
			s.comma = !first
			for _, one := range part {
				writeResult(s, one)
			}
		}})
	}
	p = append(p, piece{write: func(s *jsonSink) {
		s.closeList()
		s.float("elapsed_time", r.Elapsed.Seconds())
		s.dict("args", r.Args)
		s.b = append(s.b, '}')
	}})
	return writePieces(w, p, r.Meta.Clean)
}

func writeResult(s *jsonSink, r *result.Result) {
	s.open("")
	s.text("status", string(r.Status))
	writeTiming(s, r.Timing)
	s.text("thread_id", r.Thread)
	if r.Elapsed == 0 {
		s.number("execution_time", 0) // dbt: of what never started
	} else {
		s.float("execution_time", r.Elapsed.Seconds())
	}
	s.dict("adapter_response", r.Adapter)
	s.textOrNull("message", r.Message)
	if r.Failures == nil {
		s.value("failures", nil)
	} else {
		s.number("failures", *r.Failures)
	}
	s.text("unique_id", r.Node)
	writeResultCode(s, r)
	writeBatches(s, r.Batches)
	writeOverloads(s, r)
	s.close()
}

func writeTiming(s *jsonSink, phases []result.Timing) {
	s.openList("timing")
	for _, t := range phases {
		s.open("")
		s.text("name", t.Name)
		timeOrNull(s, "started_at", t.Start)
		timeOrNull(s, "completed_at", t.End)
		s.close()
	}
	s.closeList()
}

func writeBatches(s *jsonSink, b *result.Batches) {
	if b == nil {
		s.value("batch_results", nil)
		return
	}
	s.open("batch_results")
	writeSpans(s, "successful", b.Successful)
	writeSpans(s, "failed", b.Failed)
	s.close()
}

func writeSpans(s *jsonSink, key string, spans []eventtime.Span) {
	s.openList(key)
	for _, span := range spans {
		s.texts("", []string{eventtime.ISO(span.Start), eventtime.ISO(span.End)})
	}
	s.closeList()
}

func readSpans(list []value.Value) []eventtime.Span {
	var spans []eventtime.Span
	for _, v := range list {
		ends := elems(v)
		if len(ends) != 2 {
			continue
		}
		start, ok := eventtime.ParseISO(value.ToStr(ends[0]))
		end, also := eventtime.ParseISO(value.ToStr(ends[1]))
		if ok && also {
			spans = append(spans, eventtime.Span{Start: start.UTC(), End: end.UTC()})
		}
	}
	return spans
}

func timeOrNull(s *jsonSink, key string, t time.Time) {
	if t.IsZero() {
		s.value(key, nil)
		return
	}
	s.text(key, isoTime(t, "Z"))
}

// writeResultCode writes what is known of a node's query. Nodes that are not
// compiled, seeds say, have null in all three.
func writeResultCode(s *jsonSink, r *result.Result) {
	if !r.Compiled && !compiles(r.Node) { // dbt: a unit test that ran is compiled, one that did not is not
		s.value("compiled", nil)
		s.value("compiled_code", nil)
		s.value("relation_name", nil)
		return
	}
	s.truth("compiled", r.Compiled)
	if r.Compiled {
		s.text("compiled_code", r.Code)
	} else {
		s.value("compiled_code", nil)
	}
	s.textOrNull("relation_name", r.Relation)
}

// compiles reports whether dbt counts a node among those that it compiles. Its
// kind is what its unique_id begins with.
func compiles(id string) bool {
	kind, _, _ := strings.Cut(id, ".")
	switch kind {
	case "seed", "source", "exposure", "saved_query", "unit_test", "metric", "semantic_model":
		return false
	}
	return true
}

// ReadRunResults reads a run_results.json of dex or of dbt: for retrying what
// failed, and for selecting by result. Timings are left out.
func ReadRunResults(path string) (*RunResults, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read run results: %w", err)
	}
	return decodeRunResults(src, path)
}

func decodeRunResults(src []byte, path string) (*RunResults, error) {
	top, _, err := runResultsForm.open(src, path)
	if err != nil {
		return nil, err
	}
	meta := top.sub("metadata")
	r := &RunResults{Args: top.dict("args"), Elapsed: seconds(top.float("elapsed_time"))}
	r.Meta.InvocationID = meta.text("invocation_id")
	r.Meta.Started, _ = eventtime.ParseISO(meta.text("invocation_started_at"))
	r.Meta.Generated, _ = eventtime.ParseISO(meta.text("generated_at"))
	for _, e := range top.list("results") {
		r.Results = append(r.Results, readResult(record{asDict(e)}))
	}
	return r, nil
}

func seconds(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }

func readResult(r record) *result.Result {
	res := &result.Result{
		Node: r.text("unique_id"), Status: result.Status(r.text("status")), Message: r.text("message"),
		Thread: r.text("thread_id"), Elapsed: seconds(r.float("execution_time")), Adapter: r.dict("adapter_response"),
		Compiled: r.truth("compiled"), Code: r.text("compiled_code"), Relation: r.text("relation_name"), Rows: -1,
	}
	if n, ok := r.get("failures").(value.Int); ok {
		failures := int64(n)
		res.Failures = &failures
	}
	if b := r.sub("batch_results"); b.d != nil {
		res.Batches = &result.Batches{Successful: readSpans(b.list("successful")), Failed: readSpans(b.list("failed"))}
	}
	return res
}

// writeOverloads writes which overloads of a function were made.
func writeOverloads(s *jsonSink, r *result.Result) {
	if r.Overloads == nil {
		s.value("overload_results", nil)
		return
	}
	var good, bad []string
	for _, o := range r.Overloads {
		if o.Failed {
			bad = append(bad, o.Name)
		} else {
			good = append(good, o.Name)
		}
	}
	s.open("overload_results")
	s.texts("successful", good)
	s.texts("failed", bad)
	s.close()
}
