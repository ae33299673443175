package engine

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dex/internal/audit"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/store"
	"dex/internal/yamldoc"
)

// AuditQuery are the flags of audit list, verify and export.
type AuditQuery struct {
	Invocation, Node, Kind string
	Since                  string // a moment, or a length of time before now
	Limit                  int    // 0 is none
	Head                   string // a hash that was kept elsewhere
	CSV, JSON              bool
}

// auditChain gives the project's chain; nil where nothing was recorded.
func (w *work) auditChain(ctx context.Context) (store.Chain, error) {
	if err := w.readRoot(); err != nil {
		return nil, err
	}
	s, err := w.storeThere(ctx)
	if err != nil || s == nil {
		return nil, err
	}
	return s, nil
}

// auditRecords finds the records that the flags choose.
func (w *work) auditRecords(ctx context.Context) ([]audit.Found, error) {
	q := &w.inv.Audit
	since, err := w.since(q.Since)
	if err != nil {
		return nil, err
	}
	if err := knownKind(q.Kind); err != nil {
		return nil, err
	}
	chain, err := w.auditChain(ctx)
	if err != nil {
		return nil, err
	}
	if chain != nil {
		if head, err := chain.Head(ctx); err != nil || head.Seq > 0 {
			return audit.List(ctx, chain, audit.Filter{Invocation: q.Invocation, Node: q.Node, Kind: q.Kind, Since: since, Limit: q.Limit})
		}
	}
	w.engine.emit(event.Info, event.Note{Msg: "Nothing was recorded. The section `audit:` of dex.yml begins the audit."})
	return nil, nil
}

func knownKind(kind string) error {
	for _, k := range audit.Kinds {
		if kind == k || kind == "" {
			return nil
		}
	}
	d := diag.Diagnostic{Class: diag.Runtime, Code: "bad-kind", Summary: fmt.Sprintf("There are no audit records of the kind '%s'", kind), Hint: "They are: " + strings.Join(audit.Kinds, ", ") + "."}
	if near := yamldoc.Nearest(kind, audit.Kinds); near != "" {
		d.Hint = fmt.Sprintf("Did you mean '%s'? %s", near, d.Hint)
	}
	return &diag.ListError{List: diag.List{d}}
}

// since reads --since: 2026-03-01, 2026-03-01T12:00:00, with a zone or in UTC; 24h, 7d.
func (w *work) since(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	if d, err := yamldoc.ParseDuration(value.Str(text)); err == nil {
		return w.engine.now().Add(-d), nil
	}
	return time.Time{}, &diag.ListError{List: diag.List{{
		Class: diag.Runtime, Code: "bad-since", Summary: fmt.Sprintf("--since is no moment: '%s'", text),
		Hint: "Write a day (2026-03-01), a moment in UTC (2026-03-01T12:00:00) or how long ago (90m, 24h, 7d).",
	}}}
}

// listAudit prints records, a line each.
func listAudit(ctx context.Context, w *work) error {
	found, err := w.auditRecords(ctx)
	if err != nil {
		return err
	}
	if w.inv.Audit.JSON {
		w.printRecords(found)
		return nil
	}
	for i := range found {
		w.out.Lines = append(w.out.Lines, auditLine(&found[i]))
	}
	return nil
}

// printRecords prints each as the line that its hash is made of.
func (w *work) printRecords(found []audit.Found) {
	for _, f := range found {
		w.out.Lines = append(w.out.Lines, string(audit.Line(f.Record)))
	}
}

// auditLine is a record for people.
func auditLine(f *audit.Found) string {
	e := &f.Entry
	what := e.Node
	if what == "" {
		what = e.Command
	}
	if e.Name != "" && e.Name != e.Node {
		what = strings.TrimPrefix(what+" / "+e.Name, " / ")
	}
	parts := []string{
		fmt.Sprintf("%6d  %s  %-8s", f.Seq, f.At.UTC().Format("2006-01-02 15:04:05"), short(e.Invocation)),
		fmt.Sprintf("%-12s %-12s %-8s", f.Kind, e.Event, e.Status), what,
	}
	if !e.StartedAt.IsZero() && e.Event != "start" && e.Status != string(store.Lost) { // of which the end is not known
		parts = append(parts, fmt.Sprintf("in %.2fs", e.Duration.Seconds()))
	}
	if e.RowsBefore != audit.Unknown || e.RowsAfter != audit.Unknown {
		parts = append(parts, "rows "+counted(e.RowsBefore)+" -> "+counted(e.RowsAfter))
	}
	if e.RowsAffected != audit.Unknown {
		parts = append(parts, counted(e.RowsAffected)+" affected")
	}
	if e.Reason != "" {
		parts = append(parts, "("+e.Reason+")")
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(e.Message), "\n"); first != "" {
		parts = append(parts, "- "+first)
	}
	return strings.Join(parts, "  ")
}

func counted(n int64) string {
	if n == audit.Unknown {
		return "?"
	}
	return strconv.FormatInt(n, 10)
}

func short(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}

// verifyAudit goes through the chain. A broken record is a finding that fails the
// command.
func verifyAudit(ctx context.Context, w *work) error {
	chain, err := w.auditChain(ctx)
	if err != nil {
		return err
	}
	add := func(name, v string, ok bool) { w.out.Checks = append(w.out.Checks, Check{name, v, ok}) }
	kept := strings.ToLower(strings.TrimSpace(w.inv.Audit.Head))
	if chain == nil {
		says := "there is none: nothing was recorded, or the folder .dex was removed"
		add("audit chain", says, kept == "")
		return nil
	}
	rep, err := audit.Verify(ctx, chain, kept)
	if err != nil {
		return err
	}
	if b := rep.Break; b != nil {
		add("audit chain", fmt.Sprintf("broken (%s): %s. Whole before it: %s.", b.Fault, b.Says, plural(int(max(0, min(rep.Records, b.Seq-1))), "record")), false)
		return nil
	}
	add("audit chain", "whole: "+plural(int(rep.Records), "record"), true)
	if rep.Kept > 0 {
		add("kept head", fmt.Sprintf("is record %d", rep.Kept), true)
	}
	if rep.Records > 0 {
		add("head", rep.Head.Hash, true)
	}
	return nil
}

// exportAudit prints records as JSON lines or CSV.
func exportAudit(ctx context.Context, w *work) error {
	found, err := w.auditRecords(ctx)
	if err != nil {
		return err
	}
	if !w.inv.Audit.CSV {
		w.printRecords(found)
		return nil
	}
	var b bytes.Buffer
	if err := audit.CSV(&b, found); err != nil {
		return err
	}
	w.out.Lines = append(w.out.Lines, strings.TrimSuffix(b.String(), "\n"))
	return nil
}
