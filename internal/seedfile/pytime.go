package seedfile

import (
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
