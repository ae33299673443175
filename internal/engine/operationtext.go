package engine

import (
	"encoding/csv"
	"fmt"
	"strings"

	"dex/internal/artifact"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/result"
)

// operationLines are what `operation run` prints: the table that the last statement
// gave, or its failure.
func (w *work) operationLines(r *result.Operation) ([]string, error) {
	if w.inv.Output == "json" {
		text, err := artifact.OperationJSON(artifact.OperationDict(r))
		return []string{w.clean(text)}, err
	}
	var lines []string
	if last := lastTable(r); last != nil && r.Err == nil {
		if w.inv.Output == "csv" {
			return csvLines(last)
		}
		lines = append(lines, tableLines(last)...)
	}
	if r.Value != nil && w.inv.Output != "csv" {
		text, err := artifact.OperationJSON(r.Value)
		if err != nil {
			return nil, err
		}
		lines = append(lines, "result: "+text)
	}
	return lines, nil
}

// lastTable is the last answer that says something; nil is none.
func lastTable(r *result.Operation) *result.OperationStatement {
	for i := len(r.Statements) - 1; i >= 0; i-- {
		if st := &r.Statements[i]; st.Columns != nil && !nothingToSay(st) {
			return st
		}
	}
	return nil
}

// nothingToSay is what DuckDB answers where it did something that has no answer: a
// column Success without rows.
func nothingToSay(st *result.OperationStatement) bool {
	return len(st.Data) == 0 && len(st.Columns) == 1 && st.Columns[0] == "Success"
}

func cell(v value.Value) string {
	if v == value.None {
		return ""
	}
	return value.ToStr(v)
}

func csvLines(s *result.OperationStatement) ([]string, error) {
	var b strings.Builder
	out := csv.NewWriter(&b)
	if err := out.Write(s.Columns); err != nil {
		return nil, err
	}
	for _, row := range s.Data {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = cell(v)
		}
		if err := out.Write(cells); err != nil {
			return nil, err
		}
	}
	out.Flush()
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n"), out.Error()
}

func tableLines(s *result.OperationStatement) []string {
	rows := [][]string{s.Columns}
	for _, row := range s.Data {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = strings.Join(strings.Fields(cell(v)), " ")
			if v == value.None {
				cells[i] = "-"
			}
		}
		rows = append(rows, cells)
	}
	out := columns(rows)
	switch n := len(s.Data); {
	case s.More:
		out = append(out, fmt.Sprintf("(the first %d rows)", n))
	case n == 1:
		out = append(out, "(1 row)")
	default:
		out = append(out, fmt.Sprintf("(%d rows)", n))
	}
	return out
}

// planLines are what `operation plan` prints.
func (w *work) planLines(r *result.Operation) ([]string, error) {
	if w.inv.Output == "json" {
		text, err := artifact.OperationJSON(artifact.OperationDict(r))
		return []string{w.clean(text)}, err
	}
	params, err := artifact.OperationJSON(r.Params)
	if err != nil {
		return nil, err
	}
	sent := "each statement by itself"
	if r.Transaction {
		sent = "in one transaction"
	}
	lines := []string{
		"operation  " + r.Name + " (" + r.Path + ")",
		"target     " + r.Target + "  " + w.profile.Credentials.Unique(),
		"user       " + r.User,
		"params     " + params,
		"sends      " + plural(len(r.Statements), "statement") + ", " + sent,
	}
	for i := range r.Statements {
		st := &r.Statements[i]
		lines = append(lines, "", fmt.Sprintf("-- %d of %d, %s", i+1, len(r.Statements), diag.Pos{File: r.Path, Line: st.Line}))
		lines = append(lines, strings.Split(st.SQL, "\n")...)
		if st.Plan != "" {
			lines = append(lines, strings.Split("-- "+strings.ReplaceAll(strings.TrimRight(st.Plan, "\n"), "\n", "\n-- "), "\n")...)
		}
	}
	if hooks := len(w.order.op.PreHooks) + len(w.order.op.PostHooks); hooks > 0 {
		lines = append(lines, "", fmt.Sprintf("-- and %s around it: dex operation show %s", plural(hooks, "hook"), r.Name))
	}
	lines = append(lines, "", "plan       "+r.PlanHash)
	for i := range lines {
		lines[i] = w.clean(lines[i])
	}
	return lines, nil
}
