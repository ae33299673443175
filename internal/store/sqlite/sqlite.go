// Package sqlite keeps the store in one SQLite file, .dex/dex.db below the project.
// Many processes may have it open at once; each method is one transaction, and a
// killed process loses nothing that a method has returned from.
//
// It knows the records of package store, and nothing of what is in their bodies.
// Begin with OpenBelow; connect.go opens the file, migrate.go brings it up to date,
// outbox.go, chain.go and operations.go are the interfaces of those names.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dex/internal/store"
)

const (
	// Folder is dex's own folder below the project, and File the store in it.
	Folder = ".dex"
	File   = "dex.db"
)

// Store is an open file. It has one connection: its methods wait for each other, as
// they would for SQLite's one writer.
type Store struct {
	db   *sql.DB
	path string
}

var _ store.Store = (*Store)(nil)

// Path is where the store of a project lies.
func Path(project string) string { return filepath.Join(project, Folder, File) }

// Exists reports whether a project has a store: who only reads does not make one.
func Exists(project string) bool {
	_, err := os.Stat(Path(project))
	return err == nil
}

// OpenBelow opens the store of a project, and makes it where there is none: a folder
// that its owner alone may enter, and that Git leaves alone.
func OpenBelow(ctx context.Context, project string) (*Store, error) {
	dir := filepath.Join(project, Folder)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the folder of dex's store: %w", err)
	}
	if err := ignoreInGit(dir); err != nil {
		return nil, err
	}
	return Open(ctx, Path(project))
}

func ignoreInGit(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, ".gitignore"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep dex's store out of Git: %w", err)
	}
	_, err = f.WriteString("*\n")
	return errors.Join(err, f.Close())
}

// Open opens the file at path, makes it where there is none, and brings an older one
// up to date. The error of a damaged file is a *DamagedError, that of one which a newer
// dex has made a *NewerError; both say what to do.
func Open(ctx context.Context, path string) (*Store, error) {
	// SQLite would make the file for all to read; its -wal and -shm follow the file.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open dex's store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open dex's store: %w", err)
	}
	db, err := connect(ctx, path)
	if err != nil {
		return nil, explain(path, err)
	}
	s := &Store{db: db, path: path}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(explain(path, err), db.Close())
	}
	return s, nil
}

// Close closes the file.
func (s *Store) Close() error { return explain(s.path, s.db.Close()) }

// write carries out do in a transaction that has the file to itself from its first
// statement on. It is on the disk when write returns.
func (s *Store) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(s.path, err)
	}
	if err := do(tx); err != nil {
		// What do failed with says more than a rollback that fails too.
		_ = tx.Rollback()
		return explain(s.path, err)
	}
	return explain(s.path, tx.Commit())
}

// rows reads all rows of a query.
func rows[T any](ctx context.Context, s *Store, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	found, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain(s.path, err)
	}
	out, err := gather(found, scan)
	return out, explain(s.path, err)
}

func gather[T any](found *sql.Rows, scan func(*sql.Rows) (T, error)) (out []T, err error) {
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		one, err := scan(found)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, found.Err()
}

// nanos is a moment as the file holds it.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// limit is SQLite's word for a limit of a filter, where 0 is none.
func limit(n int) int {
	if n <= 0 {
		return -1
	}
	return n
}

// blob is a body as the file holds it: nil stays NULL.
func blob(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
