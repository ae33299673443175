package lint

import (
	"fmt"
	"testing"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/sqltext"
)

// BenchmarkCheck looks at the 3,000 hooks of 1,000 models.
func BenchmarkCheck(b *testing.B) {
	in := Input{Dialect: sqltext.DuckDB, Transactions: true, Targets: []string{"dev"}, Macro: func(string, string) *manifest.Macro { return nil }}
	for m := range 1000 {
		n := &manifest.Node{Kind: manifest.KindModel, ID: manifest.ID(fmt.Sprintf("model.shop.m%d", m)), Name: fmt.Sprintf("m%d", m), Package: "shop", OriginalFilePath: fmt.Sprintf("models/m%d.sql", m), Config: manifest.Config{}}
		for i, text := range []string{
			"delete from {{ this }} where day = '{{ var(\"day\") }}'",
			"insert into audit.log select '{{ this }}', count(*) from {{ this }}",
			"grant select on {{ this }} to reader",
		} {
			in.Hooks = append(in.Hooks, Hook{Hook: manifest.Hook{SQL: text}, Node: n, Event: []string{"pre-hook", "post-hook"}[min(i, 1)], Index: i, Pos: diag.Pos{File: n.OriginalFilePath, Line: i + 1, Col: 1}})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(Check(in)) == 0 {
			b.Fatal("nothing was found")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(in.Hooks)), "µs/hook")
}
