package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dex/internal/store/sqlite"
)

// spoil makes a project's store one that cannot be used.
var spoil = map[string]struct {
	do   func(t *testing.T, dir string)
	says string
}{
	"damaged": {func(t *testing.T, dir string) {
		(&build{t: t, dir: dir}).write(".dex/dex.db", strings.Repeat("no database ", 500))
	}, "is damaged"},
	"newer": {func(t *testing.T, dir string) {
		s, err := sqlite.OpenBelow(t.Context(), dir)
		must(t, err)
		must(t, s.Close())
		alter(t, dir, "pragma user_version = 4711")
	}, "was changed by a newer dex"},
	"a file in place of its folder": {func(t *testing.T, dir string) { (&build{t: t, dir: dir}).write(".dex", "a file") }, ".dex"},
	"a folder in its place": {func(t *testing.T, dir string) {
		must(t, os.MkdirAll(filepath.Join(dir, ".dex", "dex.db"), 0o755))
	}, "dex.db"},
}

// A store that cannot be used: who needs none does not notice; a run with an audit and
// rules ends as its nodes do, and says what could not be kept; an operation is not begun
// without its record; a hook that is to tell fails as its policy says.
func TestStoreThatCannotBeUsed(t *testing.T) {
	for name, c := range spoil {
		t.Run(name, func(t *testing.T) {
			dir := auditProject(t, 2)
			b := &build{t: t, dir: dir}
			b.write("dex.yml", "# nothing that needs a store\n")
			b.write("operations/note.sql", "create table noted as select 1 as id")
			c.do(t, dir)
			if out := dex(t, dir, 0, "run"); strings.Contains(out, "WARN]") || strings.Contains(out, "store") {
				t.Errorf("without need of it:\n%s", out)
			}
			if out := dex(t, dir, 2, "operation", "run", "note"); !strings.Contains(out, c.says) || !strings.Contains(out, "note has not been run") && !strings.Contains(out, "so is not begun") {
				t.Errorf("an operation:\n%s", out)
			}
			if out := dex(t, dir, 2, "--quiet", "show", "--inline", "select * from noted"); !strings.Contains(out, "Table with name noted does not exist") {
				t.Errorf("the operation was begun without its record:\n%s", out)
			}
			b.write("dex.yml", "audit: {}\nnotifications:\n  allow_private_addresses: true\n  channels: {webhook: {type: webhook, url: 'http://127.0.0.1:9'}}\n  rules: [{on: [success, failure], channel: webhook}]\n")
			if out := dex(t, dir, 0, "run"); !strings.Contains(out, "The audit was not written") || !strings.Contains(out, c.says) || !strings.Contains(out, "Completed") {
				t.Errorf("with an audit and rules:\n%s", out)
			}
			b.write("models/m0.sql", "{{ config(post_hook=[{'notify': 'webhook', 'message': 'x'}]) }} select 0 as n")
			if out := dex(t, dir, 1, "run", "-s", "m0"); !strings.Contains(out, c.says) {
				t.Errorf("with a hook that tells:\n%s", out)
			}
			for _, command := range [][]string{{"audit", "verify"}, {"audit", "list"}, {"notify", "deliveries"}, {"operation", "history"}} {
				out := output(t, dir, command...)
				if name != "a file in place of its folder" && !strings.Contains(out, c.says) || strings.Contains(out, "panic") {
					t.Errorf("%v:\n%s", command, out)
				}
			}
		})
	}
}

// output is what a command says, whatever its exit code.
func output(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("dex", args...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput() // the code does not count
	return string(out)
}
