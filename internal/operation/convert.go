package operation

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// Convert gives a value the parameter's type and holds it against enum, pattern
// and bounds. Texts are read as the command line writes them: "42", "true",
// "2024-01-31", "[1, 2]"; a value of another type is taken where nothing of it gets
// lost. Integers and decimals are exact.
func (p *Param) Convert(v value.Value) (value.Value, error) {
	typed, err := p.bare(v)
	if err != nil {
		return nil, err
	}
	return typed, p.admit(typed)
}

// bare is Convert without enum, pattern and bounds.
func (p *Param) bare(v value.Value) (value.Value, error) {
	if m, ok := v.(value.Markup); ok {
		v = value.Str(value.ToStr(m))
	}
	read := converters[p.Type]
	if read == nil {
		return nil, fmt.Errorf("there is no type '%s'", p.Type)
	}
	return read(p, v)
}

// converters read values of each type.
var converters map[Type]func(p *Param, v value.Value) (value.Value, error)

func init() { // a list's reads its items by this table
	converters = map[Type]func(*Param, value.Value) (value.Value, error){
		String: toText, Secret: toText, Integer: toInteger, Number: toNumber, Boolean: toBoolean, Date: toDate, Timestamp: toTimestamp,
		Identifier: toIdentifier, Relation: toRelation, JSON: toJSON, List: toList,
	}
}

// wrong says that v is not what the type has.
func wrong(v value.Value, want string) error {
	if s, ok := v.(value.Str); ok {
		return fmt.Errorf("%s is not %s", value.Repr(s), want)
	}
	return fmt.Errorf("%s (%s) is not %s", value.Repr(v), v.Type(), want)
}

func toText(_ *Param, v value.Value) (value.Value, error) {
	s, ok := v.(value.Str)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: put it in quotes", wrong(v, "a text"))
	case !utf8.ValidString(string(s)):
		return nil, errors.New("the text is not UTF-8")
	case strings.IndexByte(string(s), 0) >= 0:
		return nil, errors.New("the text has a NUL character, which no database takes")
	}
	return s, nil
}

var (
	integerText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[+-]?[0-9]+$`) })
	numberText  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)
	})
)

// maxDigits bounds the digits of a number, so that a line of input stays a line.
const maxDigits = 1000

func toInteger(_ *Param, v value.Value) (value.Value, error) {
	switch x := v.(type) {
	case value.Int, *value.BigInt:
		return x, nil
	case value.Str:
		s := strings.TrimSpace(string(x))
		if len(s) > maxDigits {
			return nil, fmt.Errorf("an integer of %d digits is too long", len(s))
		}
		if integerText().MatchString(s) {
			i, _ := new(big.Int).SetString(strings.TrimPrefix(s, "+"), 10) // the pattern saw to it
			return value.NewBigInt(i), nil
		}
	}
	return nil, wrong(v, "an integer")
}

// toNumber gives an integer where v is one, else a decimal.
func toNumber(_ *Param, v value.Value) (value.Value, error) {
	text := ""
	switch x := v.(type) {
	case value.Int, *value.BigInt:
		return x, nil
	case value.Float:
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, wrong(v, "a number")
		}
		text = strconv.FormatFloat(float64(x), 'g', -1, 64)
	case *value.Decimal:
		text = value.ToStr(x)
	case value.Str:
		text = strings.TrimSpace(string(x))
	}
	switch {
	case len(text) > maxDigits:
		return nil, fmt.Errorf("a number of %d characters is too long", len(text))
	case integerText().MatchString(text):
		i, _ := new(big.Int).SetString(strings.TrimPrefix(text, "+"), 10)
		return value.NewBigInt(i), nil
	case !numberText().MatchString(text):
		return nil, wrong(v, "a number")
	}
	d, err := value.ParseDecimal(text)
	if err != nil {
		return nil, wrong(v, "a number")
	}
	return d, nil
}

func toBoolean(_ *Param, v value.Value) (value.Value, error) {
	switch x := v.(type) {
	case value.Bool:
		return x, nil
	case value.Str:
		switch strings.ToLower(strings.TrimSpace(string(x))) {
		case "true", "yes", "on", "1":
			return value.Bool(true), nil
		case "false", "no", "off", "0":
			return value.Bool(false), nil
		}
	}
	return nil, wrong(v, "true or false")
}

var dateText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`) })

func toDate(_ *Param, v value.Value) (value.Value, error) {
	switch x := v.(type) {
	case *pylib.Date:
		return x, nil
	case value.Str:
		s := strings.TrimSpace(string(x))
		if d, err := pylib.ParseDateTime(s); err == nil && dateText().MatchString(s) {
			t, _ := d.GoTime()
			return pylib.DateFromTime(t), nil
		}
	}
	return nil, wrong(v, "a date such as 2024-01-31")
}

