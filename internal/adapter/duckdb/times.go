package duckdb

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// Python's dates go from year 1 to 9999. DuckDB's infinities, which are its
// largest numbers, become the ends of that; other dates outside it become text.
var (
	firstMoment = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastMoment  = time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
)

func pythonic(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

func dateValue(days int32) value.Value {
	switch days {
	case math.MaxInt32:
		return pylib.DateFromTime(lastMoment)
	case -math.MaxInt32:
		return pylib.DateFromTime(firstMoment)
	}
	t := time.Unix(int64(days)*86400, 0).UTC()
	if !pythonic(t) {
		return value.Str(dateText(t))
	}
	return pylib.DateFromTime(t)
}

// timestampValue makes a datetime: naive without a location, else in its zone.
func timestampValue(micros int64, loc *time.Location) value.Value {
	switch micros {
	case math.MaxInt64:
		return pylib.NaiveFromTime(lastMoment)
	case -math.MaxInt64:
		return pylib.NaiveFromTime(firstMoment)
	}
	t := time.UnixMicro(micros).UTC()
	if !pythonic(t) {
		return value.Str(timestampText(t, loc != nil))
	}
	if loc == nil {
		return pylib.NaiveFromTime(t)
	}
	return pylib.FromTime(t.In(loc))
}

// scaledTimestamp is for the timestamps that do not count microseconds.
func scaledTimestamp(n, mul, div int64) value.Value {
	if n == math.MaxInt64 || n == -math.MaxInt64 {
		return timestampValue(n, nil)
	}
	if n < 0 && div > 1 {
		n -= div - 1 // towards the past, as Python's // does
	}
	return timestampValue(n/div*mul, nil)
}

func timeValue(micros int64) value.Value {
	if micros >= dayMicros {
		return value.Str("24:00:00") // a time of day for DuckDB, not for Python
	}
	return pylib.TimeFromTime(time.UnixMicro(micros).UTC())
}

// timeTZValue takes a TIME WITH TIME ZONE apart: microseconds above, and below
// them how far the offset stands from the largest one.
func timeTZValue(bits uint64) value.Value {
	const offsetBits, maxOffset = 24, 16*3600 - 1
	micros := int64(bits >> offsetBits)
	offset := maxOffset - int(bits&(1<<offsetBits-1))
	if micros >= dayMicros {
		return value.Str("24:00:00" + offsetText(offset))
	}
	h := time.UnixMicro(micros).UTC()
	at := time.Date(1970, 1, 1, h.Hour(), h.Minute(), h.Second(), h.Nanosecond(), time.FixedZone("", offset))
	return pylib.TimeInZone(at)
}

// intervalValue makes a timedelta. As in Python's DuckDB a month has 30 days.
func intervalValue(i interval) value.Value {
	return newDelta(int64(i.months)*30+int64(i.days), i.micros)
}

// dateText writes a date beyond Python's range as DuckDB does.
func dateText(t time.Time) string {
	if y := t.Year(); y <= 0 {
		return fmt.Sprintf("%04d-%02d-%02d (BC)", 1-y, t.Month(), t.Day())
	}
	return fmt.Sprintf("%04d-%02d-%02d", t.Year(), t.Month(), t.Day())
}

func timestampText(t time.Time, zoned bool) string {
	s := dateText(t) + t.Format(" 15:04:05.999999")
	if zoned {
		s += "+00"
	}
	return s
}

func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("%c%02d", sign, seconds/3600)
	if m := seconds / 60 % 60; m != 0 {
		s += fmt.Sprintf(":%02d", m)
	}
	return s
}

// interval is DuckDB's INTERVAL.
type interval struct {
	months, days int32
	micros       int64
}

// zone gives the session's time zone for a result that has a TIMESTAMP WITH TIME
// ZONE in it, and nil for others, which need no further query.
func (s *session) zone(ctx context.Context, lt mapping.LogicalType) (*time.Location, error) {
	if !hasZone(lt) {
		return nil, nil
	}
	return s.timeZone(ctx)
}

func (s *session) timeZone(ctx context.Context) (*time.Location, error) {
	_, tab, err := s.statements(ctx, "select current_setting('TimeZone')", nil, true, 1)
	if err != nil {
		return nil, err
	}
	name := text(tab.Rows[0][0])
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the session's time zone %q is not known here: %w", name, err)
	}
	return loc, nil
}

// hasZone looks for TIMESTAMP WITH TIME ZONE in a type and in what it is made of.
func hasZone(lt mapping.LogicalType) bool {
	kid := func(k mapping.LogicalType) bool {
		defer mapping.DestroyLogicalType(&k)
		return hasZone(k)
	}
	switch mapping.GetTypeId(lt) {
	case mapping.TypeTimestampTZ:
		return true
	case mapping.TypeList:
		return kid(mapping.ListTypeChildType(lt))
	case mapping.TypeArray:
		return kid(mapping.ArrayTypeChildType(lt))
	case mapping.TypeMap:
		return kid(mapping.MapTypeKeyType(lt)) || kid(mapping.MapTypeValueType(lt))
	case mapping.TypeStruct:
		for i := range mapping.StructTypeChildCount(lt) {
			if kid(mapping.StructTypeChildType(lt, i)) {
				return true
			}
		}
	case mapping.TypeUnion:
		for i := range mapping.UnionTypeMemberCount(lt) {
			if kid(mapping.UnionTypeMemberType(lt, i)) {
				return true
			}
		}
	}
	return false
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
