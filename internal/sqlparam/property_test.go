package sqlparam_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/sqlparam"
	"dex/internal/sqltext"
)

// dialect is that of the database that the tests run on.
var dialect = sqltext.DuckDB

// values is how many random values and templates are tried.
var values = flag.Int("values", 2000, "random values and templates to try")

// scope is a template's names.
type scope map[string]value.Value

func (s scope) Lookup(name string) (value.Value, bool) {
	v, ok := s[name]
	return v, ok
}

// render renders a template with parameters and puts their values in place.
func render(tpl *jinja.Template, params func(g *value.Guard) value.Value) (sqlparam.SQL, error) {
	g := value.NewGuard()
	th := value.NewThread(context.Background(), nil)
	th.Guard = g
	text, err := tpl.Render(th, scope{"params": params(g)})
	if err != nil {
		return sqlparam.SQL{}, err
	}
	return sqlparam.Resolve(text, g, sqltext.DuckDB)
}

// pieces are what evil values are made of.
var pieces = []string{
	"'", "''", `"`, `""`, "\\", "\\'", "--", "-- x\n", "/*", "*/", "/", "*", ";", "; drop table t; --", "$$", "$t$", "$", "\n", "\r", "\r\n",
	"a", "E'", "e", "u&'", "b", "0", "-1", ")", "(", ",", "{{", "}}", "{%", "%}", "%s", "{}", "{0}", "%", "\u2019", "\u02bc", "\uff07", "\u201d", "é", "日本", "\U0001F600",
	"\u00a0", "\u2028", "\u0085", "\t", " ", "'||'", "' or '1'='1", "\x01", "\x7f", "\ufeff", "\U000F0001", "\U00100001", "\U00100000",
}

