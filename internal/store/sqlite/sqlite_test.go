package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/store"
	"dex/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Exercise(t, func(t *testing.T) func() store.Store {
		project := t.TempDir()
		return func() store.Store { return openBelow(t, project) }
	})
}

func openBelow(t testing.TB, project string) *Store {
	t.Helper()
	s, err := OpenBelow(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// The folder is its owner's alone, whatever the umask, and Git does not see it.
func TestFolder(t *testing.T) {
	project := filepath.Join(t.TempDir(), "a project #1? 100%")
	if err := os.Mkdir(project, 0o755); err != nil {
		t.Fatal(err)
	}
	if Exists(project) {
		t.Error("there is a store before one was made")
	}
	s := openBelow(t, project)
	if _, err := s.PutNotice(t.Context(), storetest.Notice("a")); err != nil {
		t.Fatal(err)
	}
	if !Exists(project) {
		t.Error("the store is not where it should be")
	}
	for name, want := range map[string]os.FileMode{"": 0o700, File: 0o600, File + "-wal": 0o600, File + "-shm": 0o600, ".gitignore": 0o600} {
		info, err := os.Stat(filepath.Join(project, Folder, name))
		if err != nil {
			t.Error(err)
		} else if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, not %o", name, got, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(project, Folder, ".gitignore")); err != nil || string(text) != "*\n" {
		t.Errorf(".gitignore holds %q, %v", text, err)
	}
}

// Many open a store that is not there yet: one makes it, the others find it made.
func TestMadeByManyAtOnce(t *testing.T) {
	project := t.TempDir()
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			s, err := OpenBelow(t.Context(), project)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Mark(t.Context(), "a", "1"); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func TestUnreadableFiles(t *testing.T) {
	var damaged *DamagedError
	var newer *NewerError
	var foreign *ForeignError
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		as    any
		says  string
	}{
		{"text", func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("no database ", 100))) }, &damaged, "move the three away"},
		{"first page", func(t *testing.T, path string) { overwrite(t, path, 0) }, &damaged, "is damaged"},
		{"schema", func(t *testing.T, path string) { overwrite(t, path, 100) }, &damaged, "is damaged"},
		{"newer", func(t *testing.T, path string) { execute(t, path, "pragma user_version = 99") }, &newer, "form 99"},
		{"foreign", func(t *testing.T, path string) { execute(t, path, "pragma application_id = 0") }, &foreign, "no store of dex"},
	} {
		t.Run(c.name, func(t *testing.T) {
			project := t.TempDir()
			if err := openBelow(t, project).Close(); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, Path(project))
			s, err := OpenBelow(t.Context(), project)
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			if !errors.As(err, c.as) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), Path(project)) {
				t.Errorf("%T: %v", err, err)
			}
		})
	}
}

// A page that is damaged behind the schema is found when it is read.
func TestDamagedPage(t *testing.T) {
	project := t.TempDir()
	s := openBelow(t, project)
	for range 200 {
		if err := s.AppendRecords(t.Context(), func(seq int64, _ string) []store.Record {
			return []store.Record{{Seq: seq + 1, Kind: "node", Body: make([]byte, 500), Hash: "h"}}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(Path(project))
	if err != nil {
		t.Fatal(err)
	}
	for i := len(raw) / 2; i < len(raw); i++ {
		raw[i] ^= 0x5a
	}
	write(t, Path(project), raw)
	_, err = openBelow(t, project).Records(t.Context(), 1, 0)
	var damaged *DamagedError
	if !errors.As(err, &damaged) {
		t.Errorf("reading a damaged page: %v", err)
	}
}

func TestNoRightToWrite(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	project := t.TempDir()
	if err := os.Chmod(project, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBelow(t.Context(), project); !errors.Is(err, os.ErrPermission) {
		t.Errorf("in a folder that cannot be written: %v", err)
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, path string, at int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := at; i < at+512; i++ {
		raw[i] = 0xa5
	}
	write(t, path, raw)
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := connect(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkOpen(b *testing.B) {
	project := b.TempDir()
	openBelow(b, project)
	for b.Loop() {
		s, err := OpenBelow(b.Context(), project)
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}

func BenchmarkAppend(b *testing.B) {
	s := openBelow(b, b.TempDir())
	for b.Loop() {
		if err := s.AppendRecords(b.Context(), func(seq int64, _ string) []store.Record {
			return []store.Record{{Seq: seq + 1, Kind: "node", Body: make([]byte, 500), Hash: "h"}}
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNotice is a notice's way through the outbox: put, claimed and settled, each
// of them on the disk.
func BenchmarkNotice(b *testing.B) {
	s := openBelow(b, b.TempDir())
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	n := 0
	for b.Loop() {
		n++
		id := strconv.Itoa(n)
		if fresh, err := s.PutNotice(b.Context(), store.Notice{ID: id, Key: id, Channel: "c", Body: make([]byte, 500), State: store.Pending, CreatedAt: at, NextAt: at}); err != nil || !fresh {
			b.Fatal(fresh, err)
		}
		got, err := s.ClaimNotices(b.Context(), at, at.Add(time.Minute), 1)
		if err != nil || len(got) != 1 || got[0].ID != id {
			b.Fatal(got, err)
		}
		if err := s.SettleNotice(b.Context(), store.Attempt{Notice: id, At: at, Status: 200}, store.Delivered, at); err != nil {
			b.Fatal(err)
		}
	}
}
