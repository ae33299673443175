package jinja

import (
	"context"
	"errors"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

func renderError(t *testing.T, src string, th *value.Thread, sc Scope) *Error {
	t.Helper()
	tmpl, err := Compile("m.sql", src)
	if err == nil {
		_, err = tmpl.Render(th, sc)
	}
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("%q gave %v, want an *Error", src, err)
	}
	return e
}

func TestErrorPlace(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a\n  {{ 1 + nope.x }}", "UndefinedError 2:15 'nope' is undefined\n  {{ 1 + nope.x }}\n              ^"},
		{"{{ 'é' ~ (1 / 0) }}", "ZeroDivisionError 1:13 division by zero\n{{ 'é' ~ (1 / 0) }}\n            ^"},
		{"\t{{ 3 | nofilter }}", "TemplateAssertionError 1:9 No filter named 'nofilter'.\n\t{{ 3 | nofilter }}\n\t       ^"},
		{"{% for a, b in [1] %}{% endfor %}", "TypeError 1:8 cannot unpack non-iterable int object\n{% for a, b in [1] %}{% endfor %}\n       ^"},
		{"x\r\n{{ 1 +\r\n }}", "TemplateSyntaxError 3:2 unexpected 'end of print statement'\n }}\n ^"},
		{"{{ 'abc' }}{{ \"", "TemplateSyntaxError 1:15 unexpected char '\"' at 14\n{{ 'abc' }}{{ \"\n              ^"},
	} {
		e := renderError(t, c.src, value.NewThread(t.Context(), nil), nil)
		// The caret is what a reader sees; where a tab stands, one stands below it.
		got := e.Kind + " " + place(e) + " " + e.Msg + "\n" + e.Caret()
		if got != c.want {
			t.Errorf("%q\ngot\n%s\nwant\n%s", c.src, got, c.want)
		}
	}
}

func place(e *Error) string {
	return value.ToStr(value.Int(e.Line)) + ":" + value.ToStr(value.Int(e.Col))
}

// TestErrorStack follows an error through a macro of the template and two bound
// ones: each frame has the line where the error, or the next call, happened.
func TestErrorStack(t *testing.T) {
	sc := scopeMap{}
	for _, src := range []string{
		"{% macro outer() %}\n\n{{ inner(1) }}{% endmacro %}",
		"{% macro inner(x) %}\n{{ x.y.z }}{% endmacro %}",
	} {
		m, err := CompileMacro("macros/"+src[9:14]+".sql", src)
		if err != nil {
			t.Fatal(err)
		}
		sc[m.Name] = m.Bind(sc)
	}
	e := renderError(t, "\n{% macro here() %}\n{{ outer() }}\n{% endmacro %}{{ here() }}", value.NewThread(t.Context(), nil), sc)
	want := []Frame{{"inner", "macros/inner.sql", 2}, {"outer", "macros/outer.sql", 3}, {"here", "m.sql", 3}}
	if len(e.Stack) != len(want) || e.Stack[0] != want[0] || e.Stack[1] != want[1] || e.Stack[2] != want[2] {
		t.Errorf("stack %v, want %v", e.Stack, want)
	}
	if e.Template != "macros/inner.sql" || e.Line != 2 {
		t.Errorf("error in %s:%d, want the inner macro", e.Template, e.Line)
	}
}

func TestHostErrorIsKept(t *testing.T) {
	mine := errors.New("the warehouse is closed")
	sc := scopeMap{"f": value.NewFunc("f", func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) { return nil, mine })}
	if e := renderError(t, "{{ f() }}", value.NewThread(t.Context(), nil), sc); !errors.Is(e, mine) {
		t.Errorf("%v does not wrap the host's error", e)
	}
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		set  func(*value.Thread)
		kind string
	}{
		"fuel":      {"{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", func(th *value.Thread) { th.Fuel = 1000 }, "RuntimeError"},
		"output":    {"{% for i in range(9999) %}0123456789{% endfor %}", func(th *value.Thread) { th.MaxOutput = 1000 }, "LimitError"},
		"recursion": {"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", func(*value.Thread) {}, "RecursionError"},
		"loop":      {"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", func(*value.Thread) {}, "RecursionError"},
	} {
		th := value.NewThread(t.Context(), nil)
		c.set(th)
		if e := renderError(t, c.src, th, nil); e.Kind != c.kind {
			t.Errorf("%s: %s: %s, want %s", name, e.Kind, e.Msg, c.kind)
		}
		if th.Depth != 0 {
			t.Errorf("%s: depth %d after the render", name, th.Depth)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	sc := scopeMap{"stop": fn(func([]value.Value, []value.Arg) value.Value { cancel(); return value.None })}
	e := renderError(t, "{% for i in range(99999) %}{{ stop() if i == 5 }}{% endfor %}", value.NewThread(ctx, nil), sc)
	if !errors.Is(e, context.Canceled) {
		t.Errorf("got %v, want the context's error", e)
	}
}

func TestDeepSources(t *testing.T) {
	const n = 200_000
	for _, src := range []string{
		"{{ " + strings.Repeat("(", n), "{{ " + strings.Repeat("-", n) + "1 }}", "{{ " + strings.Repeat("not ", n) + "1 }}",
		"{{ 1" + strings.Repeat("+1", n) + " }}", "{{ a" + strings.Repeat(".b", n) + " }}", "{{ a" + strings.Repeat("|upper", n) + " }}",
		strings.Repeat("{% if 1 %}", n), "{{ " + strings.Repeat("[", n), "{{ " + strings.Repeat("a if b else ", n) + "c }}",
		"{{ 1" + strings.Repeat(" is odd", n) + " }}", "{{ x" + strings.Repeat(" is in a[0", n) + " }}",
	} {
		if _, err := Compile("deep.sql", src); err == nil {
			t.Errorf("%.20q... nests %d deep and was accepted", src, n)
		}
	}
}
