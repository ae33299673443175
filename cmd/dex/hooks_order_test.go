package main

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestHooksListIsTheOrder: hooks run in the order in which `hooks list` shows them,
// node by node, whatever the materialization.
func TestHooksListIsTheOrder(t *testing.T) {
	t.Parallel()
	d := &dryRun{build: &build{t: t, dir: t.TempDir()}}
	for name, text := range hookedProject {
		d.write(name, text)
	}
	listed := map[string][]string{}
	lines := bufio.NewScanner(strings.NewReader(d.dex("hooks", "list", "--output", "json", "--quiet")))
	for lines.Scan() {
		var h struct{ Node, Name string }
		must(t, json.Unmarshal(lines.Bytes(), &h))
		if !strings.HasPrefix(h.Node, "model.hooked.an_inner") { // ephemeral
			listed[h.Node] = append(listed[h.Node], h.Name)
		}
	}
	d.dex("build")
	var account struct {
		Results []struct {
			Node, Name string
			Reason     string
			Started    time.Time `json:"started_at"`
		}
	}
	src, err := os.ReadFile(d.path("target/hook_results.json"))
	must(t, err)
	must(t, json.Unmarshal(src, &account))
	slices.SortStableFunc(account.Results, func(a, b struct {
		Node, Name string
		Reason     string
		Started    time.Time `json:"started_at"`
	}) int {
		return a.Started.Compare(b.Started)
	})
	ran := map[string][]string{}
	for _, r := range account.Results {
		if r.Reason != "ephemeral" {
			ran[r.Node] = append(ran[r.Node], r.Name)
		}
	}
	if len(ran) < 10 {
		t.Fatalf("only %d nodes have hooks", len(ran))
	}
	for node, names := range ran {
		if !slices.Equal(names, listed[node]) {
			t.Errorf("%s ran %v, the list has %v", node, names, listed[node])
		}
	}
	for node := range listed {
		if ran[node] == nil {
			t.Errorf("%s is in the list, and none of its hooks has an account", node)
		}
	}
}
