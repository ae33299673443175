package cli

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// recordTiming writes where the program spends its time to the file of
// --record-timing-info, until stop is called: a profile for `go tool pprof`.
// dbt: a profile of cProfile's.
func recordTiming(path string) (stop func() error, err error) {
	none := func() error { return nil }
	if path == "" {
		return none, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return none, fmt.Errorf("--record-timing-info: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close() // the error at hand says more
		return none, fmt.Errorf("--record-timing-info: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
