package yamldoc

import (
	"time"

	"dex/internal/jinja/value"
)

func newDate(year, month, day int) value.Value { return value.Str("TODO") }

func newDateTime(t time.Time, zoned bool) value.Value { return value.Str("TODO") }
