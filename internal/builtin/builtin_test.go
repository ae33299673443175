package builtin_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dex/internal/builtin"
	"dex/internal/jinja"
)

// project is one of the two macro projects, compiled.
type project struct {
	name   string
	macros map[string]*jinja.Macro
}

// databases are those that have a macro project of their own.
var databases = []string{"duckdb", "postgres"}

// projects loads the built-in project and a database's, in the order in which a name
// is looked up. The database's is read from its folder: its package may link it.
func projects(t *testing.T, database string) []project {
	t.Helper()
	return []project{
		load(t, "dbt_"+database, os.DirFS("../adapter/"+database+"/macros")),
		load(t, builtin.Name, builtin.Project),
	}
}

func load(t *testing.T, name string, dir fs.FS) project {
	t.Helper()
	p := project{name, map[string]*jinja.Macro{}}
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".sql" {
			return err
		}
		src, err := fs.ReadFile(dir, file)
		if err != nil {
			return err
		}
		p.add(t, name+"/"+file, string(src))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p project) add(t *testing.T, file, src string) {
	t.Helper()
	kinds := []string{"macro", "materialization", "test"}
	blocks, warnings, err := jinja.Blocks(file, src, jinja.BlockOptions{Kinds: kinds})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, w := range warnings {
		t.Errorf("%s: %v", file, w)
	}
	for _, b := range blocks {
		m, err := jinja.CompileMacro(file, b.Full)
		if err != nil {
			t.Errorf("%s: %s: %v", file, b.Name, err)
			continue
		}
		if _, twice := p.macros[m.Name]; twice {
			t.Errorf("%s: %s is defined twice in %s", file, m.Name, p.name)
		}
		p.macros[m.Name] = m
	}
}

func find(ps []project, name string) *jinja.Macro {
	for _, p := range ps {
		if m := p.macros[name]; m != nil {
			return m
		}
	}
	return nil
}

// TestPublicNames holds the projects to dbt's list of names: what a project may
// call, override or dispatch to. A name may be added to the list, none may go.
func TestPublicNames(t *testing.T) {
	all := []project{load(t, builtin.Name, builtin.Project)}
	for _, database := range databases {
		all = append(all, projects(t, database)[0])
	}
	for _, p := range all {
		list, err := os.ReadFile("testdata/names_" + p.name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(string(list)) {
			signature := strings.TrimSpace(line)
			want = append(want, signature)
			name, _, _ := strings.Cut(signature, "(")
			if p.macros[name] == nil {
				t.Errorf("%s: there is no macro %s", p.name, name)
			} else if got := signatureOf(p.macros[name]); got != signature {
				t.Errorf("%s: have %s, want %s", p.name, got, signature)
			}
		}
		for name, m := range p.macros {
			if !strings.HasPrefix(name, "dex__") && !slices.Contains(want, signatureOf(m)) {
				t.Errorf("%s: %s is not in the list of names: add it there, or call it dex__...", p.name, signatureOf(m))
			}
		}
	}
}

// signatureOf marks what has a default with a question mark.
func signatureOf(m *jinja.Macro) string {
	if m.Kind == "materialization" {
		return m.Name + "(" + strings.Join(m.Languages, ", ") + ")"
	}
	params := make([]string, len(m.Params))
	for i, q := range m.Params {
		params[i] = q.Name
		if q.Default {
			params[i] += "?"
		}
	}
	return m.Name + "(" + strings.Join(params, ", ") + ")"
}

// asked are the names of the context that macros may call without defining them:
// what package render has to give. docs/macros.md tells what each must do.
var asked = strings.Fields(`
	caller dex__begin_hook dex__committed dex__end_hook dex__send_hook diff_of_two_dicts dict load_agate_table load_result log range ref render return source
	store_raw_result store_result submit_python_job tojson try_or_compiler_error write zip`)

// TestCalls follows every call that is visible in a macro: to a macro, to a name of
// the context, to a method of the adapter that docs/macros.md lists, or through a
// dispatch to at least one implementation.
func TestCalls(t *testing.T) {
	doc, err := os.ReadFile("../../docs/macros.md")
	if err != nil {
		t.Fatal(err)
	}
	methods := documented(doc, "adapter")
	used := map[string]bool{}
	for _, database := range databases {
		checkCalls(t, projects(t, database), methods, used)
	}
	for name := range methods {
		if !used[name] && name != "behavior" && name != "dispatch" {
			t.Errorf("docs/macros.md lists adapter.%s, which no macro calls", name)
		}
	}
}

// checkCalls follows the calls of a database's macros and of the built-in ones, and
// notes the methods of the adapter that are used.
func checkCalls(t *testing.T, ps []project, methods, used map[string]bool) {
	t.Helper()
	for _, p := range ps {
		for _, m := range p.macros {
			for _, c := range m.Calls() {
				switch {
				case c.Dispatch != nil && !c.Dispatch.Opaque:
					checkDispatch(t, ps, m, c.Dispatch)
				case c.Package == "adapter":
					used[c.Name] = true
					if !methods[c.Name] {
						t.Errorf("%s calls adapter.%s, which docs/macros.md does not list", m.Name, c.Name)
					}
				case c.Package == builtin.Name:
					if ps[1].macros[c.Name] == nil {
						t.Errorf("%s calls dbt.%s, which is no macro", m.Name, c.Name)
					}
				case c.Package == "" && find(ps, c.Name) == nil && !slices.Contains(asked, c.Name) && !isLocal(m, c.Name):
					t.Errorf("%s calls %s, which is nothing", m.Name, c.Name)
				}
			}
		}
	}
}

// unimplemented are dispatched on purpose without a default: only an adapter or the
// caller can know.
var unimplemented = []string{"get_column_names", "get_limit_sql", "format_column"}

func checkDispatch(t *testing.T, ps []project, m *jinja.Macro, d *jinja.Dispatch) {
	t.Helper()
	if d.Namespace != builtin.Name {
		t.Errorf("%s dispatches %s to %q, want %q", m.Name, d.Macro, d.Namespace, builtin.Name)
	}
	if find(ps, "default__"+d.Macro) == nil {
		t.Errorf("%s dispatches %s: there is no default__%[2]s", m.Name, d.Macro)
	}
	// A macro that dispatches something of another name is not overridden by
	// overriding that: only those three, which dbt has no dispatcher for.
	if find(ps, d.Macro) == nil && !slices.Contains(unimplemented, d.Macro) {
		t.Errorf("%s dispatches %s, which has no macro of that name", m.Name, d.Macro)
	}
}

// isLocal tells whether a name is a parameter or is set in the macro.
func isLocal(m *jinja.Macro, name string) bool {
	for _, q := range m.Params {
		if q.Name == name {
			return true
		}
	}
	set := regexp.MustCompile(`\bset (\w+, )*` + name + `\b`)
	return set.MatchString(m.Source)
}

// documented reads the names `prefix.name` that stand in the first column of the
// tables of docs/macros.md.
func documented(doc []byte, prefix string) map[string]bool {
	names := map[string]bool{}
	row := regexp.MustCompile("`" + prefix + `\.(\w+)`)
	for line := range bytes.Lines(doc) {
		if cell, _, found := bytes.Cut(bytes.TrimPrefix(line, []byte("|")), []byte("|")); found {
			for _, m := range row.FindAllSubmatch(cell, -1) {
				names[string(m[1])] = true
			}
		}
	}
	return names
}
