package pylib

import (
	"fmt"
	"math"
	"time"

	"dex/internal/jinja/value"
)

// Date is datetime.date. It is immutable.
type Date struct {
	t time.Time // midnight of the day, in UTC
}

// NewDate returns a day. It is to be between the years 1 and 9999.
func NewDate(year int, month time.Month, day int) *Date {
	return &Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// DateFromTime returns the day that t's own clock shows.
func DateFromTime(t time.Time) *Date { return NewDate(t.Date()) }

// GoTime is midnight of the day, in UTC.
func (d *Date) GoTime() time.Time { return d.t }

var (
	firstDay = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

// checkDate is a day from three numbers.
func checkDate(year, month, day int) (time.Time, error) {
	switch {
	case year < 1 || year > 9999:
		return time.Time{}, valueErrorf("year %d is out of range", year)
	case month < 1 || month > 12:
		return time.Time{}, valueErrorf("month must be in 1..12")
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if day < 1 || t.Day() != day {
		return time.Time{}, valueErrorf("day is out of range for month")
	}
	return t, nil
}

// ordinal is the number of days since the day before 0001-01-01.
func ordinal(t time.Time) int {
	return int((t.Unix()-firstDay.Unix())/secondsPerDay) + 1
}

func ofOrdinal(n int) (time.Time, error) {
	switch {
	case n < 1:
		return time.Time{}, valueErrorf("ordinal must be >= 1")
	case n > ordinal(lastDay):
		return time.Time{}, valueErrorf("ordinal must be <= %d", ordinal(lastDay))
	}
	return firstDay.AddDate(0, 0, n-1), nil
}

// needInts are arguments that must be ints; an absent one is its default.
func needInts(a []value.Value, defaults ...int) ([]int, error) {
	out := make([]int, len(defaults))
	for i, def := range defaults {
		out[i] = def
		if a[i] == nil {
			continue
		}
		n, err := needInt(a[i])
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func dateClass(c clock) *Class {
	return &Class{name: "datetime.date", make: constructor(newDate, "year", "month", "day"), attrs: map[string]value.Value{
		"fromisocalendar": function("fromisocalendar", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			t, err := fromISOCalendar(a)
			return &Date{t}, err
		}, "year", "week", "day"),
		"fromisoformat": function("fromisoformat", dateFromISO, "date_string"),
		"fromordinal": function("fromordinal", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			n, err := needInt(a[0])
			if err != nil {
				return nil, err
			}
			t, err := ofOrdinal(n)
			return &Date{t}, err
		}, "ordinal"),
		"fromtimestamp": function("fromtimestamp", func(_ *value.Thread, a []value.Value) (value.Value, error) {
			t, err := ofTimestamp(a[0])
			return DateFromTime(t.In(c.zone())), err
		}, "timestamp"),
		"max":        &Date{lastDay},
		"min":        &Date{firstDay},
		"resolution": &TimeDelta{days: 1},
		"today": function("today", func(*value.Thread, []value.Value) (value.Value, error) {
			return DateFromTime(c()), nil
		}),
	}}
}

func newDate(_ *value.Thread, a []value.Value) (value.Value, error) {
	n, err := needInts(a, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	t, err := checkDate(n[0], n[1], n[2])
	if err != nil {
		return nil, err
	}
	return &Date{t}, nil
}

// fromISOCalendar is a day from a year, a week and a day of the week.
func fromISOCalendar(a []value.Value) (time.Time, error) {
	n, err := needInts(a, 0, 0, 0)
	if err != nil {
		return time.Time{}, err
	}
	return isoDay(n[0], n[1], n[2])
}

func isoDay(year, week, day int) (time.Time, error) {
	if year < 1 || year > 9999 {
		return time.Time{}, valueErrorf("Year is out of range: %d", year)
	}
	// The 28th of December is always in the last week.
	_, weeks := time.Date(year, 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	if week < 1 || week > weeks {
		return time.Time{}, valueErrorf("Invalid week: %d", week)
	}
	if day < 1 || day > 7 {
		return time.Time{}, valueErrorf("Invalid day: %d (range is [1, 7])", day)
	}
	return dayOfWeek(year, week, day), nil
}

// dayOfWeek counts from the 4th of January, which is always in the first week.
func dayOfWeek(year, week, day int) time.Time {
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	return fourth.AddDate(0, 0, (week-1)*7+day-isoWeekday(fourth))
}

func isoWeekday(t time.Time) int { return int(t.Weekday()+6)%7 + 1 }

// ofTimestamp is the moment that a number of seconds since 1970 names, rounded
// to microseconds half to even.
func ofTimestamp(v value.Value) (time.Time, error) {
	var t time.Time
	switch v := v.(type) {
	case value.Int, value.Bool:
		n, err := needInt(v)
		if err != nil {
			return t, err
		}
		t = time.Unix(int64(n), 0)
	case value.Float:
		f := float64(v)
		if math.IsNaN(f) {
			return t, valueErrorf("cannot convert float NaN to integer")
		}
		if math.Abs(f) > 1e15 {
			return t, valueErrorf("year is out of range")
		}
		whole, frac := math.Modf(f)
		t = time.Unix(int64(whole), 0).Add(time.Duration(math.RoundToEven(frac*1e6)) * time.Microsecond)
	default:
		_, err := needInt(v)
		return t, err
	}
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return t, valueErrorf("year %d is out of range", y)
	}
	return t, nil
}

var dateMembers = members[*Date]{
	"year":        property(func(d *Date) value.Value { return value.Int(d.t.Year()) }),
	"month":       property(func(d *Date) value.Value { return value.Int(d.t.Month()) }),
	"day":         property(func(d *Date) value.Value { return value.Int(d.t.Day()) }),
	"ctime":       plain(func(d *Date) value.Value { return value.Str(d.t.Format(ctimeLayout)) }),
	"isocalendar": plain(func(d *Date) value.Value { return newISOCalendar(d.t) }),
	"isoformat":   plain(func(d *Date) value.Value { return value.Str(d.t.Format(time.DateOnly)) }),
	"isoweekday":  plain(func(d *Date) value.Value { return value.Int(isoWeekday(d.t)) }),
	"toordinal":   plain(func(d *Date) value.Value { return value.Int(ordinal(d.t)) }),
	"weekday":     plain(func(d *Date) value.Value { return value.Int(isoWeekday(d.t) - 1) }),
	"timetuple":   plain(func(d *Date) value.Value { return newStructTime(d.t, -1) }),
	"replace": method(func(_ *value.Thread, d *Date, a []value.Value) (value.Value, error) {
		n, err := needInts(a, d.t.Year(), int(d.t.Month()), d.t.Day())
		if err != nil {
			return nil, err
		}
		t, err := checkDate(n[0], n[1], n[2])
		return &Date{t}, err
	}, "year?", "month?", "day?"),
	"strftime": method(func(_ *value.Thread, d *Date, a []value.Value) (value.Value, error) {
		format, err := needStr(a[0], "strftime() argument 1")
		if err != nil {
			return nil, err
		}
		return value.Str(strftime(&DateTime{t: d.t}, format)), nil
	}, "format"),
}

const ctimeLayout = "Mon Jan _2 15:04:05 2006"

// Type is "datetime.date".
func (*Date) Type() string { return "datetime.date" }

// Truth is true.
func (*Date) Truth() bool { return true }

// AppendStr appends 2024-02-28.
func (d *Date) AppendStr(b []byte) []byte { return d.t.AppendFormat(b, time.DateOnly) }

// AppendRepr appends datetime.date(2024, 2, 28).
func (d *Date) AppendRepr(b []byte) []byte {
	return fmt.Appendf(b, "datetime.date(%d, %d, %d)", d.t.Year(), d.t.Month(), d.t.Day())
}

// Attr is a part or a method, or what the class has.
func (d *Date) Attr(name string) (value.Value, bool) {
	if v, ok := dateMembers.attr(d, name); ok {
		return v, true
	}
	return dateClass(time.Now).Attr(name)
}

// Format is format(d, spec), which is strftime.
func (d *Date) Format(spec string) (string, error) {
	if spec == "" {
		return value.ToStr(d), nil
	}
	return strftime(&DateTime{t: d.t}, spec), nil
}

// Equal compares days; a date is never equal to a datetime.
func (d *Date) Equal(other value.Value) bool {
	o, ok := other.(*Date)
	return ok && d.t.Equal(o.t)
}

type dateKey int

// HashKey is the day.
func (d *Date) HashKey() any { return dateKey(ordinal(d.t)) }

// Order compares days.
func (d *Date) Order(op value.Op, other value.Value) (result, ok bool, err error) {
	switch o := other.(type) {
	case *Date:
		return ordered(op, d.t.Compare(o.t)), true, nil
	case *DateTime:
		return false, false, value.TypeErrorf("can't compare datetime.datetime to datetime.date")
	}
	return false, false, nil
}

// BinaryOp is date ± timedelta and date - date.
func (d *Date) BinaryOp(op value.Op, other value.Value, right bool) (value.Value, error) {
	switch o := other.(type) {
	case *TimeDelta:
		switch {
		case op == value.OpAdd:
			return d.plusDays(o.days)
		case op == value.OpSub && !right:
			return d.plusDays(-o.days)
		}
	case *Date:
		if op == value.OpSub {
			if right {
				d, o = o, d
			}
			return &TimeDelta{days: ordinal(d.t) - ordinal(o.t)}, nil
		}
	}
	return nil, nil
}

func (d *Date) plusDays(n int) (value.Value, error) {
	if n += ordinal(d.t); n < 1 || n > ordinal(lastDay) {
		return nil, value.Errorf("OverflowError", "date value out of range")
	}
	t, err := ofOrdinal(n)
	return &Date{t}, err
}
