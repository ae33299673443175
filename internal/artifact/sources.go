package artifact

import (
	"io"
	"time"

	"dex/internal/manifest"
	"dex/internal/result"
)

// SourcesSchema is where the schema of sources.json is published.
const SourcesSchema = "https://schemas.getdbt.com/dbt/sources/v3.json"

// Sources is how fresh sources were found: sources.json.
type Sources struct {
	Meta    Meta
	Results []SourceResult
	Elapsed time.Duration
}

// SourceResult is what was found of one source.
type SourceResult struct {
	Source *manifest.Node
	Result *result.Result
}

// WriteSources writes x to the file at path, which it replaces whole or not at
// all. dbt: sources that could not be asked are left out.
func WriteSources(path string, x *Sources) error {
	return writeFile(path, func(w io.Writer) error {
		s := &jsonSink{}
		s.b = append(s.b, '{')
		s.open("metadata")
		writeMeta(s, SourcesSchema, x.Meta)
		s.close()
		s.openList("results")
		for _, r := range x.Results {
			if r.Result.Freshness != nil {
				writeFreshness(s, r)
			}
		}
		s.closeList()
		s.float("elapsed_time", x.Elapsed.Seconds())
		s.b = append(s.b, '}')
		return s.writeTo(w)
	})
}

func writeFreshness(s *jsonSink, r SourceResult) {
	f := r.Result.Freshness
	s.open("")
	s.text("unique_id", r.Result.Node)
	s.text("max_loaded_at", isoTime(f.MaxLoadedAt, "+00:00"))
	s.text("snapshotted_at", isoTime(f.SnapshottedAt, "+00:00"))
	s.float("max_loaded_at_time_ago_in_s", f.Age)
	s.text("status", string(r.Result.Status))
	s.value("criteria", r.Source.Source.Freshness)
	s.dict("adapter_response", r.Result.Adapter)
	writeTiming(s, r.Result.Timing)
	s.text("thread_id", r.Result.Thread)
	s.float("execution_time", r.Result.Elapsed.Seconds())
	s.close()
}
