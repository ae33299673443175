package manifest

import (
	"cmp"
	"slices"
	"strings"
)

// A Stat is how many of a kind a project has, in dbt's words for the kind.
type Stat struct {
	Of string // "model", "data test", "macro"
	N  int
}

// Stats counts what a project holds, in dbt's order; kinds that it has none of
// are left out.
func (m *Manifest) Stats() []Stat {
	counts := map[Kind]int{}
	for _, n := range m.Nodes {
		counts[n.Kind]++
	}
	var out []Stat
	for k, n := range counts {
		out = append(out, Stat{string(k), n})
	}
	slices.SortFunc(out, func(a, b Stat) int {
		return cmp.Or(statRank(a.Of)-statRank(b.Of), strings.Compare(a.Of, b.Of))
	})
	for i := range out {
		if out[i].Of == string(KindTest) {
			out[i].Of = "data test"
		}
	}
	others := map[Kind]int{}
	for _, n := range m.Others {
		others[n.Kind]++
	}
	for _, s := range [...]Stat{
		{"source", len(m.Sources)}, {"exposure", len(m.Exposures)}, {"metric", others[KindMetric]},
		{"macro", len(m.Macros)}, {"group", len(m.Groups)}, {"semantic model", others[KindSemanticModel]},
		{"saved query", others[KindSavedQuery]}, {"unit test", len(m.UnitTests)},
	} {
		if s.N > 0 {
			out = append(out, s)
		}
	}
	return out
}

func statRank(kind string) int {
	order := [...]Kind{KindModel, KindSeed, KindSnapshot, KindOperation, KindAnalysis, KindTest}
	if i := slices.Index(order[:], Kind(kind)); i >= 0 {
		return i
	}
	return len(order)
}
