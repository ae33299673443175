//go:build unix

package cli

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"dex/internal/event"
)

// resources asks the operating system what this process has taken so far; false where
// it does not say.
func resources() (event.Resources, bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return event.Resources{}, false
	}
	r := event.Resources{ // the figures are of 32 bits on some systems
		UserTime: seconds(u.Utime), KernelTime: seconds(u.Stime),
		MaxRSS: int64(u.Maxrss), InBlocks: int64(u.Inblock), OutBlocks: int64(u.Oublock),
	}
	if runtime.GOOS == "linux" {
		if kib, ok := peakMemory("/proc/self/status"); ok {
			r.MaxRSS = kib
		}
	}
	return r, true
}

func seconds(t syscall.Timeval) float64 { return time.Duration(t.Nano()).Seconds() }

// peakMemory reads VmHWM, in KiB: unlike Maxrss it is the process's own and not that
// of the program that this one replaced by exec. proc(5).
func peakMemory(path string) (kib int64, ok bool) {
	status, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if rest, is := strings.CutPrefix(line, "VmHWM:"); is {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
