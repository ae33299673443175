package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

// settled settles the flags of `list` in a folder with the given flags: section.
func settled(t *testing.T, flags, line string, environ ...string) (*settings, error) {
	t.Helper()
	dir := t.TempDir()
	text := "name: shop\nversion: '1.0'\nlog-path: mylogs\n" + flags
	if err := os.WriteFile(filepath.Join(dir, "dbt_project.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	def := commandsByName()["list"]
	defs := with(globalFlags, def.flags...)
	c := newCommand(&Process{}, def)
	if err := c.Flags().Parse(spelled(strings.Fields("list " + line))[1:]); err != nil {
		t.Fatal(err)
	}
	p := &Process{Environ: environ}
	s, err := settle(defs, func(f *flagDef) ([]string, bool) { return given(c.Flags(), f) }, p.getenv, filepath.Join(dir, "sub"))
	if err == nil {
		s.given["here"] = dir
	}
	return s, err
}

// The command line wins over the environment, that over dbt_project.yml.
func TestPrecedence(t *testing.T) {
	project := "flags:\n  fail_fast: true\n  indirect_selection: cautious\n  target: prod\n  quiet: true\n"
	for _, c := range []struct{ line, env, flag, want string }{
		{"", "", "fail-fast", "True"},
		{"--no-fail-fast", "", "fail-fast", "false"},
		{"", "DBT_FAIL_FAST=0", "fail-fast", "0"},
		{"-x", "DBT_FAIL_FAST=0", "fail-fast", "true"},
		{"", "DBT_FAIL_FAST=", "fail-fast", "True"},
		{"", "", "indirect-selection", "cautious"},
		{"", "DBT_INDIRECT_SELECTION=Buildable", "indirect-selection", "buildable"},
		{"", "DBT_ENGINE_TARGET=a", "target", "a"},
		{"", "DEX_TARGET=b", "target", "b"},
		{"", "", "target", ""},               // dbt: not one of the project's flags
		{"", "", "quiet", ""},                // nor is this
		{"", "DBT_THREADS=7", "threads", ""}, // dbt reads no such variable: it is the project's
		{"", "DEX_THREADS=7", "threads", "7"},
		{"", "DBT_SELECT=a", "select", ""},
	} {
		s, err := settled(t, project, c.line, c.env)
		if err != nil {
			t.Errorf("%v: %v", c, err)
		} else if got := s.given[c.flag]; got != c.want {
			t.Errorf("%q %q: %s is %q, want %q", c.line, c.env, c.flag, got, c.want)
		}
	}
	s, err := settled(t, "", "", "DBT_RESOURCE_TYPES=model seed")
	if err != nil || strings.Join(s.lists["resource-type"], ",") != "model,seed" {
		t.Errorf("DBT_RESOURCE_TYPES: %v %v", s.lists, err)
	}
}

// A flag of dbt_project.yml that cannot be is left aside, and said so.
func TestBadProjectFlag(t *testing.T) {
	s, err := settled(t, "flags: {fail_fast: maybe, printer_width: wide}\n", "")
	if err != nil || s.given["fail-fast"] != "" || len(s.notes) != 2 {
		t.Errorf("%v %v %q", err, s.given, s.notes)
	}
}

// What cannot be understood is refused with the name of where it stands.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ line, env, want string }{
		{"--threads x", "", "Invalid value for '--threads': 'x' is not a valid integer."},
		{"", "DBT_FAIL_FAST=maybe", "Invalid value for 'DBT_FAIL_FAST': 'maybe' is not a valid boolean"},
		{"--output bogus", "", "'bogus' is not one of 'json', 'name', 'path', 'selector'."},
		{"--resource-type bogus", "", "'bogus' is not one of 'metric', "},
		{"--vars k=v", "", "Invalid value for '--vars': String 'k=v' is not valid YAML"},
		{"--vars []", "", "String '[]' is not valid YAML"},
		{"--project-dir nope", "", "Invalid value for '--project-dir': Path 'nope' does not exist."},
		{"--profiles-dir nope", "", "Path 'nope' does not exist."},
		{"--warn-error-options {\"error\":\"x\"}", "", "error must be one of ('all', '*') or a list of strings, not 'x'."},
		{"--warn-error-options {\"error\":[\"NothingToDo\"],\"include\":\"all\"}", "", "Only `include` or `error` can be specified in `warn_error_options`, not both"},
		{"--warn-error-options {\"error\":[\"Nope\"]}", "", "Nope is not a valid dbt error name."},
		{"--warn-error-options {\"warn\":[\"NothingToDo\"]}", "", "`warn` can only be specified if `error` is one of"},
		{"--warn-error --warn-error-options {\"error\":[]}", "", "--warn-error-options: not allowed with --warn-error."},
	} {
		_, err := settled(t, "", c.line, c.env)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.line, c.env, err, c.want)
		}
	}
}

// Folders: the project is looked for upwards, its log-path is its own, and what
// the command line names is relative to where dex was called.
func TestPlaces(t *testing.T) {
	s, err := settled(t, "", "--target-path tt")
	if err != nil {
		t.Fatal(err)
	}
	dir := s.given["here"]
	if s.given["project-dir"] != dir || s.given["log-path"] != filepath.Join(dir, "mylogs") || s.given["target-path"] != "tt" {
		t.Errorf("%v", s.given)
	}
	s, err = settled(t, "", "--profiles-dir .. --log-path ll")
	if err != nil {
		t.Fatal(err)
	}
	dir = s.given["here"]
	if s.given["profiles-dir"] != dir || s.given["log-path"] != filepath.Join(dir, "sub", "ll") {
		t.Errorf("%v", s.given)
	}
}

// Templates see flags in dbt's types.
func TestTemplateFlags(t *testing.T) {
	s, err := settled(t, "", "-s a b --threads 3 -x --warn-error-options {\"include\":[\"NothingToDo\"]}")
	if err != nil {
		t.Fatal(err)
	}
	flags := s.templateFlags([]string{"ls", "-s", "a"})
	for name, want := range map[string]string{
		"select": "['a', 'b']", "threads": "3", "fail_fast": "True", "use_colors": "True", "printer_width": "80", "output": "'selector'",
		"invocation_command": "'dbt ls -s a'", "target": "None", "warn_error_options": "{'error': ['NothingToDo'], 'warn': [], 'silence': []}", "quiet": "False",
	} {
		if got := value.Repr(flags[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
