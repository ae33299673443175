package artifact

import (
	"fmt"
	"os"
	"strings"
	"time"

	"dex/internal/manifest"
)

// LoadedAt is how fresh an earlier invocation found sources: max_loaded_at of
// each that could be asked.
type LoadedAt map[manifest.ID]time.Time

// ReadSources reads a sources.json of dex or of dbt, for the selection by
// source_status. The errors are those of ReadState.
func ReadSources(path string) (LoadedAt, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	top, _, err := sourcesForm.open(src, path)
	if err != nil {
		return nil, err
	}
	out := LoadedAt{}
	for _, e := range top.list("results") {
		r := record{asDict(e)}
		written := r.text("max_loaded_at")
		if written == "" {
			continue // it could not be asked
		}
		at, err := readTime(written)
		if err != nil {
			return nil, fmt.Errorf("Could not read %s at \"%s\": max_loaded_at of %s is no time: %w", sourcesForm.class, path, r.text("unique_id"), err)
		}
		out[manifest.ID(r.text("unique_id"))] = at
	}
	return out, nil
}

// readTime reads a time as artifacts write it; one without an offset is in UTC.
func readTime(s string) (time.Time, error) {
	s = strings.Replace(s, " ", "T", 1)
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at, nil
	}
	return time.Parse("2006-01-02T15:04:05.999999999", s)
}
