package pylib

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dex/internal/jinja/value"
)

// timeSpecs are the timespecs of isoformat with Go's layout for each.
var timeSpecs = map[string]string{
	"auto": "", "hours": "15", "minutes": "15:04", "seconds": "15:04:05",
	"milliseconds": "15:04:05.000", "microseconds": "15:04:05.000000",
}

func appendClock(b []byte, t time.Time, spec string) []byte {
	layout := timeSpecs[spec]
	if spec == "auto" {
		layout = timeSpecs["seconds"]
		if micros(t) != 0 {
			layout = timeSpecs["microseconds"]
		}
	}
	return t.AppendFormat(b, layout)
}

// appendOffset appends +01:00, with seconds and microseconds where it has them.
func appendOffset(b []byte, o *TimeDelta, sep string) []byte {
	if o == nil {
		return b
	}
	sign := byte('+')
	span := *o
	if o.days < 0 {
		sign = '-'
		if pos, ok := o.Abs().(*TimeDelta); ok {
			span = *pos
		}
	}
	b = fmt.Appendf(append(b, sign), "%02d%s%02d", span.seconds/3600, sep, span.seconds/60%60)
	if span.seconds%60 != 0 || span.micros != 0 {
		b = fmt.Appendf(b, "%s%02d", sep, span.seconds%60)
	}
	if span.micros != 0 {
		b = fmt.Appendf(b, ".%06d", span.micros)
	}
	return b
}

func (d *DateTime) appendISO(b []byte, sep, spec string) []byte {
	b = d.t.AppendFormat(b, time.DateOnly)
	b = appendClock(append(b, sep...), d.t, spec)
	return appendOffset(b, d.offset(), ":")
}

func invalidISO(s string) error {
	return valueErrorf("Invalid isoformat string: %s", value.Repr(value.Str(s)))
}

func isoArgument(v value.Value) (string, error) {
	s, ok := value.AsString(v)
	if !ok {
		return "", value.TypeErrorf("fromisoformat: argument must be str")
	}
	return s, nil
}

func dateFromISO(_ *value.Thread, a []value.Value) (value.Value, error) {
	s, err := isoArgument(a[0])
	if err != nil {
		return nil, err
	}
	t, err := parseISODate(s)
	if err != nil {
		return nil, orInvalid(err, s)
	}
	return &Date{t}, nil
}

func timeFromISO(_ *value.Thread, a []value.Value) (value.Value, error) {
	s, err := isoArgument(a[0])
	if err != nil {
		return nil, err
	}
	since, zone, err := parseISOTime(strings.TrimPrefix(s, "T"))
	if err != nil {
		return nil, orInvalid(err, s)
	}
	return &Time{sinceMidnight: since, tz: zone}, nil
}

