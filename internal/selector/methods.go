package selector

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// methods are the ways to select that need nothing but the manifest.
var methods map[string]func(*query) error

// outside are those that compare with what an earlier invocation left behind;
// Options.History answers them.
var outside = []string{"state", "result", "source_status"}

func init() { // the table refers to functions that refer to it
	methods = map[string]func(*query) error{
		"fqn":            selectFQN,
		"tag":            selectTag,
		"group":          selectGroup,
		"access":         selectAccess,
		"source":         selectSource,
		"path":           selectPath,
		"file":           selectFile,
		"package":        selectPackage,
		"config":         selectConfig,
		"test_name":      selectTestName,
		"test_type":      selectTestType,
		"resource_type":  selectResourceType,
		"exposure":       named(manifest.KindExposure, "exposure", "Exposures must be of the form ${exposure_name} or ${exposure_package.exposure_name}"),
		"metric":         named(manifest.KindMetric, "metric", "Metrics must be of the form ${metric_name} or ${metric_package.metric_name}"),
		"semantic_model": named(manifest.KindSemanticModel, "semantic model", "Semantic models must be of the form ${semantic_model_name} or ${semantic_model_package.semantic_model_name}"),
		"saved_query":    named(manifest.KindSavedQuery, "saved query", "Saved queries must be of the form ${saved_query_name} or ${saved_query_package.saved_query_name}"),
		"unit_test":      named(manifest.KindUnitTest, "unit test", "Unit tests must be of the form ${unit_test_name} or ${unit_test_package_name.unit_test_name}"),
		"operation":      named(manifest.KindScript, "operation", "Operations must be of the form ${operation_name} or ${operation_package.operation_name}"),
		"version":        selectVersion,
		"selector":       selectSelector,
	}
}

