package value

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// ParseDuration reads a length of time as dex's own keys have it: "30s", "1h30m",
// "2d", or a number of seconds. It is never negative.
func ParseDuration(v Value) (time.Duration, error) {
	var seconds float64
	switch x := v.(type) {
	case Int:
		seconds = float64(x)
	case Float:
		seconds = float64(x)
	case Str:
		return durationText(string(x))
	default:
		return 0, fmt.Errorf("a %s is no length of time", v.Type())
	}
	if seconds < 0 || math.IsNaN(seconds) || seconds > math.MaxInt64/1e9 {
		return 0, fmt.Errorf("'%s' is no length of time", ToStr(v))
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

func durationText(text string) (time.Duration, error) {
	s, times := strings.TrimSpace(text), time.Duration(1)
	if days, ok := strings.CutSuffix(s, "d"); ok && !strings.ContainsAny(days, "hmsuµn") {
		s, times = days+"h", 24
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > math.MaxInt64/times {
		return 0, fmt.Errorf("'%s' is no length of time", text)
	}
	return times * d, nil
}
