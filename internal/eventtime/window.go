package eventtime

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseFlag reads --event-time-start and --event-time-end. dbt: click.DateTime.
func ParseFlag(s string) (time.Time, error) {
	for _, layout := range [...]string{time.DateOnly, "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("'%s' does not match the formats '%%Y-%%m-%%d', '%%Y-%%m-%%dT%%H:%%M:%%S', '%%Y-%%m-%%d %%H:%%M:%%S'.", s)
}

// isoLayouts are the forms that Python's datetime.fromisoformat takes, each with
// and without a zone.
var isoLayouts = func() []string {
	var all []string
	for _, sep := range []string{"T", " "} {
		for _, clock := range []string{"15:04:05", "15:04", "15", "150405", "1504"} {
			for _, day := range []string{"2006-01-02", "20060102"} {
				all = append(all, day+sep+clock, day+sep+clock+"Z07:00", day+sep+clock+"Z0700")
			}
		}
	}
	return append(all, "2006-01-02", "20060102")
}()

// ParseISO reads a time as Python's datetime.fromisoformat does. A time without
// a zone is in UTC.
func ParseISO(s string) (time.Time, bool) {
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// Wall is the time that a clock shows at t, taken as one in UTC: what Python's
// replace(tzinfo=UTC) does.
func Wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// Before reads a window that ends now, such as "3 days". dbt:
// SampleWindow.from_relative_string.
func Before(s string, now time.Time) (Span, error) {
	count, grain, ok := strings.Cut(s, " ")
	if !ok || strings.Contains(grain, " ") {
		return Span{}, fmt.Errorf("Cannot load SAMPLE_WINDOW from '%s'. Must be of form 'DAYS_INT GRAIN_SIZE'.", s)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(count), "_", ""))
	if err != nil {
		return Span{}, fmt.Errorf("Unable to convert '%s' to an integer.", count)
	}
	size := Size(strings.TrimRight(strings.ToLower(grain), "s"))
	if !size.Known() {
		return Span{}, fmt.Errorf("Invalid grain size '%s'. Must be one of ['hour', 'day', 'month', 'year', 'hours', 'days', 'months', 'years'].", grain)
	}
	now = now.UTC().Truncate(time.Microsecond)
	return Span{back(now, size, n), now}, nil
}

// back goes n sizes back without cutting t; a day that a month does not have
// becomes its last. dbt: offset_timestamp, by relativedelta.
func back(t time.Time, size Size, n int) time.Time {
	switch size {
	case Hour:
		return t.Add(-time.Duration(n) * time.Hour)
	case Day:
		return t.AddDate(0, 0, -n)
	case Year:
		n *= 12
	}
	first := time.Date(t.Year(), t.Month()-time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// Ordered sorts spans in place and gives them back.
func Ordered(all []Span) []Span {
	slices.SortFunc(all, Span.Compare)
	return all
}
