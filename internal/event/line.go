package event

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tone says how the outcome in a line is to be taken; views choose colours.
type Tone uint8

// The tones.
const (
	Plain Tone = iota
	Good
	Doubtful
	Bad
)

// DefaultWidth is dbt's printer_width: where the dots of a line end.
const DefaultWidth = 80

// Line is a line of results as dbt lays it out:
//
//	1 of 3 OK created sql table model main.orders ....... [OK in 0.03s]
type Line struct {
	Lead         string // before the numbers: "Batch "; the dots do not count it
	Index, Total int    // 0 and 0: no "1 of 3"
	Text         string
	Status       string
	Tone         Tone
	Seconds      float64 // negative: no time
	Truncate     bool    // cut a text that is longer than the width
}

// Format lays l out to a width; paint dresses the status, nil leaves it plain.
// dbt: format_fancy_output_line.
func (l Line) Format(width int, paint func(Tone, string) string) string {
	b := make([]byte, 0, width+32)
	if l.Total > 0 {
		b = strconv.AppendInt(b, int64(l.Index), 10)
		b = append(b, " of "...)
		b = strconv.AppendInt(b, int64(l.Total), 10)
		b = append(b, ' ')
	}
	b = append(append(b, l.Text...), ' ')
	n := utf8.RuneCount(b)
	for ; n < width; n++ {
		b = append(b, '.')
	}
	if cut := width - 3; l.Truncate && cut > 0 && n > cut {
		b = append(cutRunes(b, cut), "..."...)
	}
	status := l.Status
	if paint != nil {
		status = paint(l.Tone, status)
	}
	b = append(append(b, " ["...), status...)
	if l.Seconds >= 0 {
		b = append(b, " in "...)
		b = strconv.AppendFloat(b, l.Seconds, 'f', 2, 64)
		b = append(b, 's')
	}
	return l.Lead + string(append(b, ']'))
}

// plain is the line as logs have it.
func (l Line) plain() string { return l.Format(DefaultWidth, nil) }

func cutRunes(b []byte, n int) []byte {
	i := 0
	for ; n > 0 && i < len(b); n-- {
		_, size := utf8.DecodeRune(b[i:])
		i += size
	}
	return b[:i]
}

// Warned marks a message as dbt marks warnings.
func Warned(msg string) string { return "[WARNING]: " + msg }

// Failed marks a message as dbt marks errors.
func Failed(msg string) string { return "[ERROR]: " + msg }

// plural is "1 error", "2 errors".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "success") {
		return strconv.Itoa(n) + " " + word + "es"
	}
	return strconv.Itoa(n) + " " + word + "s"
}
