package jinja

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

type mapLoader map[string]string

func (l mapLoader) Load(name string) (*Template, error) {
	src, ok := l[name]
	if !ok {
		return nil, value.Errorf("TemplateNotFound", "%s", name)
	}
	return CompileWith(name, src, Options{Loader: l})
}

// TestCases replays what Jinja 3.1.6 gave for each of the recorded templates.
func TestCases(t *testing.T) {
	var file struct {
		Cases []struct {
			ID, T, Want string
			Line        int
			WantErr     string `json:"want_err"`
		}
		Templates mapLoader
	}
	readJSON(t, "testdata/cases.json", &file)
	for _, c := range file.Cases {
		t.Run(c.ID, func(t *testing.T) {
			tmpl, err := CompileWith("case.sql", c.T, Options{Loader: file.Templates})
			var got string
			if err == nil {
				got, err = tmpl.Render(chainThread(), host())
			}
			if c.WantErr == "" {
				if err != nil {
					t.Fatalf("%s\n%v", c.T, err)
				}
				if got != c.Want {
					t.Errorf("%s\ngot  %q\nwant %q", c.T, got, c.Want)
				}
				return
			}
			e, ok := err.(*Error)
			if !ok {
				t.Fatalf("%s\ngot %q, %v; want an *Error", c.T, got, err)
			}
			if s := e.Kind + ": " + e.Msg; s != c.WantErr {
				t.Errorf("got  %s\nwant %s", s, c.WantErr)
			}
			if c.Line != 0 && e.Line != c.Line {
				t.Errorf("line %d, want %d", e.Line, c.Line)
			}
		})
	}
}

// TestFuzzCorpus replays random templates with what dbt's own environment made
// of them. DEX_JINJA_CORPUS names further files of the same form.
func TestFuzzCorpus(t *testing.T) {
	files := []string{"testdata/fuzz.json"}
	if more := os.Getenv("DEX_JINJA_CORPUS"); more != "" {
		files = append(files, strings.Fields(more)...)
	}
	for _, file := range files {
		var cases []struct{ Template, Want string }
		readJSON(t, file, &cases)
		bad := 0
		for _, c := range cases {
			got, err := "", error(nil)
			tmpl, err := Compile("case.sql", c.Template)
			if err == nil {
				got, err = tmpl.Render(value.NewThread(t.Context(), nil), baseHost(t))
			}
			if err != nil {
				got = "ERROR " + err.Error()
			}
			if got != c.Want {
				if bad++; bad <= 20 {
					t.Errorf("%s\ngot  %q\nwant %q", c.Template, got, c.Want)
				}
			}
		}
		t.Logf("%s: %d of %d equal", file, len(cases)-bad, len(cases))
		if bad > 0 {
			t.Fail()
		}
	}
}
