package state_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dex/internal/artifact"
	"dex/internal/parse/parsetest"
	"dex/internal/state"
)

// carriedManifest holds one function, metric, semantic model and saved query.
const carriedManifest = `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "dbt_version": "1.12.6", "project_name": "shop", "adapter_type": "duckdb"},
"functions": {"function.shop.f": {"unique_id": "function.shop.f", "resource_type": "function", "package_name": "shop", "name": "f", "fqn": ["shop", "f"], "raw_code": "x + 1",
  "config": {"enabled": true}, "unrendered_config": {}, "depends_on": {"macros": [], "nodes": []}, "description": "fd",
  "arguments": [{"name": "x", "data_type": "int"}], "returns": {"data_type": "int"}, "overloads": [{"defined_in": "f2", "arguments": [], "returns": null, "description": "od", "raw_body": "1"}]}},
"metrics": {"metric.shop.m": {"unique_id": "metric.shop.m", "resource_type": "metric", "package_name": "shop", "name": "m", "fqn": ["shop", "m"], "description": "md", "label": "ML", "type": "simple",
  "type_params": {"expr": "mx"}, "filter": null, "config": {"enabled": true, "group": "g1"}, "unrendered_config": {"group": "g1"}, "depends_on": {"macros": [], "nodes": []}}},
"semantic_models": {"semantic_model.shop.s": {"unique_id": "semantic_model.shop.s", "resource_type": "semantic_model", "package_name": "shop", "name": "s", "fqn": ["shop", "s"], "model": "ref('a')",
  "description": "sd", "defaults": {"agg_time_dimension": "day"}, "entities": [{"name": "id"}], "measures": [{"name": "n"}], "dimensions": [{"name": "day"}], "primary_entity": null, "group": null,
  "config": {"enabled": true, "meta": {"k": "sm"}}, "unrendered_config": {}, "label": "SL", "depends_on": {"macros": [], "nodes": []}}},
"saved_queries": {"saved_query.shop.q": {"unique_id": "saved_query.shop.q", "resource_type": "saved_query", "package_name": "shop", "name": "q", "fqn": ["shop", "q"], "description": "qd", "label": null,
  "query_params": {"metrics": ["m"], "group_by": ["day"], "where": null, "order_by": ["o1"]}, "exports": [{"name": "e", "config": {"alias": "rendered"}, "unrendered_config": {"alias": "ea"}}],
  "config": {"enabled": true}, "unrendered_config": {}, "tags": ["qt"], "depends_on": {"macros": [], "nodes": []}}}}`

// TestCarriedKinds changes one field after the other, and wants what dbt makes of
// it: some of them count, some do not.
func TestCarriedKinds(t *testing.T) {
	was := readManifest(t, carriedManifest)
	for _, tt := range []struct{ old, new, modified string }{
		{"x + 1", "x + 1", ""},
		{"x + 1", "x + 2", "function.shop.f"},
		{`"fd"`, `"other"`, ""},
		{`{"name": "x", "data_type": "int"}`, `{"name": "x", "data_type": "text"}`, "function.shop.f"},
		{`"returns": {"data_type": "int"}`, `"returns": {"data_type": "text"}`, "function.shop.f"},
		{`"raw_body": "1"`, `"raw_body": "2"`, "function.shop.f"},
		{`"od"`, `"other"`, ""},
		{`"md"`, `"other"`, "metric.shop.m"},
		{`"ML"`, `"other"`, "metric.shop.m"},
		{`"simple"`, `"derived"`, "metric.shop.m"},
		{`"mx"`, `"other"`, ""},
		{`"unrendered_config": {"group": "g1"}`, `"unrendered_config": {"group": "g2"}`, ""},
		{`"unrendered_config": {"group": "g1"}`, `"unrendered_config": {"group": "g1", "meta": {}}`, "metric.shop.m"},
		{`ref('a')`, `ref('b')`, "semantic_model.shop.s"},
		{`{"name": "id"}`, `{"name": "key"}`, "semantic_model.shop.s"},
		{`"measures": [{"name": "n"}]`, `"measures": []`, "semantic_model.shop.s"},
		{`"sm"`, `"other"`, "semantic_model.shop.s"},
		{`"SL"`, `"other"`, ""},
		{`"metrics": ["m"]`, `"metrics": ["m", "n"]`, "saved_query.shop.q"},
		{`"where": null`, `"where": {"where_filters": []}`, "saved_query.shop.q"},
		{`"o1"`, `"o2"`, ""},
		{`"rendered"`, `"other"`, ""},
		{`"ea"`, `"other"`, "saved_query.shop.q"},
		{`"qt"`, `"other"`, "saved_query.shop.q"},
	} {
		if !strings.Contains(carriedManifest, tt.old) {
			t.Fatalf("%s is not in the manifest", tt.old)
		}
		now := readManifest(t, strings.Replace(carriedManifest, tt.old, tt.new, 1))
		ids, err := list(&parsetest.Project{Manifest: now.Manifest.Manifest}, &state.Comparison{Previous: was}, "state:modified")
		if got := strings.Join(ids, " "); err != nil || got != tt.modified {
			t.Errorf("%s -> %s: got %q %v, want %q", tt.old, tt.new, got, err, tt.modified)
		}
	}
}

// readManifest reads the text of a manifest as that of a state.
func readManifest(t *testing.T, src string) *state.Previous {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return read(t, dir)
}

// TestUnknownState demands that nothing of the manifest's kinds is mistaken for
// another one's, and that an unreadable version is named as dbt names it.
func TestUnknownState(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "manifest.json")
	if err := os.WriteFile(path, []byte(strings.Replace(carriedManifest, "v12", "v13", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := state.Read(state.Places{Path: dir, Dir: dir, Target: dir}, nil)
	want := fmt.Sprintf(`Expected a schema version of "%s" in %s, but found "https://schemas.getdbt.com/dbt/manifest/v13.json". Are you running with a different version of dbt?`, artifact.ManifestSchema, path)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
