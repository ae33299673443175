package pylib

import (
	"fmt"
	"math/big"
	"time"

	"dex/internal/jinja/value"
)

// DateTime is datetime.datetime: what a calendar and a clock show, with or
// without a time zone. It is immutable.
type DateTime struct {
	t    time.Time // what calendar and clock show, as if in UTC; whole microseconds
	tz   tzInfo    // nil for a naive one
	fold int
}

// FromTime returns the moment t as a datetime with a time zone: one of pytz for
// UTC and for a named location, else a fixed offset.
func FromTime(t time.Time) *DateTime {
	if t.Location() == time.UTC {
		return &DateTime{t: wall(t), tz: utcZone}
	}
	if z, err := openZone(t.Location().String()); err == nil {
		return z.fromUTC(wall(t.UTC()))
	}
	return FixedFromTime(t)
}

// FixedFromTime returns the moment t with the offset it has as a
// datetime.timezone, which is what texts and YAML give.
func FixedFromTime(t time.Time) *DateTime {
	_, offset := t.Zone()
	if offset == 0 {
		return &DateTime{t: wall(t), tz: isoUTC}
	}
	return &DateTime{t: wall(t), tz: &timezone{offset: TimeDelta{}.plusSeconds(offset)}}
}

// NaiveFromTime returns what t's own clock shows, without a time zone.
func NaiveFromTime(t time.Time) *DateTime { return &DateTime{t: wall(t)} }

// GoTime is the moment as Go has it, with an offset where d has a time zone.
// A naive one comes as if in UTC, and aware is false.
func (d *DateTime) GoTime() (t time.Time, aware bool) {
	offset := d.offset()
	if offset == nil {
		return d.t, false
	}
	secs := offset.days*secondsPerDay + offset.seconds
	if secs == 0 {
		return d.t, true
	}
	zone := time.FixedZone(d.tz.tzname(d), secs)
	return time.Date(d.t.Year(), d.t.Month(), d.t.Day(), d.t.Hour(), d.t.Minute(), d.t.Second(), d.t.Nanosecond(), zone), true
}

// wall is what t's own clock shows, as if it were in UTC.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/1000*1000, time.UTC)
}

// offset is utcoffset(): nil for a naive datetime.
func (d *DateTime) offset() *TimeDelta {
	if d.tz == nil {
		return nil
	}
	return d.tz.utcoffset(d)
}

// utc is the moment in UTC.
func (d *DateTime) utc() time.Time {
	if o := d.offset(); o != nil {
		return plusDelta(d.t, o, -1)
	}
	return d.t
}

func micros(t time.Time) int { return t.Nanosecond() / 1000 }

// plusDelta adds a span sign times. A duration has no room for long spans.
func plusDelta(t time.Time, d *TimeDelta, sign int) time.Time {
	return t.AddDate(0, 0, sign*d.days).Add(time.Duration(sign) * (time.Duration(d.seconds)*time.Second + time.Duration(d.micros)*time.Microsecond))
}

// difference is a - b.
func difference(a, b time.Time) *TimeDelta {
	secs := a.Unix() - b.Unix()
	n := new(big.Int).Mul(big.NewInt(secs), big.NewInt(microsPerSecond))
	n.Add(n, big.NewInt(int64(micros(a)-micros(b))))
	d, _ := deltaOfMicros(n) // two datetimes are never too far apart
	return d
}

