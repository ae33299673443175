package engine

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// A parse makes a great many small values and keeps most of them: the garbage
// collector, at its usual pace, walks over all of them again and again and frees
// little. collector lets it run less often while the project is small enough for
// that to cost no memory that anybody misses.
type collector struct{ before int }

// Paces of the collector, as percent of growth between two runs, and the size of
// the heap from which on the usual pace holds.
const (
	easyPace  = 400
	usualPace = 100
	easyBytes = 64 << 20
)

// ease sets the easy pace; not where the user set one.
func ease() *collector {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	return &collector{debug.SetGCPercent(easyPace)}
}

// check goes back to the usual pace once the heap has grown. The parse calls it
// between its phases.
func (c *collector) check() {
	if c != nil && liveBytes() > easyBytes {
		debug.SetGCPercent(usualPace)
	}
}

// restore sets the pace that was. It may be called twice.
func (c *collector) restore() {
	if c != nil {
		debug.SetGCPercent(c.before)
	}
}

// liveBytes is what the last run of the collector found in use.
func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
