package yamldoc

import (
	"time"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

func newDate(year, month, day int) value.Value {
	return pylib.NewDate(year, time.Month(month), day)
}

func newDateTime(t time.Time, zoned bool) value.Value {
	if zoned {
		return pylib.FixedFromTime(t)
	}
	return pylib.NaiveFromTime(t)
}
