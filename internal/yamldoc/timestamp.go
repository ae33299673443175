package yamldoc

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"dex/internal/jinja/value"
)

// instant is what a timestamp may look like: a date with two-digit month and
// day, or a date and a time down to seconds. (A lone 2024-1-3 is text.)
var instant = regexp.MustCompile(`^(\d{4})-(\d\d?)-(\d\d?)` +
	`(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?)?$`)

// isTimestamp reports whether PyYAML takes plain text for a date or a time.
func isTimestamp(s string) bool {
	if len(s) < 8 || s[4] != '-' {
		return false
	}
	m := instant.FindStringSubmatch(s)
	return m != nil && (m[4] != "" || len(s) == len("2006-01-02"))
}

// parseTimestamp reads text for which isTimestamp holds. Days and hours that no
// calendar has are errors, with Python's words.
func parseTimestamp(s string) (value.Value, error) {
	m := instant.FindStringSubmatch(s)
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v } // digits by the pattern; empty is 0
	year, month, day, hour, minute, second := n(1), n(2), n(3), n(4), n(5), n(6)
	if err := checkInstant(year, month, day, hour, minute, second); err != nil {
		return nil, err
	}
	if m[4] == "" {
		return newDate(year, month, day), nil
	}
	micro, _ := strconv.Atoi((m[7] + "000000")[:6])
	t := time.Date(year, time.Month(month), day, hour, minute, second, micro*1000, time.UTC)
	if m[8] == "" {
		return newDateTime(t, false), nil
	}
	if m[9] != "" {
		offset := n(10)*3600 + n(11)*60
		if m[9] == "-" {
			offset = -offset
		}
		t = time.Date(year, time.Month(month), day, hour, minute, second, micro*1000, time.FixedZone("", offset))
	}
	return newDateTime(t, true), nil
}

func checkInstant(year, month, day, hour, minute, second int) error {
	switch {
	case year < 1:
		return fmt.Errorf("year %d is out of range", year)
	case month < 1 || month > 12:
		return fmt.Errorf("month must be in 1..12")
	case day < 1 || day > time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day():
		return fmt.Errorf("day is out of range for month")
	case hour > 23:
		return fmt.Errorf("hour must be in 0..23")
	case minute > 59:
		return fmt.Errorf("minute must be in 0..59")
	case second > 59:
		return fmt.Errorf("second must be in 0..59")
	}
	return nil
}
