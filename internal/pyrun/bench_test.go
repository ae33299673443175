package pyrun

import (
	"os/exec"
	"testing"
	"time"
)

// BenchmarkRun is what a script that does nothing takes beyond an interpreter that
// does nothing: the two take turns.
func BenchmarkRun(b *testing.B) {
	j := job(b, "import dex\n\ndex.log.info('x')\n")
	bare := func() time.Duration {
		from := time.Now()
		if err := exec.Command(python(b), "-c", "pass").Run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(from)
	}
	script := func() time.Duration {
		from := time.Now()
		if err := Run(b.Context(), j, &host{}); err != nil {
			b.Fatal(err)
		}
		return time.Since(from)
	}
	script() // compiles the module
	least, most := time.Hour, time.Hour
	for b.Loop() {
		least, most = min(least, bare()), min(most, script())
	}
	b.ReportMetric(float64((most-least).Microseconds())/1000, "ms-beyond-python")
	b.ReportMetric(float64(least.Microseconds())/1000, "ms-python")
}
