package artifact

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestReadSources reads what dbt writes of a source that was asked and of one
// that could not be.
func TestReadSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sources.json")
	src := `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/sources/v3.json", "dbt_version": "1.12.6"},
 "results": [
  {"unique_id": "source.shop.raw.a", "max_loaded_at": "2026-01-02T03:04:05+00:00", "snapshotted_at": "2026-01-03T00:00:00+00:00", "status": "pass"},
  {"unique_id": "source.shop.raw.b", "max_loaded_at": "2026-01-02T03:04:05.250000", "status": "warn"},
  {"unique_id": "source.shop.raw.c", "error": "no such table", "status": "runtime error"}],
 "elapsed_time": 0.5}`
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSources(path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if len(got) != 2 || !got["source.shop.raw.a"].Equal(at) || !got["source.shop.raw.b"].Equal(at.Add(250*time.Millisecond)) {
		t.Errorf("got %v", got)
	}
	if _, err := ReadSources(path + ".gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