// checkTime is a time of day from its numbers.
func checkTime(hour, minute, second, micro int) (time.Duration, error) {
	for _, part := range []struct {
		name    string
		n, most int
	}{{"hour", hour, 23}, {"minute", minute, 59}, {"second", second, 59}, {"microsecond", micro, 999_999}} {
		if part.n < 0 || part.n > part.most {
			return 0, valueErrorf("%s must be in 0..%d", part.name, part.most)
		}
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second +
		time.Duration(micro)*time.Microsecond, nil
}

// build makes a datetime of its parts.
func build(n []int, tz value.Value, fold int) (*DateTime, error) {
	day, err := checkDate(n[0], n[1], n[2])
	if err != nil {
		return nil, err
	}
	clock, err := checkTime(n[3], n[4], n[5], n[6])
	if err != nil {
		return nil, err
	}
	if fold != 0 && fold != 1 {
		return nil, valueErrorf("fold must be either 0 or 1")
	}
	zone, err := needZone(tz)
	if err != nil {
		return nil, err
	}
	return &DateTime{t: day.Add(clock), tz: zone, fold: fold}, nil
}

// needZone is a tzinfo argument; absent and None are nil.
func needZone(v value.Value) (tzInfo, error) {
	if absent(v) {
		return nil, nil
	}
	z, ok := v.(tzInfo)
	if !ok {
		return nil, value.TypeErrorf("tzinfo argument must be None or of a tzinfo subclass, not type '%s'", v.Type())
	}
	return z, nil
}

// orError keeps a nil *DateTime from becoming a Value that is not nil.
func orError(d *DateTime, err error) (value.Value, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

func newDateTime(_ *value.Thread, a []value.Value) (value.Value, error) {
	n, err := needInts(a, 0, 0, 0, 0, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	fold, err := needInts(a[8:], 0)
	if err != nil {
		return nil, err
	}
	return orError(build(n, a[7], fold[0]))
}

// moment is an instant as now(tz) and fromtimestamp(ts, tz) show it.
func moment(t time.Time, tz value.Value, local *time.Location) (value.Value, error) {
	zone, err := needZone(tz)
	if err != nil {
		return nil, err
	}
	if zone == nil {
		return NaiveFromTime(t.In(local)), nil
	}
	return zone.fromUTC(wall(t.UTC())), nil
}

func datetimeClass(c clock) *Class {
	return &Class{
		name:  "datetime.datetime",
		make:  constructor(newDateTime, "year", "month", "day", "hour?", "minute?", "second?", "microsecond?", "tzinfo?", "fold?"),
		attrs: datetimeStatics(c),
	}
}

func datetimeStatics(c clock) map[string]value.Value {
	now := func(*value.Thread, []value.Value) (value.Value, error) { return NaiveFromTime(c()), nil }
	return map[string]value.Value{
		"combine":       function("combine", combine, "date", "time", "tzinfo?"),
		"fromisoformat": function("fromisoformat", datetimeFromISO, "date_string"),
		"fromisocalendar": function("fromisocalendar", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			t, err := fromISOCalendar(a)
			return &DateTime{t: t}, err
		}, "year", "week", "day"),
		"fromordinal": function("fromordinal", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			n, err := needInt(a[0])
			if err != nil {
				return nil, err
			}
			t, err := ofOrdinal(n)
			return &DateTime{t: t}, err
		}, "ordinal"),
		"fromtimestamp": function("fromtimestamp", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			t, err := ofTimestamp(a[0])
			if err != nil {
				return nil, err
			}
			return moment(t, a[1], c.zone())
		}, "timestamp", "tz?"),
		"max": &DateTime{t: lastDay.Add(24*time.Hour - time.Microsecond)},
		"min": &DateTime{t: firstDay},
		"now": function("now", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			return moment(c(), a[0], c.zone())
		}, "tz?"),
		"resolution": &TimeDelta{micros: 1},
		"strptime":   function("strptime", strptime, "date_string", "format"),
		"today":      function("today", now),
		"utcfromtimestamp": function("utcfromtimestamp", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			t, err := ofTimestamp(a[0])
			return NaiveFromTime(t.UTC()), err
		}, "timestamp"),
		"utcnow": function("utcnow", func(*value.Thread, []value.Value) (value.Value, error) {
			return NaiveFromTime(c().UTC()), nil
		}),
	}
}

func combine(_ *value.Thread, a []value.Value) (value.Value, error) {
	var day time.Time
	switch d := a[0].(type) {
	case *Date:
		day = d.t
	case *DateTime:
		day = d.t.Truncate(24 * time.Hour)
	default:
		return nil, value.TypeErrorf("combine() argument 1 must be datetime.date, not %s", a[0].Type())
	}
	clock, ok := a[1].(*Time)
	if !ok {
		return nil, value.TypeErrorf("combine() argument 2 must be datetime.time, not %s", a[1].Type())
	}
	zone := clock.tz
	if a[2] != nil {
		var err error
		if zone, err = needZone(a[2]); err != nil {
			return nil, err
		}
	}
	return &DateTime{t: day.Add(clock.sinceMidnight), tz: zone, fold: clock.fold}, nil
}

// Type is "datetime.datetime".
func (*DateTime) Type() string { return "datetime.datetime" }

