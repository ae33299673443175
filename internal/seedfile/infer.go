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
	kindInteger kind = iota // fits no text: left where a column has no fields at all
	kindNumber
	kindDate
	kindDateTime
	kindISODateTime
	kindBoolean
	kindText
)

// cast makes a value of a field of this kind; false where it does not fit. The
// field is trimmed and not null.
var casts = [...]func(s string) (value.Value, bool){
	kindInteger:     func(string) (value.Value, bool) { return nil, false },
	kindNumber:      number,
	kindDate:        date,
	kindDateTime:    dateTime,
	kindISODateTime: isoDateTime,
	kindBoolean:     boolean,
}

// infer finds the type of the c-th column. Fields that a short row lacks are not
// asked.
func infer(records []record, c int) kind {
	k := kindInteger
	for i := 0; i < len(records) && k < kindText; {
		if c >= len(records[i].fields) {
			i++
			continue
		}
		s := strip(records[i].fields[c])
		if null(s) {
			k = max(k, kindNumber)
			i++
			continue
		}
		if _, ok := casts[k](s); ok {
			i++
			continue
		}
		// The next kind has to fit what the column began with as well.
		k = nextKind(records[:i+1], c, k)
	}
	return k
}

// nextKind gives the first kind behind k that fits all fields of the column.
func nextKind(records []record, c int, k kind) kind {
	for k++; k < kindText; k++ {
		fits := true
		for i := len(records) - 1; i >= 0 && fits; i-- { // the last is the one that did not fit before
			if c < len(records[i].fields) {
				s := strip(records[i].fields[c])
				if !null(s) {
					_, fits = casts[k](s)
				}
			}
		}
		if fits {
			break
		}
	}
	return k
}

// fill makes the values of a column and gives the type for its table.
func fill(rows [][]value.Value, records []record, c int, k kind) adapter.SeedType {
	var p places
	for i, r := range records {
		if c >= len(r.fields) {
			rows[i][c] = value.None
			continue
		}
		field := r.fields[c]
		s := strip(field)
		switch {
		case null(s):
			rows[i][c] = value.None
		case k == kindText:
			rows[i][c] = value.Str(field)
		default:
			v, ok := casts[k](s)
			if !ok {
				panic("seedfile: a field does not fit the type inferred from it")
			}
			rows[i][c] = v
			if k == kindNumber {
				p.count(v)
			}
		}
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
