package pylib

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// directive is one letter of strftime: how a number is padded, or a text.
type directive struct {
	width int
	pad   byte // '0', ' ' or 0 for none
	num   func(d *DateTime) int
	text  func(d *DateTime) string
}

func number(width int, pad byte, num func(d *DateTime) int) directive {
	return directive{width: width, pad: pad, num: num}
}

func layout(l string) directive {
	return directive{text: func(d *DateTime) string { return d.t.Format(l) }}
}

// composed is a directive that stands for a format.
func composed(format string) directive {
	return directive{text: func(d *DateTime) string { return strftime(d, format) }}
}

func hour12(d *DateTime) int { return (d.t.Hour()+11)%12 + 1 }

// sundayWeek and mondayWeek number the weeks of a year from its first Sunday or
// Monday on.
func sundayWeek(d *DateTime) int { return (d.t.YearDay() + 6 - int(d.t.Weekday())) / 7 }
func mondayWeek(d *DateTime) int { return (d.t.YearDay() + 6 - (isoWeekday(d.t) - 1)) / 7 }

// directives are those of the C library, in its C locale, and Python's %f.
// An init function fills it: composed directives reach strftime.
var directives map[byte]directive

func init() {
	isoYear := func(d *DateTime) int { y, _ := d.t.ISOWeek(); return y }
	directives = map[byte]directive{
		'A': layout("Monday"), 'a': layout("Mon"), 'B': layout("January"), 'b': layout("Jan"), 'h': layout("Jan"),
		'C': number(1, '0', func(d *DateTime) int { return d.t.Year() / 100 }),
		'c': composed("%a %b %e %H:%M:%S %Y"),
		'D': composed("%m/%d/%y"),
		'd': number(2, '0', func(d *DateTime) int { return d.t.Day() }),
		'e': number(2, ' ', func(d *DateTime) int { return d.t.Day() }),
		'F': composed("%Y-%m-%d"),
		'f': number(6, '0', func(d *DateTime) int { return micros(d.t) }),
		'G': number(0, 0, isoYear),
		'g': number(2, '0', func(d *DateTime) int { return isoYear(d) % 100 }),
		'H': number(2, '0', func(d *DateTime) int { return d.t.Hour() }),
		'I': number(2, '0', hour12),
		'j': number(3, '0', func(d *DateTime) int { return d.t.YearDay() }),
		'k': number(2, ' ', func(d *DateTime) int { return d.t.Hour() }),
		'l': number(2, ' ', hour12),
		'M': number(2, '0', func(d *DateTime) int { return d.t.Minute() }),
		'm': number(2, '0', func(d *DateTime) int { return int(d.t.Month()) }),
		'n': {text: func(*DateTime) string { return "\n" }},
		'P': layout("pm"), 'p': layout("PM"),
		'R': composed("%H:%M"), 'r': composed("%I:%M:%S %p"),
		'S': number(2, '0', func(d *DateTime) int { return d.t.Second() }),
		's': {text: func(d *DateTime) string {
			t := d.t
			return strconv.FormatInt(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.Local).Unix(), 10)
		}},
		'T': composed("%H:%M:%S"),
		't': {text: func(*DateTime) string { return "\t" }},
		'U': number(2, '0', sundayWeek),
		'u': number(0, 0, func(d *DateTime) int { return isoWeekday(d.t) }),
		'V': number(2, '0', func(d *DateTime) int { _, w := d.t.ISOWeek(); return w }),
		'W': number(2, '0', mondayWeek),
		'w': number(0, 0, func(d *DateTime) int { return int(d.t.Weekday()) }),
		'X': composed("%H:%M:%S"), 'x': composed("%m/%d/%y"),
		'Y': number(0, 0, func(d *DateTime) int { return d.t.Year() }),
		'y': number(2, '0', func(d *DateTime) int { return d.t.Year() % 100 }),
		'Z': {text: func(d *DateTime) string {
			if d.tz == nil {
				return ""
			}
			return d.tz.tzname(d)
		}},
		'z': {text: func(d *DateTime) string { return string(appendOffset(nil, d.offset(), "")) }},
		'%': {text: func(*DateTime) string { return "%" }},
	}
}

// strftime formats as the C library does: flags - _ 0 ^ # and a width may stand
// before a letter, and what is no directive stays as it is.
func strftime(d *DateTime, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		flags, width, end := modifiers(format, i+1)
		if end == len(format) {
			b.WriteString(format[i:])
			break
		}
		dir, ok := directives[format[end]]
		if !ok {
			b.WriteString(format[i : end+1])
		} else {
			b.WriteString(dir.format(d, flags, width))
		}
		i = end
	}
	return b.String()
}

// modifiers reads flags and width, and where the letter stands.
func modifiers(format string, i int) (flags string, width, end int) {
	start := i
	for i < len(format) && strings.IndexByte("-_0^#", format[i]) >= 0 {
		i++
	}
	flags = format[start:i]
	start = i
	for i < len(format) && '0' <= format[i] && format[i] <= '9' {
		i++
	}
	width, _ = strconv.Atoi(format[start:i])
	// %E and %O ask for the locale's own numerals; the C locale has none.
	if i+1 < len(format) && (format[i] == 'E' || format[i] == 'O') {
		i++
	}
	return flags, min(width, 1024), i
}

func (dir directive) format(d *DateTime, flags string, width int) string {
	if dir.num == nil {
		s := dir.text(d)
		if strings.ContainsRune(flags, '^') {
			s = strings.ToUpper(s)
		} else if strings.ContainsRune(flags, '#') {
			s = swapCase(s)
		}
		return fmt.Sprintf("%*s", width, s)
	}
	pad := dir.pad
	for _, f := range flags {
		switch f {
		case '-':
			pad = 0
		case '_':
			pad = ' '
		case '0':
			pad = '0'
		}
	}
	s := strconv.Itoa(dir.num(d))
	if width == 0 {
		width = dir.width
	} else if pad == 0 && flags == "" {
		pad = '0'
	}
	if pad != 0 && len(s) < width {
		s = strings.Repeat(string(pad), width-len(s)) + s
	}
	return s
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLower(r) {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}
