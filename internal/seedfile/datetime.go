package seedfile

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// date reads %Y-%m-%d by the rules of strptime: a month may be one digit, a day
// one digit or a space and a digit.
func date(s string) (value.Value, bool) {
	var n [6]int
	rest, ok := civilDate(s, &n)
	if !ok || rest != "" {
		return nil, false
	}
	t, ok := moment(n, 0, time.UTC)
	if !ok {
		return nil, false
	}
	return pylib.DateFromTime(t), true
}

// dateTime reads %Y-%m-%d %H:%M:%S, with any white space between the two.
func dateTime(s string) (value.Value, bool) {
	var n [6]int
	rest, ok := civilDate(s, &n)
	if !ok {
		return nil, false
	}
	clock := strings.TrimLeftFunc(rest, unicode.IsSpace)
	if clock == rest {
		return nil, false
	}
	for i, top := range [3]int{23, 59, 61} {
		if i > 0 {
			if clock == "" || clock[0] != ':' {
				return nil, false
			}
			clock = clock[1:]
		}
		if n[3+i], clock, ok = digitsUpTo(clock, 0, top); !ok {
			return nil, false
		}
	}
	t, ok := moment(n, 0, time.UTC)
	if !ok || clock != "" {
		return nil, false
	}
	return pylib.NaiveFromTime(t), true
}

// civilDate reads year, month and day, and gives what is left.
func civilDate(s string, n *[6]int) (rest string, ok bool) {
	if len(s) < 8 || s[4] != '-' {
		return "", false
	}
	for i := range 4 {
		if s[i] < '0' || s[i] > '9' {
			return "", false
		}
		n[0] = n[0]*10 + int(s[i]-'0')
	}
	if n[1], rest, ok = digitsUpTo(s[5:], 1, 12); !ok || rest == "" || rest[0] != '-' {
		return "", false
	}
	rest = rest[1:]
	if len(rest) > 1 && rest[0] == ' ' && rest[1] >= '1' && rest[1] <= '9' {
		n[2] = int(rest[1] - '0')
		return rest[2:], true
	}
	n[2], rest, ok = digitsUpTo(rest, 1, 31)
	return rest, ok
}

// digitsUpTo reads a number of two digits between low and top, else of one.
func digitsUpTo(s string, low, top int) (n int, rest string, ok bool) {
	digit := func(i int) (int, bool) {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			return int(s[i] - '0'), true
		}
		return 0, false
	}
	a, ok := digit(0)
	if !ok {
		return 0, s, false
	}
	if b, two := digit(1); two && a*10+b >= low && a*10+b <= top {
		return a*10 + b, s[2:], true
	}
	return a, s[1:], a >= low
}

// moment makes a time of its parts, which must be a real date and time of day.
func moment(n [6]int, micros int, loc *time.Location) (time.Time, bool) {
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], micros*1000, loc)
	ok := n[0] >= 1 && n[0] <= 9999 && t.Month() == time.Month(n[1]) && t.Day() == n[2] && n[3] < 24 && n[4] < 60 && n[5] < 60
	return t, ok
}

// isoDates are the forms of an ISO 8601 date, complete ones first: calendar,
// week and day of the year, then what leaves the day or more open. The first
// that matches counts, so 200001 is a month and not a day of the year 2000.
var isoDates = sync.OnceValue(func() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, form := range []string{
		`(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})`, `(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})`,
		`(?P<year>\d{4})-W(?P<week>\d{2})-(?P<day>\d)`, `(?P<year>\d{4})W(?P<week>\d{2})(?P<day>\d)`,
		`(?P<year>\d{4})-(?P<day>\d{3})`, `(?P<year>\d{4})(?P<day>\d{3})`,
		`(?P<year>\d{4})-W(?P<week>\d{2})`, `(?P<year>\d{4})W(?P<week>\d{2})`,
		`(?P<year>\d{4})-(?P<month>\d{2})`, `(?P<year>\d{4})(?P<month>\d{2})`, `(?P<year>\d{4})`, `(?P<century>\d{2})`,
	} {
		out = append(out, regexp.MustCompile(`^`+form+`$`))
	}
	return out
})

// isoTimes are the forms of an ISO 8601 time of day with its zone. A decimal
// part may stand on the last unit.
var isoTimes = sync.OnceValue(func() []*regexp.Regexp {
	const zone = `(?P<zone>Z|(?P<sign>[+-])(?P<zh>\d{2})(?::?(?P<zm>\d{2}))?)?`
	var out []*regexp.Regexp
	for _, form := range []string{
		`(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2}([,.]\d+)?)`, `(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}([,.]\d+)?)`,
		`(?P<hour>\d{2}):(?P<minute>\d{2}([,.]\d+)?)`, `(?P<hour>\d{2})(?P<minute>\d{2}([,.]\d+)?)`, `(?P<hour>\d{2}([,.]\d+)?)`,
	} {
		out = append(out, regexp.MustCompile(`^T?`+form+zone+`$`))
	}
	return out
})

