package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "dex/internal/adapter/all"
)

// What a shell is given for the last word of a command line.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"dbt_project.yml":    "name: shop\nversion: '1.0'\n",
		"models/orders.sql":  "{{ config(tags=['nightly']) }} select 1 as id",
		"models/returns.sql": "select * from {{ ref('orders') }}",
		"models/p.yml":       "sources: [{name: raw, tables: [{name: x}]}]\n",
		"macros/m.sql":       "{% macro grant() %}{% endmacro %}",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ line, want string }{
		{"sna", "snapshot"},
		{"run --full", "--full-refresh"},
		{"run --indirect-selection c", "cautious"},
		{"ls --output ", "json name path selector"},
		{"run -s ", "orders returns source:raw.x tag:nightly"},
		{"run -s r", "returns"},
		{"run -s orders +r", "+returns"},
		{"run --exclude orders,2+o", "orders,2+orders"},
		{"run -m ta", "tag:nightly"},
		{"run-operation ", "grant"},
	} {
		var out bytes.Buffer
		args := append([]string{"__completeNoDesc"}, strings.Split(c.line, " ")...)
		if strings.Contains(c.line, " ") {
			args = append([]string{args[0], args[1], "--project-dir=" + dir}, args[2:]...)
		}
		if code := Main(context.Background(), Process{Args: args, Stdout: &out, Stderr: &bytes.Buffer{}}); code != exitOK {
			t.Errorf("%s: exit code %d", c.line, code)
		}
		lines := strings.Fields(out.String())
		if got := strings.Join(lines[:max(0, len(lines)-1)], " "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.line, got, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "target")); err == nil {
		t.Error("completion has written artifacts")
	}
}
