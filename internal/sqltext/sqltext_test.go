package sqltext

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

type injectCase struct {
	SQL  string   `json:"sql"`
	CTEs []string `json:"ctes"`
	Want string   `json:"want"`
}

// The cases of inject.json are dbt's own answers.
func TestInjectCTEs(t *testing.T) {
	path := "testdata/inject.json"
	if p := os.Getenv("INJECT_CASES"); p != "" {
		path = p
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var cases []injectCase
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	bad := 0
	for _, c := range cases {
		var ctes []CTE
		for _, s := range c.CTEs {
			ctes = append(ctes, CTE{SQL: s})
		}
		if got := InjectCTEs(c.SQL, ctes); got != c.Want {
			if bad++; bad <= 20 {
				t.Errorf("%q\n got %q\nwant %q", c.SQL, got, c.Want)
			}
		}
	}
	t.Logf("%d cases, %d differ", len(cases), bad)
}

func TestInjectNothing(t *testing.T) {
	const sql = " select 1; select 2"
	if got := InjectCTEs(sql, nil); got != sql {
		t.Errorf("without CTEs the text is left alone, got %q", got)
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, sql string
		d         Dialect
		want      []string
	}{
		{"one", "select 1", DuckDB, []string{"select 1"}},
		{"two", "select 1;\n select 2;", DuckDB, []string{"select 1", "select 2"}},
		{"literal", "select ';', \";\"; x", DuckDB, []string{"select ';', \";\"", "x"}},
		{"doubled quote", "select 'it''s; ok'; x", DuckDB, []string{"select 'it''s; ok'", "x"}},
		{"line comment", "a -- ; '\n; b", DuckDB, []string{"a -- ; '", "b"}},
		{"block comment", "a /* ; ' */; b", DuckDB, []string{"a /* ; ' */", "b"}},
		{"comment alone", "a; -- nothing\n ; /* x */", DuckDB, []string{"a"}},
		{"leading comment stays", "-- c\nselect 1", DuckDB, []string{"-- c\nselect 1"}},
		{"dollar", "do $$ a; b $$; c", DuckDB, []string{"do $$ a; b $$", "c"}},
		{"dollar tag", "do $x$ a; $$ b $x$; c", Postgres, []string{"do $x$ a; $$ b $x$", "c"}},
		{"parameter", "select $1; b", DuckDB, []string{"select $1", "b"}},
		{"dollar in a word", "a$b$; c$b$", DuckDB, []string{"a$b$", "c$b$"}},
		{"escape string", `select E'a\';'; b`, DuckDB, []string{`select E'a\';'`, "b"}},
		{"plain string", `select 'a\'; b`, DuckDB, []string{`select 'a\'`, "b"}},
		{"e ends a word", `select 'x'else'a\'; b`, DuckDB, []string{`select 'x'else'a\'`, "b"}},
		{"nested comment", "a /* /* ; */ ; */; b", Postgres, []string{"a /* /* ; */ ; */", "b"}},
		{"flat comment", "a /* /* ; */; b", Dialect{}, []string{"a /* /* ; */", "b"}},
		{"DuckDB nests comments", "a /* /* ; */ ; */; b", DuckDB, []string{"a /* /* ; */ ; */", "b"}},
		{"a carriage return ends a line comment", "a -- c\r; b", DuckDB, []string{"a -- c", "b"}},
		{"escape string behind a number", `select 1e'\';'; b`, DuckDB, []string{`select 1e'\';'`, "b"}},
		{"escape string continued", "select e'a'\n'\\';'; b", DuckDB, []string{"select e'a'\n'\\';'", "b"}},
		{"unclosed", "a; 'b; c", DuckDB, []string{"a", "'b; c"}},
		{"no dollar dialect", "a $$ ; $$", Dialect{}, []string{"a $$", "$$"}},
		{"backtick", "a `;`; b", Dialect{Backticks: true}, []string{"a `;`", "b"}},
		{"blank", " \n; ;", DuckDB, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range Split(c.sql, c.d) {
				got = append(got, s.Text)
				if !strings.HasPrefix(c.sql[s.Offset:], s.Text) {
					t.Errorf("offset %d of %q is wrong", s.Offset, s.Text)
				}
			}
			if strings.Join(got, "\x00") != strings.Join(c.want, "\x00") || len(got) != len(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSplitLines(t *testing.T) {
	got := Split("a;\n\nb;\n-- c\nd\n;e", DuckDB)
	want := []int{1, 3, 4, 6}
	for i, s := range got {
		if s.Line != want[i] {
			t.Errorf("statement %d (%q) is on line %d, want %d", i, s.Text, s.Line, want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d statements, want %d", len(got), len(want))
	}
}

func TestStripComments(t *testing.T) {
	for _, c := range [][2]string{
		{"select 1", "select 1"},
		{"select 1 -- x\nfrom a", "select 1 \nfrom a"},
		{"select/* x */1", "select 1"},
		{"a /* x */ b", "a  b"},
		{"'--' \"/*\" -- x", "'--' \"/*\" "},
		{"$$ -- kept $$", "$$ -- kept $$"},
	} {
		if got := StripComments(c[0], DuckDB); got != c[1] {
			t.Errorf("%q: got %q, want %q", c[0], got, c[1])
		}
	}
}

func TestBlank(t *testing.T) {
	for sql, want := range map[string]bool{
		"": true, " \n\t;;": true, "-- x": true, "/* x */ -- y\n;": true, "/* a": true,
		"select 1": false, "-- x\nselect 1": false, "''": false, "x": false,
	} {
		if got := Blank(sql, DuckDB); got != want {
			t.Errorf("Blank(%q) = %t", sql, got)
		}
	}
}

// Whatever the text: nothing panics, statements keep their order and their
// bytes, and stripping twice changes nothing more.
func FuzzText(f *testing.F) {
	for _, s := range []string{"select 1; select '", "with a as (/*", "$$;$t$", "E'\\", "-- x\n;", "[a];\"b", "create or replace", "\xff;é.a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		last := 0
		for _, s := range Split(sql, DuckDB) {
			if s.Offset < last || sql[s.Offset:s.Offset+len(s.Text)] != s.Text {
				t.Fatalf("statement %q is not at %d", s.Text, s.Offset)
			}
			last = s.Offset + len(s.Text)
		}
		StripComments(sql, Postgres)
		cte := CTE{SQL: " x as (\nselect 1\n)"}
		if got := InjectCTEs(sql, []CTE{cte}); !strings.Contains(got, cte.SQL) {
			t.Fatalf("the CTE is missing from %q", got)
		}
	})
}

var query = "with " + strings.Repeat("a as (select x, 'it''s' as y, case when z then 1 end as w from t where b = 1 -- c\n),\n", 40) +
	"z as (select 1) select * from z"

func BenchmarkInjectCTEs(b *testing.B) {
	ctes := []CTE{{SQL: " x as (\nselect 1\n)"}}
	b.ReportAllocs()
	b.SetBytes(int64(len(query)))
	for b.Loop() {
		InjectCTEs(query, ctes)
	}
}

func BenchmarkSplit(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(query)))
	for b.Loop() {
		Split(query, DuckDB)
	}
}
