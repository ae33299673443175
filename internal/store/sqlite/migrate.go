package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// migrations are the steps from one form of the file to the next, 0001_….sql first.
// A step that was published is never changed: the next one corrects it.
//
//go:embed migrations/*.sql
var migrations embed.FS

// mark is SQLite's application_id of dex's stores: "dexS".
const mark = 0x64657853

// migrate takes the steps that the file lacks. The write lock is held from the look
// at its number to the end, so that of two processes one does it and the other finds
// it done.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := steps()
	if err != nil {
		return err
	}
	form, id, err := s.form(ctx, s.db)
	if err != nil || form == len(steps) && id == mark {
		return err // nearly always: nothing to do, and nothing locked
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		form, id, err := s.form(ctx, tx)
		if err != nil {
			return err
		}
		if form > len(steps) && id == mark {
			return &NewerError{Path: s.path, Form: form, Known: len(steps)}
		}
		if id != mark {
			if err := s.claim(ctx, tx, form); err != nil {
				return err
			}
		}
		for i := form; i < len(steps); i++ {
			if _, err := tx.ExecContext(ctx, steps[i]); err != nil {
				return fmt.Errorf("bring it to form %d: %w", i+1, err)
			}
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("pragma user_version = %d", len(steps)))
		return err
	})
}

// claim marks an empty file as dex's.
func (s *Store) claim(ctx context.Context, tx *sql.Tx, form int) error {
	var tables int
	if err := tx.QueryRowContext(ctx, "select count(*) from sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 || form > 0 {
		return &ForeignError{Path: s.path}
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("pragma application_id = %d", mark))
	return err
}

// form reads the number of the file's form and whose it is.
func (s *Store) form(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (form, id int, err error) {
	if err := q.QueryRowContext(ctx, "pragma user_version").Scan(&form); err != nil {
		return 0, 0, err
	}
	err = q.QueryRowContext(ctx, "pragma application_id").Scan(&id)
	return form, id, err
}

// steps are the texts of migrations in their order.
func steps() ([]string, error) {
	files, err := migrations.ReadDir("migrations") // by name
	if err != nil {
		return nil, err
	}
	var out []string
	for i, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, fmt.Errorf("migration %s is not number %d", f.Name(), i+1)
		}
		text, err := migrations.ReadFile(path.Join("migrations", f.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, string(text))
	}
	return out, nil
}
