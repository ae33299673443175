package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/operation"
	"dex/internal/store"
	"dex/internal/yamldoc"
)

// operationHistory prints the runs of operations, newest first. It reads the store
// alone, so that it works where the project does not.
func operationHistory(ctx context.Context, w *work) error {
	all, err := w.operationRuns(ctx, store.OperationFilter{})
	if err != nil {
		return err
	}
	runs := make([]store.OperationRun, 0, len(all))
	for _, r := range all {
		if w.inv.Limit >= 0 && len(runs) == w.inv.Limit {
			break
		}
		if called(r.Operation, w.inv.Operation) && (w.inv.Status == "" || string(r.State) == w.inv.Status) {
			runs = append(runs, r)
		}
	}
	if len(runs) == 0 {
		return w.noRuns(all)
	}
	if w.inv.Output != "json" {
		w.out.Lines = w.runTable(runs, true)
		return nil
	}
	for _, r := range runs {
		line, err := jsonOf(w.runDict(r))
		if err != nil {
			return err
		}
		w.out.Lines = append(w.out.Lines, line)
	}
	return nil
}

// called reports whether a unique_id is what name calls: NAME, PACKAGE.NAME or the
// id; "" is all.
func called(id, name string) bool {
	rest, _ := strings.CutPrefix(id, "script.")
	return name == "" || id == name || rest == name || rest[strings.LastIndexByte(rest, '.')+1:] == name
}

// noRuns says that nothing is recorded; a name that no run has may be a slip.
func (w *work) noRuns(all []store.OperationRun) error {
	name := w.inv.Operation
	var names []string
	for _, r := range all {
		if called(r.Operation, name) {
			name = "" // there are runs, of other states
		}
		names = append(names, r.Operation[strings.LastIndexByte(r.Operation, '.')+1:])
	}
	if near := yamldoc.Nearest(name, names); near != "" && w.inv.Operation != "" {
		return &diag.ListError{List: diag.List{{Class: diag.Runtime, Code: "no-runs", Summary: fmt.Sprintf("no run of an operation '%s' is recorded", w.inv.Operation), Hint: "Did you mean '" + near + "'?"}}}
	}
	if w.inv.Output != "json" {
		w.out.Lines = []string{"No run of an operation is recorded" + ofWhich(w.inv.Operation, w.inv.Status) + "."}
	}
	return nil
}

func ofWhich(name, status string) string {
	s := ""
	if name != "" {
		s += " for " + name
	}
	if status != "" {
		s += " that is " + status
	}
	return s
}

// operationRuns reads runs from the store; a project without one has none. Those
// whose process is gone are lost, though nobody recorded so.
func (w *work) operationRuns(ctx context.Context, f store.OperationFilter) ([]store.OperationRun, error) {
	s, err := w.storeThere(ctx)
	if s == nil || err != nil {
		return nil, err
	}
	runs, err := s.OperationRuns(ctx, f)
	for i := range runs {
		if runs[i].State == store.Running && store.Gone(runs[i].Owner) {
			runs[i].State = store.Lost
			runs[i].Error = "its process ended without a word: it may have done all, some or nothing"
		}
	}
	return runs, err
}

// runTable has a line for each run; details adds what a failed one said, and logs.
func (w *work) runTable(runs []store.OperationRun, details bool) []string {
	rows := [][]string{{"STARTED (UTC)", "OPERATION", "STATUS", "TIME", "ROWS", "BY", "TARGET", "PARAMETERS"}}
	for _, r := range runs {
		rows = append(rows, []string{
			r.StartedAt.UTC().Format("2006-01-02 15:04:05"), strings.TrimPrefix(r.Operation, "script."), string(r.State), w.took(r), rowsText(r.Rows),
			r.User, r.Target, w.clean(paramsText(r.Params)),
		})
	}
	lines := columns(rows)
	if !details {
		return lines
	}
	out := lines[:1:1]
	for i, r := range runs {
		out = append(out, lines[i+1])
		if first, _, _ := strings.Cut(strings.TrimSpace(w.clean(r.Error)), "\n"); first != "" { // all of it is in the JSON
			out = append(out, "    "+first)
		}
		if r.Log != "" {
			out = append(out, "    log: "+r.Log)
		}
	}
	return out
}

// took is how long a run was; so far, where it still runs.
func (w *work) took(r store.OperationRun) string {
	switch {
	case !r.EndedAt.IsZero():
		return shortSeconds(r.EndedAt.Sub(r.StartedAt))
	case r.State == store.Running:
		return shortSeconds(w.engine.now().Sub(r.StartedAt))
	}
	return ""
}

func shortSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + "s" }

func rowsText(n int64) string {
	if n < 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// paramsText writes recorded parameters as the command line would.
func paramsText(src []byte) string {
	v, err := value.ParseJSON(src)
	d, ok := v.(*value.Dict)
	if err != nil || !ok {
		return ""
	}
	var words []string
	d.Each(func(k, v value.Value) bool {
		if v != value.None {
			words = append(words, value.ToStr(k)+"="+operation.Written(v))
		}
		return true
	})
	return strings.Join(words, " ")
}

// runDict is a run in JSON.
func (w *work) runDict(r store.OperationRun) *value.Dict {
	d := value.NewDict(14)
	put := func(key, text string) {
		if text == "" {
			d.SetStr(key, value.None)
		} else {
			d.SetStr(key, value.Str(w.clean(text)))
		}
	}
	put("id", r.ID)
	put("operation", r.Operation)
	put("invocation_id", r.Invocation)
	put("status", string(r.State))
	put("started_at", stamp(r.StartedAt))
	put("ended_at", stamp(r.EndedAt))
	put("user", r.User)
	put("target", r.Target)
	put("process", r.Owner)
	d.SetStr("params", parsedJSON(w.clean(string(r.Params))))
	d.SetStr("rows", value.None)
	if r.Rows >= 0 {
		d.SetStr("rows", value.Int(r.Rows))
	}
	put("error", r.Error)
	d.SetStr("result", parsedJSON(w.clean(string(r.Result))))
	put("plan_hash", r.PlanHash)
	put("log", r.Log)
	return d
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

func parsedJSON(src string) value.Value {
	if v, err := value.ParseJSON([]byte(src)); err == nil {
		return v
	}
	return value.None
}
