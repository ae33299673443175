package audit

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"dex/internal/store"
)

// Filter chooses records; zero fields choose all.
type Filter struct {
	Invocation string // the beginning of its id is enough
	Node       string // unique_id, or its last part
	Kind       string
	Since      time.Time
	Limit      int // of the newest ones
}

// Found is a record with what it says.
type Found struct {
	store.Record
	Entry Entry
}

// List gives the records that a filter chooses, in their order: where Limit bounds
// them, the newest.
func List(ctx context.Context, chain store.Chain, f Filter) ([]Found, error) {
	head, err := chain.Head(ctx)
	if err != nil {
		return nil, err
	}
	var out []Found // newest first
	for to := head.Seq + 1; to > 1; to -= page {
		from := max(1, to-page)
		records, err := chain.Records(ctx, from, int(to-from))
		if err != nil {
			return nil, err
		}
		for i := len(records) - 1; i >= 0; i-- {
			r := records[i]
			if r.Seq >= to {
				continue // numbers are missing: it was met before
			}
			e, err := entryOf(r)
			if err != nil {
				return nil, err
			}
			if f.takes(r, &e) {
				out = append(out, Found{r, e})
			}
			if f.Limit > 0 && len(out) == f.Limit {
				return reversed(out), nil
			}
		}
	}
	return reversed(out), nil
}

func reversed(l []Found) []Found {
	for i, j := 0, len(l)-1; i < j; i, j = i+1, j-1 {
		l[i], l[j] = l[j], l[i]
	}
	return l
}

func (f *Filter) takes(r store.Record, e *Entry) bool {
	return (f.Kind == "" || f.Kind == r.Kind) && !r.At.Before(f.Since) &&
		begins(e.Invocation, f.Invocation) && (f.Node == "" || e.Node == f.Node || lastPart(e.Node) == f.Node)
}

func begins(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func lastPart(id string) string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '.' {
			return id[i+1:]
		}
	}
	return id
}

// Lines writes records as JSON lines: each holds what its hash is made of, and the
// hash.
func Lines(w io.Writer, records []Found) error {
	for _, r := range records {
		if _, err := w.Write(append(Line(r.Record), '\n')); err != nil {
			return err
		}
	}
	return nil
}

// CSV writes records as CSV (RFC 4180), with a line of names. A text that a
// spreadsheet would take for a formula gets a ' in front.
func CSV(w io.Writer, records []Found) error {
	c := csv.NewWriter(w)
	names := make([]string, len(columns))
	for i, col := range columns {
		names[i] = col.name
	}
	if err := c.Write(names); err != nil {
		return err
	}
	row := make([]string, len(columns))
	for i := range records {
		for j, col := range columns {
			row[j] = col.cell(&records[i])
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// column is one column of CSV and of the table in the warehouse.
type column struct {
	name string
	typ  columnType
	text func(f *Found) string // of text columns and moments
	num  func(f *Found) (v string, ok bool)
}

// cell is the column's value for CSV.
func (c *column) cell(f *Found) string {
	if c.num != nil {
		v, _ := c.num(f)
		return v
	}
	s := c.text(f)
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}

// columns are the columns in their order.
var columns = []column{
	{name: "seq", typ: integer, num: func(f *Found) (string, bool) { return strconv.FormatInt(f.Seq, 10), true }},
	{name: "at", typ: moment, text: func(f *Found) string { return stamp(f.At) }},
	{name: "kind", text: func(f *Found) string { return f.Record.Kind }},
	{name: "invocation_id", text: func(f *Found) string { return f.Entry.Invocation }},
	{name: "project", text: func(f *Found) string { return f.Entry.Project }},
	{name: "target", text: func(f *Found) string { return f.Entry.Target }},
	{name: "command", text: func(f *Found) string { return f.Entry.Command }},
	{name: "node", text: func(f *Found) string { return f.Entry.Node }},
	{name: "name", text: func(f *Found) string { return f.Entry.Name }},
	{name: "event", text: func(f *Found) string { return f.Entry.Event }},
	{name: "status", text: func(f *Found) string { return f.Entry.Status }},
	{name: "reason", text: func(f *Found) string { return f.Entry.Reason }},
	{name: "message", text: func(f *Found) string { return f.Entry.Message }},
	{name: "started_at", typ: moment, text: func(f *Found) string { return stamp(f.Entry.StartedAt) }},
	{name: "duration", typ: number, num: func(f *Found) (string, bool) {
		if f.Entry.StartedAt.IsZero() {
			return "", false
		}
		return strconv.FormatFloat(f.Entry.Duration.Seconds(), 'f', 6, 64), true
	}},
	{name: "rows_before", typ: integer, num: func(f *Found) (string, bool) { return counted(f.Entry.RowsBefore) }},
	{name: "rows_after", typ: integer, num: func(f *Found) (string, bool) { return counted(f.Entry.RowsAfter) }},
	{name: "rows_affected", typ: integer, num: func(f *Found) (string, bool) { return counted(f.Entry.RowsAffected) }},
	{name: "user_name", text: func(f *Found) string { return f.Entry.User }},
	{name: "git_commit", text: func(f *Found) string { return f.Entry.Commit }},
	{name: "dex_version", text: func(f *Found) string { return f.Entry.Version }},
	{name: "prev", text: func(f *Found) string { return f.Prev }},
	{name: "hash", text: func(f *Found) string { return f.Hash }},
}

func counted(n int64) (string, bool) {
	if n == Unknown {
		return "", false
	}
	return strconv.FormatInt(n, 10), true
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000000")
}