func methodNames() string {
	names := append(slices.Collect(maps.Keys(methods)), outside...)
	names = slices.DeleteFunc(names, func(n string) bool { return n == "operation" }) // dbt's list
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func anyNode(*manifest.Node) bool { return true }

// parsed reports whether n stands in the manifest's `nodes`.
func parsed(n *manifest.Node) bool {
	switch n.Kind {
	case manifest.KindSource, manifest.KindExposure, manifest.KindUnitTest, manifest.KindMetric,
		manifest.KindSemanticModel, manifest.KindSavedQuery, manifest.KindFunction:
		return false
	}
	return true
}

func isKind(k manifest.Kind) func(*manifest.Node) bool {
	return func(n *manifest.Node) bool { return n.Kind == k }
}

func selectTag(q *query) error {
	want := value.ToStr(q.c.Value)
	q.each(anyNode, func(n *manifest.Node) bool {
		return slices.ContainsFunc(tags(n), func(t string) bool { return match(want, t) })
	})
	return nil
}

// tags are a node's own; a unit test keeps them in its config alone.
func tags(n *manifest.Node) []string {
	if n.Tags != nil {
		return n.Tags
	}
	v, _ := n.Config.Get("tags")
	switch v := v.(type) {
	case value.Str:
		return []string{string(v)}
	case *value.List:
		list := make([]string, len(v.Elems))
		for i, e := range v.Elems {
			list[i] = value.ToStr(e)
		}
		return list
	}
	return nil
}

// selectGroup goes by the config, not by the group that a test has from its
// model.
func selectGroup(q *query) error {
	want := value.ToStr(q.c.Value)
	grouped := func(n *manifest.Node) bool { return parsed(n) || n.Kind == manifest.KindMetric }
	q.each(grouped, func(n *manifest.Node) bool {
		g := n.Config.Str("group")
		return g != "" && match(want, g)
	})
	return nil
}

func selectAccess(q *query) error {
	want := value.ToStr(q.c.Value)
	q.each(isKind(manifest.KindModel), func(n *manifest.Node) bool { return n.Access == want })
	return nil
}

func selectSource(q *query) error {
	parts := strings.Split(value.ToStr(q.c.Value), ".")
	pkg, source, table := "*", "", "*"
	switch len(parts) {
	case 1:
		source = parts[0]
	case 2:
		source, table = parts[0], parts[1]
	case 3:
		pkg, source, table = parts[0], parts[1], parts[2]
	default:
		return errorf(`Invalid source selector value "%s". Sources must be of the form `+"`${source_name}`, "+
			"`${source_name}.${target_name}`, or `${package_name}.${source_name}.${target_name}", value.ToStr(q.c.Value))
	}
	q.each(isKind(manifest.KindSource), func(n *manifest.Node) bool {
		return match(pkg, n.Package) && match(source, n.Source.SourceName) && match(table, n.Name)
	})
	return nil
}

// named makes the method of a kind whose nodes are called [package.]name.
func named(k manifest.Kind, what, form string) func(*query) error {
	return func(q *query) error {
		parts := strings.Split(value.ToStr(q.c.Value), ".")
		pkg, want := "*", parts[0]
		switch len(parts) {
		case 1:
		case 2:
			pkg, want = parts[0], parts[1]
		default:
			return errorf(`Invalid %s selector value "%s". %s`, what, value.ToStr(q.c.Value), form)
		}
		q.each(isKind(k), func(n *manifest.Node) bool { return match(pkg, n.Package) && match(want, n.Name) })
		return nil
	}
}

// selectFile matches a file's name with or without its extension.
func selectFile(q *query) error {
	want := value.ToStr(q.c.Value)
	q.each(anyNode, func(n *manifest.Node) bool {
		base := path.Base(n.OriginalFilePath)
		return match(want, base) || match(want, stem(base))
	})
	return nil
}

// stem is a file's name without its last extension; ".x" has none.
func stem(base string) string {
	if i := strings.LastIndexByte(base, '.'); i > 0 && i < len(base)-1 {
		return base[:i]
	}
	return base
}

func selectPackage(q *query) error {
	want := value.ToStr(q.c.Value)
	if want == "this" {
		want = q.s.m.Project
	}
	q.each(anyNode, func(n *manifest.Node) bool { return match(want, n.Package) })
	return nil
}

func selectTestName(q *query) error {
	want := value.ToStr(q.c.Value)
	q.each((*manifest.Node).IsTest, func(n *manifest.Node) bool {
		if n.Kind == manifest.KindUnitTest {
			return match(want, n.Name)
		}
		return n.Test != nil && n.Test.Generic && match(want, n.Test.Name)
	})
	return nil
}

func selectTestType(q *query) error {
	want := value.ToStr(q.c.Value)
	var generic, singular, unit bool
	switch {
	case want == "generic", want == "schema":
		generic = true
	// dbt: any part of these words will do, the empty one too.
	case strings.Contains("data", want):
		generic, singular = true, true
	case strings.Contains("singular", want):
		singular = true
	case strings.Contains("unit", want):
		unit = true
	default:
		return errorf(`Invalid test type selector %s: expected "generic", "singular", "unit", or "data"`, want)
	}
	q.each((*manifest.Node).IsTest, func(n *manifest.Node) bool {
		switch {
		case n.Kind == manifest.KindUnitTest:
			return unit
		case n.Test != nil && n.Test.Generic:
			return generic
		}
		return singular
	})
	return nil
}

// resourceTypes are the words that dbt has for kinds of resource.
var resourceTypes = []string{"model", "analysis", "test", "snapshot", "operation", "seed", "rpc", "sql_operation", "doc", "source",
	"macro", "exposure", "metric", "group", "saved_query", "semantic_model", "unit_test", "fixture", "function"}

func selectResourceType(q *query) error {
	want := value.ToStr(q.c.Value)
	if !slices.Contains(resourceTypes, want) {
		return errorf(`Invalid resource_type selector "%s"`, want)
	}
	kind := isKind(manifest.Kind(want))
	if want == string(manifest.KindOperation) {
		// To dbt these are on-run hooks alone; what dex calls so is selected with them.
		kind = func(n *manifest.Node) bool { return n.Kind == manifest.KindOperation || n.Kind == manifest.KindScript }
	}
	q.each(kind, anyNode)
	return nil
}

func selectVersion(q *query) error {
	var test func(*manifest.Node) bool
	switch want := value.ToStr(q.c.Value); want {
	case "latest":
		test = (*manifest.Node).Latest
	case "prerelease":
		test = func(n *manifest.Node) bool { return hasVersions(n) && versionLess(n.LatestVersion, n.Version) }
	case "old":
		test = func(n *manifest.Node) bool { return hasVersions(n) && versionLess(n.Version, n.LatestVersion) }
	case "none":
		test = func(n *manifest.Node) bool { return !n.Versioned() }
	default:
		return errorf(`Invalid version type selector %s: expected one of: "latest", "prerelease", "old", or "none"`, want)
	}
	q.each(isKind(manifest.KindModel), test)
	return nil
}

func hasVersions(n *manifest.Node) bool {
	return n.Version != nil && n.LatestVersion != nil && n.Version.Truth() && n.LatestVersion.Truth()
}

// versionLess compares versions as numbers where both are, else as texts.
func versionLess(a, b value.Value) bool {
	x, y := value.ToStr(a), value.ToStr(b)
	f, errA := strconv.ParseFloat(x, 64)
	g, errB := strconv.ParseFloat(y, 64)
	if errA == nil && errB == nil {
		return f < g
	}
	return x < y
}
