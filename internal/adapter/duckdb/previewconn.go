package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/sqltext"
)

// previewConn is one session of a preview. What is asked of the catalog goes to
// the shadow, by the methods of its session.
type previewConn struct {
	*session // of the shadow
	of       *preview
	original adapter.Conn // nil until rows are asked for
	sets     []string     // SET and USE, for both
	sparing  bool
	readOnly bool
}

// Spare implements adapter.Previewing.
func (c *previewConn) Spare() { c.sparing = true }

// ReadOnly implements adapter.Previewing.
func (c *previewConn) ReadOnly() { c.readOnly = true }

// Execute implements adapter.Conn. A query is answered, anything else is bound, so
// that its faults are known, and done in the shadow as far as the catalog goes. A
// text that DuckDB cannot parse fails as it would in a run.
func (c *previewConn) Execute(ctx context.Context, sql string, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	return c.within(ctx, func(ctx context.Context) (adapter.Response, *adapter.Table, error) {
		return c.preview(ctx, sql, fetch, limit)
	})
}

// ExecuteArgs implements adapter.Binder.
func (c *previewConn) ExecuteArgs(ctx context.Context, sql string, _ []value.Value) (adapter.Response, error) {
	res, _, err := c.Execute(ctx, sql, false, 0)
	return res, err
}

// Stream implements adapter.Streamer. A query whose values are given beside it is
// answered by the original; what is no query is looked at without them.
func (c *previewConn) Stream(ctx context.Context, sql string, args []value.Arg, out adapter.Rows) (adapter.Response, error) {
	if len(args) > 0 && readWords[firstWord(sql)] && !c.sparing {
		original, err := c.rows(ctx)
		if err != nil {
			return adapter.Response{}, err
		}
		if original != nil && isQuery(original, sql) {
			res, err := original.Stream(ctx, sql, args, out)
			res.Asked = true
			return res, err
		}
	}
	res, tab, err := c.Execute(ctx, sql, out != nil, 0)
	if err != nil || out == nil || tab == nil {
		return res, err
	}
	return res, give(out, tab.Columns, tab.Rows)
}

// LoadSeed implements adapter.SeedLoader.
func (c *previewConn) LoadSeed(_ context.Context, r adapter.Relation, rows *adapter.Table) (adapter.Response, error) {
	c.of.touch(name{r.Database, r.Schema, r.Identifier})
	return adapter.Response{Message: "OK", Rows: int64(len(rows.Rows))}, nil
}

// Release implements adapter.Conn.
func (c *previewConn) Release() {
	if c.original != nil {
		c.original.Release()
	}
	c.session.Release()
}

func (c *previewConn) preview(ctx context.Context, sql string, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	ok := adapter.Response{Message: "OK", Rows: -1, Unsaid: true}
	if strings.IndexByte(sql, 0) >= 0 {
		return ok, nil, &adapter.DatabaseError{Msg: "Parser Error: the text holds a NUL character", SQL: sql}
	}
	c.of.noteKeys(sql)
	var parsed mapping.ExtractedStatements
	count := int(mapping.ExtractStatements(c.conn, sql, &parsed))
	defer mapping.DestroyExtracted(&parsed)
	if count == 0 {
		if msg := mapping.ExtractStatementsError(parsed); msg != "" {
			return ok, nil, databaseError(msg, sql)
		}
		return ok, emptyTable(fetch), nil
	}
	parts := sqltext.Split(sql, sqltext.DuckDB)
	if len(parts) != count { // DuckDB takes some apart itself, such as PIVOT
		parts = []sqltext.Statement{{Text: sql, Line: 1}}
	}
	if len(parts) == 1 && readWords[firstWord(parts[0].Text)] && isQuery(c.session, parts[0].Text) {
		return c.query(ctx, parts[0].Text, fetch, limit)
	}
	if inner, yes := explains(parts); yes {
		return c.explain(ctx, inner, sql, limit)
	}
	if c.readOnly && !transactionWords[firstWord(parts[0].Text)] {
		return ok, nil, c.noQuery(parts, sql)
	}
	tab := emptyTable(fetch)
	for i, part := range parts {
		last := i == len(parts)-1
		if last && fetch && readWords[firstWord(part.Text)] && isQuery(c.session, part.Text) {
			res, t, err := c.query(ctx, part.Text, fetch, limit)
			if ok.Note == "" {
				ok.Note = res.Note
			}
			return ok, t, err
		}
		if note := c.change(ctx, part.Text); ok.Note == "" {
			ok.Note = note
		}
	}
	return ok, tab, nil
}

// explains gives the statement that a text has explained, and not run.
func explains(parts []sqltext.Statement) (string, bool) {
	if len(parts) != 1 || firstWord(parts[0].Text) != "explain" {
		return "", false
	}
	inner := strings.TrimSpace(sqltext.StripComments(parts[0].Text, sqltext.DuckDB))[len("explain"):]
	word := firstWord(inner)
	return inner, word != "analyze" && !strings.HasPrefix(strings.TrimSpace(inner), "(")
}

// explain answers an EXPLAIN: of a query by the database, which knows how many rows
// there are, of anything else and of what the statements before it have made by the
// shadow.
func (c *previewConn) explain(ctx context.Context, inner, sql string, limit int) (adapter.Response, *adapter.Table, error) {
	if changed, err := c.of.changed(ctx, c.unguarded(), inner); err == nil && len(changed) == 0 && readWords[firstWord(inner)] {
		if original, err := c.rows(ctx); err == nil && original != nil && isQuery(original, inner) {
			return original.Execute(ctx, sql, true, limit)
		}
	}
	return c.unguarded().statements(ctx, sql, nil, true, limit)
}

