package duckdb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Stream implements adapter.Streamer. DuckDB makes the rows of a query while they are
// read, a chunk at a time.
func (s *session) Stream(ctx context.Context, sql string, args []value.Arg, out adapter.Rows) (adapter.Response, error) {
	res, _, err := s.within(ctx, func(ctx context.Context) (adapter.Response, *adapter.Table, error) {
		res, err := s.stream(ctx, sql, args, out)
		return res, nil, err
	})
	return res, err
}

func (s *session) stream(ctx context.Context, sql string, args []value.Arg, out adapter.Rows) (adapter.Response, error) {
	ok := adapter.Response{Message: "OK", Rows: -1, Unsaid: true}
	parsed, count, err := s.extract(ctx, sql)
	if err != nil {
		return ok, err
	}
	defer mapping.DestroyExtracted(&parsed)
	switch {
	case count == 0:
		if out != nil {
			err = out.Columns(nil)
		}
		return ok, err
	case count > 1 && len(args) > 0:
		return ok, &adapter.DatabaseError{SQL: sql, Msg: fmt.Sprintf("values go with one statement, and this text holds %d", count)}
	}
	for i := range count - 1 {
		if _, _, err := s.statement(ctx, parsed, i, sql, nil, false, 0); err != nil {
			placeError(err, sql, int(i), int(count))
			return ok, err
		}
	}
	res, err := s.streamOne(ctx, parsed, count-1, sql, args, out)
	if err != nil {
		placeError(err, sql, int(count-1), int(count))
	}
	return res, err
}

// extract cuts a text into statements. Where there are none the result needs no
// DestroyExtracted, which does no harm.
func (s *session) extract(ctx context.Context, sql string) (mapping.ExtractedStatements, mapping.IdxT, error) {
	var parsed mapping.ExtractedStatements
	for i := range len(sql) {
		if sql[i] == 0 {
			return parsed, 0, &adapter.DatabaseError{Msg: "Parser Error: the text holds a NUL character", SQL: sql}
		}
	}
	if ctx.Err() != nil {
		return parsed, 0, canceled(ctx, sql)
	}
	s.db.noteKeys(sql)
	count := mapping.ExtractStatements(s.conn, sql, &parsed)
	if count == 0 {
		if msg := mapping.ExtractStatementsError(parsed); msg != "" {
			mapping.DestroyExtracted(&parsed)
			return parsed, 0, databaseError(msg, sql)
		}
	}
	return parsed, count, nil
}

func (s *session) streamOne(ctx context.Context, parsed mapping.ExtractedStatements, i mapping.IdxT, sql string, args []value.Arg, out adapter.Rows) (adapter.Response, error) {
	ok := adapter.Response{Message: "OK", Rows: -1, Unsaid: true}
	var stmt mapping.PreparedStatement
	state := mapping.PrepareExtractedStatement(s.conn, parsed, i, &stmt)
	defer mapping.DestroyPrepare(&stmt)
	if state == mapping.StateError {
		return ok, s.fault(ctx, mapping.PrepareError(stmt), sql)
	}
	if err := bindArgs(stmt, args); err != nil {
		return ok, &adapter.DatabaseError{Msg: err.Error(), SQL: sql, Err: err}
	}
	if ctx.Err() != nil {
		return ok, canceled(ctx, sql)
	}
	// A result that is no query's is small, and its statement has to be done when
	// nobody reads it.
	begin := mapping.PendingPrepared
	if out != nil && mapping.PreparedStatementType(stmt) == mapping.StatementTypeSelect {
		begin = bindings.PendingPreparedStreaming
	}
	// Asked for beforehand: another statement would end the rows of this one.
	var loc *time.Location
	if out != nil && mayHaveZone(stmt) {
		var err error
		if loc, err = s.timeZone(ctx); err != nil {
			return ok, err
		}
	}
	var res mapping.Result
	msg := executeAs(begin, stmt, &res)
	defer mapping.DestroyResult(&res)
	if msg != "" {
		return ok, s.fault(ctx, msg, sql)
	}
	if mapping.ResultReturnType(res) == mapping.ResultTypeChangedRows {
		ok.Rows = int64(mapping.RowsChanged(&res))
	}
	if countsRows(stmt, &res) {
		tab, err := s.fetch(ctx, &res, sql, 0)
		if err == nil && len(tab.Rows) == 1 {
			if n, is := tab.Rows[0][0].(value.Int); is {
				ok.Rows = int64(n)
			}
		}
		if err != nil || out == nil {
			return ok, err
		}
		return ok, give(out, tab.Columns, tab.Rows)
	}
	if out == nil {
		return ok, nil
	}
	return ok, giveAway(ctx, &res, sql, loc, out)
}

