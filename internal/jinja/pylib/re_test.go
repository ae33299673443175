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
