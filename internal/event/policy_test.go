package event

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// TestPolicy: what dbt makes of random --warn-error-options.
func TestPolicy(t *testing.T) {
	src, err := os.ReadFile("testdata/warn_error_options.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][4]json.RawMessage
	if err := json.Unmarshal(src, &rows); err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{
		"NoNodesForSelectionCriteria": "M030", "DuplicateYAMLKeysDeprecation": "D021",
		"PackageRedirectDeprecation": "D001", "DeprecatedModel": "I065",
	}
	words := map[Verdict]string{Shown: "shown", Fault: "error", Silent: "silent"}
	for _, row := range rows {
		var p Policy
		var want map[string]string
		if json.Unmarshal(row[3], &want) != nil {
			continue // dbt refuses the options: see package cli
		}
		if json.Unmarshal(row[0], &p.Error) != nil {
			p.ErrorAll = true
		}
		if err := json.Unmarshal(row[1], &p.Warn); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(row[2], &p.Silence); err != nil {
			t.Fatal(err)
		}
		for name, verdict := range want {
			if got := words[p.Of(name, codes[name])]; got != verdict {
				t.Errorf("%s: %s %s, not %s", row, name, got, verdict)
			}
		}
	}
	if p := (Policy{All: true, Silence: []string{"X"}}); p.Of("X", "") != Fault {
		t.Error("--warn-error is not everything")
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"Deprecations", "LogTestResult", "DuplicateYAMLKeysDeprecation"} {
		if !IsName(name) {
			t.Errorf("%s is no name", name)
		}
	}
	if IsName("") || IsName("Nope") || !slices.IsSorted(names()) || !slices.IsSorted(later()) || !IsLaterName("AccessDenied") {
		t.Error("the list of names is wrong")
	}
}
