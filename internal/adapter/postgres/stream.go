package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/sqltext"
)

// Stream implements adapter.Streamer. Rows go on as the server sends them. Values go
// beside the text, never in it. Of several statements all but the last are sent in one
// call and the last in another: outside of a transaction those are two.
func (s *session) Stream(ctx context.Context, sql string, args []value.Arg, out adapter.Rows) (adapter.Response, error) {
	none := adapter.Response{Rows: -1}
	parts := sqltext.Split(sql, sqltext.Postgres)
	switch {
	case len(parts) == 0:
		res, err := s.ask(ctx, simple(sql), &headTaker{})
		if err == nil && out != nil {
			err = out.Columns(nil)
		}
		return res, err
	case len(parts) > 1 && len(args) > 0:
		return none, &adapter.DatabaseError{SQL: sql, Msg: fmt.Sprintf("values go with one statement, and this text holds %d", len(parts))}
	}
	r := simple(sql)
	if len(args) > 0 {
		var err error
		if r, err = withArgs(sql, args); err != nil {
			return none, &adapter.DatabaseError{Msg: err.Error(), SQL: sql, Err: err}
		}
	}
	if len(parts) > 1 && out != nil {
		last := parts[len(parts)-1].Offset
		if res, err := s.ask(ctx, request{sql, sql[:last], simple(sql[:last]).send}, &headTaker{}); err != nil {
			return res, err
		}
		// The lines of its errors count from the text's beginning.
		padded := strings.Repeat("\n", parts[len(parts)-1].Line-1) + sql[last:]
		r = request{sql, padded, simple(padded).send}
	}
	t := &rowsTaker{out: out, sql: sql}
	res, err := s.ask(ctx, r, t)
	if err == nil {
		err = t.end()
	}
	return res, err
}

// The size of the pieces in which rows go on.
const (
	pieceRows  = 1024
	pieceBytes = 1 << 20
)

// rowsTaker hands rows on in pieces.
type rowsTaker struct {
	out     adapter.Rows
	sql     string
	head    []adapter.Column
	readers []reader
	rows    [][]value.Value
	size    int
	told    bool
}

func (t *rowsTaker) begin() {}

func (t *rowsTaker) columns(fields []pgproto3.FieldDescription) error {
	if t.out == nil {
		return nil
	}
	t.told, t.head, t.readers = true, columnsOf(fields), readersOf(fields)
	return t.out.Columns(t.head)
}

func (t *rowsTaker) row(cells [][]byte) error {
	if t.out == nil {
		return nil
	}
	row, err := readRow(t.readers, cells, t.head, t.sql)
	if err != nil {
		return err
	}
	t.rows = append(t.rows, row)
	for _, c := range cells {
		t.size += len(c)
	}
	if len(t.rows) < pieceRows && t.size < pieceBytes {
		return nil
	}
	return t.flush()
}

func (t *rowsTaker) flush() error {
	rows := t.rows
	t.rows, t.size = nil, 0
	if len(rows) == 0 {
		return nil
	}
	return t.out.Rows(rows)
}

// end tells the last rows, and of a statement without a result that there is none.
func (t *rowsTaker) end() error {
	switch {
	case t.out == nil:
		return nil
	case !t.told:
		return t.out.Columns(nil)
	}
	return t.flush()
}
