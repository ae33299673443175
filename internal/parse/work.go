package parse

import (
	"sync"
	"sync/atomic"
)

// parallel calls work(i) for every i below n on the parse's workers. Results go
// into slots of their own, so their order does not depend on who came first.
func (p *parser) parallel(n int, work func(i int)) {
	workers := min(p.opt.Threads, n)
	if workers <= 1 {
		for i := range n {
			work(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || p.ctx.Err() != nil {
					return
				}
				work(i)
			}
		})
	}
	wg.Wait()
}
