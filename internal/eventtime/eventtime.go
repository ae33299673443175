// Package eventtime cuts time into the batches of microbatch models and reads
// the windows of --event-time-start, --event-time-end and --sample.
//
// It knows times, in UTC throughout, and nothing of models or databases. Begin
// with Size and Span; window.go reads what people write.
package eventtime

import (
	"slices"
	"strings"
	"time"
)

// Size is the length of a batch.
type Size string

// The sizes.
const (
	Hour  Size = "hour"
	Day   Size = "day"
	Month Size = "month"
	Year  Size = "year"
)

// Sizes are all sizes, in dbt's order.
var Sizes = []Size{Hour, Day, Month, Year}

// Known reports whether s is one of Sizes.
func (s Size) Known() bool { return slices.Contains(Sizes, s) }

// Span is a stretch of time; its end is not part of it.
type Span struct{ Start, End time.Time }

// Compare orders spans by start, then by end.
func (s Span) Compare(o Span) int {
	if c := s.Start.Compare(o.Start); c != 0 {
		return c
	}
	return s.End.Compare(o.End)
}

// Within is the part of s that lies in o as well.
func (s Span) Within(o Span) Span {
	if o.Start.After(s.Start) {
		s.Start = o.Start
	}
	if o.End.Before(s.End) {
		s.End = o.End
	}
	return s
}

// Floor is the start of the hour, day, month or year that t lies in.
func (s Size) Floor(t time.Time) time.Time {
	t = t.UTC()
	year, month, day, hour := t.Year(), t.Month(), t.Day(), t.Hour()
	switch s {
	case Year:
		month, day, hour = time.January, 1, 0
	case Month:
		day, hour = 1, 0
	case Day:
		hour = 0
	}
	return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
}

// Ceiling is the first start of a batch that does not lie before t.
func (s Size) Ceiling(t time.Time) time.Time {
	floor := s.Floor(t)
	if floor.Equal(t) {
		return floor
	}
	return s.Move(floor, 1)
}

// Move is the start of the batch that lies n batches behind the one of t.
// dbt: MicrobatchBuilder.offset_timestamp.
func (s Size) Move(t time.Time, n int) time.Time {
	t = s.Floor(t)
	switch s {
	case Year:
		return t.AddDate(n, 0, 0)
	case Month:
		return t.AddDate(0, n, 0)
	case Day:
		return t.AddDate(0, 0, n)
	}
	return t.Add(time.Duration(n) * time.Hour)
}

// Batches cuts the time from the batch of start until end. The last batch ends at
// end, and there is always one. dbt: MicrobatchBuilder.build_batches.
func (s Size) Batches(start, end time.Time) []Span {
	all := []Span{{start, s.Move(start, 1)}}
	for last := all[0]; last.End.Before(end); {
		last = Span{last.End, s.Move(last.End, 1)}
		all = append(all, last)
	}
	all[len(all)-1].End = end
	return all
}

// Label names the batch that begins at start: "2024-09-17", "2024-09-17T16".
func (s Size) Label(start time.Time) string {
	layout := map[Size]string{Year: "2006", Month: "2006-01", Day: "2006-01-02"}[s]
	if layout == "" {
		layout = "2006-01-02T15"
	}
	return start.UTC().Format(layout)
}

// ID is Label without dashes: dbt's id of a batch.
func (s Size) ID(start time.Time) string { return strings.ReplaceAll(s.Label(start), "-", "") }

// Text is t as Python writes it, and SQL reads it: "2026-01-01 00:00:00+00:00".
func Text(t time.Time) string { return format(t, ' ') }

// ISO is t as artifacts have it: "2026-01-01T00:00:00+00:00".
func ISO(t time.Time) string { return format(t, 'T') }

func format(t time.Time, sep byte) string {
	t = t.UTC()
	layout := "2006-01-02" + string(sep) + "15:04:05"
	if t.Nanosecond()/1000 != 0 {
		layout += ".000000"
	}
	return t.Format(layout) + "+00:00"
}
