package yamldoc

import (
	"fmt"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

// TestFaults has one document for each kind of fault, with the whole message.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"colon in text", "a: b: c\n", `
Parsing Error
  Syntax error near line 1: mapping values are not allowed in this context
    --> x.yml:1:5
    1 | a: b: c
      |     ^
  Put quotes around a text that has a colon and a blank in it, or check the indentation of this line.`},
		{"tab", "a:\n\tb: 1\n", `
Parsing Error
  Syntax error near line 2: found character that cannot start any token
    --> x.yml:2:1
    2 | 	b: 1
      | ^
  YAML does not allow tabs for indentation: use blanks.`},
		{"bare Jinja", "models:\n  - name: {{ x }}\n", `
Parsing Error
  Syntax error near line 2: found unhashable key
    --> x.yml:2:12
    2 |   - name: {{ x }}
      |            ^
  Put quotes around a value that begins with Jinja: "{{ ... }}".`},
		{"two documents", "a: 1\n---\nb: 2\n", `
Parsing Error
  Syntax error near line 2: expected a single document in the stream, but found another document
    --> x.yml:2:1
    2 | ---
      | ^
  Keep one document in a file: remove the line ---.`},
		{"unknown tag", "a: !foo x\n", `
Parsing Error
  Syntax error near line 1: could not determine a constructor for the tag '!foo'
    --> x.yml:1:4
    1 | a: !foo x
      |    ^`},
		{"no such day", "a: 2024-02-30\n", `
Parsing Error
  Syntax error near line 1: day is out of range for month
    --> x.yml:1:4
    1 | a: 2024-02-30
      |    ^`},
		{"no number", "a: !!int x1\n", `
Parsing Error
  Syntax error near line 1: cannot read 'x1' as an integer
    --> x.yml:1:4
    1 | a: !!int x1
      |    ^`},
		{"unknown anchor", "a: *b\n", `
Parsing Error
  Syntax error near line 1: unknown anchor 'b' referenced
    --> x.yml:1:4
    1 | a: *b
      |    ^`},
		{"holds itself", "a: &a [1, *a]\n", `
Parsing Error
  Syntax error near line 1: found unconstructable recursive node
    --> x.yml:1:11
    1 | a: &a [1, *a]
      |           ^`},
		{"anchor twice", "a: &a 1\nb: &a 2\n", `
Parsing Error
  Syntax error near line 2: found duplicate anchor; first occurrence in line 1
    --> x.yml:2:4
    2 | b: &a 2
      |    ^`},
		{"merge of text", "a: {<<: x}\n", `
Parsing Error
  Syntax error near line 1: expected a mapping or list of mappings for merging, but found scalar
    --> x.yml:1:9
    1 | a: {<<: x}
      |         ^`},
		{"reserved character", "a: @x\n", `
Parsing Error
  Syntax error near line 1: found character that cannot start any token
    --> x.yml:1:4
    1 | a: @x
      |    ^
  Put quotes around a text that begins with @.`},
		{"open list", "a: [1, 2\nb: 3\n", `
Parsing Error
  Syntax error near line 2: did not find expected ',' or ']'
    --> x.yml:2:2
    2 | b: 3
      |  ^`},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, faults := Decode("x.yml", []byte(c.src))
			if doc.Value != value.None {
				t.Errorf("value is %s", value.Repr(doc.Value))
			}
			if len(faults) != 1 {
				t.Fatalf("%d faults: %v", len(faults), faults)
			}
			if got := faults[0].Error(); got != c.want[1:] {
				t.Errorf("got\n%s\nwant%s", got, c.want)
			}
		})
	}
}

func TestDuplicateKey(t *testing.T) {
	for src, want := range map[string]string{
		"a: 1\nb: 2\na: 3\n":                             "Duplicate key 'a'; the last value counts\n  --> x.yml:3:1\n  3 | a: 3\n    | ^\nRemove one of the two.",
		"x: &x {a: 1}\ny:\n  <<: *x\n  a: 2\n":           "", // a merged key is there to be replaced
		"x: &x {a: 1}\ny:\n  b: 1\n  <<: *x\n  a: 2\n":   "",
		"y:\n  <<: {a: 1}\n  b: 2\n  b: 3\n":             "", // dbt: nothing is said where << comes first
		"l:\n  - {a: 1, b: 2}\n  - {b: 1, a: 1, b: 2}\n": "Duplicate key 'b'; the last value counts\n  --> x.yml:3:18\n  3 |   - {b: 1, a: 1, b: 2}\n    |                  ^\nRemove one of the two.",
	} {
		_, faults := Decode("x.yml", []byte(src))
		var got []string
		for _, f := range faults {
			got = append(got, f.Body())
		}
		if g := strings.Join(got, "\n"); g != want {
			t.Errorf("%q gives\n%s\nwant\n%s", src, g, want)
		}
	}
}

// TestMergeBomb: a few lines whose merge keys double what they hold.
func TestMergeBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("m0: &m0 {a: 1, b: 2}\n")
	for i := range 40 {
		n, prev := string(rune('A'+i)), "m0"
		if i > 0 {
			prev = string(rune('A' + i - 1))
		}
		b.WriteString(n + ": &" + n + " {<<: [*" + prev + ", *" + prev + "]}\n")
	}
	src := strings.NewReplacer("[: ", "q1: ", "&[ ", "&q1 ").Replace(b.String())
	_, faults := Decode("x.yml", []byte(src))
	if !faults.HasErrors() {
		t.Fatal("no fault")
	}
}

// TestAliasBomb: aliases of aliases stand for more values than can be written.
func TestAliasBomb(t *testing.T) {
	src := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 9; i++ {
		src += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	_, faults := Decode("bomb.yml", []byte(src))
	if !faults.HasErrors() || !strings.Contains(faults[0].Summary, "aliases make more than 10000000 values") {
		t.Errorf("%v", faults)
	}
}

func TestPlaces(t *testing.T) {
	src := "version: 2\nmodels:\n  - name: x\n    columns:\n      - {name: id, tests: [unique]}\n  - name: y\n"
	doc, faults := Decode("models/x.yml", []byte(src))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	top := doc.Value.(*value.Dict)
	list, _ := top.GetStr("models")
	models := list.(*value.List)
	first := models.Elems[0].(*value.Dict)
	for _, c := range []struct{ what, got, want string }{
		{"Start", doc.Start(top).String(), "models/x.yml:1:1"},
		{"KeyPos", doc.KeyPos(top, "models").String(), "models/x.yml:2:1"},
		{"ValuePos", doc.ValuePos(top, "version").String(), "models/x.yml:1:10"},
		{"ItemPos", doc.ItemPos(models, 1).String(), "models/x.yml:6:5"},
		{"ItemPos beyond", doc.ItemPos(models, 2).String(), "models/x.yml:3:3"},
		{"missing key", doc.KeyPos(first, "nope").String(), "models/x.yml:3:5"},
		{"Pos", doc.Pos("models", "0", "columns", "0", "tests", "0").String(), "models/x.yml:5:28"},
		{"Pos of a key", doc.Pos("models", "0", "columns").String(), "models/x.yml:4:5"},
		{"Pos stops", doc.Pos("models", "0", "columns", "7", "name").String(), "models/x.yml:4:5"},
		{"not of the document", doc.Start(value.NewDict(0)).String(), "models/x.yml"},
		{"Line", doc.Line(6), "  - name: y"},
		{"Line beyond", doc.Line(8), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", c.what, c.got, c.want)
		}
	}
}

func TestUnknown(t *testing.T) {
	doc, _ := Decode("x.yml", []byte("name: x\nmodle-paths: [a]\nzzz: 1\n"))
	faults := doc.Unknown(doc.Value.(*value.Dict), "name", "model-paths", "seed-paths")
	var got strings.Builder
	for _, f := range faults {
		got.WriteString(f.Body() + "\n")
	}
	want := `Unknown key 'modle-paths'
  --> x.yml:2:1
  2 | modle-paths: [a]
    | ^
Did you mean 'model-paths'?
Unknown key 'zzz'
  --> x.yml:3:1
  3 | zzz: 1
    | ^
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a: 1", "a: &a [*a]", "{<<: [*x]}", "\t", "? [a]\n: b", "!!omap [a: 1]", "a: 12:30:45.5", "%YAML 1.2\n---\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, faults := Decode("x.yml", src)
		if doc == nil || doc.Value == nil {
			t.Fatal("no document")
		}
		for _, d := range faults {
			_ = d.Error()
		}
	})
}
