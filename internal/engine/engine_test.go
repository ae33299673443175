package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "dex/internal/adapter/all"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/result"
)

// write puts files into a new folder and gives it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const shop = "name: shop\nversion: '1.0'\nprofile: shop\nclean-targets: [target, models, ../elsewhere]\n"

func invoke(t *testing.T, dir, command string, change func(*Invocation)) (*Outcome, error) {
	t.Helper()
	inv := Invocation{Command: command, ProjectDir: dir, WriteJSON: true, PopulateCache: true, VersionCheck: true, Limit: 5}
	if change != nil {
		change(&inv)
	}
	e := &Engine{Getenv: func(string) (string, bool) { return "", false }}
	return e.Invoke(context.Background(), inv)
}

func TestFailedHookIsPlaced(t *testing.T) {
	dir := write(t, map[string]string{
		"dbt_project.yml": shop + "models:\n  shop:\n    +post-hook: \"insert into nowhere values (1)\"\n",
		"models/a.sql":    "select 1 as id\n",
		"models/b.sql":    "{{ config(\n    pre_hook=[\"select 1\",\n      \"insert into absent values ('{{ this }}')\"]) }}\nselect 1 as id\n",
	})
	out, err := invoke(t, dir, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"model.shop.a": "dbt_project.yml:7:17", "model.shop.b": "models/b.sql:3:7"}
	for i := range out.Results {
		r := &out.Results[i]
		if r.Status != result.Error || r.HookPos.String() != want[r.Node] {
			t.Errorf("%s: %s, hook %q at %s, want %s", r.Node, r.Status, r.Hook, r.HookPos, want[r.Node])
		}
	}
}

func TestModelThatFailsIsNoHook(t *testing.T) {
	dir := write(t, map[string]string{
		"dbt_project.yml": shop,
		"models/a.sql":    "{{ config(pre_hook='select 1') }} select * from absent\n",
	})
	out, err := invoke(t, dir, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := out.Results[0]; r.Status != result.Error || r.Hook != "" {
		t.Errorf("%s, hook %q", r.Status, r.Hook)
	}
}

func TestCleanRefusesSourcesAndOutside(t *testing.T) {
	dir := write(t, map[string]string{"dbt_project.yml": shop, "models/a.sql": "select 1", "target/x": "x"})
	_, err := invoke(t, dir, "clean", nil)
	var list *diag.ListError
	if !errors.As(err, &list) || len(list.List) != 2 {
		t.Fatalf("want two refusals, got %v", err)
	}
	for _, f := range []string{"models/a.sql", "target/x"} {
		if _, err := os.Stat(filepath.Join(dir, f)); err != nil {
			t.Errorf("%s is gone though the command was refused", f)
		}
	}
}

func TestCommentSetting(t *testing.T) {
	d := value.NewDict(2)
	d.SetStr("comment", value.Str("mine"))
	d.SetStr("append", value.Bool(true))
	for _, c := range []struct {
		setting value.Value
		text    string
		atEnd   bool
		on      bool
	}{
		{nil, "", false, true}, {value.None, "", false, false}, {value.Str(""), "", false, false},
		{value.Str("x"), "x", false, true}, {d, "mine", true, true},
	} {
		text, atEnd, on := commentSetting(c.setting)
		if text != c.text || atEnd != c.atEnd || on != c.on {
			t.Errorf("%v: %q %v %v", c.setting, text, atEnd, on)
		}
	}
}

func TestCommentCannotEndItself(t *testing.T) {
	if got := closed("a */ drop table x; /*"); strings.Contains(got, "*/") {
		t.Errorf("%q", got)
	}
}

func TestShowAndInline(t *testing.T) {
	dir := write(t, map[string]string{"dbt_project.yml": shop, "models/a.sql": "select 41 + 1 as answer\n"})
	if _, err := invoke(t, dir, "run", nil); err != nil {
		t.Fatal(err)
	}
	out, err := invoke(t, dir, "show", func(i *Invocation) { i.Inline = "select answer from {{ ref('a') }}" })
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(out.Lines, "\n"); !strings.Contains(text, "42") || !strings.Contains(text, "answer") {
		t.Errorf("%q", text)
	}
	_, err = invoke(t, dir, "show", func(i *Invocation) { i.Inline = "select * from {{ ref('nowhere') }}" })
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a ref to nothing: %v", err)
	}
}
