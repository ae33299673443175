package dotenv

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecorded: what python-dotenv reads in the same texts.
func TestRecorded(t *testing.T) {
	src, err := os.ReadFile("testdata/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][4]json.RawMessage
	if err := json.Unmarshal(src, &rows); err != nil {
		t.Fatal(err)
	}
	env := func(name string) (string, bool) { return "outer", name == "OUT" }
	for _, row := range rows {
		var text string
		var want, resolved [][2]*string
		var bad []int
		for i, v := range []any{&text, &want, &bad, &resolved} {
			if err := json.Unmarshal(row[i], v); err != nil {
				t.Fatal(err)
			}
		}
		vars, lines := Parse(text)
		if diff := cmp.Diff(shown(want), written(vars)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
			continue
		}
		if diff := cmp.Diff(bad, append([]int{}, lines...)); diff != "" {
			t.Errorf("%q: bad lines\n%s", text, diff)
		}
		if diff := cmp.Diff(shown(resolved), written(Resolve(vars, env))); diff != "" {
			t.Errorf("%q: resolved (-want +got)\n%s", text, diff)
		}
	}
}

func shown(pairs [][2]*string) (out []string) {
	for _, p := range pairs {
		v := Var{Name: *p[0], Bare: p[1] == nil}
		if !v.Bare {
			v.Value = *p[1]
		}
		out = append(out, v.String())
	}
	return out
}

func written(vars []Var) (out []string) {
	for _, v := range vars {
		out = append(out, v.String())
	}
	return out
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, Name), []byte("DEX_T_SET=file\nDEX_T_NEW=new\n'unclosed\nDEX_T_BARE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DEX_T_SET", "shell")
	t.Setenv("DEX_T_NEW", "")
	_ = os.Unsetenv("DEX_T_NEW")
	t.Setenv("PYTHON_DOTENV_DISABLED", "true")
	if notes := Load(below); notes != nil || os.Getenv("DEX_T_NEW") != "" {
		t.Errorf("read though it is switched off: %v", notes)
	}
	t.Setenv("PYTHON_DOTENV_DISABLED", "")
	notes := Load(below)
	if os.Getenv("DEX_T_SET") != "shell" || os.Getenv("DEX_T_NEW") != "new" {
		t.Errorf("%q %q", os.Getenv("DEX_T_SET"), os.Getenv("DEX_T_NEW"))
	}
	if _, ok := os.LookupEnv("DEX_T_BARE"); ok || len(notes) != 1 || !strings.Contains(notes[0], "line 3") {
		t.Errorf("%v", notes)
	}
}
