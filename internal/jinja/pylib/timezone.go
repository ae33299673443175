package pylib

import (
	"fmt"
	"time"

	"dex/internal/jinja/value"
)

// tzInfo is what the tzinfo of a datetime does. The datetime is nil where a
// bare time of day asks.
type tzInfo interface {
	value.Value
	utcoffset(d *DateTime) *TimeDelta
	dst(d *DateTime) *TimeDelta
	tzname(d *DateTime) string
	// fromUTC is a moment of UTC as this zone shows it.
	fromUTC(utc time.Time) *DateTime
}

// plusSeconds is d and a number of seconds.
func (d TimeDelta) plusSeconds(n int) TimeDelta {
	n += d.seconds
	days := n / secondsPerDay
	if n %= secondsPerDay; n < 0 {
		n, days = n+secondsPerDay, days-1
	}
	return TimeDelta{d.days + days, n, d.micros}
}

// timezone is datetime.timezone: a fixed offset, as ISO texts have them.
type timezone struct {
	offset TimeDelta
	name   string
}

// isoUTC is datetime.timezone.utc.
var isoUTC = &timezone{}

// Type is "datetime.timezone".
func (*timezone) Type() string { return "datetime.timezone" }

// Truth is true.
func (*timezone) Truth() bool { return true }

// AppendStr appends UTC+01:00.
func (z *timezone) AppendStr(b []byte) []byte { return append(b, z.tzname(nil)...) }

// AppendRepr appends datetime.timezone(datetime.timedelta(seconds=3600)).
func (z *timezone) AppendRepr(b []byte) []byte {
	if z == isoUTC {
		return append(b, "datetime.timezone.utc"...)
	}
	b = z.offset.AppendRepr(append(b, "datetime.timezone("...))
	if z.name != "" {
		b = fmt.Appendf(b, ", %s", value.Repr(value.Str(z.name)))
	}
	return append(b, ')')
}

// Equal compares offsets.
func (z *timezone) Equal(other value.Value) bool {
	o, ok := other.(*timezone)
	return ok && o.offset == z.offset
}

// HashKey is the offset.
func (z *timezone) HashKey() any { return z.offset }

// Attr is utcoffset, tzname, dst and fromutc.
func (z *timezone) Attr(name string) (value.Value, bool) { return zoneMembers.attr(z, name) }

func (z *timezone) utcoffset(*DateTime) *TimeDelta { return &z.offset }
func (z *timezone) dst(*DateTime) *TimeDelta       { return nil }

func (z *timezone) tzname(*DateTime) string {
	switch {
	case z.name != "":
		return z.name
	case z.offset == TimeDelta{}:
		return "UTC"
	}
	return "UTC" + string(appendOffset(nil, &z.offset, ":"))
}

func (z *timezone) fromUTC(utc time.Time) *DateTime {
	return &DateTime{t: plusDelta(utc, &z.offset, 1), tz: z}
}

// zoneMembers is what every tzinfo has.
var zoneMembers = members[tzInfo]{
	"utcoffset": method(func(_ *value.Thread, z tzInfo, a []value.Value) (value.Value, error) {
		d, err := zoneArgument(a[0])
		if err != nil {
			return nil, err
		}
		if z, d, err = localized(z, d, a[1]); err != nil {
			return nil, err
		}
		return deltaOrNone(z.utcoffset(d)), nil
	}, "dt", "is_dst?"),
	"dst": method(func(_ *value.Thread, z tzInfo, a []value.Value) (value.Value, error) {
		d, err := zoneArgument(a[0])
		if err != nil {
			return nil, err
		}
		if z, d, err = localized(z, d, a[1]); err != nil {
			return nil, err
		}
		return deltaOrNone(z.dst(d)), nil
	}, "dt", "is_dst?"),
	"tzname": method(func(_ *value.Thread, z tzInfo, a []value.Value) (value.Value, error) {
		d, err := zoneArgument(a[0])
		if err != nil {
			return nil, err
		}
		if z, d, err = localized(z, d, a[1]); err != nil {
			return nil, err
		}
		return nameOrNone(z.tzname(d)), nil
	}, "dt", "is_dst?"),
	"fromutc": method(func(_ *value.Thread, z tzInfo, a []value.Value) (value.Value, error) {
		d, ok := a[0].(*DateTime)
		if !ok {
			return nil, value.TypeErrorf("fromutc: argument must be a datetime")
		}
		return z.fromUTC(d.t), nil
	}, "dt"),
}

// localized finds the phase of a zone of pytz that a template asks about a
// datetime which is not of that zone.
func localized(z tzInfo, d *DateTime, isDST value.Value) (tzInfo, *DateTime, error) {
	p, changes := z.(*phase)
	if !changes || d == nil || d.tz == z {
		return z, d, nil
	}
	if d.tz != nil {
		return nil, nil, valueErrorf("Not naive datetime (tzinfo is already set)")
	}
	if isDST == nil {
		isDST = value.None
	}
	l, err := p.localize(d, isDST)
	if err != nil {
		return nil, nil, err
	}
	return l.tz, l, nil
}

func zoneArgument(v value.Value) (*DateTime, error) {
	if absent(v) {
		return nil, nil
	}
	d, ok := v.(*DateTime)
	if !ok {
		return nil, value.TypeErrorf("argument must be a datetime instance or None, not %s", v.Type())
	}
	return d, nil
}
