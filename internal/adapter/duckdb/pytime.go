package duckdb

import (
	"fmt"
	"time"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

func newDate(t time.Time) value.Value { return pylib.DateFromTime(t) }

func newDateTime(t time.Time, aware bool) value.Value {
	if aware {
		return pylib.FromTime(t)
	}
	return pylib.NaiveFromTime(t)
}

func newTime(t time.Time, aware bool) value.Value {
	if aware {
		return pylib.TimeInZone(t)
	}
	return pylib.TimeFromTime(t)
}

// newDelta makes a timedelta. DuckDB's intervals are at most 2^31 months, which
// a timedelta does not hold; one that long is shown as text.
func newDelta(days, micros int64) value.Value {
	d, err := pylib.TimeDeltaOf(days, micros)
	if err != nil {
		return value.Str(fmt.Sprintf("%d days", days))
	}
	return d
}
