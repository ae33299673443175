package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// patience is how long a process waits for another that writes.
const patience = 15 * time.Second

// connect opens the file with one connection. Transactions take the write lock when
// they begin, so that two which read first and write then never fail halfway; a commit
// is on the disk when it returns, power cuts included.
func connect(ctx context.Context, path string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	slashed := filepath.ToSlash(abs)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), "foreign_keys(1)", "synchronous(full)", "trusted_schema(0)",
	}}
	name := url.URL{Scheme: "file", Path: slashed, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := logAhead(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// logAhead switches a new file to the write-ahead log, which readers and a writer
// share. SQLite does not wait where two processes switch a file at once, so this does.
func logAhead(ctx context.Context, db *sql.DB) error {
	for deadline := time.Now().Add(patience); ; {
		var mode string
		err := db.QueryRowContext(ctx, "pragma journal_mode = wal").Scan(&mode)
		if err == nil && mode != "wal" {
			return fmt.Errorf("its folder's file system has no shared memory for SQLite's write-ahead log (journal mode %s)", mode)
		}
		if err == nil || !isBusy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// DamagedError is a store that SQLite cannot read.
type DamagedError struct {
	Path string
	Err  error
}

// Error says what is lost, and how to go on.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("dex's store %s is damaged: %v. Keep a copy of it with its -wal and -shm files, then bring back a backup, or move the three away: "+
		"dex makes a new store, without the notifications still to be delivered, the history of operations and the audit chain so far", e.Path, e.Err)
}

// Unwrap gives SQLite's error.
func (e *DamagedError) Unwrap() error { return e.Err }

// NewerError is a store that a newer dex has changed.
type NewerError struct {
	Path        string
	Form, Known int // the number of its form, and the newest that this dex knows
}

// Error says which dex is needed.
func (e *NewerError) Error() string {
	return fmt.Sprintf("dex's store %s was changed by a newer dex (form %d; this one knows forms up to %d). Use that dex, or a newer one: this one would lose what it does not know", e.Path, e.Form, e.Known)
}

// ForeignError is a database that is not dex's.
type ForeignError struct{ Path string }

// Error says so.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is an SQLite database, but no store of dex: move it away, dex does not write into it", e.Path)
}

// explain puts the file's name before an error of SQLite, and says what to do where
// the file itself is at fault.
func explain(path string, err error) error {
	var failed *driver.Error
	if err == nil || !errors.As(err, &failed) {
		return err
	}
	var damaged *DamagedError
	if errors.As(err, &damaged) {
		return err
	}
	switch failed.Code() & 0xff {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return &DamagedError{Path: path, Err: err}
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fmt.Errorf("dex's store %s: another process has been writing to it for %v: %w", path, patience, err)
	case codes.SQLITE_FULL:
		return fmt.Errorf("dex's store %s: the disk is full: %w", path, err)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return fmt.Errorf("dex's store %s cannot be written: give yourself the right to write to it and to its folder: %w", path, err)
	}
	return fmt.Errorf("dex's store %s: %w", path, err)
}

func isBusy(err error) bool {
	var failed *driver.Error
	return errors.As(err, &failed) && failed.Code()&0xff == codes.SQLITE_BUSY
}
