package event

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// namesText are the names of dbt's events, those that dex does not send
// included: any of them may stand in --warn-error-options.
//
//go:embed names.txt
var namesText string

// laterText are names that dbt's second engine has alone: taken, and of no use.
//
//go:embed names_v2.txt
var laterText string

var later = sync.OnceValue(func() []string { return strings.Fields(laterText) })

var names = sync.OnceValue(func() []string { return strings.Fields(namesText) })

// IsName reports whether an event of that name is one of dbt's; "Deprecations"
// is the name of a group.
func IsName(name string) bool {
	_, ok := slices.BinarySearch(names(), name)
	return ok || name == deprecations
}

// IsLaterName reports whether only dbt's second engine has an event of that name.
func IsLaterName(name string) bool {
	_, ok := slices.BinarySearch(later(), name)
	return ok
}
