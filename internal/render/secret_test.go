package render_test

import (
	"fmt"
	"strings"
	"testing"

	"dex/internal/jinja/value"
	"dex/internal/render"
)

const canary = "c4n4ry-s3cr3t"

// words are names that a template might try where a secret could hide, beside
// the documented ones.
var words = []string{
	"config", "credentials", "creds", "connections", "profile", "settings", "secrets", "password", "token", "secret", "_credentials", "__dict__", "__class__",
	"Inv", "inv", "f", "frame", "Session", "session", "db", "conn", "opt", "Getenv", "getenv", "environ", "os", "sys", "profile_name", "outputs", "attach",
	"config_options", "extensions", "path", "Relation", "Column", "behavior", "get", "items", "values", "keys", "name", "external_root", "is_motherduck",
	"nodes", "sources", "to_dict", "create", "datetime", "re", "pytz", "itertools", "http_proxy_password", "has_var", "require", "persist_relation_docs",
}

// TestNoSecretIsReachable walks from every name that a template sees to whatever
// hangs on it, calls what can be called without arguments, and looks for the
// password of the profile and for a secret variable.
func TestNoSecretIsReachable(t *testing.T) {
	settings := value.NewDict(1)
	settings.SetStr("http_proxy_password", value.Str(canary))
	target := memory()
	target.SetStr("settings", settings)
	x := load(t, target, func(inv *render.Invocation) {
		inv.Getenv = func(name string) (string, bool) { return canary, strings.HasPrefix(name, "DBT_ENV_SECRET") }
	})
	x.Inv.Target = credentials(t, target, x.Dir).Context()
	if got := value.Repr(x.Inv.Target); !strings.Contains(got, "http_proxy_password") {
		t.Fatalf("the target does not show its settings at all: %s", got)
	}
	for _, phase := range []render.Phase{render.Parse, render.Compile, render.Run} {
		w := &walker{t: t, seen: map[string]bool{}}
		f := x.frame(t, phase)
		for _, name := range append(render.Names(), "twice", "shop", "dbt", "run_query") {
			if v, ok := f.Lookup(name); ok {
				w.walk(name, v, 0)
			}
		}
		if len(w.seen) < 300 {
			t.Errorf("the walk in phase %d met only %d values", phase, len(w.seen))
		}
		for _, text := range []string{"{{ env_var('DBT_ENV_SECRET_TOKEN') }}", "{{ env_var('DBT_ENV_SECRET_TOKEN', 'x') }}", "{{ target }}", "{{ tojson(target.settings) }}", "{{ context }}", "{{ adapter }}",
			"{{ adapter.config }}", "{{ adapter.config.credentials }}", "{{ adapter.config.credentials.password }}", "{{ adapter.connections }}", "{{ adapter.credentials }}"} {
			got, err := x.frame(t, phase).RenderText("secret", text)
			w.check(text, got+fmt.Sprint(err))
		}
	}
}

// TestWalkerFindsSecrets makes sure that the walk above can fail.
func TestWalkerFindsSecrets(t *testing.T) {
	inner := value.NewDict(1)
	inner.SetStr("password", value.Str(canary))
	for what, v := range map[string]value.Value{
		"in a list of a dict": value.NewList(inner),
		"behind a function": value.NewFunc("get", func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) {
			return inner, nil
		}),
		"in an error": value.NewFunc("get", func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) {
			return nil, value.TypeErrorf("%s", canary)
		}),
	} {
		w := &walker{t: t, seen: map[string]bool{}, quiet: true}
		w.walk("x", v, 0)
		if w.found == 0 {
			t.Errorf("not found %s", what)
		}
	}
}

// walker goes through values as a template could.
type walker struct {
	t     *testing.T
	seen  map[string]bool
	quiet bool
	found int
}

const deepest = 5

// ends are functions that end a render or reach out of it; they are not called.
var ends = map[string]bool{"return": true, "debug": true}

func (w *walker) walk(path string, v value.Value, depth int) {
	if v == nil || depth > deepest {
		return
	}
	shown := value.ToStr(v)
	w.check(path, shown+value.Repr(v))
	key := v.Type() + " " + shown
	if w.seen[key] && depth > 1 {
		return
	}
	w.seen[key] = true
	switch x := v.(type) {
	case value.Str, value.Int, value.Bool, value.Float, value.NoneType, *value.Undefined:
		return
	case *value.Dict:
		x.Each(func(k, e value.Value) bool {
			w.walk(path+"["+value.Repr(k)+"]", e, depth+1)
			return true
		})
	case *value.List:
		for i, e := range x.Elems {
			w.walk(fmt.Sprintf("%s[%d]", path, i), e, depth+1)
		}
	case *value.Tuple:
		for i, e := range x.Elems {
			w.walk(fmt.Sprintf("%s[%d]", path, i), e, depth+1)
		}
	}
	for _, names := range [][]string{words, render.Names(), render.DatabaseMethods()} {
		for _, name := range names {
			if a, ok, err := value.GetAttr(v, name); err == nil && ok {
				w.walk(path+"."+name, a, depth+1)
			}
		}
	}
	w.call(path, v, depth)
}

// call calls what can be called, and goes on with what it gives or says.
func (w *walker) call(path string, v value.Value, depth int) {
	if _, ok := v.(interface {
		Call(*value.Thread, []value.Value, []value.Arg) (value.Value, error)
	}); !ok || ends[path[strings.LastIndexByte(path, '.')+1:]] {
		return
	}
	got, err := value.Call(value.NewThread(w.t.Context(), nil), v, nil, nil)
	if err != nil {
		w.check(path+"()", err.Error())
		return
	}
	w.walk(path+"()", got, depth+1)
}

func (w *walker) check(path, text string) {
	if !strings.Contains(text, canary) {
		return
	}
	w.found++
	if !w.quiet {
		w.t.Errorf("the secret is reachable by %s", path)
	}
}
