package pylib

import (
	"time"

	"dex/internal/jinja/value"
)

// record is a named tuple: a tuple whose members also have names.
type record struct {
	*value.Tuple
	typ   string
	names []string
}

// Type is the record's type.
func (r record) Type() string { return r.typ }

// AppendStr appends type(name=value, ...).
func (r record) AppendStr(b []byte) []byte { return r.AppendRepr(b) }

// AppendRepr appends type(name=value, ...).
func (r record) AppendRepr(b []byte) []byte {
	b = append(b, r.typ+"("...)
	for i, n := range r.names {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = r.Elems[i].AppendRepr(append(b, n+"="...))
	}
	return append(b, ')')
}

// Attr is a member by its name.
func (r record) Attr(name string) (value.Value, bool) {
	for i, n := range r.names {
		if n == name {
			return r.Elems[i], true
		}
	}
	return nil, false
}

// Item is a member by its index.
func (r record) Item(key value.Value) (value.Value, error) { return value.GetItem(r.Tuple, key) }

// Len is the number of members.
func (r record) Len() int { return len(r.Elems) }

// Iterate yields the members.
func (r record) Iterate() value.Iter {
	i := 0
	return value.IterFunc(func() (value.Value, bool, error) {
		if i == len(r.Elems) {
			return nil, false, nil
		}
		i++
		return r.Elems[i-1], true, nil
	})
}

// Equal compares as tuples do.
func (r record) Equal(other value.Value) bool {
	if o, ok := other.(record); ok {
		other = o.Tuple
	}
	return value.Equal(r.Tuple, other)
}

func ints(ns ...int) *value.Tuple {
	t := value.NewTuple()
	for _, n := range ns {
		t.Elems = append(t.Elems, value.Int(n))
	}
	return t
}

func newISOCalendar(t time.Time) value.Value {
	year, week := t.ISOWeek()
	return record{ints(year, week, isoWeekday(t)), "datetime.IsoCalendarDate", []string{"year", "week", "weekday"}}
}

// newStructTime is time.struct_time.
func newStructTime(t time.Time, dst int) value.Value {
	names := []string{"tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"}
	return record{ints(t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), isoWeekday(t)-1, t.YearDay(), dst), "time.struct_time", names}
}
