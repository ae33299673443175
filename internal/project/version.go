package project

import (
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/semver"
)

// requirements lists require-dbt-version; empty where it is not set.
func (b *builder) requirements() []string {
	v, _ := b.d.GetStr("require-dbt-version")
	switch x := v.(type) {
	case value.Str:
		return strings.Split(string(x), ",")
	case *value.List:
		return texts(x)
	}
	return nil
}

// checkVersion holds require-dbt-version against the version that dex stands
// for. dbt: the conditions must be well-formed even under --no-version-check.
func (b *builder) checkVersion() {
	fault := func(summary string) {
		b.faults.Add(b.doc.Fault(b.doc.ValuePos(b.raw, "require-dbt-version"), diag.Runtime, "version-mismatch", summary))
	}
	specs, err := semver.ParseAll(b.requirements())
	if err != nil {
		fault(err.Error())
		return
	}
	if b.o.Version == "" || len(specs) == 0 {
		return
	}
	name, list := b.text("name", ""), semver.List(specs)
	const advice = "Check for a different version of the '%s' package, or run dbt again with --no-version-check"
	if !semver.Compatible(specs...) {
		fault(fmt.Sprintf("The package version requirement can never be satisfied for the '%s\npackage.\n  Required versions of dbt for '%s': %s\n"+advice, name, name, list, name))
		return
	}
	installed, err := semver.Parse(b.o.Version)
	if err != nil {
		panic("project: the version of dbt that dex stands for: " + err.Error())
	}
	if !semver.Compatible(append([]semver.Spec{installed}, specs...)...) {
		fault(fmt.Sprintf("This version of dbt is not supported with the '%s' package.\n  Installed version of dbt: %s\n  Required version of dbt for '%s': %s\n"+advice, name, installed, name, list, name))
	}
}
