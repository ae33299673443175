package operation

import (
	"time"

	"dex/internal/jinja"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// Sample gives a value that the parameter may have, for rendering before anybody
// has given one: its default, the first of enum, its least value, or a value of its
// type. known is false where templates may look into the value and nobody knows
// what they will find: JSON and lists. A secret's own values are no samples: what is
// rendered with them is said before anybody knows that they are not to be shown.
func (p *Param) Sample() (v value.Value, known bool) {
	if p.Hidden() {
		return p.typical()
	}
	if s, ok := p.Default.(value.Str); p.Default != nil && (!ok || !jinja.HasTags(string(s))) {
		if v, err := p.Convert(p.Default); err == nil {
			return v, p.Type != JSON && p.Type != List
		}
	}
	if len(p.Enum) > 0 {
		return p.Enum[0], true
	}
	if p.ordered() {
		if p.Min != nil {
			return p.Min, true
		}
		if p.Max != nil {
			return p.Max, true
		}
	}
	return p.typical()
}

// typical is a value of the parameter's type.
func (p *Param) typical() (v value.Value, known bool) {
	switch p.Type {
	case Integer, Number:
		return value.Int(1), true
	case Boolean:
		return value.Bool(false), true
	case Date:
		return pylib.NewDate(2024, time.January, 1), true
	case Timestamp:
		return pylib.NaiveFromTime(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)), true
	case JSON:
		return value.NewUndefined("params." + p.Name), false
	case List:
		l := value.NewList()
		if p.Item != nil {
			v, _ := p.Item.Sample()
			l.Elems = append(l.Elems, v)
		} else {
			l.Elems = append(l.Elems, value.Str("sample"))
		}
		return l, false
	}
	return value.Str("sample"), true
}