func give(out adapter.Rows, columns []adapter.Column, rows [][]value.Value) error {
	if err := out.Columns(columns); err != nil || len(rows) == 0 {
		return err
	}
	return out.Rows(rows)
}

// mayHaveZone reports whether a statement's rows may hold a TIMESTAMP WITH TIME ZONE.
// What a placeholder's value makes of a column is not known before it runs.
func mayHaveZone(stmt mapping.PreparedStatement) bool {
	if mapping.NParams(stmt) > 0 {
		return true
	}
	for i := range mapping.PreparedStatementColumnCount(stmt) {
		lt := mapping.PreparedStatementColumnLogicalType(stmt, i)
		zoned := hasZone(lt)
		mapping.DestroyLogicalType(&lt)
		if zoned {
			return true
		}
	}
	return false
}

// giveAway hands a result on chunk by chunk.
func giveAway(ctx context.Context, res *mapping.Result, sql string, loc *time.Location, out adapter.Rows) error {
	tab, cols, err := columnsOf(res, sql, func(lt mapping.LogicalType) (*time.Location, error) {
		if hasZone(lt) {
			return loc, nil
		}
		return nil, nil
	})
	if err != nil {
		return err
	}
	if err := out.Columns(tab.Columns); err != nil {
		return err
	}
	for more := true; more; {
		if ctx.Err() != nil {
			return canceled(ctx, sql)
		}
		tab.Rows = nil
		more = readChunk(res, cols, tab, 0)
		if len(tab.Rows) > 0 {
			if err := out.Rows(tab.Rows); err != nil {
				return err
			}
		}
	}
	if msg := mapping.ResultError(res); msg != "" { // of a row that was being made
		if ctx.Err() != nil {
			return canceled(ctx, sql)
		}
		return databaseError(msg, sql)
	}
	return nil
}

// bindArgs gives the placeholders of a statement their values.
func bindArgs(stmt mapping.PreparedStatement, args []value.Arg) error {
	n := int(mapping.NParams(stmt))
	named := len(args) > 0 && args[0].Name != ""
	if !named && n != len(args) {
		return fmt.Errorf("the statement has %s, and %s", plural(n, "placeholder"), are(len(args)))
	}
	given := map[string]bool{}
	for i, a := range args {
		at := mapping.IdxT(i + 1)
		if named {
			if mapping.BindParameterIndex(stmt, &at, a.Name) == mapping.StateError {
				return fmt.Errorf("the statement has no placeholder $%s", a.Name)
			}
			given[a.Name] = true
		}
		if err := bindTyped(stmt, at, a.Value); err != nil {
			name := strconv.Itoa(i + 1)
			if named {
				name = a.Name
			}
			return fmt.Errorf("value %s: %w", name, err)
		}
	}
	for i := 1; named && i <= n; i++ {
		if name := mapping.ParameterName(stmt, mapping.IdxT(i)); !given[name] {
			return fmt.Errorf("the placeholder $%s has no value", name)
		}
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func are(n int) string {
	if n == 1 {
		return "1 value was given"
	}
	return strconv.Itoa(n) + " values were given"
}
