package run_test

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkHook is what a hook costs beyond the database's time: a model with many
// against one with none, on a database that does nothing.
func BenchmarkHook(b *testing.B) {
	const hooks = 1000
	for _, c := range []struct{ name, hook string }{
		{"plain text", "'select 1'"},
		{"plain template", `"select '{{ this }}', '{{ invocation_id }}'"`},
		{"extended sql", `{'name': 'x', 'sql': "select '{{ this }}', '{{ invocation_id }}'"}`},
		{"extended macro", `{'name': 'x', 'macro': 'note', 'args': {'what': '{{ this.name }}'}, 'when': 'rows_affected != 7', 'timeout': '1m', 'on_error': 'warn'}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			cost := func(n int) time.Duration {
				h := newHouse(b, files{
					"models/a.sql": "{{ config(post_hook=[" + strings.Repeat(c.hook+", ", n) + "]) }} select 1 as id",
					"macros/m.sql": "{% macro note(what) %}select '{{ what }}'{% endmacro %}",
				})
				h.inv.Adapter = idle{h.db}
				from := time.Now()
				if got := h.build()["a"]; got.Err != nil {
					b.Fatal(got.Message)
				}
				if got := len(h.ran.Hooks()); got != n {
					b.Fatalf("%d hooks have accounts, not %d", got, n)
				}
				return time.Since(from)
			}
			none := cost(0)
			var all time.Duration
			for b.Loop() {
				all += cost(hooks) - none
			}
			b.ReportMetric(float64(all.Microseconds())/float64(b.N*hooks), "µs/hook")
			b.ReportMetric(0, "ns/op")
		})
	}
}
