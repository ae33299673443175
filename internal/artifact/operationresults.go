package artifact

import (
	"time"

	"dex/internal/jinja/value"
	"dex/internal/result"
)

// OperationResultsFile is what the runs of operations leave in the target folder.
const OperationResultsFile = "operation_results.json"

// OperationResults is its content.
type OperationResults struct {
	Meta       Meta
	Operations []result.Operation
	Clean      func(string) string // takes secrets out of texts
}

// WriteOperationResults writes r to the file at path, which it replaces whole or not
// at all.
func WriteOperationResults(path string, r *OperationResults) error {
	list := value.NewList()
	for i := range r.Operations {
		list.Elems = append(list.Elems, OperationDict(&r.Operations[i]))
	}
	meta := value.NewDict(4)
	meta.SetStr("dex_schema_version", value.Str("operation_results/v1"))
	meta.SetStr("generated_at", moment(r.Meta.Generated))
	meta.SetStr("invocation_id", value.Str(r.Meta.InvocationID))
	top := value.NewDict(2)
	top.SetStr("metadata", meta)
	top.SetStr("operations", list)
	text, err := OperationJSON(top)
	if err != nil {
		return err
	}
	if r.Clean != nil {
		text = r.Clean(text)
	}
	return WriteText(path, []byte(text))
}

// OperationJSON is a value as JSON; what JSON has no form for (dates, decimals) is text.
func OperationJSON(v value.Value) (string, error) {
	b, err := value.AppendJSON(nil, v, value.JSONOptions{Default: func(x value.Value) (value.Value, error) { return value.Str(value.ToStr(x)), nil }})
	return string(b), err
}

// OperationDict is one run as operation_results.json and the store have it.
func OperationDict(r *result.Operation) *value.Dict {
	d := value.NewDict(20)
	put := d.SetStr
	put("run_id", value.Str(r.RunID))
	put("unique_id", value.Str(r.Node))
	put("name", value.Str(r.Name))
	put("path", value.Str(r.Path))
	put("language", value.Str(r.Language))
	put("target", value.Str(r.Target))
	put("user", value.Str(r.User))
	params := value.Value(value.NewDict(0))
	if r.Params != nil {
		params = r.Params
	}
	put("params", params)
	put("plan_hash", textOrNone(r.PlanHash))
	put("status", value.Str(r.Status))
	put("started_at", moment(r.StartedAt))
	put("execution_time", value.Float(r.Elapsed.Seconds()))
	put("attempts", value.Int(r.Attempts))
	put("rows_affected", rowsOrNone(r.Rows))
	put("transaction", value.Bool(r.Transaction))
	put("committed", value.Bool(r.Committed))
	statements := value.NewList()
	for i := range r.Statements {
		statements.Elems = append(statements.Elems, statementDict(i+1, &r.Statements[i]))
	}
	put("statements", statements)
	if r.Unlisted > 0 {
		put("unlisted_statements", value.Int(r.Unlisted))
	}
	put("result", orNone(r.Value))
	if r.Log != "" {
		put("log", value.Str(r.Log))
		put("artifacts", textList(r.Artifacts))
	}
	put("error", operationError(r.Err))
	return d
}

func statementDict(number int, s *result.OperationStatement) value.Value {
	d := value.NewDict(14)
	d.SetStr("index", value.Int(number))
	d.SetStr("sql", value.Str(s.SQL))
	d.SetStr("line", value.Int(s.Line))
	d.SetStr("status", value.Str(s.Status))
	d.SetStr("started_at", moment(s.StartedAt))
	d.SetStr("execution_time", value.Float(s.Elapsed.Seconds()))
	d.SetStr("rows", rowsOrNone(s.Rows))
	d.SetStr("message", textOrNone(s.Message))
	d.SetStr("query_id", textOrNone(s.QueryID))
	if s.Columns != nil {
		d.SetStr("columns", textList(s.Columns))
		rows := value.NewList()
		for _, r := range s.Data {
			rows.Elems = append(rows.Elems, value.NewList(r...))
		}
		d.SetStr("data", rows)
		d.SetStr("more_rows", value.Bool(s.More))
	}
	if s.Plan != "" {
		d.SetStr("plan", value.Str(s.Plan))
	}
	return d
}

func operationError(e *result.OperationError) value.Value {
	if e == nil {
		return value.None
	}
	d := value.NewDict(6)
	d.SetStr("message", value.Str(e.Message))
	d.SetStr("class", value.Str(e.Class))
	d.SetStr("file", textOrNone(e.Pos.File))
	d.SetStr("line", value.Int(e.Pos.Line))
	d.SetStr("statement", value.Int(e.Statement))
	d.SetStr("sql", textOrNone(e.SQL))
	return d
}

func moment(t time.Time) value.Value {
	if t.IsZero() {
		return value.None
	}
	return value.Str(t.UTC().Format("2006-01-02T15:04:05.000000Z"))
}

func textOrNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}

func orNone(v value.Value) value.Value {
	if v == nil {
		return value.None
	}
	return v
}

func rowsOrNone(n int64) value.Value {
	if n < 0 {
		return value.None
	}
	return value.Int(n)
}

func textList(list []string) value.Value {
	out := value.NewList()
	for _, s := range list {
		out.Elems = append(out.Elems, value.Str(s))
	}
	return out
}