// noQuery refuses a text: for what DuckDB has against it, if it looks like a query,
// or for being none.
func (c *previewConn) noQuery(parts []sqltext.Statement, sql string) error {
	if len(parts) == 1 && readWords[firstWord(parts[0].Text)] {
		if msg := c.unguarded().refuses(parts[0].Text); msg != "" {
			return databaseError(msg, sql)
		}
	}
	return &adapter.DatabaseError{SQL: sql, Msg: "a preview only reads: this is no query, and it was not sent"}
}

// query answers a query, which is the whole of the text. One whose rows nobody takes
// is not sent at all.
func (c *previewConn) query(ctx context.Context, query string, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	ok := adapter.Response{Message: "OK", Rows: -1, Unsaid: true}
	if !fetch {
		return ok, nil, nil
	}
	changed, err := c.of.changed(ctx, c.unguarded(), query)
	if err != nil {
		return ok, nil, err
	}
	if len(changed) == 0 && !c.sparing && !asksCatalog(query) {
		original, err := c.rows(ctx)
		if err != nil {
			return ok, nil, err
		}
		if original != nil && isQuery(original, query) {
			res, tab, err := original.Execute(ctx, query, true, limit)
			res.Asked = true
			return res, tab, err
		}
	}
	res, tab, err := c.unguarded().statements(ctx, query, nil, true, limit)
	switch {
	case len(changed) > 0:
		res.Note = "answered without rows: a run would have made or changed " + strings.Join(changed, ", ") + " before"
		res.Guess = true
	case c.sparing:
		res.Note, res.Guess = "not asked of the database", true
	default:
		res.Asked = true
	}
	return res, tab, err
}

// rows gives the session on the original with the settings of this one; nil where
// there is no original.
func (c *previewConn) rows(ctx context.Context) (*session, error) {
	if c.original == nil {
		d, err := c.of.rows(ctx)
		if d == nil || err != nil {
			return nil, err
		}
		conn, err := d.Conn(ctx, c.Name())
		if err != nil {
			return nil, err
		}
		c.original = conn
		for _, set := range c.sets {
			if _, _, err := conn.Execute(ctx, set, false, 0); err != nil {
				return nil, err
			}
		}
	}
	return c.original.(*session), nil
}

// change does what a statement does to the catalog, in the shadow. It gives what
// DuckDB has against the statement; "" is nothing. That is no error: a fault may be
// due to what the shadow does not hold.
func (c *previewConn) change(ctx context.Context, sql string) string {
	if !c.standsAlready(sql) {
		c.of.touch(targets(sql)...)
	}
	word := firstWord(sql)
	if !boundWords[word] {
		return ""
	}
	if word == "set" || word == "use" {
		return c.set(ctx, sql)
	}
	s := c.unguarded()
	if msg := s.refuses(sql); msg != "" {
		return refusal(msg)
	}
	if !followedWords[word] || aboutSecrets(sql) {
		return ""
	}
	if bare, made := tableOfQuery(sql); made {
		if _, _, err := s.statements(ctx, bare, nil, false, 0); err == nil {
			return ""
		}
	}
	if _, _, err := s.statements(ctx, sql, nil, false, 0); err != nil {
		return refusal(err.Error())
	}
	return ""
}

// standsAlready reports whether a statement makes only what is not there, and it is
// there.
func (c *previewConn) standsAlready(sql string) bool {
	names := targets(sql)
	return len(names) == 1 && ifAbsentPattern().MatchString(sqltext.StripComments(sql, sqltext.DuckDB)) &&
		c.unguarded().refuses("FROM "+names[0].quoted()) == ""
}

func refusal(msg string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(msg), "\n")
	return fmt.Sprintf("not followed further: DuckDB says of it: %s", first)
}

// set applies a setting of the session that decides what names mean. All others
// are left alone: some name files to be written.
func (c *previewConn) set(ctx context.Context, sql string) string {
	words := strings.Fields(strings.ToLower(sql))
	if words[0] == "set" && (len(words) < 2 || !namingSettings[strings.SplitN(words[1], "=", 2)[0]]) {
		return ""
	}
	if _, _, err := c.unguarded().statements(ctx, sql, nil, false, 0); err != nil {
		return refusal(err.Error())
	}
	c.sets = append(c.sets, sql)
	if c.original != nil {
		if _, _, err := c.original.Execute(ctx, sql, false, 0); err != nil {
			return refusal(err.Error())
		}
	}
	return ""
}

var namingSettings = map[string]bool{"schema": true, "search_path": true, "variable": true}

// unguarded is the shadow's session for statements within a preview, which holds
// what guards it already.
func (c *previewConn) unguarded() *session { return &session{name: c.name, db: c.db, conn: c.conn} }

// refuses prepares a statement, which binds it and does nothing, and gives DuckDB's
// words where that fails.
func (s *session) refuses(sql string) string {
	var stmt mapping.PreparedStatement
	state := mapping.Prepare(s.conn, sql, &stmt)
	defer mapping.DestroyPrepare(&stmt)
	if state == mapping.StateError {
		return mapping.PrepareError(stmt)
	}
	return ""
}

// isQuery reports whether DuckDB takes a text for one query and nothing else.
// What it cannot bind is none.
func isQuery(s *session, sql string) bool {
	var stmt mapping.PreparedStatement
	state := mapping.Prepare(s.conn, sql, &stmt)
	defer mapping.DestroyPrepare(&stmt)
	return state != mapping.StateError && mapping.PreparedStatementType(stmt) == mapping.StatementTypeSelect
}
