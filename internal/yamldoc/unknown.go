package yamldoc

import (
	"fmt"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Unknown reports the keys of mapping m that are not in known: warnings, each
// with a guess at what was meant.
func (d *Doc) Unknown(m *value.Dict, known ...string) diag.List {
	var out diag.List
	m.Each(func(k, _ value.Value) bool {
		name := value.ToStr(k)
		for _, ok := range known {
			if ok == name {
				return true
			}
		}
		at := d.KeyPos(m, name)
		f := diag.Diagnostic{
			Severity: diag.Warning, Code: "unknown-key",
			Summary: fmt.Sprintf("Unknown key '%s'", name),
			Pos:     at, Source: d.Line(at.Line),
		}
		if near := Nearest(name, known); near != "" {
			f.Hint = fmt.Sprintf("Did you mean '%s'?", near)
		}
		out.Add(f)
		return true
	})
	return out
}

// Nearest is the candidate most like name, or "" where none is near: at most
// one typing slip for each three letters.
func Nearest(name string, candidates []string) string {
	best, bestAt := "", len(name)/3+1
	if len(name) < 3 {
		bestAt = 1
	}
	for _, c := range candidates {
		if n := slips(name, c); n < bestAt || n == bestAt && best == "" {
			best, bestAt = c, n
		}
	}
	return best
}

// slips is the number of letters to insert, drop, change or swap with their
// neighbour on the way from a to b.
func slips(a, b string) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
