package pylib

import (
	"math/big"
	"time"

	"dex/internal/jinja/value"
)

var datetimeMembers = members[*DateTime]{
	"year":        property(func(d *DateTime) value.Value { return value.Int(d.t.Year()) }),
	"month":       property(func(d *DateTime) value.Value { return value.Int(d.t.Month()) }),
	"day":         property(func(d *DateTime) value.Value { return value.Int(d.t.Day()) }),
	"hour":        property(func(d *DateTime) value.Value { return value.Int(d.t.Hour()) }),
	"minute":      property(func(d *DateTime) value.Value { return value.Int(d.t.Minute()) }),
	"second":      property(func(d *DateTime) value.Value { return value.Int(d.t.Second()) }),
	"microsecond": property(func(d *DateTime) value.Value { return value.Int(micros(d.t)) }),
	"tzinfo":      property(func(d *DateTime) value.Value { return zoneOrNone(d.tz) }),
	"fold":        property(func(d *DateTime) value.Value { return value.Int(d.fold) }),
	"ctime":       plain(func(d *DateTime) value.Value { return value.Str(d.t.Format(ctimeLayout)) }),
	"date":        plain(func(d *DateTime) value.Value { return DateFromTime(d.t) }),
	"time":        plain(func(d *DateTime) value.Value { return &Time{sinceMidnight: clockOf(d.t), fold: d.fold} }),
	"timetz":      plain(func(d *DateTime) value.Value { return &Time{clockOf(d.t), d.tz, d.fold} }),
	"isocalendar": plain(func(d *DateTime) value.Value { return newISOCalendar(d.t) }),
	"isoweekday":  plain(func(d *DateTime) value.Value { return value.Int(isoWeekday(d.t)) }),
	"weekday":     plain(func(d *DateTime) value.Value { return value.Int(isoWeekday(d.t) - 1) }),
	"toordinal":   plain(func(d *DateTime) value.Value { return value.Int(ordinal(d.t)) }),
	"utcoffset":   plain(func(d *DateTime) value.Value { return deltaOrNone(d.offset()) }),
	"dst": plain(func(d *DateTime) value.Value {
		if d.tz == nil {
			return value.None
		}
		return deltaOrNone(d.tz.dst(d))
	}),
	"tzname": plain(func(d *DateTime) value.Value {
		if d.tz == nil {
			return value.None
		}
		return nameOrNone(d.tz.tzname(d))
	}),
	"timestamp":    plain(timestamp),
	"timetuple":    plain(func(d *DateTime) value.Value { return newStructTime(d.t, d.isDST()) }),
	"utctimetuple": plain(func(d *DateTime) value.Value { return newStructTime(d.utc(), 0) }),
	"astimezone":   method(astimezone, "tz?"),
	"isoformat":    method(datetimeISOFormat, "sep?", "timespec?"),
	"replace": method(replaceDateTime,
		"year?", "month?", "day?", "hour?", "minute?", "second?", "microsecond?", "tzinfo?", "fold?"),
	"strftime": method(func(_ *value.Thread, d *DateTime, a []value.Value) (value.Value, error) {
		format, err := needStr(a[0], "strftime() argument 1")
		if err != nil {
			return nil, err
		}
		return value.Str(strftime(d, format)), nil
	}, "format"),
}

func zoneOrNone(z tzInfo) value.Value {
	if z == nil {
		return value.None
	}
	return z
}

func deltaOrNone(d *TimeDelta) value.Value {
	if d == nil {
		return value.None
	}
	return d
}

// clockOf is the time of day.
func clockOf(t time.Time) time.Duration { return t.Sub(t.Truncate(24 * time.Hour)) }

// isDST is the flag of a struct_time: -1 where nobody knows.
func (d *DateTime) isDST() int {
	if d.tz == nil {
		return -1
	}
	switch dst := d.tz.dst(d); {
	case dst == nil:
		return -1
	case dst.Truth():
		return 1
	}
	return 0
}

// timestamp is the seconds since 1970; a naive clock is taken as local.
func timestamp(d *DateTime) value.Value {
	t := d.utc()
	if d.offset() == nil {
		t = time.Date(d.t.Year(), d.t.Month(), d.t.Day(), d.t.Hour(), d.t.Minute(), d.t.Second(), d.t.Nanosecond(), time.Local)
	}
	n := big.NewInt(t.Unix())
	n.Mul(n, big.NewInt(microsPerSecond)).Add(n, big.NewInt(int64(micros(t))))
	f, _ := new(big.Rat).SetFrac(n, big.NewInt(microsPerSecond)).Float64()
	return value.Float(f)
}

func astimezone(_ *value.Thread, d *DateTime, a []value.Value) (value.Value, error) {
	u := d.utc()
	if d.offset() == nil {
		local := time.Date(d.t.Year(), d.t.Month(), d.t.Day(), d.t.Hour(), d.t.Minute(), d.t.Second(), d.t.Nanosecond(), time.Local)
		u = wall(local.UTC())
	}
	zone, err := needZone(a[0])
	if err != nil {
		return nil, err
	}
	if zone == nil {
		local := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), u.Nanosecond(), time.UTC).In(time.Local)
		name, offset := local.Zone()
		zone = &timezone{offset: TimeDelta{}.plusSeconds(offset), name: name}
	}
	if zone == d.tz {
		return d, nil
	}
	return zone.fromUTC(u), nil
}

func replaceDateTime(_ *value.Thread, d *DateTime, a []value.Value) (value.Value, error) {
	n, err := needInts(a, d.t.Year(), int(d.t.Month()), d.t.Day(), d.t.Hour(), d.t.Minute(), d.t.Second(), micros(d.t))
	if err != nil {
		return nil, err
	}
	fold, err := needInts(a[8:], d.fold)
	if err != nil {
		return nil, err
	}
	tz := a[7]
	if tz == nil {
		tz = zoneOrNone(d.tz)
	}
	return orError(build(n, tz, fold[0]))
}

func datetimeISOFormat(_ *value.Thread, d *DateTime, a []value.Value) (value.Value, error) {
	sep, spec := "T", "auto"
	if a[0] != nil {
		s, ok := value.AsString(a[0])
		if !ok || len([]rune(s)) != 1 {
			return nil, value.TypeErrorf("isoformat() argument 1 must be a unicode character, not %s", a[0].Type())
		}
		sep = s
	}
	if a[1] != nil {
		s, err := needStr(a[1], "isoformat() argument 2")
		if err != nil {
			return nil, err
		}
		spec = s
	}
	if _, ok := timeSpecs[spec]; !ok {
		return nil, valueErrorf("Unknown timespec value")
	}
	return value.Str(d.appendISO(nil, sep, spec)), nil
}