func evil(r *rand.Rand) string {
	var b strings.Builder
	switch r.IntN(60) {
	case 0:
		return strings.Repeat(pieces[r.IntN(len(pieces))], 2000)
	case 1:
		return ""
	case 2:
		return "a\x00b"
	case 3:
		return "a\xff\xfe'"
	}
	for range 1 + r.IntN(6) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// given are the parameters that the random templates use, with texts from one of two
// sources: random ones, and harmless ones.
type given struct{ s, t, id, a, b, c string }

func (v given) params(g *value.Guard) value.Value {
	d := value.NewDict(8)
	put := func(name, kind string, x value.Value) { d.SetStr(name, g.New("params."+name, kind, x)) }
	put("s", "string", value.Str(v.s))
	put("t", "string", value.Str(v.t))
	put("id", "identifier", value.Str(v.id))
	put("l", "list:string", value.NewList(value.Str(v.a+"1"), value.Str(v.b+"2"), value.Str(v.c+"3")))
	j := value.NewDict(1)
	j.SetStr("k", value.Str(v.a))
	put("j", "json", j)
	put("n", "integer", value.Int(-int64(len(v.s))-1))
	return d
}

// templates makes random templates.
type templates struct{ r *rand.Rand }

func (g templates) pick(from ...string) string { return from[g.r.IntN(len(from))] }

// expr is an expression over the parameters.
func (g templates) expr() string {
	return g.pick("params.s", "params.t", "params.id", "params.l", "params.j", "params.j.k", "params.n", "params.l[1]",
		"params.s | upper", "params.s | replace('a', params.t)", "params.s.replace(\"'\", '')", "params.l | join(params.t)", "params.s | trim",
		"params.s[:3]", "params.s[::-1]", "params.s ~ params.t", "(params.s ~ 'x')[1:]", "params.s + params.t", "params['s']", "params.s.split(\"'\")",
		"params.s | default('x')", "params.l | first", "params.l | map('upper') | list", "params.l | sort", "params.n + 1", "-params.n", "params.n * 2",
		"'%s' % params.s", "'{}'.format(params.s)", "'{:>5}'.format(params.s)", "'%5d' % params.n", "params.s | format(1)", "params.s | tojson", "params.j | tojson",
		"params.s | e", "params.s | indent", "params.s * 2", "[params.s, params.t]", "[params.s] | join(', ')", "(params.s, params.n) | list",
		"params.s | string", "params.s | list | join", "params.s | reverse", "params.l | last ~ params.n", "m(params.s)", "q(params.t, params.id)", "params.s if true else 1",
		"{'a': params.s}.a", "dict(a=params.s).a", "params.s | length", "params.s.encode('utf-8') | string", "params.s | truncate(5)", "params.s | center(9)", "params.s | urlencode",
		"params.s | title", "params.s | wordwrap(3)", "params.l | unique | list", "params.s.partition(\"'\") | join", "params.s.join(['a', params.t])", "'a'.join(params.l)",
		"((params.s ~ ' = ') | upper) ~ params.t", "('x ' ~ params.s ~ ' ') | trim", "('a ' ~ params.s) | replace('a', 'b')", "namespace(v=params.s).v", "params.s.upper().lower()")
}

// stretch is a piece of a template in which an expression stands in some place.
func (g templates) stretch() string {
	e := g.expr()
	switch g.r.IntN(20) {
	case 0, 1, 2:
		return " select {{ " + e + " }} , "
	case 3:
		return " 'x{{ " + e + " }}y' "
	case 4:
		return " '{{ " + e + " }}' = {{ " + g.expr() + " }} "
	case 5:
		return " \"{{ " + e + " }}\".a "
	case 6:
		return " -- c {{ " + e + " }}\n "
	case 7:
		return " /* {{ " + e + " }} */ "
	case 8:
		return " /*{{ " + e + " }}/ x *{{ " + g.expr() + " }}*/ "
	case 9:
		return " $t$ {{ " + e + " }} $t$ "
	case 10:
		return " E'{{ " + e + " }}' "
	case 11:
		return " {% set x %}a = {{ " + e + " }} and b = '{{ " + g.expr() + " }}'{% endset %}{{ x }} "
	case 12:
		return " {{ \"a = \" ~ (" + e + ") ~ \" and b = '\" ~ (" + g.expr() + ") ~ \"'\" }} "
	case 13:
		return " {% for x in params.l %} {{ x }} , '{{ x }}' {% endfor %} "
	case 14:
		return " {% filter trim %} f( {{ " + e + " }} ) {% endfilter %} "
	case 15:
		return " {% call w() %} {{ " + e + " }} {% endcall %} "
	case 16:
		return " f({{ " + e + " }}); 1 -{{ " + e + " }} "
	case 17:
		return " {% set z = " + e + " %}{{ z }} = '{{ z }}' "
	case 18:
		return " 'a''{{ " + e + " }}''b' \n {{ " + g.expr() + " }} "
	default:
		return " {% do lst.append(" + e + ") %}{{ lst[-1] }} "
	}
}

func (g templates) template() string {
	var b strings.Builder
	b.WriteString("{% macro m(x) %}f({{ x }}, '{{ x }}'){% endmacro %}{% macro q(x, y='a') %}{{ return(x) if false }}{{ y }} + {{ x }}{% endmacro %}{% macro w() %}( {{ caller() }} ){% endmacro %}{% set lst = [] %}")
	for range 1 + g.r.IntN(4) {
		b.WriteString(g.stretch())
	}
	return strings.Replace(b.String(), "{{ return(x) if false }}", "", 1)
}

// shape is how a database reads SQL, apart from what stands in strings, names and
// comments and apart from the values.
func shape(t *testing.T, sql sqlparam.SQL) string {
	var b strings.Builder
	next := 0
	c := sqltext.Scanner{D: sqltext.DuckDB}
	inside := false
	c.Feed(sql.Text, func(u sqltext.Unit) {
		for next < len(sql.Spans) && sql.Spans[next].To <= u.Start {
			next++
		}
		if next < len(sql.Spans) && sql.Spans[next].Place == sqltext.Bare {
			s := sql.Spans[next]
			if u.End > s.From && u.Start < s.To {
				if u.Start < s.From || u.End > s.To {
					t.Fatalf("%q reaches over the edge of the value %q in %q", sql.Text[u.Start:u.End], sql.Text[s.From:s.To], sql.Text)
				}
				if u.Start == s.From {
					b.WriteString("<V>")
				}
				return
			}
		}
		if u.Kind == sqltext.Inside {
			if !inside {
				b.WriteString("<in>")
			}
			inside = true
			return
		}
		inside = false
		fmt.Fprintf(&b, "%d%q", u.Kind, sql.Text[u.Start:u.End])
	})
	return strings.ReplaceAll(b.String(), "<in>", "")
}

// What came from a parameter never changes how the statement around it is read.
func TestValuesNeverChangeStatements(t *testing.T) {
	want := *values
	done, refused, broken, n := 0, 0, 0, 0
	for seed := uint64(0); done < want && seed < 4*uint64(want); seed++ {
		n++
		r := rand.New(rand.NewPCG(seed, 1))
		src := templates{r}.template()
		tpl, err := jinja.Compile("t", src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		harmless, err := render(tpl, given{"abcd", "ef", "id", "g", "h", "i"}.params)
		if err != nil {
			broken++ // the template stands two values side by side, say
		}
		wild, wildErr := render(tpl, given{evil(r), evil(r), evil(r), evil(r), evil(r), evil(r)}.params)
		if wildErr != nil {
			refused++
			continue
		}
		if err != nil {
			// What is refused with harmless values need not be with others: 'x{{ v }}' of
			// nothing. It has to be safe, which the check of the edges shows.
			shape(t, wild)
			continue
		}
		done++
		if a, b := shape(t, harmless), shape(t, wild); a != b {
			t.Fatalf("seed %d: template %s\nharmless %s\nwild     %s\n%s\n%s", seed, src, harmless.Text, wild.Text, a, b)
		}
		if a, b := len(sqltext.Split(harmless.Text, sqltext.DuckDB)), len(sqltext.Split(wild.Text, sqltext.DuckDB)); a != b {
			t.Fatalf("seed %d: %d statements, with harmless values %d: %s", seed, b, a, wild.Text)
		}
	}
	t.Logf("%d templates: %d compared, %d refused for their values, %d refused for harmless ones too", n, done, refused, broken)
	if done < want {
		t.Errorf("only %d of %d were compared", done, want)
	}
}

// What cannot be written is refused, and nothing else is.
func TestRefusals(t *testing.T) {
	tpl, _ := jinja.Compile("t", "select {{ params.s }}")
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := evil(r)
		_, err := render(tpl, given{s: s}.params)
		bad := strings.Contains(s, "\x00") || !utf8.ValidString(s)
		if (err != nil) != bad {
			t.Fatalf("%q: %v", s, err)
		}
		var e *sqlparam.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%q: %T", s, err)
		}
	}
}
