package jinja

import (
	"slices"
	"testing"

	"dex/internal/jinja/value"
)

// project binds macros to a scope that has them all, and return().
func project(t *testing.T, tr Tracer, sources ...string) scopeMap {
	t.Helper()
	sc := scopeMap{"return": value.NewFunc("return", func(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
		if len(args) == 0 {
			return nil, Return{}
		}
		return nil, Return{args[0]}
	})}
	for _, src := range sources {
		m, err := CompileMacro("macros.sql", src)
		if err != nil {
			t.Fatal(err)
		}
		sc[m.Name] = m.BindTraced(sc, tr)
	}
	return sc
}

type trace struct{ events []string }

func (tr *trace) EnterMacro(_ *value.Thread, m *Macro) { tr.events = append(tr.events, "+"+m.Name) }
func (tr *trace) LeaveMacro(_ *value.Thread, m *Macro) { tr.events = append(tr.events, "-"+m.Name) }

func TestBoundMacros(t *testing.T) {
	tr := &trace{}
	sc := project(t, tr,
		"{% macro text(a, b='B') %}<{{ a }}{{ b }}>{% endmacro %}",
		"{% macro list_of(x) %}ignored{{ return([x, 2]) }}{% endmacro %}",
		"{% macro nothing() %}{% do return() %}{% endmacro %}",
		"{% macro wrap(label: str = 'l') %}{{ label }}[{{ caller(1) }}]{% endmacro %}",
		"{% macro early(n) %}a{% for i in range(n) %}{% if i == 1 %}{{ return(text(i)) }}{% endif %}{% endfor %}b{% endmacro %}",
		"{% macro own_name() %}{{ own_name is defined }}{% endmacro %}",
	)
	for _, c := range []struct{ src, want string }{
		{"{{ text(1) }}{{ text(b=2, a=3) }}", "<1B><32>"},
		{"{{ list_of('x') }}{{ list_of(1)[1] }}", "['x', 2]2"},
		{"a{{ nothing() }}b{{ nothing() is none }}", "aNonebTrue"},
		{"{% call(n) wrap('q') %}body {{ n }}{% endcall %}", "q[body 1]"},
		{"{{ early(5) }}|{{ early(1) }}", "<1B>|ab"},
		{"{{ ['x', 'y'] | map('upper') | join }}{{ own_name() }}", "XYTrue"},
		{"{% set f = text %}{{ f(9) }}{% macro m() %}{{ text(0) }}!{% endmacro %}{{ m() }}", "<9B><0B>!"},
	} {
		tmpl, err := Compile("m.sql", c.src)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tmpl.Render(value.NewThread(t.Context(), nil), sc); err != nil || got != c.want {
			t.Errorf("%s gave %q, %v; want %q", c.src, got, err, c.want)
		}
	}
	if want := []string{"+early", "+text", "-text", "-early"}; !slices.Contains(tr.events, "+early") || !slices.Equal(tr.events[slices.Index(tr.events, "+early"):][:4], want) {
		t.Errorf("trace %v, want %v somewhere", tr.events, want)
	}
}

func TestBoundMacroArguments(t *testing.T) {
	sc := project(t, nil, "{% macro one(a) %}{{ a }}{% endmacro %}")
	for src, want := range map[string]string{
		"{{ one(1, 2) }}":   "macro 'dbt_macro__one' takes not more than 1 argument(s)",
		"{{ one(b=1) }}":    "macro 'dbt_macro__one' takes no keyword argument 'b'",
		"{{ one(1, a=1) }}": "macro 'dbt_macro__one' takes no keyword argument 'a'",
	} {
		if e := renderError(t, src, value.NewThread(t.Context(), nil), sc); e.Msg != want || e.Kind != "TypeError" {
			t.Errorf("%s: %s: %s, want %s", src, e.Kind, e.Msg, want)
		}
	}
}

func TestCompileMacro(t *testing.T) {
	for _, c := range []struct {
		src, name, kind string
		langs           []string
	}{
		{"{% macro a(x, y: Dict[str, int] = 1) %}{% endmacro %}", "a", "macro", nil},
		{"{% test t(model, column_name) %}{% endtest %}", "test_t", "test", nil},
		{"{% data_test t(model) %}{% enddata_test %}", "test_t", "test", nil},
		{"{% materialization v, default %}{% endmaterialization %}", "materialization_v_default", "materialization", []string{"sql"}},
		{"{% materialization v, adapter='duckdb', supported_languages=['sql', 'python'] %}{% endmaterialization %}", "materialization_v_duckdb", "materialization", []string{"sql", "python"}},
	} {
		m, err := CompileMacro("m.sql", c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if m.Name != c.name || m.Kind != c.kind || !slices.Equal(m.Languages, c.langs) {
			t.Errorf("%s gave %s %s %v", c.src, m.Name, m.Kind, m.Languages)
		}
	}
	m, _ := CompileMacro("m.sql", "{% macro a(x, y: Dict[str, int] = 1) %}{% endmacro %}")
	if want := []MacroParam{{Name: "x"}, {Name: "y", Type: "Dict[str, int]", Default: true}}; !slices.Equal(m.Params, want) {
		t.Errorf("parameters %v, want %v", m.Params, want)
	}
	for _, src := range []string{"select 1", "{% macro a() %}{% endmacro %}{% macro b() %}{% endmacro %}", "{% materialization v, other=1 %}{% endmaterialization %}"} {
		if _, err := CompileMacro("m.sql", src); err == nil {
			t.Errorf("%s was accepted", src)
		}
	}
}

func TestHasTags(t *testing.T) {
	for src, want := range map[string]bool{"": false, "a { b } % #": false, "{{": true, "x %}": true, "#}": true, "{#": true, "}}": true, "{%": true} {
		if HasTags(src) != want {
			t.Errorf("HasTags(%q) = %v", src, !want)
		}
	}
}
