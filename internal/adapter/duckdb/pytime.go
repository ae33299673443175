package duckdb

import (
	"fmt"
	"time"

	"dex/internal/jinja/value"
)

func newDate(t time.Time) value.Value { return value.Str(t.Format("2006-01-02")) }

func newDateTime(t time.Time, aware bool) value.Value {
	return value.Str(isoTime(t, "2006-01-02 15:04:05", aware))
}

func newTime(t time.Time, aware bool) value.Value {
	return value.Str(isoTime(t, "15:04:05", aware))
}

func isoTime(t time.Time, layout string, aware bool) string {
	if t.Nanosecond() != 0 {
		layout += ".000000"
	}
	if aware {
		layout += "-07:00"
	}
	return t.Format(layout)
}

func newDelta(days, micros int64) value.Value {
	days += micros / dayMicros
	if micros %= dayMicros; micros < 0 {
		micros += dayMicros
		days--
	}
	at := time.UnixMicro(micros).UTC()
	s := fmt.Sprintf("%d:%02d:%02d", at.Hour(), at.Minute(), at.Second())
	if us := at.Nanosecond() / 1000; us != 0 {
		s += fmt.Sprintf(".%06d", us)
	}
	switch {
	case days == 1 || days == -1:
		s = fmt.Sprintf("%d day, %s", days, s)
	case days != 0:
		s = fmt.Sprintf("%d days, %s", days, s)
	}
	return value.Str(s)
}
