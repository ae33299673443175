package postgres

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// Python's dates go from year 1 to 9999. Postgres' infinities become the ends of that,
// as in psycopg2; other dates outside it stay text, where psycopg2 fails.
var (
	firstMoment = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastMoment  = time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
)

func readDate(s string) (value.Value, error) {
	switch s {
	case "infinity":
		return pylib.DateFromTime(lastMoment), nil
	case "-infinity":
		return pylib.DateFromTime(firstMoment), nil
	}
	t, rest, ok := cutDate(s)
	if !ok {
		return nil, fmt.Errorf("no date")
	}
	if rest != "" || !pythonic(t) {
		return value.Str(s), nil
	}
	return pylib.DateFromTime(t), nil
}

// pythonic reports whether Python has such a date. cutDate gives the year 0 for one
// that has too many digits.
func pythonic(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

// cutDate takes a date off a text. What follows is a time, " BC", or nothing.
func cutDate(s string) (t time.Time, rest string, ok bool) {
	date, rest := s, ""
	if i := strings.IndexByte(s, ' '); i >= 0 {
		date, rest = s[:i], s[i+1:]
	}
	y, md, ok := strings.Cut(date, "-")
	m, d, ok2 := strings.Cut(md, "-")
	year, err1 := strconv.Atoi(y)
	month, err2 := strconv.Atoi(m)
	day, err3 := strconv.Atoi(d)
	if !ok || !ok2 || err1 != nil || err2 != nil || err3 != nil {
		return t, s, false
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), rest, true
}

// readTimestamp reads a timestamp without time zone.
func readTimestamp(s string) (value.Value, error) {
	switch s {
	case "infinity":
		return pylib.NaiveFromTime(lastMoment), nil
	case "-infinity":
		return pylib.NaiveFromTime(firstMoment), nil
	}
	return readMoment(s)
}

// readZoned reads a timestamp with time zone; without end it is in UTC.
func readZoned(s string) (value.Value, error) {
	switch s {
	case "infinity":
		return pylib.FixedFromTime(lastMoment), nil
	case "-infinity":
		return pylib.FixedFromTime(firstMoment), nil
	}
	return readMoment(s)
}

func readMoment(s string) (value.Value, error) {
	day, rest, ok := cutDate(s)
	if !ok {
		return nil, fmt.Errorf("no timestamp")
	}
	c, ok := parseClock(rest)
	if !ok || !pythonic(day) {
		return value.Str(s), nil // a year before Christ has " BC" behind the clock
	}
	t := day.Add(c.since)
	if !c.zoned {
		return pylib.NaiveFromTime(t), nil
	}
	return pylib.FixedFromTime(t.Add(-time.Duration(c.offset) * time.Second).In(time.FixedZone("", c.offset))), nil
}

// readTime reads a time of day with or without an offset. 24:00:00 is one for Postgres
// and not for Python: as in psycopg2 it is midnight.
func readTime(s string) (value.Value, error) {
	c, ok := parseClock(s)
	if !ok {
		return nil, fmt.Errorf("no time of day")
	}
	c.since %= 24 * time.Hour
	if !c.zoned {
		return pylib.TimeFromTime(time.Unix(0, int64(c.since)).UTC()), nil
	}
	at := time.Date(1970, 1, 1, 0, 0, 0, 0, time.FixedZone("", c.offset)).Add(c.since)
	return pylib.TimeInZone(at), nil
}

// clock is a time of day, and its offset from UTC in seconds.
type clock struct {
	since  time.Duration
	zoned  bool
	offset int
}

// parseClock reads 04:05:06.789+05:30.
func parseClock(s string) (clock, bool) {
	var c clock
	if i := strings.IndexAny(s, "+-"); i >= 0 {
		off, ok := parseSexagesimal(s[i+1:])
		if !ok {
			return c, false
		}
		c.zoned, c.offset = true, int(off/time.Second)
		if s[i] == '-' {
			c.offset = -c.offset
		}
		s = s[:i]
	}
	var ok bool
	c.since, ok = parseSexagesimal(s)
	return c, ok
}

// parseSexagesimal reads hours, and minutes, seconds and their fraction where they are.
func parseSexagesimal(s string) (time.Duration, bool) {
	s, frac, _ := strings.Cut(s, ".")
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	var d time.Duration
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return 0, false
		}
		d += time.Duration(n) * [...]time.Duration{time.Hour, time.Minute, time.Second}[i]
	}
	if frac == "" {
		return d, true
	}
	n, err := strconv.ParseUint((frac + "000000")[:6], 10, 32)
	return d + time.Duration(n)*time.Microsecond, err == nil
}

// readInterval makes a timedelta of an interval in the style "postgres". As in
// psycopg2 a year has 365 days and a month 30. What Python has no room for, and
// another style, stay text.
func readInterval(s string) (value.Value, error) {
	var days, micros int64
	words := strings.Fields(s)
	for i := 0; i < len(words); i++ {
		if strings.Contains(words[i], ":") {
			negative := strings.HasPrefix(words[i], "-")
			n, ok := parseLong(strings.TrimLeft(words[i], "+-"))
			if !ok {
				return value.Str(s), nil
			}
			if negative {
				n = -n
			}
			micros = n
			continue
		}
		n, err := strconv.ParseInt(words[i], 10, 64)
		if err != nil || i+1 == len(words) {
			return value.Str(s), nil
		}
		i++
		per, ok := map[string]int64{"year": 365, "mon": 30, "day": 1}[strings.TrimSuffix(words[i], "s")]
		if !ok {
			return value.Str(s), nil
		}
		days += n * per
	}
	d, err := pylib.TimeDeltaOf(days, micros)
	if err != nil {
		return value.Str(s), nil
	}
	return d, nil
}

// parseLong reads hours, minutes and seconds into microseconds; the hours may be more
// than a Duration holds.
func parseLong(s string) (int64, bool) {
	h, rest, _ := strings.Cut(s, ":")
	hours, err := strconv.ParseInt(h, 10, 64)
	if err != nil {
		return 0, false
	}
	d, ok := parseSexagesimal("0:" + rest)
	return hours*int64(time.Hour/time.Microsecond) + d.Microseconds(), ok
}
