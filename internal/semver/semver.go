// Package semver is versions and conditions on them as dbt has them: in
// require-dbt-version, in versions of packages on the hub. dbt's order is not
// quite that of semver.org, and which package is installed hangs on it.
//
// A condition is a Spec, a version is the Spec without an operator. Begin with
// Parse and Reduce.
package semver

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Spec is a condition such as >=1.5.0. The zero Spec is no bound at all.
type Spec struct {
	op         string // "" is no bound
	number     [3]int
	pre, build string
}

var pattern = regexp.MustCompile(`^(>=|>|<=|<|=)?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(?:-?((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
	`(?:\+([0-9A-Za-z-]*(?:\.[0-9A-Za-z-]*)*))?$`)

// Parse reads a condition; without an operator it is "=". The error is in dbt's
// words.
func Parse(text string) (Spec, error) {
	m := pattern.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
	if m == nil {
		return Spec{}, fmt.Errorf("%q is not a valid semantic version.", text) //nolint:staticcheck // dbt's words
	}
	s := Spec{op: cmp.Or(m[1], "="), pre: m[5], build: m[6]}
	for i := range s.number {
		n, err := strconv.Atoi(m[2+i])
		if err != nil {
			return Spec{}, fmt.Errorf("%q is not a valid semantic version.", text) //nolint:staticcheck // dbt's words
		}
		s.number[i] = n
	}
	return s, nil
}

// ParseAll reads conditions, up to the first that is none.
func ParseAll(texts []string) ([]Spec, error) {
	out := make([]Spec, 0, len(texts))
	for _, t := range texts {
		s, err := Parse(t)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// String gives the condition with its operator, "*" for no bound.
func (s Spec) String() string {
	if s.op == "" {
		return "*"
	}
	return s.op + s.Version()
}

// Version gives the version alone.
func (s Spec) Version() string {
	out := fmt.Sprintf("%d.%d.%d", s.number[0], s.number[1], s.number[2])
	if s.pre != "" {
		out += "-" + s.pre
	}
	if s.build != "" {
		out += "+" + s.build
	}
	return out
}

// Prerelease reports whether the version is one before a release.
func (s Spec) Prerelease() bool { return s.pre != "" }

func (s Spec) unbounded() bool { return s.op == "" }
func (s Spec) exact() bool     { return s.op == "=" }
func (s Spec) lower() bool     { return s.op == ">" || s.op == ">=" }
func (s Spec) upper() bool     { return s.op == "<" || s.op == "<=" }

// Compare orders versions, and bounds at the same version: -1, 0 or 1. Against
// no bound it is 0. dbt: VersionSpecifier.compare, with what it makes of
// operators: a bound "<1.0.0" comes before 1.0.0-rc1.
func (s Spec) Compare(o Spec) int {
	if s.unbounded() || o.unbounded() {
		return 0
	}
	for i := range s.number {
		if c := cmp.Compare(s.number[i], o.number[i]); c != 0 {
			return c
		}
	}
	switch {
	case s.pre == o.pre:
	case s.pre == "":
		if s.op == "<" {
			return -1
		}
		return 1
	case o.pre == "":
		return -1
	default:
		if c := comparePre(s.pre, o.pre); c != 0 {
			return c
		}
	}
	return compareBounds(s, o)
}

// compareBounds orders conditions on the same version.
func compareBounds(s, o Spec) int {
	switch {
	case s.op == ">=" && o.op == "<=", s.op == "<=" && o.op == ">=":
		return 0
	case s.op == "<" && o.op == "<=", o.op == ">" && s.op == ">=", s.upper() && o.lower():
		return -1
	case o.op == "<" && s.op == "<=", s.op == ">" && o.op == ">=", s.lower() && o.upper():
		return 1
	}
	return 0
}

// comparePre orders what follows the dash: part by part, numbers before words,
// then by length of the text.
func comparePre(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		n, errN := strconv.Atoi(x[i])
		m, errM := strconv.Atoi(y[i])
		c := 0
		switch {
		case errN == nil && errM == nil:
			c = cmp.Compare(n, m)
		case errN == nil:
			c = -1
		case errM == nil:
			c = 1
		default:
			c = strings.Compare(x[i], y[i])
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}
