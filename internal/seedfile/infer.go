package seedfile

import (
	"strings"
	"unicode"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// kind is a type that agate tries on a column, in the order in which dbt lets it
// try them. A column has the first that fits all of its fields.
type kind uint8

const (
	kindInteger kind = iota // fits no field: left where a column has none
	kindNumber
	kindDate
	kindDateTime
	kindISODateTime
	kindBoolean
	kindText
)

// casts make a value of a field, which is trimmed and not null; false where it
// is not of the kind.
var casts = [...]func(s string) (value.Value, bool){
	kindNumber:      number,
	kindDate:        date,
	kindDateTime:    dateTime,
	kindISODateTime: isoDateTime,
	kindBoolean:     boolean,
}

// column finds the type of the c-th column and makes its values. Each kind is
// tried until a field does not fit it, so a column of one kind is read once.
func column(rows [][]value.Value, records []record, c int, k kind) adapter.SeedType {
	var p places
	for ; !fill(rows, records, c, k, &p); k++ {
		p = places{}
	}
	switch k {
	case kindNumber:
		if p.decimals() != 0 { // below 0 where the whole part alone passes 28 digits
			return adapter.SeedNumber
		}
		return adapter.SeedInteger
	case kindInteger:
		return adapter.SeedInteger
	case kindDate:
		return adapter.SeedDate
	case kindDateTime, kindISODateTime:
		return adapter.SeedDateTime
	case kindBoolean:
		return adapter.SeedBoolean
	}
	return adapter.SeedText
}

// fill makes the values of a column of a kind; false where a field does not fit.
// Fields that a short row lacks fit everything.
func fill(rows [][]value.Value, records []record, c int, k kind, p *places) bool {
	for i, r := range records {
		if c >= len(r.fields) {
			rows[i][c] = value.None
			continue
		}
		field := r.fields[c]
		s := strip(field)
		switch {
		case k == kindInteger:
			return false
		case null(s):
			rows[i][c] = value.None
		case k == kindText:
			rows[i][c] = value.Str(field)
		default:
			v, ok := casts[k](s)
			if !ok {
				return false
			}
			rows[i][c] = v
			if k == kindNumber {
				p.count(v)
			}
		}
	}
	return true
}

func null(s string) bool { return s == "" || len(s) == 4 && strings.EqualFold(s, "null") }

func boolean(s string) (value.Value, bool) {
	s = strip(strings.ReplaceAll(s, ",", ""))
	switch {
	case null(s):
		return value.None, true
	case strings.EqualFold(s, "true"):
		return value.Bool(true), true
	case strings.EqualFold(s, "false"):
		return value.Bool(false), true
	}
	return nil, false
}

// strip is Python's str.strip(): to Unicode's white space come four separators
// of ASCII.
func strip(s string) string {
	if s == "" || s[0] > ' ' && s[0] < 0x80 && s[len(s)-1] > ' ' && s[len(s)-1] < 0x80 {
		return s
	}
	return strings.TrimFunc(s, func(r rune) bool { return r >= 0x1c && r <= 0x1f || unicode.IsSpace(r) })
}