// isoDateTime reads a date and a time with a T between them.
func isoDateTime(s string) (value.Value, bool) {
	day, clock, ok := strings.Cut(s, "T")
	if !ok || strings.Contains(clock, "T") {
		return nil, false
	}
	d, ok := isoDate(day)
	if !ok {
		return nil, false
	}
	return isoTime(d, clock)
}

// match gives the named parts of the first pattern that fits.
func match(patterns []*regexp.Regexp, s string) map[string]string {
	for _, p := range patterns {
		if m := p.FindStringSubmatch(s); m != nil {
			parts := map[string]string{}
			for i, name := range p.SubexpNames() {
				if name != "" && m[i] != "" {
					parts[name] = m[i]
				}
			}
			return parts
		}
	}
	return nil
}

func isoDate(s string) (time.Time, bool) {
	g := match(isoDates(), s)
	if g == nil {
		return time.Time{}, false
	}
	num := func(name string, def int) int {
		n, err := strconv.Atoi(g[name])
		if err != nil {
			return def
		}
		return n
	}
	if _, ok := g["century"]; ok {
		return time.Date(num("century", 0)*100+1, 1, 1, 0, 0, 0, 0, time.UTC), true
	}
	if _, ok := g["month"]; ok {
		month := num("month", 1)
		if month == 0 {
			month = 1 // isodate takes month 00 for one that is left open
		}
		return moment([6]int{num("year", 0), month, num("day", 1)}, 0, time.UTC)
	}
	start := time.Date(num("year", 0), 1, 1, 0, 0, 0, 0, time.UTC)
	t := start
	if _, ok := g["week"]; ok {
		_, week := start.ISOWeek()
		weeks := num("week", 0)
		if week == 1 {
			weeks--
		}
		day := int(start.Weekday()+6)%7 + 1
		t = start.AddDate(0, 0, 7*weeks-day+num("day", 1))
		if g["day"] == "0" {
			t = start.AddDate(0, 0, 7*weeks-day)
		}
	} else {
		t = start.AddDate(0, 0, num("day", 1)-1)
	}
	return t, start.Year() >= 1 && t.Year() >= 1 && t.Year() <= 9999
}

func isoTime(d time.Time, s string) (value.Value, bool) {
	g := match(isoTimes(), s)
	if g == nil {
		return nil, false
	}
	n, micros := clock(g)
	loc, aware := zone(g)
	t, ok := moment([6]int{d.Year(), int(d.Month()), d.Day(), n[0], n[1], n[2]}, micros, loc)
	if !ok {
		return nil, false
	}
	if aware {
		return pylib.FromTime(t), true
	}
	return pylib.NaiveFromTime(t), true
}

// clock takes hour, minute, second and microsecond from the parts of a time. The
// last unit's decimals are carried down exactly and cut off at microseconds.
func clock(g map[string]string) (n [3]int, micros int) {
	for i, unit := range []string{"hour", "minute", "second"} {
		text, ok := g[unit]
		if !ok {
			break
		}
		whole, fraction, split := strings.Cut(strings.ReplaceAll(text, ",", "."), ".")
		n[i], _ = strconv.Atoi(whole) // the pattern lets digits alone through
		if !split {
			continue
		}
		rest, _ := new(big.Rat).SetString("0." + fraction)
		for j := i + 1; j < 3; j++ {
			n[j], rest = carry(rest, 60)
		}
		micros, _ = carry(rest, 1_000_000)
	}
	return n, micros
}

// carry gives the whole units in a part of a larger unit, and what is left.
func carry(part *big.Rat, units int64) (int, *big.Rat) {
	part = new(big.Rat).Mul(part, new(big.Rat).SetInt64(units))
	whole := new(big.Int).Quo(part.Num(), part.Denom())
	return int(whole.Int64()), part.Sub(part, new(big.Rat).SetInt(whole))
}

// zone gives the zone of a time; false where it has none.
func zone(g map[string]string) (*time.Location, bool) {
	switch g["zone"] {
	case "":
		return time.UTC, false
	case "Z":
		return time.UTC, true
	}
	h, _ := strconv.Atoi(g["zh"]) // the patterns let digits alone through
	m, _ := strconv.Atoi(g["zm"])
	offset := h*3600 + m*60
	if g["sign"] == "-" {
		offset = -offset
	}
	return time.FixedZone(g["zone"], offset), true
}
