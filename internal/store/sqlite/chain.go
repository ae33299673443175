package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dex/internal/store"
)

// AppendRecords implements store.Chain. It goes on from the head mark, not from the
// last record: where the tail was cut off, the gap stays to be seen.
func (s *Store) AppendRecords(ctx context.Context, link func(seq int64, hash string) []store.Record) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		head, err := readHead(ctx, tx)
		if err != nil {
			return err
		}
		if head.Seq == 0 { // a chain that begins, or one whose mark was removed
			head, err = lastRecord(ctx, tx)
			if err != nil {
				return err
			}
		}
		records := link(head.Seq, head.Hash)
		if len(records) == 0 {
			return nil
		}
		if err := insertRecords(ctx, tx, records); err != nil {
			return err
		}
		last := records[len(records)-1]
		_, err = tx.ExecContext(ctx, "insert into head (one, seq, hash) values (1, ?, ?) on conflict (one) do update set seq = excluded.seq, hash = excluded.hash", last.Seq, last.Hash)
		return err
	})
}

func insertRecords(ctx context.Context, tx *sql.Tx, records []store.Record) (err error) {
	put, err := tx.PrepareContext(ctx, "insert into records (seq, at, kind, body, prev, hash) values (?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, put.Close()) }()
	for _, r := range records {
		if _, err := put.ExecContext(ctx, r.Seq, nanos(r.At), r.Kind, append([]byte{}, r.Body...), r.Prev, r.Hash); err != nil {
			return fmt.Errorf("append record %d to the audit chain: %w", r.Seq, err)
		}
	}
	return nil
}

// Records implements store.Chain.
func (s *Store) Records(ctx context.Context, from int64, most int) ([]store.Record, error) {
	return rows(ctx, s, func(r *sql.Rows) (one store.Record, err error) {
		var at int64
		err = r.Scan(&one.Seq, &at, &one.Kind, &one.Body, &one.Prev, &one.Hash)
		one.At = moment(at)
		return one, err
	}, "select seq, at, kind, body, prev, hash from records where seq >= ? order by seq limit ?", from, limit(most))
}

// Head implements store.Chain.
func (s *Store) Head(ctx context.Context) (store.Head, error) {
	h, err := readHead(ctx, s.db)
	return h, explain(s.path, err)
}

type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func readHead(ctx context.Context, q querier) (store.Head, error) {
	return oneHead(q.QueryRowContext(ctx, "select seq, hash from head"))
}

func lastRecord(ctx context.Context, q querier) (store.Head, error) {
	return oneHead(q.QueryRowContext(ctx, "select seq, hash from records order by seq desc limit 1"))
}

func oneHead(row *sql.Row) (h store.Head, err error) {
	err = row.Scan(&h.Seq, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Head{}, nil
	}
	return h, err
}
