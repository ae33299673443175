package semantic

import (
	"slices"

	"dex/internal/manifest"
)

// Severity says how bad an issue is.
type Severity uint8

// The severities.
const (
	Broken     Severity = iota // the project is refused
	Deprecated                 // it will be
	Doubtful                   // a warning
)

// Issue is what a rule finds.
type Issue struct {
	Severity Severity
	Message  string         // dbt's words
	Node     *manifest.Node // where it was found; nil where that is no single node
}

// SpineFault says that a project with semantic models lacks a time spine by days or
// less; "" where all is well.
func (d *Document) SpineFault() string {
	if len(d.Models) == 0 || d.Legacy != nil {
		return ""
	}
	for _, s := range d.spines() {
		if grainSize(s.grain) <= grainSize("day") {
			return ""
		}
	}
	return "The semantic layer requires a time spine model with granularity DAY or smaller in the project, but none was found. " +
		"Guidance on creating this model can be found on our docs site (https://docs.getdbt.com/docs/build/metricflow-time-spine)."
}

// grainSize orders granularities, the smallest first.
func grainSize(name string) int { return slices.Index(granularities, name) }

// checker gathers issues while the rules go over a document.
type checker struct {
	doc    *Document
	issues []Issue
	custom []string // names of custom granularities
}

func (c *checker) add(s Severity, n *manifest.Node, message string) {
	c.issues = append(c.issues, Issue{s, message, n})
}

func (c *checker) broken(n *manifest.Node, message string)   { c.add(Broken, n, message) }
func (c *checker) doubtful(n *manifest.Node, message string) { c.add(Doubtful, n, message) }

// rules are those that dbt asks MetricFlow to hold a project against, in its order.
var rules = []func(*checker){
	(*checker).percentiles,
	(*checker).derivedMetrics,
	(*checker).countExpressions,
	(*checker).uniqueMeasures,
	(*checker).validityWindows,
	(*checker).dimensionConsistency,
	(*checker).elementConsistency,
	(*checker).naturalEntities,
	(*checker).measureAliases,
	(*checker).metricMeasures,
	(*checker).cumulativeMetrics,
	(*checker).names,
	(*checker).aggregationTimes,
	(*checker).reservedWords,
	(*checker).nonAdditiveDimensions,
	(*checker).defaults,
	(*checker).primaryEntities,
	(*checker).dimensionPairs,
	(*checker).filters,
	(*checker).savedQueries,
	(*checker).metricLabels,
	(*checker).modelLabels,
	(*checker).entityLabels,
	(*checker).conversionMetrics,
	(*checker).timeSpines,
	(*checker).timeGranularities,
	(*checker).simpleExpressions,
}

// Flags are dbt's flags that say what of the past is refused, or no longer told.
type Flags struct {
	NestedCumulative bool // require_nested_cumulative_type_params
	DeclaredSpines   bool // require_yaml_configuration_for_mf_time_spines
}

// Validate holds a document against the rules.
func Validate(d *Document, flags Flags) []Issue {
	c := &checker{doc: d, custom: d.customGrains()}
	for _, rule := range rules {
		rule(c)
	}
	c.formerWindows(flags.NestedCumulative)
	if !flags.DeclaredSpines {
		c.undeclaredSpine()
	}
	return c.issues
}

// failed is the issue of a rule that could not be held.
func (c *checker) failed(n *manifest.Node, doing string, err error) {
	c.broken(n, "An error occurred while "+doing+" - "+err.Error())
}