var timestampText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$`)
})

func toTimestamp(_ *Param, v value.Value) (value.Value, error) {
	switch x := v.(type) {
	case *pylib.DateTime:
		return x, nil
	case *pylib.Date:
		return pylib.NaiveFromTime(x.GoTime()), nil
	case value.Str:
		s := strings.TrimSpace(string(x))
		if timestampText().MatchString(s) {
			if d, err := pylib.ParseDateTime(s); err == nil {
				return d, nil
			}
		}
	}
	return nil, wrong(v, "a timestamp such as 2024-01-31T08:30:00Z")
}

// toIdentifier takes any name that a database could have: it is quoted where it is
// used.
func toIdentifier(_ *Param, v value.Value) (value.Value, error) {
	s, ok := v.(value.Str)
	if !ok {
		return nil, wrong(v, "a name")
	}
	if err := nameFault(string(s)); err != nil {
		return nil, err
	}
	return s, nil
}

// maxName is longer than the names of any database.
const maxName = 1024

func nameFault(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New("a name is empty")
	case len(s) > maxName:
		return fmt.Errorf("a name of %d bytes is too long", len(s))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("the name %s has characters that no name has", value.Repr(value.Str(s)))
	}
	return nil
}

func toRelation(_ *Param, v value.Value) (value.Value, error) {
	s, ok := v.(value.Str)
	if !ok {
		return nil, wrong(v, "a relation such as schema.table")
	}
	if _, err := RelationParts(string(s)); err != nil {
		return nil, err
	}
	return s, nil
}

// RelationParts splits the name of a relation at its dots: one to three names, of
// which each may stand in double quotes, with quotes in it doubled.
func RelationParts(s string) ([]string, error) {
	var parts []string
	rest := strings.TrimSpace(s)
	for {
		part, behind, err := firstName(rest)
		if err == nil {
			err = nameFault(part)
		}
		if err != nil {
			return nil, fmt.Errorf("%s is no relation: %w", value.Repr(value.Str(s)), err)
		}
		parts = append(parts, part)
		if behind == "" {
			break
		}
		rest = behind[1:]
	}
	if len(parts) > 3 {
		return nil, fmt.Errorf("%s is no relation: it has %d parts; database.schema.name is the most", value.Repr(value.Str(s)), len(parts))
	}
	return parts, nil
}

// firstName cuts the first name off; behind begins with the dot after it.
func firstName(s string) (name, behind string, err error) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, '.')
		if i < 0 {
			i = len(s)
		}
		if strings.ContainsAny(s[:i], `"`) {
			return "", "", errors.New("a quote stands inside of a name")
		}
		return s[:i], s[i:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '"':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		case i+1 < len(s) && s[i+1] != '.':
			return "", "", errors.New("something follows a quoted name")
		default:
			return b.String(), s[i+1:], nil
		}
	}
	return "", "", errors.New("a quote is not closed")
}

// toJSON takes any value; a text is read as JSON.
func toJSON(_ *Param, v value.Value) (value.Value, error) {
	s, ok := v.(value.Str)
	if !ok {
		return v, nil
	}
	out, err := value.ParseJSON([]byte(s))
	if err != nil {
		return nil, fmt.Errorf("%s is not JSON: %v", value.Repr(s), err)
	}
	return out, nil
}

// toList reads a list. As a text it is JSON, or items parted by commas.
func toList(p *Param, v value.Value) (value.Value, error) {
	var items []value.Value
	switch x := v.(type) {
	case *value.List:
		items = x.Elems
	case *value.Tuple:
		items = x.Elems
	case value.Str:
		var err error
		if items, err = listItems(string(x)); err != nil {
			return nil, err
		}
	default:
		return nil, wrong(v, "a list")
	}
	item := p.Item
	if item == nil {
		item = &Param{Name: p.Name, Type: String}
	}
	out := value.NewList()
	for i, e := range items {
		typed, err := item.Convert(e)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		out.Elems = append(out.Elems, typed)
	}
	return out, nil
}

func listItems(s string) ([]value.Value, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") {
		v, err := value.ParseJSON([]byte(s))
		if err != nil {
			return nil, fmt.Errorf("%s is no list in JSON: %v", value.Repr(value.Str(s)), err)
		}
		l, ok := v.(*value.List)
		if !ok {
			return nil, wrong(v, "a list")
		}
		return l.Elems, nil
	}
	if s == "" {
		return nil, nil
	}
	var out []value.Value
	for part := range strings.SplitSeq(s, ",") {
		out = append(out, value.Str(strings.TrimSpace(part)))
	}
	return out, nil
}
