package jinja

import "dex/internal/jinja/value"

// FilterFunc is a filter: args[0] is the filtered value, the rest are the
// arguments written behind the filter's name. args belongs to the caller.
type FilterFunc func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error)

// TestFunc is a test: args[0] is the tested value.
type TestFunc func(t *value.Thread, args []value.Value, kw []value.Arg) (bool, error)

var (
	allFilters = map[string]FilterFunc{}
	allTests   = map[string]TestFunc{}
)

// The tables are merged here and not by composite literals, since filters such
// as map look filters up themselves: that would be an initialization cycle.
func init() {
	for _, table := range []map[string]FilterFunc{
		filtersText, filtersNumber, filtersSequence, filtersOrder, filtersSelect,
		filtersMapping, filtersHTML, filtersWrap, filtersObject, filtersDbt, filtersGuard,
	} {
		for name, f := range table {
			allFilters[name] = guardedFilter(name, f)
		}
	}
	for _, table := range []map[string]TestFunc{testsType, testsCompare, testsNumber, testsName} {
		for name, f := range table {
			allTests[name] = guardedTest(f)
		}
	}
}

func lookupFilter(name string) (FilterFunc, bool) {
	f, ok := allFilters[name]
	return f, ok
}

func lookupTest(name string) (TestFunc, bool) {
	f, ok := allTests[name]
	return f, ok
}
