package pylib

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dex/internal/jinja/value"
)

var (
	weekdayNames = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	monthNames   = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
)

func short(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n[:3]
	}
	return out
}

// readers are the patterns of strptime's directives. %c, %x and %X stand for
// others.
var readers = map[byte]string{
	'd': `3[01]|[12]\d|0[1-9]|[1-9]| [1-9]`, 'f': `[0-9]{1,6}`, 'H': `2[0-3]|[01]\d|\d`, 'I': `1[0-2]|0[1-9]|[1-9]`,
	'G': `\d{4}`, 'j': `36[0-6]|3[0-5]\d|[12]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]`, 'm': `1[0-2]|0[1-9]|[1-9]`,
	'M': `[0-5]\d|\d`, 'S': `6[01]|[0-5]\d|\d`, 'U': `5[0-3]|[0-4]\d|\d`, 'W': `5[0-3]|[0-4]\d|\d`, 'w': `[0-6]`, 'u': `[1-7]`,
	'V': `5[0-3]|0[1-9]|[1-4]\d|\d`, 'y': `\d\d`, 'Y': `\d{4}`,
	'z': `[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|(?-i:Z)`, 'Z': `utc|gmt`, 'p': `am|pm`,
	'A': strings.Join(byLength(weekdayNames), "|"), 'a': strings.Join(short(weekdayNames), "|"),
	'B': strings.Join(byLength(monthNames), "|"), 'b': strings.Join(short(monthNames), "|"),
}

var readAs = map[byte]string{'c': "%a %b %d %H:%M:%S %Y", 'x': "%m/%d/%y", 'X': "%H:%M:%S"}

