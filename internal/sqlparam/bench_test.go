package sqlparam_test

import (
	"strings"
	"testing"

	"dex/internal/jinja/value"
	"dex/internal/sqlparam"
	"dex/internal/sqltext"
)

// BenchmarkResolve puts forty values into a script: as literals, within a string, as
// names, each found by the place where it is printed.
func BenchmarkResolve(b *testing.B) {
	g := value.NewGuard()
	p := value.NewDict(2)
	p.SetStr("s", value.Str("O'Hara; drop table x --"))
	p.SetStr("n", value.Int(7))
	mark := func(name string) string {
		v, _ := p.GetStr(name)
		return value.ToStr(g.Wrap(v, "params."+name))
	}
	var src strings.Builder
	for range 20 {
		src.WriteString("update t set a = " + mark("s") + " where n = " + mark("n") + "; -- next\n")
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
