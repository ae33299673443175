package engine

import (
	"context"
	"strings"

	"dex/internal/agate"
	"dex/internal/manifest"
	"dex/internal/result"
)

// showSeeds prints the first rows of each seed that was loaded, where --show asks
// for them. dbt shows ten rows at random.
func showSeeds(_ context.Context, w *work) error {
	if !w.inv.ShowSeeds {
		return nil
	}
	for i := range w.out.Results {
		r := &w.out.Results[i]
		n := w.node(r.Node)
		if n == nil || n.Kind != manifest.KindSeed || r.Status != result.Success {
			continue
		}
		v, err := w.readSeed(n)
		if err != nil {
			return err
		}
		t, ok := v.(*agate.Table)
		if !ok {
			continue
		}
		header := "First rows of table: " + n.Schema + "." + n.Alias
		o := agate.DefaultPrint
		o.Rows, o.Columns = 10, -1
		w.out.Lines = append(w.out.Lines, header+"\n"+strings.Repeat("-", len(header))+"\n"+t.Layout(o))
	}
	return nil
}
