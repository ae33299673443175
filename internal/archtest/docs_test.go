package archtest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestArchitectureTable holds the table of floors in docs/ARCHITECTURE.md against
// the one that is enforced.
func TestArchitectureTable(t *testing.T) {
	text := read(t, "../../docs/ARCHITECTURE.md")
	shown := map[string]int{}
	row := regexp.MustCompile(`(?m)^\| (\d+) \| (.*) \|$`)
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		for _, name := range strings.Fields(m[2]) {
			shown[strings.Trim(name, "`")] = int(m[1][0] - '1')
		}
	}
	for i, names := range floors {
		for _, name := range names {
			at, ok := shown[name]
			if !ok || at != i {
				t.Errorf("%s stands on floor %d; docs/ARCHITECTURE.md has it on %d (found: %v)", name, i+1, at+1, ok)
			}
			if !strings.Contains(text, "| `"+name+"` |") {
				t.Errorf("docs/ARCHITECTURE.md does not say what %s knows", name)
			}
			delete(shown, name)
		}
	}
	delete(shown, "cmd/dex")
	for name := range shown {
		t.Errorf("docs/ARCHITECTURE.md has a room %s that is not there", name)
	}
}

// TestDependenciesTable holds the modules of docs/DEPENDENCIES.md against those
// that go.mod requires directly.
func TestDependenciesTable(t *testing.T) {
	text := read(t, "../../docs/DEPENDENCIES.md")
	direct := regexp.MustCompile(`(?m)^\t(\S+) (v\S+)$`)
	found := direct.FindAllStringSubmatch(read(t, "../../go.mod"), -1)
	if len(found) == 0 {
		t.Fatal("no direct module found in go.mod")
	}
	for _, m := range found {
		if !strings.Contains(text, "| "+m[1]+" | "+m[2]+" |") {
			t.Errorf("docs/DEPENDENCIES.md has no line for %s %s", m[1], m[2])
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
