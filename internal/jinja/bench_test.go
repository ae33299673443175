package jinja

import (
	"os"
	"testing"

	"dex/internal/jinja/syntax"
)

var benchFiles = []string{"bench", "benchcommon", "benchlite"}

func benchSource(tb testing.TB, name string) (src, want string) {
	tb.Helper()
	s, err := os.ReadFile("testdata/" + name + ".sql")
	if err != nil {
		tb.Fatal(err)
	}
	w, err := os.ReadFile("testdata/" + name + ".want")
	if err != nil {
		tb.Fatal(err)
	}
	return string(s), string(w)
}

func TestBenchTemplates(t *testing.T) {
	for _, name := range benchFiles {
		src, want := benchSource(t, name)
		tmpl, err := Compile(name, src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tmpl.Render(chainThread(), host())
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, name := range benchFiles {
		src, _ := benchSource(b, name)
		src = syntax.Normalize(src)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := syntax.Parse(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, name := range benchFiles {
		src, _ := benchSource(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(name, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRender(b *testing.B) {
	for _, name := range benchFiles {
		src, _ := benchSource(b, name)
		tmpl, err := Compile(name, src)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			th, sc := chainThread(), host()
			var buf []byte
			for b.Loop() {
				if buf, err = tmpl.AppendRender(buf[:0], th, sc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
