package artifact

import (
	"os"
	"path/filepath"
	"testing"
)

// A model of a manifest older than version 9 says nothing of its access: it is
// protected, as every model then was.
func TestReadOldModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manifest.json")
	src := `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v4.json", "adapter_type": "duckdb"},
		"nodes": {"model.shop.m": {"resource_type": "model", "unique_id": "model.shop.m", "name": "m", "package_name": "shop", "raw_sql": "select 1"},
			"model.shop.p": {"resource_type": "model", "unique_id": "model.shop.p", "name": "p", "package_name": "shop", "access": "private"},
			"seed.shop.s": {"resource_type": "seed", "unique_id": "seed.shop.s", "name": "s", "package_name": "shop"}},
		"sources": {}, "macros": {}, "docs": {}, "exposures": {}, "metrics": {}, "selectors": {}, "disabled": {}, "parent_map": {}, "child_map": {}}`
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := ReadState(path)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"model.shop.m": "protected", "model.shop.p": "private", "seed.shop.s": ""} {
		found := false
		for got, n := range st.Manifest.Nodes {
			if string(got) == id {
				found = true
				if n.Access != want {
					t.Errorf("%s: access %q, want %q", id, n.Access, want)
				}
			}
		}
		if !found {
			t.Errorf("%s is not there", id)
		}
	}
}