func datetimeFromISO(_ *value.Thread, a []value.Value) (value.Value, error) {
	s, err := isoArgument(a[0])
	if err != nil {
		return nil, err
	}
	d, err := ParseDateTime(s)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// ParseDateTime reads a time as Python's datetime.fromisoformat does. The error is
// Python's ValueError.
func ParseDateTime(s string) (*DateTime, error) {
	n := isoDateLen(s)
	if len(s) < n {
		return nil, invalidISO(s)
	}
	day, err := parseISODate(s[:n])
	if err != nil {
		return nil, orInvalid(err, s)
	}
	if len(s) == n {
		return &DateTime{t: day}, nil
	}
	// Any one character may part date and time.
	rest := []rune(s[n:])[1:]
	if len(rest) == 0 {
		return nil, invalidISO(s)
	}
	since, zone, err := parseISOTime(string(rest))
	if err != nil {
		return nil, orInvalid(err, s)
	}
	return &DateTime{t: day.Add(since), tz: zone}, nil
}

// errISO is a text that is no date at all; the caller knows the whole of it.
var errISO = fmt.Errorf("not an ISO date")

func orInvalid(err error, s string) error {
	if err == errISO {
		return invalidISO(s)
	}
	return err
}

// isoDateLen is where the date of s ends: YYYY-MM-DD, YYYYMMDD, YYYY-Www,
// YYYY-Www-D, YYYYWww or YYYYWwwD.
func isoDateLen(s string) int {
	week := func(i int) bool { return i < len(s) && s[i] == 'W' }
	dash := func(i int) bool { return i < len(s) && s[i] == '-' }
	digit := func(i int) bool { return i < len(s) && '0' <= s[i] && s[i] <= '9' }
	switch {
	case len(s) < 7:
		return 7
	case week(5) && dash(4):
		// A dash behind the week may begin the day or part off the time.
		if dash(8) && digit(9) && !digit(10) {
			return 10
		}
		return 8
	case week(4):
		if digit(7) && !digit(8) {
			return 8
		}
		return 7
	case dash(4):
		return 10
	}
	return 8
}

func parseISODate(s string) (time.Time, error) {
	if len(s) < 7 {
		return time.Time{}, errISO
	}
	year, ok := digits(s[:4])
	if !ok {
		return time.Time{}, errISO
	}
	rest, dashed := strings.CutPrefix(s[4:], "-")
	if week, ok := strings.CutPrefix(rest, "W"); ok {
		return parseISOWeek(year, week, dashed)
	}
	if dashed {
		if len(rest) != 5 || rest[2] != '-' {
			return time.Time{}, errISO
		}
		rest = rest[:2] + rest[3:]
	}
	if len(rest) != 4 {
		return time.Time{}, errISO
	}
	month, ok1 := digits(rest[:2])
	day, ok2 := digits(rest[2:])
	if !ok1 || !ok2 {
		return time.Time{}, errISO
	}
	return checkDate(year, month, day)
}

func parseISOWeek(year int, s string, dashed bool) (time.Time, error) {
	if len(s) < 2 {
		return time.Time{}, errISO
	}
	week, ok := digits(s[:2])
	if !ok {
		return time.Time{}, errISO
	}
	day, s := 1, s[2:]
	if s != "" {
		after, hasDash := strings.CutPrefix(s, "-")
		if hasDash != dashed || len(after) != 1 {
			return time.Time{}, errISO
		}
		if day, ok = digits(after); !ok {
			return time.Time{}, errISO
		}
	}
	t, err := isoDay(year, week, day)
	if err != nil {
		err = errISO
	}
	return t, err
}

func digits(s string) (int, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// parseISOTime reads HH, HH:MM, HH:MM:SS or these without colons, a fraction
// behind the seconds, and an offset.
func parseISOTime(s string) (time.Duration, tzInfo, error) {
	zoneAt := strings.IndexAny(s, "+-Z")
	clock := s
	if zoneAt >= 0 {
		clock = s[:zoneAt]
	}
	n, more, err := isoClock(clock)
	if err == nil && more && zoneAt < 0 {
		err = errISO
	}
	if err != nil {
		return 0, nil, err
	}
	since, err := checkTime(n[0], n[1], n[2], n[3])
	if err != nil || zoneAt < 0 {
		return since, nil, err
	}
	zone, err := isoZone(s[zoneAt:])
	return since, zone, err
}

// isoClock is hours, minutes, seconds and microseconds. It reads as CPython
// does, which takes a fraction behind the hours as one of seconds and needs no
// point before it where there are no colons. more is set where something stands
// behind the clock.
func isoClock(s string) (n [4]int, more bool, err error) {
	colons := true
	for i := range 3 {
		v, ok := digits(s[:min(2, len(s))])
		if len(s) < 2 || !ok {
			return n, false, errISO
		}
		n[i], s = v, s[2:]
		if s == "" {
			return n, false, nil
		}
		c := s[0]
		if i == 0 {
			colons = c == ':'
		}
		if len(s) == 1 {
			return n, true, nil
		}
		if c == '.' || c == ',' {
			s = s[1:]
			break
		}
		if colons && (c != ':' || i == 2) {
			return n, false, errISO
		}
		if colons {
			s = s[1:]
		}
	}
	// Digits beyond the sixth are dropped.
	frac := s[:min(len(s), 6)]
	if _, ok := digits(frac); !ok {
		return n, false, errISO
	}
	n[3], _ = digits((frac + "00000")[:6])
	return n, strings.Trim(s[len(frac):], "0123456789") != "", nil
}

func isoZone(s string) (tzInfo, error) {
	if s == "Z" {
		return isoUTC, nil
	}
	if s[0] == 'Z' {
		return nil, errISO
	}
	n, more, err := isoClock(s[1:])
	if err == nil && more {
		err = errISO
	}
	if err != nil {
		return nil, err
	}
	secs := n[0]*3600 + n[1]*60 + n[2]
	if secs == 0 && n[3] == 0 {
		return isoUTC, nil
	}
	if secs >= secondsPerDay {
		span := TimeDelta{micros: n[3]}.plusSeconds(secs)
		return nil, valueErrorf("offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not %s.", value.Repr(&span))
	}
	offset := &TimeDelta{seconds: secs, micros: n[3]}
	if s[0] == '-' {
		if neg, err := deltaOfMicros(offset.total().Neg(offset.total())); err == nil {
			offset = neg
		}
	}
	return &timezone{offset: *offset}, nil
}
