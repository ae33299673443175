package semver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Range is what several conditions leave over. The zero Range admits anything.
type Range struct {
	Start, End Spec
}

// String gives dbt's text of a range: its bounds, "ANY" where there are none.
func (r Range) String() string {
	var parts []string
	for _, s := range []Spec{r.Start, r.End} {
		if !s.unbounded() {
			parts = append(parts, s.String())
		}
	}
	if parts == nil {
		return "ANY"
	}
	return strings.Join(parts, ", ")
}

var errIncompatible = errors.New("versions are not compatible")

// Reduce gives the range in which all conditions hold. The error, in dbt's
// words, says that there is none.
func Reduce(specs ...Spec) (Range, error) {
	var bounds []Spec
	for _, s := range specs {
		if !s.unbounded() {
			bounds = append(bounds, s)
		}
	}
	if len(bounds) == 0 {
		return Range{}, nil
	}
	// dbt begins with the last: the outcome may depend on the order.
	out, err := bounds[len(bounds)-1].toRange(), error(nil)
	for _, s := range bounds[:len(bounds)-1] {
		if out, err = out.reduce(s.toRange()); err != nil {
			return Range{}, fmt.Errorf("Could not find a satisfactory version from options: %s", List(specs)) //nolint:staticcheck // dbt's words
		}
	}
	return out, nil
}

// List shows conditions as dbt does: ['>=1.0.0', '<2.0.0'].
func List(specs []Spec) string {
	texts := make([]string, len(specs))
	for i, s := range specs {
		texts[i] = "'" + s.String() + "'"
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// Compatible reports whether all conditions can hold together.
func Compatible(specs ...Spec) bool {
	if len(specs) == 1 {
		return true
	}
	_, err := Reduce(specs...)
	return err == nil
}

// Admits reports whether a version lies in the range.
func (r Range) Admits(version Spec) bool { return Compatible(version, r.Start, r.End) }

// Latest is the highest of the versions that the range admits, as written; ""
// where it admits none.
func (r Range) Latest(versions []string) (string, error) {
	var best Spec
	text := ""
	for _, v := range versions {
		s, err := Parse(v)
		if err != nil {
			return "", err
		}
		if r.Admits(s) && (text == "" || best.Compare(s) < 0) {
			best, text = s, v
		}
	}
	return text, nil
}

// Installable sorts versions, lowest first, without prereleases unless they are
// asked for.
func Installable(versions []string, prereleases bool) ([]string, error) {
	type version struct {
		spec Spec
		text string
	}
	var kept []version
	for _, text := range versions {
		s, err := Parse(text)
		if err != nil {
			return nil, err
		}
		if prereleases || !s.Prerelease() {
			kept = append(kept, version{s, text})
		}
	}
	slices.SortStableFunc(kept, func(a, b version) int { return a.spec.Compare(b.spec) })
	out := make([]string, len(kept))
	for i, v := range kept {
		out[i] = v.text
	}
	return out, nil
}

func (s Spec) toRange() Range {
	switch {
	case s.exact():
		return Range{s, s}
	case s.lower():
		return Range{Start: s}
	}
	return Range{End: s}
}

func (r Range) reduce(o Range) (Range, error) {
	var out Range
	var err error
	if r.Start.exact() && o.Start.exact() {
		if r.Start.Compare(o.Start) != 0 {
			return out, errIncompatible
		}
		out = Range{r.Start, r.Start}
	} else {
		if out.Start, err = combine(r.Start, o.Start, -1, ">="); err != nil {
			return out, err
		}
		if out.End, err = combine(r.End, o.End, 1, "<="); err != nil {
			return out, err
		}
	}
	if out.Start.Compare(out.End) > 0 {
		return out, errIncompatible
	}
	return out, nil
}

// combine gives the narrower of two lower bounds (side -1) or upper bounds (side
// 1). An exact version must lie within the other bound; including is the
// operator with which it may lie on it.
func combine(a, b Spec, side int, including string) (Spec, error) {
	switch {
	case b.unbounded():
		return a, nil
	case a.unbounded():
		return b, nil
	case !a.exact() && !b.exact():
		if a.Compare(b) == side {
			return b, nil
		}
		return a, nil
	case a.exact():
		a, b = b, a
	}
	if c := a.Compare(b); c == side || c == 0 && a.op == including {
		return b, nil
	}
	return Spec{}, errIncompatible
}
