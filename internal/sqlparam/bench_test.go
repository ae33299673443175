package sqlparam_test

import (
	"strings"
	"testing"

	"dex/internal/jinja/value"
	"dex/internal/sqlparam"
	"dex/internal/sqltext"
)

// BenchmarkResolve puts forty values into a script of twenty statements.
func BenchmarkResolve(b *testing.B) {
	g := value.NewGuard()
	text, n := g.New("params.s", "string", value.Str("O'Hara; drop table x --")), g.New("params.n", "integer", value.Int(7))
	var src strings.Builder
	for range 20 {
		src.WriteString("update t set a = " + value.ToStr(text) + " where n = " + value.ToStr(n) + "; -- next\n")
	}
	b.SetBytes(int64(src.Len()))
	b.ReportAllocs()
	for b.Loop() {
		got, err := sqlparam.Resolve(src.String(), g, sqltext.DuckDB)
		if err != nil || len(got.Spans) != 40 {
			b.Fatal(err, len(got.Spans))
		}
	}
}
