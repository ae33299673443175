package pylib

import (
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

func TestRecordedRe(t *testing.T) {
	replay(t, "re.json", func(_, _, want string) bool {
		// The names of groups are a dict here, not a view of one.
		return strings.HasPrefix(want, "mappingproxy(")
	})
}

// A replacement may be a callable that is given the match.
func TestSubCallable(t *testing.T) {
	p, err := compilePattern(`\d+`, 0)
	if err != nil {
		t.Fatal(err)
	}
	double := function("double", func(th *value.Thread, a []value.Value) (value.Value, error) {
		s, err := value.CallMethod(th, a[0], "group", nil, nil)
		if err != nil {
			return nil, err
		}
		return value.Concat(s, s), nil
	}, "m")
	th := value.NewThread(t.Context(), nil)
	got, n, err := p.substitute(th, []value.Value{double, value.Str("a1b22"), nil})
	if err != nil || n != 2 || value.ToStr(got) != "a11b2222" {
		t.Errorf("got %v, %d, %v", got, n, err)
	}
	_, _, err = p.substitute(th, []value.Value{function("five", func(*value.Thread, []value.Value) (value.Value, error) {
		return value.Int(5), nil
	}, "m"), value.Str("a1"), nil})
	if err == nil || !strings.Contains(err.Error(), "expected str instance, int found") {
		t.Errorf("a number as replacement: %v", err)
	}
}

// Whatever a pattern is, it is an error or it matches in the end.
func FuzzRe(f *testing.F) {
	for _, p := range []string{`(?P<k>\w+)=(?P<v>\d+)`, `(?<=a)b`, `[^\W\d]+`, `a{,2}`, `(a)?(?(1)b|c)`, `(?i-s:.)`, `a++`, `[]-]`, `\x41\u0041\101`, "(?x) a #c\n b"} {
		f.Add(p, "ab=1", `\g<0>`)
	}
	f.Fuzz(func(t *testing.T, pattern, text, repl string) {
		if len(pattern) > 60 || len(text) > 60 {
			return
		}
		p, err := compilePattern(pattern, 0)
		if err != nil {
			if _, ok := err.(*value.Error); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if _, _, err := p.substitute(nil, []value.Value{value.Str(repl), value.Str(text), nil}); err != nil {
			if _, ok := err.(*value.Error); !ok {
				t.Fatalf("%T: %v", err, err)
			}
		}
	})
}

func BenchmarkSub(b *testing.B) {
	p, err := compilePattern(`[aeiou]+`, 0)
	if err != nil {
		b.Fatal(err)
	}
	args := []value.Value{value.Str(`<\g<0>>`), value.Str("beautiful weather in every part of the country"), nil}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := p.substitute(nil, args); err != nil {
			b.Fatal(err)
		}
	}
}