// byLength puts longer names first, so that none is taken for its beginning.
func byLength(names []string) []string {
	out := slices.Clone(names)
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

var spaceRun = regexp.MustCompile(`\s+`)

// strptimePattern turns a format into a pattern, and lists its directives in
// the order of the pattern's groups.
func strptimePattern(format string) (*regexp.Regexp, string, error) {
	r := formatReader{format: format}
	r.pattern.WriteString("^(?i)")
	if err := r.read(format); err != nil {
		return nil, "", err
	}
	re, err := regexp.Compile(r.pattern.String())
	return re, string(r.letters), err
}

// formatReader builds the pattern of a format.
type formatReader struct {
	format  string
	pattern strings.Builder
	letters []byte
}

func (r *formatReader) read(f string) error {
	for {
		text, behind, found := strings.Cut(f, "%")
		writeLiteral(&r.pattern, text)
		if !found {
			return nil
		}
		if behind == "" {
			return valueErrorf("stray %% in format %s", quoted(r.format))
		}
		if err := r.directive(behind[0]); err != nil {
			return err
		}
		f = behind[1:]
	}
}

func (r *formatReader) directive(c byte) error {
	if whole, ok := readAs[c]; ok {
		return r.read(whole)
	}
	if c == '%' {
		r.pattern.WriteByte('%')
		return nil
	}
	pattern, ok := readers[c]
	if !ok {
		return valueErrorf("'%c' is a bad directive in format %s", c, quoted(r.format))
	}
	if at := slices.Index(r.letters, c); at >= 0 {
		return value.Errorf("error", "redefinition of group name '%c' as group %d; was group %d", c, len(r.letters)+1, at+1)
	}
	r.letters = append(r.letters, c)
	r.pattern.WriteString("(" + pattern + ")")
	return nil
}

func quoted(s string) string { return value.Repr(value.Str(s)) }

func writeLiteral(b *strings.Builder, s string) {
	for {
		at := spaceRun.FindStringIndex(s)
		if at == nil {
			b.WriteString(regexp.QuoteMeta(s))
			return
		}
		b.WriteString(regexp.QuoteMeta(s[:at[0]]) + `\s+`)
		s = s[at[1]:]
	}
}

func strptime(_ *value.Thread, a []value.Value) (value.Value, error) {
	var text [2]string
	for i := range text {
		s, ok := value.AsString(a[i])
		if !ok {
			return nil, value.TypeErrorf("strptime() argument %d must be str, not %s", i+1, a[i].Type())
		}
		text[i] = s
	}
	re, letters, err := strptimePattern(text[1])
	if err != nil {
		return nil, err
	}
	m := re.FindStringSubmatch(text[0])
	if m == nil {
		return nil, valueErrorf("time data %s does not match format %s", quoted(text[0]), quoted(text[1]))
	}
	if len(m[0]) != len(text[0]) {
		return nil, valueErrorf("unconverted data remains: %s", text[0][len(m[0]):])
	}
	var p parsed
	for i, c := range []byte(letters) {
		p.set(c, strings.ToLower(m[i+1]))
	}
	return p.datetime()
}

// parsed gathers what a text said of a moment; nil is not said.
type parsed struct {
	year, month, day, yearDay *int
	hour, minute, second      int
	micro                     int
	weekday                   *int // 0 is Monday
	week, isoWeek, isoYear    *int
	weekFrom                  int // the weekday that weeks begin with: 6 for %U
	pm                        string
	zone                      tzInfo
}

// setters take what a directive read: the text, and as a number.
var setters = map[byte]func(p *parsed, s string, n int){
	'Y': func(p *parsed, _ string, n int) { p.year = &n },
	'y': func(p *parsed, _ string, n int) {
		if n += 1900; n < 1969 {
			n += 100
		}
		p.year = &n
	},
	'G': func(p *parsed, _ string, n int) { p.isoYear = &n },
	'm': func(p *parsed, _ string, n int) { p.month = &n },
	'B': func(p *parsed, s string, _ int) { p.month = indexOf(monthNames, s, 1) },
	'b': func(p *parsed, s string, _ int) { p.month = indexOf(monthNames, s, 1) },
	'd': func(p *parsed, _ string, n int) { p.day = &n },
	'j': func(p *parsed, _ string, n int) { p.yearDay = &n },
	'H': func(p *parsed, _ string, n int) { p.hour = n },
	'I': func(p *parsed, _ string, n int) { p.hour = n % 12 },
	'M': func(p *parsed, _ string, n int) { p.minute = n },
	'S': func(p *parsed, _ string, n int) { p.second = n },
	'f': func(p *parsed, s string, _ int) { p.micro, _ = strconv.Atoi((s + "00000")[:6]) },
	'p': func(p *parsed, s string, _ int) { p.pm = s },
	'A': func(p *parsed, s string, _ int) { p.weekday = indexOf(weekdayNames, s, 0) },
	'a': func(p *parsed, s string, _ int) { p.weekday = indexOf(weekdayNames, s, 0) },
	'w': func(p *parsed, _ string, n int) { n = (n + 6) % 7; p.weekday = &n },
	'u': func(p *parsed, _ string, n int) { n--; p.weekday = &n },
	'U': func(p *parsed, _ string, n int) { p.week, p.weekFrom = &n, 6 },
	'W': func(p *parsed, _ string, n int) { p.week, p.weekFrom = &n, 0 },
	'V': func(p *parsed, _ string, n int) { p.isoWeek = &n },
	'z': func(p *parsed, s string, _ int) { p.zone = parseOffset(s) },
	'Z': func(*parsed, string, int) {}, // a name alone does not make a zone
}

func (p *parsed) set(c byte, s string) {
	n, _ := strconv.Atoi(strings.TrimSpace(s)) // 0 where it is no number
	setters[c](p, s, n)
}

func indexOf(names []string, s string, base int) *int {
	for i, n := range names {
		if strings.HasPrefix(n, s) {
			i += base
			return &i
		}
	}
	return nil
}

// parseOffset reads +01:00, +0100 or Z, which the pattern has checked.
func parseOffset(s string) tzInfo {
	if s == "z" {
		return isoUTC
	}
	zone, err := isoZone(strings.ReplaceAll(s, ":", ""))
	if err != nil {
		return nil
	}
	return zone
}

func (p *parsed) datetime() (value.Value, error) {
	if err := p.checkWeeks(); err != nil {
		return nil, err
	}
	if p.pm == "pm" && p.hour < 12 {
		p.hour += 12
	}
	day, err := p.date()
	if err != nil {
		return nil, err
	}
	since, err := checkTime(p.hour, p.minute, p.second, p.micro)
	if err != nil {
		return nil, err
	}
	return &DateTime{t: day.Add(since), tz: p.zone}, nil
}

// checkWeeks refuses directives of ISO weeks that do not make a day together.
func (p *parsed) checkWeeks() error {
	switch {
	case p.isoYear != nil && (p.isoWeek == nil || p.weekday == nil):
		return valueErrorf("ISO year directive '%%G' must be used with the ISO week directive '%%V' and a weekday directive ('%%A', '%%a', '%%w', or '%%u').")
	case p.isoYear != nil && p.yearDay != nil:
		return valueErrorf("Day of the year directive '%%j' is not compatible with ISO year directive '%%G'. Use '%%Y' instead.")
	case p.isoWeek != nil && p.isoYear == nil && (p.year == nil || p.weekday == nil):
		return valueErrorf("ISO week directive '%%V' must be used with the ISO year directive '%%G' and a weekday directive ('%%A', '%%a', '%%w', or '%%u').")
	case p.isoWeek != nil && p.isoYear == nil:
		return valueErrorf("ISO week directive '%%V' is incompatible with the year directive '%%Y'. Use the ISO year '%%G' instead.")
	}
	return nil
}

func (p *parsed) date() (time.Time, error) {
	year := 1900
	if p.year != nil {
		year = *p.year
	} else if p.month != nil && *p.month == 2 && p.day != nil && *p.day == 29 {
		// Without a year Python lets the 29th of February pass and fails later.
		return time.Time{}, valueErrorf("day is out of range for month")
	}
	switch {
	case p.isoYear != nil:
		return dayOfWeek(*p.isoYear, *p.isoWeek, *p.weekday+1), nil
	case p.yearDay != nil && p.month == nil && p.day == nil:
		first, err := checkDate(year, 1, 1)
		return first.AddDate(0, 0, *p.yearDay-1), err
	case p.week != nil && p.weekday != nil && p.year != nil:
		return p.ofWeek(year)
	}
	month, day := 1, 1
	if p.month != nil {
		month = *p.month
	}
	if p.day != nil {
		day = *p.day
	}
	return checkDate(year, month, day)
}

// ofWeek is the day of a week that is counted from the first Sunday or Monday.
func (p *parsed) ofWeek(year int) (time.Time, error) {
	first, err := checkDate(year, 1, 1)
	if err != nil {
		return first, err
	}
	firstDay, weekday := isoWeekday(first)-1, *p.weekday
	if p.weekFrom == 6 {
		firstDay, weekday = (firstDay+1)%7, (weekday+1)%7
	}
	days := weekday - firstDay
	if *p.week > 0 {
		days = (7-firstDay)%7 + 7*(*p.week-1) + weekday
	}
	return first.AddDate(0, 0, days), nil
}
