package jinja

import (
	"fmt"
	"testing"

	"dex/internal/jinja/value"
)

// The chains that macros of packages run over columns, for each column list.
func BenchmarkFilters(b *testing.B) {
	cols := value.NewList()
	for i := range 40 {
		d := value.NewDict(2)
		d.SetStr("name", value.Str(fmt.Sprintf("Column_%d", (i*7)%40)))
		d.SetStr("n", value.Int(i))
		cols.Elems = append(cols.Elems, d)
	}
	for _, src := range []string{
		"{{ cols | map(attribute='name') | map('upper') | join(', ') }}",
		"{{ cols | sort(attribute='name') | length }}",
		"{{ cols | selectattr('n', 'gt', 10) | list | length }}",
		"{{ cols | map(attribute='name') | unique | list | length }}",
		"{{ 'a_b_c' | replace('_', ' ') | title | trim }}",
	} {
		b.Run(src, func(b *testing.B) {
			tmpl, err := Compile("bench.sql", src)
			if err != nil {
				b.Fatal(err)
			}
			sc := scopeMap{"cols": cols}
			th := value.NewThread(b.Context(), nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tmpl.Render(th, sc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
