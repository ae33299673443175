package duckdb

import (
	"context"
	"math/big"
	"strings"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// LoadSeed implements adapter.SeedLoader. The rows go in as text and DuckDB casts
// them to the table's types, which is what COPY from the seed's file does.
func (s *session) LoadSeed(ctx context.Context, r adapter.Relation, rows *adapter.Table) (adapter.Response, error) {
	names := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
		names[i] = quote(c.Name)
	}
	sql := "insert into " + s.path(r) + " (" + strings.Join(names, ", ") + ") select * from dex_seed"
	res, _, err := s.within(ctx, func(ctx context.Context) (adapter.Response, *adapter.Table, error) {
		err := s.appendRows(ctx, sql, rows)
		return adapter.Response{Message: "OK", Rows: int64(len(rows.Rows))}, nil, err
	})
	return res, err
}

func (s *session) appendRows(ctx context.Context, sql string, rows *adapter.Table) error {
	if len(rows.Columns) == 0 || len(rows.Rows) == 0 {
		return nil
	}
	text := mapping.CreateLogicalType(mapping.TypeVarchar)
	defer mapping.DestroyLogicalType(&text)
	types := make([]mapping.LogicalType, len(rows.Columns))
	names := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
		types[i], names[i] = text, c.Name
	}
	var app mapping.Appender
	state := mapping.AppenderCreateQuery(s.conn, sql, types, "dex_seed", names, &app)
	defer mapping.AppenderDestroy(&app)
	if state == mapping.StateError {
		return s.appendFault(ctx, app, sql)
	}
	chunk := mapping.CreateDataChunk(types)
	defer mapping.DestroyDataChunk(&chunk)
	size := int(mapping.VectorSize())
	for from := 0; from < len(rows.Rows); from += size {
		if ctx.Err() != nil {
			return canceled(ctx, sql)
		}
		fill(chunk, rows.Rows[from:min(from+size, len(rows.Rows))], len(types))
		if mapping.AppendDataChunk(app, chunk) == mapping.StateError {
			return s.appendFault(ctx, app, sql)
		}
	}
	if mapping.AppenderClose(app) == mapping.StateError {
		return s.appendFault(ctx, app, sql)
	}
	return nil
}

func (s *session) appendFault(ctx context.Context, app mapping.Appender, sql string) error {
	data := mapping.AppenderErrorData(app)
	defer mapping.DestroyErrorData(&data)
	return s.fault(ctx, mapping.ErrorDataMessage(data), sql)
}

func fill(chunk mapping.DataChunk, rows [][]value.Value, columns int) {
	mapping.DataChunkReset(chunk)
	for c := range columns {
		v := mapping.DataChunkGetVector(chunk, mapping.IdxT(c))
		mapping.VectorEnsureValidityWritable(v)
		valid := mapping.VectorGetValidity(v)
		for i, row := range rows {
			if row[c] == value.None {
				mapping.ValiditySetRowInvalid(valid, mapping.IdxT(i))
				continue
			}
			mapping.VectorAssignStringElement(v, mapping.IdxT(i), optionText(row[c]))
		}
	}
	mapping.DataChunkSetSize(chunk, mapping.IdxT(len(rows)))
}

// bind gives a statement its arguments.
func bind(stmt mapping.PreparedStatement, args []value.Value) error {
	for i, a := range args {
		if bindOne(stmt, mapping.IdxT(i+1), a) == mapping.StateError {
			return &adapter.DatabaseError{Msg: mapping.PrepareError(stmt)}
		}
	}
	return nil
}

func bindOne(stmt mapping.PreparedStatement, at mapping.IdxT, v value.Value) mapping.State {
	switch v := v.(type) {
	case value.NoneType:
		return mapping.BindNull(stmt, at)
	case value.Bool:
		return mapping.BindBoolean(stmt, at, bool(v))
	case value.Int:
		return mapping.BindInt64(stmt, at, int64(v))
	case *value.BigInt:
		if h, ok := toHuge(v.I); ok {
			return mapping.BindHugeInt(stmt, at, h)
		}
	case value.Float:
		return mapping.BindDouble(stmt, at, float64(v))
	case value.Bytes:
		return mapping.BindBlob(stmt, at, []byte(v))
	}
	s := value.ToStr(v) // decimals, dates and times: DuckDB casts them to the column's type
	return mapping.BindVarcharLength(stmt, at, s, mapping.IdxT(len(s)))
}

func toHuge(i *big.Int) (mapping.HugeInt, bool) {
	if i.BitLen() > 127 {
		return mapping.HugeInt{}, false
	}
	mask := new(big.Int).SetUint64(^uint64(0))
	return mapping.NewHugeInt(new(big.Int).And(i, mask).Uint64(), new(big.Int).Rsh(i, 64).Int64()), true
}
