package parse

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/diag"
	"dex/internal/semantic"
)

// semanticCase is a small project, made at random, and what dbt 1.12.6 was recorded
// to make of it.
type semanticCase struct {
	Seed  int               `json:"seed"`
	Files map[string]string `json:"files"`

	Errors []string `json:"errors"` // of a project that dbt refuses; else the rest

	SemanticManifest string              `json:"semantic_manifest"`
	Nodes            map[string]any      `json:"nodes"`
	Disabled         map[string]any      `json:"disabled"`
	Parents          map[string][]string `json:"parents"`
	Warnings         []string            `json:"warnings"`
}

// TestSemanticsAsRecorded parses the recorded projects. Where dbt refuses one, dex
// does, and says what dbt says; dex may say more.
func TestSemanticsAsRecorded(t *testing.T) {
	src, err := os.ReadFile("testdata/semantic.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []semanticCase
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(strconv.Itoa(c.Seed), func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}

func (c *semanticCase) check(t *testing.T) {
	dir := t.TempDir()
	for name, text := range c.Files {
		write(t, dir, name, text)
	}
	p, inv := load(t, dir)
	m, faults, err := Manifest(context.Background(), Options{Project: p, Inv: inv})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range c.Errors {
		if !says(faults, diag.Error, want) {
			t.Errorf("no error says %q in\n%s", want, faultText(faults))
		}
	}
	for _, want := range c.Warnings {
		if !says(faults, diag.Warning, want) {
			t.Errorf("no warning says %q in\n%s", want, faultText(faults))
		}
	}
	switch {
	case len(c.Errors) > 0 && !faults.HasErrors():
		t.Error("no error")
	case len(c.Errors) > 0:
		return
	case faults.HasErrors():
		t.Fatal(faultText(faults))
	}
	doc, err := semantic.NewDocument(m).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if string(doc) != c.SemanticManifest {
		t.Errorf("semantic manifest (-dbt +dex):\n%s", diffLines(c.SemanticManifest, string(doc)))
	}
	var got struct {
		Metrics, Exposures, Disabled map[string]any
		Models                       map[string]any      `json:"semantic_models"`
		Queries                      map[string]any      `json:"saved_queries"`
		Parents                      map[string][]string `json:"parent_map"`
	}
	if err := json.Unmarshal(encoded(t, m), &got); err != nil {
		t.Fatal(err)
	}
	nodes := map[string]any{}
	for _, part := range []map[string]any{got.Metrics, got.Models, got.Queries, got.Exposures} {
		for id, n := range part {
			nodes[id] = n
		}
	}
	timeless(nodes)
	timeless(got.Disabled)
	for id, list := range got.Parents {
		if len(list) == 0 {
			delete(got.Parents, id)
		}
	}
	for what, pair := range map[string][2]any{
		"nodes": {c.Nodes, nodes}, "disabled nodes": {c.Disabled, got.Disabled}, "parents": {c.Parents, got.Parents},
	} {
		if d := cmp.Diff(pair[0], pair[1]); d != "" {
			t.Errorf("%s (-dbt +dex):\n%s", what, d)
		}
	}
}

// timeless takes away what no two parses share.
func timeless(v any) {
	switch x := v.(type) {
	case map[string]any:
		delete(x, "created_at")
		for _, e := range x {
			timeless(e)
		}
	case []any:
		for _, e := range x {
			timeless(e)
		}
	}
}

// says reports whether a fault of a severity holds a text, whatever its blanks.
func says(faults diag.List, s diag.Severity, want string) bool {
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for _, f := range faults {
		if f.Severity == s && strings.Contains(flat(f.Summary), flat(want)) {
			return true
		}
	}
	return false
}
