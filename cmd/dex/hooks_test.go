package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const hookCases = "testdata/hooks"

// TestHooks plays each project below testdata/hooks on each database and compares
// what dex does with what dbt was recorded to do: exit code, results, manifest,
// statements in their transactions, and the database's contents afterwards. The
// format of a case is hookCase; open.txt lists the cases that are expected to
// differ, with the reason, and must match exactly.
func TestHooks(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(hookCases, "*.yml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases below %s (%v)", hookCases, err)
	}
	open := readOpen(t, filepath.Join(hookCases, "open.txt"))
	names := map[string]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yml")
		c := loadCase(t, path)
		for _, adapter := range c.Adapters {
			test := name + "/" + adapter
			names[test] = true
			t.Run(test, func(t *testing.T) {
				t.Parallel()
				diffs := playCase(t, c, adapter)
				reason, listed := open[test]
				switch {
				case listed && len(diffs) == 0:
					t.Errorf("open.txt lists this case (%s), but it does as recorded: take it off the list", reason)
				case !listed && len(diffs) > 0:
					t.Errorf("%d differences from what dbt does:\n%s", len(diffs), strings.Join(diffs, "\n"))
				}
			})
		}
	}
	for name := range open {
		if !names[name] {
			t.Errorf("open.txt lists %s, which is no case", name)
		}
	}
}

// readOpen reads the list of cases that are expected to differ: "name/adapter:
// reason", one a line, # for comments.
func readOpen(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	open := map[string]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, ok := strings.Cut(line, ": ")
		if _, twice := open[name]; !ok || twice {
			t.Fatalf("%s:%d: want `name/adapter: reason`, each name once, not %q", path, n, line)
		}
		open[name] = reason
	}
	if err := lines.Err(); err != nil {
		t.Fatal(fmt.Errorf("read %s: %w", path, err))
	}
	return open
}
