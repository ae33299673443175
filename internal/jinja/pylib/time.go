package pylib

import (
	"fmt"
	"time"

	"dex/internal/jinja/value"
)

// Time is datetime.time, a time of day. It is immutable.
type Time struct {
	sinceMidnight time.Duration
	tz            tzInfo
	fold          int
}

// TimeFromTime returns what t's own clock shows, without a time zone.
func TimeFromTime(t time.Time) *Time { return &Time{sinceMidnight: clockOf(wall(t))} }

// SinceMidnight is the time of day as a span.
func (c *Time) SinceMidnight() time.Duration { return c.sinceMidnight }

// on is the time on some day, for what datetimes can do.
func (c *Time) on() *DateTime {
	return &DateTime{t: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).Add(c.sinceMidnight), tz: c.tz, fold: c.fold}
}

// offset is utcoffset(): a zone whose offset depends on the day has none here.
func (c *Time) offset() *TimeDelta {
	if c.tz == nil {
		return nil
	}
	return c.tz.utcoffset(nil)
}

func timeClass() *Class {
	return &Class{
		name: "datetime.time",
		make: constructor(newTime, "hour?", "minute?", "second?", "microsecond?", "tzinfo?", "fold?"),
		attrs: map[string]value.Value{
			"fromisoformat": function("fromisoformat", timeFromISO, "time_string"),
			"max":           &Time{sinceMidnight: 24*time.Hour - time.Microsecond},
			"min":           &Time{},
			"resolution":    &TimeDelta{micros: 1},
		},
	}
}

func newTime(_ *value.Thread, a []value.Value) (value.Value, error) {
	return (&Time{}).replace(a)
}

// replace makes a time of its parts; c stands in for those that are absent.
func (c *Time) replace(a []value.Value) (value.Value, error) {
	t := c.on().t
	n, err := needInts(a, t.Hour(), t.Minute(), t.Second(), micros(t))
	if err != nil {
		return nil, err
	}
	fold, err := needInts(a[5:], c.fold)
	if err != nil {
		return nil, err
	}
	since, err := checkTime(n[0], n[1], n[2], n[3])
	if err != nil {
		return nil, err
	}
	zone := c.tz
	if a[4] != nil {
		if zone, err = needZone(a[4]); err != nil {
			return nil, err
		}
	}
	if fold[0] != 0 && fold[0] != 1 {
		return nil, valueErrorf("fold must be either 0 or 1")
	}
	return &Time{since, zone, fold[0]}, nil
}

var timeMembers = members[*Time]{
	"hour":        property(func(c *Time) value.Value { return value.Int(c.on().t.Hour()) }),
	"minute":      property(func(c *Time) value.Value { return value.Int(c.on().t.Minute()) }),
	"second":      property(func(c *Time) value.Value { return value.Int(c.on().t.Second()) }),
	"microsecond": property(func(c *Time) value.Value { return value.Int(micros(c.on().t)) }),
	"tzinfo":      property(func(c *Time) value.Value { return zoneOrNone(c.tz) }),
	"fold":        property(func(c *Time) value.Value { return value.Int(c.fold) }),
	"utcoffset":   plain(func(c *Time) value.Value { return deltaOrNone(c.offset()) }),
	"dst": plain(func(c *Time) value.Value {
		if c.tz == nil {
			return value.None
		}
		return deltaOrNone(c.tz.dst(nil))
	}),
	"tzname": plain(func(c *Time) value.Value {
		if c.tz == nil {
			return value.None
		}
		return nameOrNone(c.tz.tzname(nil))
	}),
	"isoformat": method(func(_ *value.Thread, c *Time, a []value.Value) (value.Value, error) {
		spec := "auto"
		if a[0] != nil {
			s, err := needStr(a[0], "isoformat() argument 1")
			if err != nil {
				return nil, err
			}
			spec = s
		}
		if _, ok := timeSpecs[spec]; !ok {
			return nil, valueErrorf("Unknown timespec value")
		}
		return value.Str(c.appendISO(nil, spec)), nil
	}, "timespec?"),
	"replace": method(func(_ *value.Thread, c *Time, a []value.Value) (value.Value, error) { return c.replace(a) },
		"hour?", "minute?", "second?", "microsecond?", "tzinfo?", "fold?"),
	"strftime": method(func(_ *value.Thread, c *Time, a []value.Value) (value.Value, error) {
		format, err := needStr(a[0], "strftime() argument 1")
		if err != nil {
			return nil, err
		}
		return value.Str(strftime(c.on(), format)), nil
	}, "format"),
}

// Type is "datetime.time".
func (*Time) Type() string { return "datetime.time" }

// Truth is true.
func (*Time) Truth() bool { return true }

// AppendStr appends 13:05:00.
func (c *Time) AppendStr(b []byte) []byte { return c.appendISO(b, "auto") }

func (c *Time) appendISO(b []byte, spec string) []byte {
	b = appendClock(b, c.on().t, spec)
	return appendOffset(b, c.offset(), ":")
}

// AppendRepr appends datetime.time(13, 5).
func (c *Time) AppendRepr(b []byte) []byte {
	t := c.on().t
	b = fmt.Appendf(b, "datetime.time(%d, %d", t.Hour(), t.Minute())
	return append(appendReprTail(b, t.Second(), micros(t), c.tz, c.fold), ')')
}

// Attr is a part or a method, or what the class has.
func (c *Time) Attr(name string) (value.Value, bool) {
	if v, ok := timeMembers.attr(c, name); ok {
		return v, true
	}
	return timeClass().Attr(name)
}

// Format is format(c, spec), which is strftime.
func (c *Time) Format(spec string) (string, error) {
	if spec == "" {
		return value.ToStr(c), nil
	}
	return strftime(c.on(), spec), nil
}

// utc is the time of day less its offset, which may be below zero.
func (c *Time) utc() time.Duration {
	o := c.offset()
	if o == nil {
		return c.sinceMidnight
	}
	return c.sinceMidnight - time.Duration(o.days*secondsPerDay+o.seconds)*time.Second
}

// Equal compares times of day.
func (c *Time) Equal(other value.Value) bool {
	o, ok := other.(*Time)
	return ok && (c.offset() == nil) == (o.offset() == nil) && c.utc() == o.utc()
}

type timeKey struct {
	since time.Duration
	aware bool
}

// HashKey is equal for equal times.
func (c *Time) HashKey() any { return timeKey{c.utc(), c.offset() != nil} }

// Order compares times of day.
func (c *Time) Order(op value.Op, other value.Value) (result, ok bool, err error) {
	o, ok := other.(*Time)
	if !ok {
		return false, false, nil
	}
	if (c.offset() == nil) != (o.offset() == nil) {
		return false, false, value.TypeErrorf("can't compare offset-naive and offset-aware times")
	}
	a, b := c.utc(), o.utc()
	switch {
	case a < b:
		return ordered(op, -1), true, nil
	case a > b:
		return ordered(op, 1), true, nil
	}
	return ordered(op, 0), true, nil
}
