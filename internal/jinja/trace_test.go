package jinja

import (
	"context"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

func TestRenderTraced(t *testing.T) {
	src := "{% macro m(x) %}\n\nM{{ x }}\n{% endmacro %}\n" + // 1-4
		"A\n{% for i in range(2) %}\n  B{{ i }}\n{% endfor %}\n" + // 5-8
		"{% set s %}\nS1\nS2\n{% endset %}\n" + // 9-12
		"C\nD {{ s }}\n{{ m('E') }}\n{%- if true %}\nF{% endif %}\n" // 13-17
	tpl, err := Compile("t", src)
	if err != nil {
		t.Fatal(err)
	}
	text, origins, err := tpl.RenderTraced(value.NewThread(context.Background(), nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"A": 5, "B0": 7, "B1": 7, "C": 13, "D": 14, "S2": 14, "ME": 15, "F": 17} {
		if got := tpl.Line(text, origins, strings.Index(text, word)); got != want {
			t.Errorf("%s comes from line %d, want %d\n%s", word, got, want, text)
		}
	}
}
