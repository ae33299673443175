package operation

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// admit holds a value of the parameter's type against enum, pattern and bounds.
// All that is wrong with it comes in one error.
func (p *Param) admit(v value.Value) error {
	var faults []string
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	shown := value.Repr(v)
	if len(p.Enum) > 0 && !p.listed(v) {
		add("%s is none of %s", shown, p.choices())
	}
	if s, ok := v.(value.Str); ok && p.match != nil && !p.match.MatchString(string(s)) {
		add("%s does not match %s", shown, p.Pattern)
	}
	if p.ordered() {
		if p.Min != nil && !inOrder(p.Min, v) {
			add("%s is below %s", value.ToStr(v), value.ToStr(p.Min))
		}
		if p.Max != nil && !inOrder(v, p.Max) {
			add("%s is above %s", value.ToStr(v), value.ToStr(p.Max))
		}
	}
	if n, what, ok := length(v); ok {
		if p.MinLength != nil && n < *p.MinLength {
			add("it has %d %s, fewer than %d", n, what, *p.MinLength)
		}
		if p.MaxLength != nil && n > *p.MaxLength {
			add("it has %d %s, more than %d", n, what, *p.MaxLength)
		}
	}
	if faults == nil {
		return nil
	}
	return errors.New(strings.Join(faults, "; "))
}

func (p *Param) listed(v value.Value) bool {
	for _, e := range p.Enum {
		if value.Equal(e, v) {
			return true
		}
	}
	return false
}

// choices are the values of enum as people write them.
func (p *Param) choices() string {
	out := make([]string, len(p.Enum))
	for i, e := range p.Enum {
		out[i] = Written(e)
	}
	return strings.Join(out, ", ")
}

func length(v value.Value) (n int, what string, ok bool) {
	switch x := v.(type) {
	case value.Str:
		return utf8.RuneCountInString(string(x)), "characters", true
	case *value.List:
		return len(x.Elems), "items", true
	}
	return 0, "", false
}

// inOrder reports whether a is at most b. Both are of one type; a timestamp
// without a zone counts as UTC beside one that has a zone.
func inOrder(a, b value.Value) bool {
	x, isTime := a.(*pylib.DateTime)
	y, too := b.(*pylib.DateTime)
	if isTime && too {
		s, _ := x.GoTime()
		t, _ := y.GoTime()
		return !s.After(t)
	}
	r, err := value.Compare(value.OpLe, a, b)
	return err == nil && r
}

// hide keeps the value of a hidden parameter out of an error.
func (p *Param) hide(err error) error {
	if err == nil || !p.Hidden() {
		return err
	}
	return errors.New("the value is not one that it takes (it is a secret, and not shown)")
}
