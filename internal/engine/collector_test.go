package engine

import (
	"runtime/debug"
	"testing"
)

// pace reads the collector's settings.
func pace() (percent int, limit int64) {
	percent = debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent, debug.SetMemoryLimit(-1)
}

func TestPaceComesBack(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	percent, limit := pace()
	first := ease()
	second := ease() // another invocation at the same time
	if p, l := pace(); first != nil && (p != -1 || l != quietBytes) {
		t.Errorf("quiet: pace %d, limit %d", p, l)
	}
	first.restore()
	second.restore()
	first.restore()
	if p, l := pace(); p != percent || l != limit {
		t.Errorf("in the end: pace %d, limit %d; at first %d, %d", p, l, percent, limit)
	}
	third := ease()
	first.restore() // late: it is not for the third
	if p, _ := pace(); p != -1 {
		t.Errorf("a late end of the first invocation ended the quiet of the third: pace %d", p)
	}
	third.restore()
	if p, l := pace(); p != percent || l != limit {
		t.Errorf("after the third: pace %d, limit %d; at first %d, %d", p, l, percent, limit)
	}
}
