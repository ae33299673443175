package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A rule of dex.yml tells of an operation that fails by itself, and that it is well
// again; of one that was not begun nobody is told but who typed it.
func TestOperationTellsItsRules(t *testing.T) {
	got := &everyReceiver{}
	srv := httptest.NewServer(got)
	defer srv.Close()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("dbt_project.yml", "name: tells\nprofile: tells\n")
	write("profiles.yml", "tells: {target: dev, outputs: {dev: {type: duckdb, path: tells.duckdb}}}\n")
	write("dex.yml", "notifications:\n  allow_private_addresses: true\n  channels: {desk: {type: webhook, url: \""+srv.URL+"\"}}\n  rules: [{on: [failure, recovery], channel: desk}]\n")
	write("operations/count_it.sql", "select count(*) as n from nowhere")
	everyRun(t, dir, 2, "operation", "run", "count_it", "--param", "unknown=1")
	everyRun(t, dir, 1, "operation", "run", "count_it")
	everyRun(t, dir, 1, "operation", "run", "count_it")
	write("operations/count_it.sql", "select 1 as n")
	everyRun(t, dir, 0, "operation", "run", "count_it")
	everyRun(t, dir, 0, "operation", "run", "count_it")
	var events []string
	for _, b := range got.bodies {
		for _, event := range []string{"failure", "recovery", "success"} {
			if strings.Contains(b, `"event":"`+event+`"`) {
				events = append(events, event)
			}
		}
		if !strings.Contains(b, "count_it") {
			t.Errorf("a message does not name the operation: %s", b)
		}
	}
	if strings.Join(events, " ") != "failure recovery" {
		t.Errorf("told: %v\n%s", events, strings.Join(got.bodies, "\n"))
	}
}
