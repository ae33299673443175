package duckdb

import (
	"fmt"
	"time"

	"dex/internal/jinja/value"
)

func newDate(t time.Time) value.Value { return value.Str(t.Format("2006-01-02")) }

func newDateTime(t time.Time, aware bool) value.Value {
	if aware {
		return value.Str(t.Format("2006-01-02 15:04:05.999999-07:00"))
	}
	return value.Str(t.Format("2006-01-02 15:04:05.999999"))
}

func newTime(t time.Time, aware bool) value.Value {
	if aware {
		return value.Str(t.Format("15:04:05.999999-07:00"))
	}
	return value.Str(t.Format("15:04:05.999999"))
}

func newDelta(days, micros int64) value.Value {
	return value.Str(fmt.Sprintf("%d days, %s", days, time.Duration(micros)*time.Microsecond))
}
