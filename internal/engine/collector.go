package engine

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// A parse makes a great many small values and keeps most of them: the garbage
// collector, at its usual pace, begins at a few megabytes, walks over all of them
// again and again, and frees little. collector puts its first run off until the
// program has grown to a size at which that pays; most parses end before.
//
// The pace is the whole program's. Of several invocations at a time the first
// one sets it; its end, or the first run of the collector, takes it back.
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
	runtime.SetFinalizer(&sentinel{present}, func(s *sentinel) { s.of.end() })
	return &collector{present}
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
