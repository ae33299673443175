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
type collector struct {
	percent int
	limit   int64
	once    sync.Once
}

// quietBytes is the size of the program up to which nothing is collected.
const quietBytes = 192 << 20

// sentinel is unreachable from the start: that it is found says that the
// collector ran.
type sentinel struct{ of *collector }

// ease puts the first run off; not where the user set a pace.
func ease() *collector {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	c := &collector{percent: debug.SetGCPercent(-1), limit: debug.SetMemoryLimit(quietBytes)}
	runtime.SetFinalizer(&sentinel{c}, func(s *sentinel) { s.of.restore() })
	return c
}

// restore sets the pace that was. It may be called several times.
func (c *collector) restore() {
	if c != nil {
		c.once.Do(func() {
			debug.SetGCPercent(c.percent)
			debug.SetMemoryLimit(c.limit)
		})
	}
}
