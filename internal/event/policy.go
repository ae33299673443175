package event

import (
	"slices"
	"strings"
)

// Policy says what becomes of warnings: --warn-error and --warn-error-options.
// The zero Policy shows them all. dbt: WarnErrorOptionsV2.
type Policy struct {
	// All makes every warning a fault, whatever the rest says: --warn-error.
	All bool
	// ErrorAll makes those a fault that Warn and Silence do not name.
	ErrorAll bool
	// Error, Warn and Silence name events; "Deprecations" is all of them.
	Error, Warn, Silence []string
}

// Verdict is what becomes of one warning.
type Verdict uint8

// The verdicts.
const (
	Shown Verdict = iota
	Fault
	Silent
)

// deprecations names the events of deprecations in a Policy.
const deprecations = "Deprecations"

// IsDeprecation reports whether a code is one of a deprecation.
func IsDeprecation(code string) bool { return strings.HasPrefix(code, "D") }

// Of gives the verdict on an event. A name counts before the group, the group
// before all; silence before warn before error.
func (p *Policy) Of(name, code string) Verdict {
	group := func(list []string) bool { return IsDeprecation(code) && slices.Contains(list, deprecations) }
	named := slices.Contains(p.Warn, name) || slices.Contains(p.Silence, name)
	elsewhere := named || group(p.Warn) || group(p.Silence)
	switch {
	case p.All, slices.Contains(p.Error, name) && !named, (group(p.Error) || p.ErrorAll) && !elsewhere:
		return Fault
	case slices.Contains(p.Silence, name), group(p.Silence) && !slices.Contains(p.Error, name) && !slices.Contains(p.Warn, name):
		return Silent
	}
	return Shown
}

// Faults reports whether a warning of that name is to be a fault.
func (p *Policy) Faults(name string) bool { return p.Of(name, "") == Fault }
