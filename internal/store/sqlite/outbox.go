package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"dex/internal/store"
)

const noticeColumns = "id, key, channel, body, invocation, node, state, attempts, created_at, next_at, error"

// PutNotice implements store.Outbox.
func (s *Store) PutNotice(ctx context.Context, n store.Notice) (bool, error) {
	var put bool
	err := s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "insert into notices ("+noticeColumns+") values (?,?,?,?,?,?,?,?,?,?,?) on conflict (key) do nothing",
			n.ID, n.Key, n.Channel, append([]byte{}, n.Body...), n.Invocation, n.Node, store.Pending, n.Attempts, nanos(n.CreatedAt), nanos(n.NextAt), n.Error)
		if err != nil {
			return fmt.Errorf("keep a notification for %s: %w", n.Channel, err)
		}
		rows, err := res.RowsAffected()
		put = rows == 1
		return err
	})
	return put && err == nil, err
}

// ClaimNotices implements store.Outbox.
func (s *Store) ClaimNotices(ctx context.Context, now, until time.Time, most int) ([]store.Notice, error) {
	var claimed []store.Notice
	err := s.write(ctx, func(tx *sql.Tx) error {
		due, err := tx.QueryContext(ctx, "select "+noticeColumns+" from notices where state = 'pending' and next_at <= ? order by created_at, rowid limit ?", nanos(now), limit(most))
		if err != nil {
			return err
		}
		if claimed, err = gather(due, scanNotice); err != nil {
			return err
		}
		for i := range claimed {
			claimed[i].NextAt = until.UTC()
			if _, err := tx.ExecContext(ctx, "update notices set next_at = ? where id = ?", nanos(until), claimed[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// SettleNotice implements store.Outbox.
func (s *Store) SettleNotice(ctx context.Context, a store.Attempt, to store.NoticeState, next time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var number int
		var was store.NoticeState
		err := tx.QueryRowContext(ctx, "select attempts + 1, state from notices where id = ?", a.Notice).Scan(&number, &was)
		if err != nil {
			return missing(err)
		}
		if _, err := tx.ExecContext(ctx, "insert into attempts (notice, number, at, elapsed, status, error) values (?,?,?,?,?,?)",
			a.Notice, number, nanos(a.At), int64(a.Elapsed), a.Status, a.Error); err != nil {
			return err
		}
		if was == store.Delivered {
			to = was // by another process, whose lease this one had outlived
		}
		_, err = tx.ExecContext(ctx, "update notices set state = ?, attempts = ?, next_at = ?, error = ? where id = ?", to, number, nanos(next), a.Error, a.Notice)
		return err
	})
}

// Notices implements store.Outbox.
func (s *Store) Notices(ctx context.Context, f store.NoticeFilter) ([]store.Notice, error) {
	return rows(ctx, s, scanNotice, "select "+noticeColumns+` from notices where (?1 = '' or id = ?1) and (?2 = '' or channel = ?2)
		and (?3 = '' or invocation = ?3) and (?4 = '' or state = ?4) order by created_at desc, rowid desc limit ?5`,
		f.ID, f.Channel, f.Invocation, f.State, limit(f.Limit))
}

// NoticeAttempts implements store.Outbox.
func (s *Store) NoticeAttempts(ctx context.Context, id string) ([]store.Attempt, error) {
	return rows(ctx, s, func(r *sql.Rows) (a store.Attempt, err error) {
		var at, elapsed int64
		err = r.Scan(&a.Notice, &a.Number, &at, &elapsed, &a.Status, &a.Error)
		a.At, a.Elapsed = moment(at), time.Duration(elapsed)
		return a, err
	}, "select notice, number, at, elapsed, status, error from attempts where notice = ? order by number", id)
}

// ReviveNotice implements store.Outbox.
func (s *Store) ReviveNotice(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "update notices set state = 'pending', next_at = ? where id = ?", nanos(at), id)
		return atLeastOne(res, err)
	})
}

// Mark implements store.Outbox.
func (s *Store) Mark(ctx context.Context, name, value string) (string, error) {
	var was string
	err := s.write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "select value from marks where name = ?", name).Scan(&was)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if value == "" {
			_, err = tx.ExecContext(ctx, "delete from marks where name = ?", name)
			return err
		}
		_, err = tx.ExecContext(ctx, "insert into marks (name, value) values (?, ?) on conflict (name) do update set value = excluded.value", name, value)
		return err
	})
	if err != nil {
		return "", err
	}
	return was, nil
}

// Marks implements store.Outbox.
func (s *Store) Marks(ctx context.Context, prefix string) (map[string]string, error) {
	found, err := rows(ctx, s, func(r *sql.Rows) (m [2]string, err error) {
		err = r.Scan(&m[0], &m[1])
		return m, err
	}, "select name, value from marks where substr(name, 1, length(?1)) = ?1", prefix)
	out := make(map[string]string, len(found))
	for _, m := range found {
		out[m[0]] = m[1]
	}
	return out, err
}

func scanNotice(r *sql.Rows) (n store.Notice, err error) {
	var created, next int64
	err = r.Scan(&n.ID, &n.Key, &n.Channel, &n.Body, &n.Invocation, &n.Node, &n.State, &n.Attempts, &created, &next, &n.Error)
	n.CreatedAt, n.NextAt = moment(created), moment(next)
	return n, err
}

// missing turns "no rows" into store.ErrNotFound.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

// atLeastOne is store.ErrNotFound where a statement has changed nothing.
func atLeastOne(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}
