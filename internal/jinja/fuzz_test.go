package jinja

import (
	"context"
	"testing"
	"time"

	"dex/internal/jinja/value"
)

// FuzzTemplate holds the engine to three promises: no source makes it panic,
// every render ends, and every fault is an *Error with a place.
func FuzzTemplate(f *testing.F) {
	var cases struct{ Cases []struct{ T string } }
	readJSON(f, "testdata/cases.json", &cases)
	for _, c := range cases.Cases {
		f.Add(c.T)
	}
	var more []struct{ T string }
	readJSON(f, "testdata/differential.json", &more)
	for _, c := range more {
		f.Add(c.T)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tmpl, err := Compile("fuzz.sql", src)
		checkFault(t, err)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		th := value.NewThread(ctx, nil)
		th.Fuel, th.MaxOutput, th.Chain = 20_000, 1<<20, len(src)%2 == 0
		_, err = tmpl.Render(th, host())
		checkFault(t, err)
		_, err = tmpl.RenderNative(th, host())
		checkFault(t, err)
		tmpl.Calls()
	})
}

func checkFault(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("a fault without a place: %T %v", err, err)
	}
	if e.Line < 1 || e.Col < 1 || e.Kind == "" {
		t.Fatalf("a fault with an odd place: %+v", e)
	}
	e.Caret()
}

// FuzzBlocks holds the block scanner to giving parts of the file.
func FuzzBlocks(f *testing.F) {
	var cases []struct{ T string }
	readJSON(f, "testdata/blocks.json", &cases)
	for _, c := range cases {
		f.Add(c.T)
	}
	f.Fuzz(func(t *testing.T, src string) {
		blocks, _, err := Blocks("fuzz.sql", src, BlockOptions{})
		checkFault(t, err)
		for _, b := range blocks {
			if len(b.Contents) >= len(b.Full) {
				t.Errorf("block %q has contents %q", b.Full, b.Contents)
			}
			if m, err := CompileMacro("fuzz.sql", b.Full); err == nil {
				m.Calls()
			}
		}
		parseLiteral(src)
	})
}
