package project

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dex/internal/diag"
)

func TestDexHooks(t *testing.T) {
	cases := []struct {
		file  string
		want  DexHooks
		fault string
	}{
		{"", DexHooks{FirstRun: FirstRunEmpty}, ""},
		{"# nothing yet\n", DexHooks{FirstRun: FirstRunEmpty}, ""},
		{"hooks:\n", DexHooks{FirstRun: FirstRunEmpty}, ""},
		{"hooks: {ephemeral: inline, transactions: strict}\n", DexHooks{Ephemeral: EphemeralInline, FirstRun: FirstRunEmpty, Strict: true}, ""},
		{"hooks: {ephemeral: skip, first_run: fail, transactions: dbt}\n", DexHooks{}, ""},
		{"hooks:\n  first_run: skip\n  disable: [package:elementary, audit]\n",
			DexHooks{FirstRun: FirstRunSkip, Disable: []string{"package:elementary", "audit"}, DisableAt: diag.Pos{File: "dex.yml", Line: 3, Col: 3}}, ""},
		{"hooks: {disable: package:elementary}\n", DexHooks{FirstRun: FirstRunEmpty, Disable: []string{"package:elementary"}, DisableAt: diag.Pos{File: "dex.yml", Line: 1, Col: 9}}, ""},
		{"hooks: {ephemeral: inlined}\n", DexHooks{}, "ephemeral of hooks may not be 'inlined'"},
		{"hooks: {first_runs: skip}\n", DexHooks{}, "first_runs"},
		{"hooks: strict\n", DexHooks{}, "hooks of dex.yml has to be a mapping"},
	}
	for _, c := range cases {
		p, faults := loadFiles(t, map[string]string{"dex.yml": c.file})
		if c.fault != "" {
			if err := faults.Err(); err == nil || !strings.Contains(err.Error(), c.fault) || !strings.Contains(err.Error(), "dex.yml") {
				t.Errorf("%q: want a fault with %q, got %v", c.file, c.fault, err)
			}
			continue
		}
		if p == nil {
			t.Errorf("%q: %v", c.file, faults.Err())
			continue
		}
		if d := cmp.Diff(c.want, p.Dex.Hooks, cmpopts.EquateEmpty()); d != "" || !p.Dex.Present {
			t.Errorf("%q: present %t (-want +got)\n%s", c.file, p.Dex.Present, d)
		}
	}
}

func TestNoDexYMLIsDbt(t *testing.T) {
	p, faults := loadFiles(t, nil)
	if p == nil {
		t.Fatal(faults.Err())
	}
	if d := cmp.Diff(Dex{}, p.Dex); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// loadFiles loads a project of these files beside a plain dbt_project.yml.
func loadFiles(t *testing.T, files map[string]string) (*Project, diag.List) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(ProjectFile, "name: shop\nversion: '1.0'\nprofile: shop\n")
	for name, text := range files {
		write(name, text)
	}
	raw, faults := ReadRaw(dir)
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	p, faults, err := Load(context.Background(), Options{Raw: raw})
	if err != nil {
		t.Fatal(err)
	}
	return p, faults
}
