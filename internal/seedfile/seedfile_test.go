package seedfile

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// typeWords are the columns' types as dbt-duckdb writes them into a table, less
// the words behind timestamp.
var typeWords = map[adapter.SeedType]string{
	adapter.SeedText: "text", adapter.SeedInteger: "integer", adapter.SeedNumber: "float8", adapter.SeedBoolean: "boolean",
	adapter.SeedDate: "date", adapter.SeedDateTime: "timestamp",
}

// cases.json is what dbt's own reader makes of each file.
func TestReadAsDBT(t *testing.T) {
	src, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Hex, Delimiter, Error string
		TextColumns                 []string `json:"text_columns"`
		Columns, Types              []string
		Rows                        [][][2]string
	}
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		raw, err := hex.DecodeString(c.Hex)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(raw, Options{Delimiter: c.Delimiter, TextColumns: c.TextColumns})
		if c.Error != "" || err != nil {
			_, msg, _ := strings.Cut(c.Error, ": ")
			if err == nil || c.Error == "" || strings.HasPrefix(msg, "Row ") && !strings.HasSuffix(err.Error(), msg) {
				t.Errorf("%s: error %v, want %q", c.Name, err, c.Error)
			}
			continue
		}
		var names, types []string
		for i, col := range f.Table.Columns {
			names, types = append(names, col.Name), append(types, typeWords[f.Types[i]])
		}
		if got, want := strings.Join(names, "\x00")+"\n"+strings.Join(types, " "), strings.Join(c.Columns, "\x00")+"\n"+strings.Join(c.Types, " "); got != want {
			t.Errorf("%s:\n got %q\nwant %q", c.Name, got, want)
			continue
		}
		if got, want := showRows(f.Table), showWant(c.Rows); got != want {
			t.Errorf("%s:\n got %q\nwant %q", c.Name, got, want)
		}
	}
}

func showRows(t *adapter.Table) string {
	var b strings.Builder
	for _, r := range t.Rows {
		for _, v := range r {
			b.WriteString(value.ToStr(v) + ":" + v.Type()[strings.LastIndexByte(v.Type(), '.')+1:] + "|")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func showWant(rows [][][2]string) string {
	var b strings.Builder
	for _, r := range rows {
		for _, v := range r {
			b.WriteString(v[0] + ":" + v[1] + "|")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestErrorsHaveLines(t *testing.T) {
	for src, want := range map[string]int{
		"a\n\"x\ny\"\n1,2\n": 4, "a\n1\n\xff": 3, "": 1, "a,b\r\n1,2\r\n1,2,3\r\n": 3,
	} {
		_, err := Read([]byte(src), Options{Delimiter: ","})
		e, ok := err.(*Error)
		if !ok || e.Line != want {
			t.Errorf("%q: got %v, want an error on line %d", src, err, want)
		}
	}
}

// Whatever the bytes, reading ends, and a table is as wide as its names.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a\n\"x", "\ufeffa;b\n;", "a\n2020-01-01T1\n", "a\n$1,0%\n", "\n\n", "a\n1e9\n٣"} {
		f.Add([]byte(s), ",")
	}
	f.Fuzz(func(t *testing.T, src []byte, delim string) {
		file, err := Read(src, Options{Delimiter: delim})
		if err != nil {
			return
		}
		for _, r := range file.Table.Rows {
			if len(r) != len(file.Types) {
				t.Fatalf("a row of %d values in %d columns", len(r), len(file.Types))
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var s strings.Builder
	s.WriteString("id,name,price,day,flag,note\n")
	for range 10000 {
		s.WriteString("12345,some name,19.99,2024-02-29,true,\"a note, quoted\"\n")
	}
	src := []byte(s.String())
	b.ReportAllocs()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Read(src, Options{Delimiter: ","}); err != nil {
			b.Fatal(err)
		}
	}
}
