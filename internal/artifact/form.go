package artifact

import (
	"fmt"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// form is a kind of artifact with the versions of its schema that can be read.
type form struct {
	file   string // "manifest.json"
	class  string // dbt's name of it, for messages
	schema string // of the newest version
	oldest int
}

// The artifacts that dex reads, with the oldest version that dbt 1.12 reads.
var (
	manifestForm   = form{"manifest.json", "WritableManifest", ManifestSchema, 4}
	runResultsForm = form{"run_results.json", "RunResultsArtifact", RunResultsSchema, 4}
	sourcesForm    = form{"sources.json", "FreshnessExecutionResultArtifact", "https://schemas.getdbt.com/dbt/sources/v3.json", 3}
)

// SchemaError is an artifact of a version that is not read. dbt:
// IncompatibleSchemaError.
type SchemaError struct{ Path, Expected, Found string }

func (e *SchemaError) Error() string {
	return fmt.Sprintf(`Expected a schema version of "%s" in %s, but found "%s". Are you running with a different version of dbt?`, e.Expected, e.Path, e.Found)
}

// open gives an artifact's top and the version of its schema, where it is the
// file it should be. The error is a *SchemaError, or tells of a damaged file.
func (f form) open(src []byte, path string) (top record, version int, err error) {
	v, err := value.ParseJSON(src)
	if err != nil {
		return top, 0, fmt.Errorf("Could not read %s at \"%s\" as JSON: %w", f.class, path, err)
	}
	top = record{asDict(v)}
	meta := top.sub("metadata")
	found := meta.text("dbt_schema_version")
	if found == "" {
		return top, 0, fmt.Errorf("Could not read %s at \"%s\": it names no dbt_schema_version in its metadata, so it is no %s", f.class, path, f.file)
	}
	kind, newest := schemaVersion(f.schema)
	got, version := schemaVersion(found)
	if got != kind || version < f.oldest || version > newest {
		return top, 0, &SchemaError{path, f.schema, found}
	}
	return top, version, nil
}

// schemaVersion takes ".../manifest/v12.json" apart; 0 is no version.
func schemaVersion(url string) (kind string, version int) {
	kind, last, _ := strings.Cut(strings.TrimSuffix(url, ".json"), "/v")
	version, err := strconv.Atoi(last)
	if err != nil {
		return url, 0
	}
	return kind, version
}