// Truth is true.
func (*DateTime) Truth() bool { return true }

// AppendStr appends isoformat(' ').
func (d *DateTime) AppendStr(b []byte) []byte { return d.appendISO(b, " ", "auto") }

// AppendRepr appends datetime.datetime(2024, 2, 28, 13, 5).
func (d *DateTime) AppendRepr(b []byte) []byte {
	b = fmt.Appendf(b, "datetime.datetime(%d, %d, %d, %d, %d", d.t.Year(), d.t.Month(), d.t.Day(), d.t.Hour(), d.t.Minute())
	return append(appendReprTail(b, d.t.Second(), micros(d.t), d.tz, d.fold), ')')
}

// appendReprTail appends the parts of a repr that are left out when zero.
func appendReprTail(b []byte, sec, micro int, tz tzInfo, fold int) []byte {
	if sec != 0 || micro != 0 {
		b = fmt.Appendf(b, ", %d", sec)
	}
	if micro != 0 {
		b = fmt.Appendf(b, ", %d", micro)
	}
	if fold != 0 {
		b = append(b, ", fold=1"...)
	}
	if tz != nil {
		b = tz.AppendRepr(append(b, ", tzinfo="...))
	}
	return b
}

// Attr is a part or a method, or what the class has.
func (d *DateTime) Attr(name string) (value.Value, bool) {
	if v, ok := datetimeMembers.attr(d, name); ok {
		return v, true
	}
	v, ok := datetimeStatics(time.Now)[name]
	return v, ok
}

// Format is format(d, spec), which is strftime.
func (d *DateTime) Format(spec string) (string, error) {
	if spec == "" {
		return value.ToStr(d), nil
	}
	return strftime(d, spec), nil
}

// Equal compares moments, or clocks where neither has a time zone.
func (d *DateTime) Equal(other value.Value) bool {
	o, ok := other.(*DateTime)
	if !ok {
		return false
	}
	if (d.offset() == nil) != (o.offset() == nil) {
		return false
	}
	return d.utc().Equal(o.utc())
}

type datetimeKey struct {
	unix  int64
	micro int
	aware bool
}

// HashKey is equal for equal moments.
func (d *DateTime) HashKey() any {
	u := d.utc()
	return datetimeKey{u.Unix(), micros(u), d.offset() != nil}
}

// Order compares moments.
func (d *DateTime) Order(op value.Op, other value.Value) (result, ok bool, err error) {
	switch o := other.(type) {
	case *DateTime:
		if (d.offset() == nil) != (o.offset() == nil) {
			return false, false, value.TypeErrorf("can't compare offset-naive and offset-aware datetimes")
		}
		return ordered(op, d.utc().Compare(o.utc())), true, nil
	case *Date:
		return false, false, value.TypeErrorf("can't compare datetime.datetime to datetime.date")
	}
	return false, false, nil
}

// BinaryOp is datetime ± timedelta and datetime - datetime.
func (d *DateTime) BinaryOp(op value.Op, other value.Value, right bool) (value.Value, error) {
	switch o := other.(type) {
	case *TimeDelta:
		switch {
		case op == value.OpAdd:
			return orError(d.plus(o, 1))
		case op == value.OpSub && !right:
			return orError(d.plus(o, -1))
		}
	case *DateTime:
		if op == value.OpSub {
			if right {
				d, o = o, d
			}
			return d.minus(o)
		}
	}
	return nil, nil
}

// plus moves the clock: the time zone stays, whatever it would say of the time.
func (d *DateTime) plus(o *TimeDelta, sign int) (*DateTime, error) {
	if days := sign * o.days; days > ordinal(lastDay) || days < -ordinal(lastDay) {
		return nil, value.Errorf("OverflowError", "date value out of range")
	}
	t := plusDelta(d.t, o, sign)
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, value.Errorf("OverflowError", "date value out of range")
	}
	return &DateTime{t: t, tz: d.tz}, nil
}

func (d *DateTime) minus(o *DateTime) (value.Value, error) {
	if (d.offset() == nil) != (o.offset() == nil) {
		return nil, value.TypeErrorf("can't subtract offset-naive and offset-aware datetimes")
	}
	if d.tz != nil && d.tz == o.tz {
		return difference(d.t, o.t), nil
	}
	return difference(d.utc(), o.utc()), nil
}
