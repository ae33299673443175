package render

import (
	"maps"
	"slices"
)

// Names lists the names that templates see beside macros.
func Names() []string { return slices.Sorted(maps.Keys(names)) }

// DatabaseMethods lists the methods of `adapter` that every database has.
func DatabaseMethods() []string { return slices.Sorted(maps.Keys(databaseMethods)) }
