package sqlparam_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"dex/internal/adapter"
	"dex/internal/adapter/duckdb"
	"dex/internal/jinja"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/sqlparam"
)

func open(t *testing.T) adapter.Conn {
	t.Helper()
	d := value.NewDict(1)
	d.SetStr("type", value.Str("duckdb"))
	driver := duckdb.Driver()
	creds, err := driver.Credentials(d, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	db, err := driver.Open(context.Background(), creds, adapter.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c, err := db.Conn(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	return c
}

func compile(t *testing.T, src string) *jinja.Template {
	t.Helper()
	tpl, err := jinja.Compile("t", src)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// dollarless takes out what would end a dollar-quoted text, and what DuckDB 1.5 itself
// changes there: Unicode's blanks, and behind a quote those of all strings that follow.
var dollarless = strings.NewReplacer("$", "", "'", "", `"`, "", "\u00a0", "", "\ufeff", "", "\u2028", "")

// What DuckDB reads is the value, byte for byte, in every place that holds text.
func TestRoundTripOfTexts(t *testing.T) {
	c := open(t)
	tpl := compile(t, "select {{ params.s }}, '{{ params.s }}', E'{{ params.s }}', E'a'\n'{{ params.s }}', /* {{ params.s }} */ $q${{ params.t }}$q$, -- {{ params.s }}\n"+
		"{{ params.s ~ params.t }}, '{{ params.s }}{{ params.t }}', [{{ params.l }}], {{ params.j.k }}, {{ params.j }}::json->>'k', {{ 'length(' ~ params.s ~ ')' }}, {'a': {{ params.s }}}.a")
	checked := 0
	for seed := uint64(0); checked < *values; seed++ {
		r := rand.New(rand.NewPCG(seed, 3))
		v := given{s: evil(r), t: dollarless.Replace(evil(r)), id: "x", a: evil(r), b: evil(r), c: evil(r)}
		if all := v.s + v.t + v.a + v.b + v.c; strings.Contains(all, "\x00") || !utf8.ValidString(all) {
			continue
		}
		checked++
		sql, err := render(tpl, v.params)
		if err != nil {
			t.Fatalf("%q: %v", v, err)
		}
		_, tab, err := c.Execute(context.Background(), sql.Text, true, 0)
		if err != nil {
			t.Fatalf("%q: %s: %v", v, sql.Text, err)
		}
		list := value.NewList(value.Str(v.a+"1"), value.Str(v.b+"2"), value.Str(v.c+"3"))
		want := []value.Value{
			value.Str(v.s), value.Str(v.s), value.Str(v.s), value.Str("a" + v.s), value.Str(v.t), value.Str(v.s + v.t), value.Str(v.s + v.t), list, value.Str(v.a), value.Str(v.a),
			nil, value.Str(v.s),
		}
		for i, w := range want {
			if got := tab.Rows[0][i]; w != nil && !value.Equal(got, w) {
				t.Fatalf("column %d of %s is %s, want %s", i, sql.Text, value.Repr(got), value.Repr(w))
			}
		}
	}
	t.Logf("%d values, each in 12 places", checked)
}

// Names reach the database as they are: as a column's name, in quotes of the author's
// and in dotted names.
func TestRoundTripOfNames(t *testing.T) {
	c := open(t)
	tpl := compile(t, "select 1 as {{ params.id }}, 2 as \"x{{ params.id }}\", 3 as {{ adapter.quote('y' ~ params.id) }}")
	checked := 0
	for seed := uint64(0); checked < 2000; seed++ {
		r := rand.New(rand.NewPCG(seed, 4))
		id := "n" + evil(r)
		if strings.Contains(id, "\x00") || !utf8.ValidString(id) {
			continue
		}
		checked++
		g := value.NewGuard()
		th := value.NewThread(context.Background(), nil)
		th.Guard = g
		quote := value.NewFunc("quote", func(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
			return value.Str(`"` + value.ToStr(args[0]) + `"`), nil // as render's: it doubles nothing
		})
		ad := value.NewDict(1)
		ad.SetStr("quote", quote)
		text, err := tpl.Render(th, scope{"params": given{id: id}.params(g), "adapter": ad})
		if err != nil {
			t.Fatal(err)
		}
		sql, err := sqlparam.Resolve(text, g, dialect)
		if err != nil {
			t.Fatal(err)
		}
		_, tab, err := c.Execute(context.Background(), sql.Text, true, 0)
		if err != nil {
			t.Fatalf("%s: %v", sql.Text, err)
		}
		for i, want := range []string{id, "x" + id, "y" + id} {
			if got := tab.Columns[i].Name; got != want {
				t.Fatalf("column %d of %s is called %q, want %q", i, sql.Text, got, want)
			}
		}
	}
}

// Literals have the types that they were declared with.
func TestLiterals(t *testing.T) {
	c := open(t)
	moment := func(src string) value.Value {
		v, err := compile(t, "{{ modules.datetime.datetime.fromisoformat('"+src+"') }}").RenderNative(value.NewThread(context.Background(), nil), scope{"modules": pylib.Modules(pylib.Options{})})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	j := value.NewDict(1)
	j.SetStr("a", value.NewList(value.Int(1), value.Str("'\"\\"), value.None))
	for _, x := range []struct {
		kind   string
		v      value.Value
		sql    string
		typeof string
	}{
		{"string", value.Str("it's"), "'it''s'", "VARCHAR"},
		{"string", value.Str(""), "''", "VARCHAR"},
		{"string", value.None, "NULL", `"NULL"`},
		{"secret", value.Str(`p"w'`), `'p"w'''`, "VARCHAR"},
		{"integer", value.Int(7), "7", "INTEGER"},
		{"integer", value.Int(-7), "(-7)", "INTEGER"},
		{"number", value.Float(0.5), "0.5", "DECIMAL(2,1)"},
		{"number", value.Float(-1e300), "(-1e+300)", "DOUBLE"},
		{"boolean", value.Bool(true), "TRUE", "BOOLEAN"},
		{"date", pylib.NewDate(2024, 2, 29), "DATE '2024-02-29'", "DATE"},
		{"timestamp", moment("2024-02-29T08:30:00.5"), "TIMESTAMP '2024-02-29 08:30:00.500000'", "TIMESTAMP"},
		{"timestamp", moment("2024-02-29T08:30:00+02:00"), "TIMESTAMPTZ '2024-02-29 08:30:00+02:00'", "TIMESTAMP WITH TIME ZONE"},
		{"json", j, `CAST('{"a": [1, "''\"\\", null]}' AS JSON)`, "JSON"},
		{"json", value.Str("x"), `CAST('"x"' AS JSON)`, "JSON"},
	} {
		g := value.NewGuard()
		sql, err := sqlparam.Resolve("select typeof("+value.ToStr(g.New("params.x", x.kind, x.v))+")", g, dialect)
		if err != nil {
			t.Fatal(err)
		}
		if want := "select typeof(" + x.sql + ")"; sql.Text != want {
			t.Errorf("%s %s is %s, want %s", x.kind, value.Repr(x.v), sql.Text, want)
		}
		_, tab, err := c.Execute(context.Background(), sql.Text, true, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := value.ToStr(tab.Rows[0][0]); got != x.typeof {
			t.Errorf("%s is a %s, want %s", sql.Text, got, x.typeof)
		}
	}
}

// Each place has its form; what cannot stand is refused with what to do.
func TestPlaces(t *testing.T) {
	for _, x := range []struct{ src, want, fault string }{
		{src: "grant select on {{ params.rel }} to {{ params.role }}", want: `grant select on "s"."t" to "fin""ance"`},
		{src: "{{ params.rel }}.x", want: `"s"."t".x`},
		{src: "'{{ params.role }}' \"{{ params.role }}\"", want: `'fin"ance' "fin""ance"`},
		{src: "x in ({{ params.ids }})", want: "x in (1, 2, (-3))"},
		{src: "x in ({{ params.ids | join(', ') }})", want: "x in (1, 2, (-3))"},
		{src: "x in ({{ params.none }})", want: "x in (NULL)"},
		{src: "{% for c in params.cols %}{{ c }}{{ ', ' if not loop.last }}{% endfor %}", want: `"a", "b"`},
		{src: "{{ params.cols | map('upper') | join(' || ') }}", want: `"A" || "B"`},
		{src: "-{{ params.neg }}-{{ params.neg }}", want: "-(-5)-(-5)"},
		{src: "-- {{ params.evil }}\nx", want: "--   ; drop\nx"},
		{src: "/* {{ params.stars }} */ x", want: "/*    x    */ x"},
		{src: "/*{{ params.stars }}/ */ x", want: "/*   x   / */ x"},
		{src: "E'{{ params.back }}'", want: `E'\\'''`},
		{src: "'{{ params.back }}'", want: `'\'''`},
		{src: "{{ params.evil | raw }}", want: "\n'; drop"},
		{src: "{% if params.role == 'fin\"ance' and params.neg < 0 and 2 in params.ids and params.role is string %}y{% endif %}", want: "y"},
		{src: "{% set d = {'fin\"ance': 'looked_up'} %}{{ d[params.role] }}", want: "looked_up"},
		{src: "'{{ 'a' }}' {{ \"x = \" ~ params.evil }}", want: "'a' x = '\n''; drop'"},
		{src: "$x${{ params.dollar }}$x$", fault: "holds $x$"},
		{src: "$x${{ params.half }}x$ $x$", fault: "holds $x$"},
		{src: "a{{ params.role }}", fault: `touches the "a" before it`},
		{src: "e{{ params.evil }}", fault: `touches the "e" before it`},
		{src: "{{ 'e' ~ params.evil }}", fault: `touches the "e" before it`},
		{src: "U&{{ params.evil }}", fault: "touches the U& before it"},
		{src: "'x'{{ params.evil }}", fault: "touches the \"'\" before it"},
		{src: "{{ params.evil }}'x'", fault: "touches the \"'\" behind it"},
		{src: "{{ params.evil }}{{ params.evil }}", fault: "touches another value behind it"},
		{src: "{{ params.role }}_old", fault: `touches the "_" behind it`},
		{src: "é{{ params.role }}", fault: `touches the "é" before it`},
		{src: "s.{{ params.evil }}", fault: "Declare the parameter as identifier"},
		{src: "e'x'\n{{ params.evil }}", fault: "a string stands right before it"},
		{src: "E'\\{{ params.evil }}'", fault: "a backslash stands right before it"},
		{src: "{{ (params.evil ~ ' x') | batch(2) | list }}{{ ('ab ' ~ params.evil) | string }}", fault: ""},
		{src: "select {{ params.empty }}", fault: "an empty text is no name"},
	} {
		list := func(vs ...value.Value) value.Value { return value.NewList(vs...) }
		sql, err := render(compile(t, x.src), func(g *value.Guard) value.Value {
			d := value.NewDict(16)
			put := func(name, kind string, v value.Value) { d.SetStr(name, g.New("params."+name, kind, v)) }
			put("rel", "relation", value.Str("s.t"))
			put("role", "identifier", value.Str(`fin"ance`))
			put("empty", "identifier", value.Str(""))
			put("ids", "list:integer", list(value.Int(1), value.Int(2), value.Int(-3)))
			put("none", "list:integer", list())
			put("cols", "list:identifier", list(value.Str("a"), value.Str("b")))
			put("neg", "integer", value.Int(-5))
			put("evil", "string", value.Str("\n'; drop"))
			put("stars", "string", value.Str("/* x */"))
			put("back", "string", value.Str(`\'`))
			put("dollar", "string", value.Str("a $x$; drop"))
			put("half", "string", value.Str("a $"))
			return d
		})
		switch {
		case x.fault != "":
			if err == nil || !strings.Contains(err.Error(), x.fault) {
				t.Errorf("%s gives %q, %v; want the fault %q", x.src, sql.Text, err, x.fault)
			}
		case x.want != "" && (err != nil || sql.Text != x.want):
			t.Errorf("%s gives %q, %v; want %q", x.src, sql.Text, err, x.want)
		}
	}
}

// Values cannot forge marks, and a mark that was cut is an error.
func TestMarks(t *testing.T) {
	g := value.NewGuard()
	secret := value.ToStr(g.New("params.a", "string", value.Str("secret")))
	th := value.NewThread(context.Background(), nil)
	th.Guard = g
	// A text of the author's that looks like a mark of another Guard is text.
	other := value.ToStr(value.NewGuard().New("params.b", "string", value.Str("x")))
	if sql, err := sqlparam.Resolve("'"+other+"'", g, dialect); err != nil || sql.Text != "'"+other+"'" {
		t.Errorf("%q, %v", sql.Text, err)
	}
	for _, cut := range []string{secret[:4], secret[:12], secret[:16], secret[4:], secret[8:12]} {
		if _, err := sqlparam.Resolve("select '"+cut+"'", g, dialect); err == nil {
			t.Errorf("%q is taken", cut)
		}
	}
	src := compile(t, "{% set x %}select {{ params.a }} from t{% endset %}{{ x | truncate(11, true, '', 0) }}")
	sql, err := render(src, func(g *value.Guard) value.Value {
		d := value.NewDict(1)
		d.SetStr("a", g.New("params.a", "string", value.Str("it's long")))
		return d
	})
	if err != nil || sql.Text != `'select it''s'` {
		t.Errorf("a text that is cut is guarded as a whole: %q, %v", sql.Text, err)
	}
}
