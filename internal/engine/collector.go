package engine

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// A parse makes a great many small values and keeps most of them: the garbage
// collector, at its usual pace, begins at a few megabytes, walks over all of them
// again and again, and frees little. collector puts its first run off until the
// program has grown to a size at which that pays; most parses end before.
//
// The pace is the whole program's. Of several invocations at a time the first
// one sets it; its end takes it back, or a run of the collector that leaves so much
// that the usual pace would be no quicker.
type collector struct{ of *quiet }

// quiet is a time in which nothing is collected.
type quiet struct {
	percent int
	limit   int64
}

var (
	quietMu sync.Mutex
	present *quiet // nil: the pace is the usual one
)

// quietBytes is the size of the program up to which nothing is collected.
const quietBytes = 192 << 20

// sentinel is unreachable from the start: that it is found says that the
// collector ran.
type sentinel struct{ of *quiet }

// ease puts the first run off; not where the user set a pace, and not while
// another invocation has done so.
func ease() *collector {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	quietMu.Lock()
	defer quietMu.Unlock()
	if present != nil {
		return nil
	}
	present = &quiet{percent: debug.SetGCPercent(-1), limit: debug.SetMemoryLimit(quietBytes)}
	present.watch()
	return &collector{present}
}

// watch waits for a run of the collector. Where little was left, the next one waits
// until the heap has quietBytes again.
func (q *quiet) watch() {
	runtime.SetFinalizer(&sentinel{q}, func(s *sentinel) {
		left := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(left)
		if n := left[0].Value.Uint64(); n > 0 && n < quietBytes/2 {
			s.of.goOn(int(100 * (quietBytes - n) / n))
			return
		}
		s.of.end()
	})
}

// goOn keeps q's quiet, with a pace in place of the limit: that counts what was
// freed as well.
func (q *quiet) goOn(percent int) {
	quietMu.Lock()
	defer quietMu.Unlock()
	if present != q {
		return
	}
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(q.limit)
	q.watch()
}

// restore sets the pace that was. It may be called several times.
func (c *collector) restore() {
	if c != nil {
		c.of.end()
	}
}

func (q *quiet) end() {
	quietMu.Lock()
	defer quietMu.Unlock()
	if present == q {
		present = nil
		debug.SetGCPercent(q.percent)
		debug.SetMemoryLimit(q.limit)
	}
}
