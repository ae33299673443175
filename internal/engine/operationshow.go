package engine

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/store"
)

// shownRuns is how many of the last runs `operation show` has.
const shownRuns = 5

// showOperation describes one operation.
func showOperation(ctx context.Context, w *work) error {
	op, err := w.findOperation(w.inv.Operation)
	if err != nil {
		return err
	}
	runs, err := w.operationRuns(ctx, store.OperationFilter{Operation: string(op.ID), Limit: shownRuns})
	if err != nil {
		return err
	}
	if w.inv.Output == "json" {
		d := op.Dict()
		list := value.NewList()
		for _, r := range runs {
			list.Elems = append(list.Elems, w.runDict(r))
		}
		d.SetStr("runs", list)
		line, err := jsonOf(d)
		w.out.Lines = append(w.out.Lines, line)
		return err
	}
	w.out.Lines = describeOperation(op, w.operations.Called(op))
	if len(runs) > 0 {
		w.out.Lines = append(append(w.out.Lines, "", "Last runs"), indented(w.runTable(runs, false))...)
	}
	return nil
}

// describeOperation words an operation for people; called is how they call it.
func describeOperation(op *operation.Operation, called string) []string {
	at := op.Pos.File
	out := []string{fmt.Sprintf("%s (%s, %s)", op.Name, op.Language, at)}
	if op.Description != "" {
		out = append(out, "")
		out = append(out, strings.Split(op.Description, "\n")...)
	}
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			out = append(append(out, "", title), indented(lines)...)
		}
	}
	section("Parameters", paramLines(op))
	section("Hooks", hookLines(op))
	section("Reads", idLines(op.Reads))
	section("Writes", idLines(op.Writes))
	section("Runs", policyLines(op))
	section("Run it", []string{runLine(op, called)})
	return out
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = "  " + l
	}
	return out
}

func paramLines(op *operation.Operation) []string {
	rows := make([][]string, len(op.Params))
	for i, p := range op.Params {
		rows[i] = []string{p.Name, p.Takes(), whenMissing(p), p.Description}
	}
	return columns(rows)
}

// whenMissing says what holds where nobody gives a parameter.
func whenMissing(p *operation.Param) string {
	var words []string
	if p.Env != "" {
		words = append(words, "$"+p.Env)
	}
	switch {
	case p.Default != nil && p.Hidden():
		words = append(words, "default *****")
	case p.Default != nil:
		words = append(words, "default "+operation.Written(p.Default))
	case p.Required:
		words = append(words, "required")
	default:
		words = append(words, "optional")
	}
	if p.FromQuery != "" {
		words = append(words, "choices by query")
	}
	return strings.Join(words, ", ")
}

func hookLines(op *operation.Operation) []string {
	var rows [][]string
	add := func(event string, hooks []manifest.Hook, at []diag.Pos) {
		for i := range hooks {
			h := &hooks[i]
			rows = append(rows, []string{event, "on " + h.Outcome(), hookWords(h), at[i].String()})
		}
	}
	add("pre-hook", op.PreHooks, op.PrePos)
	add("post-hook", op.PostHooks, op.PostPos)
	return columns(rows)
}

// hookWords names a hook, or says what it does.
func hookWords(h *manifest.Hook) string {
	what := strings.Join(strings.Fields(h.SQL), " ")
	switch h.Kind() {
	case "macro":
		what = h.Macro + "()"
	case "operation":
		what = "operation " + h.Operation
	case "notify":
		what = "notify " + strings.Join(h.Notify, ", ")
	}
	if h.Name != "" {
		what = h.Name + ": " + what
	}
	if r := []rune(what); len(r) > 60 {
		what = string(r[:57]) + "..."
	}
	if h.When != "" {
		what += " (when " + h.When + ")"
	}
	return what
}

func idLines(ids []manifest.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// policyLines say where and by whom an operation may be run, and how it is.
func policyLines(op *operation.Operation) []string {
	rows := [][]string{{"targets", orAll(op.Targets)}}
	add := func(key, text string) { rows = append(rows, []string{key, text}) }
	who := "anybody who may run dex here"
	if a := op.Approval; a != nil {
		who += fmt.Sprintf(", once %d of the role %s approved the plan", a.Count, strings.Join(a.By, " or "))
		if a.Targets != nil {
			who += " (on " + strings.Join(a.Targets, ", ") + ")"
		}
	}
	add("by", who)
	if op.Owner != "" {
		add("owner", op.Owner)
	}
	if len(op.Tags) > 0 {
		add("tags", strings.Join(op.Tags, ", "))
	}
	if op.Confirm != "" {
		add("confirm", op.Confirm)
	}
	if op.Language == operation.SQL {
		add("transaction", transactionWords(op.Transaction))
	} else {
		add("python", pythonWords(op))
	}
	if op.Timeout > 0 {
		add("timeout", op.Timeout.String())
	}
	if r := op.Retries; r.Attempts > 1 {
		again := "before its first statement alone"
		if op.Idempotent {
			again = "whatever had been sent: it is idempotent"
		}
		add("retries", fmt.Sprintf("%d attempts, %s", r.Attempts, again))
	}
	if c := op.Concurrency; c != nil {
		add("concurrency", fmt.Sprintf("%d at once", c.Limit)+per(c.Key))
	}
	return columns(rows)
}

func orAll(targets []string) string {
	if targets == nil {
		return "all"
	}
	return strings.Join(targets, ", ")
}

func per(key string) string {
	if key == "" {
		return ""
	}
	return " for each " + key
}

func transactionWords(t *bool) string {
	switch {
	case t == nil:
		return "all statements in one, where the database can"
	case *t:
		return "all statements in one"
	}
	return "each statement on its own"
}

func pythonWords(op *operation.Operation) string {
	var words []string
	for _, s := range [...]string{op.Python, op.RequiresPython} {
		if s != "" {
			words = append(words, s)
		}
	}
	if len(op.Dependencies) > 0 {
		words = append(words, "with "+strings.Join(op.Dependencies, ", "))
	}
	if len(op.Env) > 0 {
		words = append(words, "sees $"+strings.Join(op.Env, " $"))
	}
	if words == nil {
		return "python3"
	}
	return strings.Join(words, "; ")
}

// runLine is a command line that runs the operation, with what it cannot do
// without.
func runLine(op *operation.Operation, called string) string {
	line := "dex operation run " + called
	for _, p := range op.Params {
		if p.Required {
			line += " --param " + p.Name + "=…"
		}
	}
	return line
}
