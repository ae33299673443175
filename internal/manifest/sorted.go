package manifest

import (
	"maps"
	"slices"
)

// SortedIDs lists the IDs of a table in order, so that what is made of it does
// not depend on chance.
func SortedIDs[T any](table map[ID]T) []ID { return slices.Sorted(maps.Keys(table)) }
