package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgproto3"

	"dex/internal/adapter"
	"dex/internal/sqltext"
)

// Describe implements adapter.Describer: the server analyses the query and does not
// run it. The types have the names that dbt shows in a contract's errors: those by
// which psycopg2 knows them. Of several statements, of which the first are a model's
// sql_header, none can be analysed before the others have run, so all are carried out,
// as dbt does anyway. dbt: get_column_schema_from_query.
func (s *session) Describe(ctx context.Context, sql string) ([]adapter.Column, error) {
	t := &headTaker{}
	if len(sqltext.Split(sql, sqltext.Postgres)) > 1 {
		_, err := s.ask(ctx, simple(sql), t)
		return t.head, err
	}
	_, err := s.ask(ctx, request{sql, sql, func(f *pgproto3.Frontend) {
		f.SendParse(&pgproto3.Parse{Query: sql})
		f.SendDescribe(&pgproto3.Describe{ObjectType: 'S'})
		f.SendSync(&pgproto3.Sync{})
	}}, t)
	return t.head, err
}

// headTaker takes the columns alone.
type headTaker struct{ head []adapter.Column }

func (t *headTaker) begin() {}

func (t *headTaker) columns(fields []pgproto3.FieldDescription) error {
	t.head = columnsOf(fields)
	return nil
}

func (t *headTaker) row([][]byte) error { return nil }
