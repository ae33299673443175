package project

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// versionSpec is one condition of require-dbt-version, such as >=1.5.0.
type versionSpec struct {
	op     string
	number [3]int
	pre    string // prerelease, as in 1.5.0-rc1
	text   string
}

var versionSpecPattern = regexp.MustCompile(`^(>=|>|<|<=|=)?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-?((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(\+[0-9A-Za-z.-]*)?$`)

func parseVersionSpec(s string) (versionSpec, error) {
	m := versionSpecPattern.FindStringSubmatch(s)
	if m == nil {
		return versionSpec{}, fmt.Errorf("%q is not a valid semantic version.", s) //nolint:staticcheck // dbt's words
	}
	spec := versionSpec{op: m[1], pre: m[6]}
	if spec.op == "" {
		spec.op = "="
	}
	for i := range spec.number {
		n, err := strconv.Atoi(m[2+i])
		if err != nil {
			return versionSpec{}, fmt.Errorf("%q is not a valid semantic version.", s) //nolint:staticcheck // dbt's words
		}
		spec.number[i] = n
	}
	pre := ""
	if spec.pre != "" {
		pre = "-" + spec.pre
	}
	spec.text = fmt.Sprintf("%s%d.%d.%d%s%s", spec.op, spec.number[0], spec.number[1], spec.number[2], pre, m[7])
	return spec, nil
}

// compare orders two versions; a prerelease comes before its release.
func (v versionSpec) compare(w versionSpec) int {
	for i := range v.number {
		if d := v.number[i] - w.number[i]; d != 0 {
			return d
		}
	}
	switch {
	case v.pre == w.pre:
		return 0
	case v.pre == "":
		return 1
	case w.pre == "":
		return -1
	}
	return strings.Compare(v.pre, w.pre)
}

// admits reports whether a version meets the condition.
func (v versionSpec) admits(version versionSpec) bool {
	c := version.compare(v)
	switch v.op {
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	}
	return c == 0
}

// satisfiable reports whether any version can meet all conditions: each pair of
// a lower and an upper bound must leave room.
func satisfiable(specs []versionSpec) bool {
	for _, low := range specs {
		if low.op[0] == '<' {
			continue
		}
		for _, high := range specs {
			if high.op[0] == '>' {
				continue
			}
			c := low.compare(high)
			if c > 0 || c == 0 && (low.op == ">" || high.op == "<") {
				return false
			}
		}
	}
	return true
}

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
// for.
func (b *builder) checkVersion() {
	fault := func(summary string) {
		b.faults.Add(b.doc.Fault(b.doc.ValuePos(b.raw, "require-dbt-version"), diag.Runtime, "version-mismatch", summary))
	}
	var specs []versionSpec
	var shown []string
	for _, text := range b.requirements() {
		spec, err := parseVersionSpec(text)
		if err != nil {
			fault(err.Error())
			return
		}
		specs = append(specs, spec)
		shown = append(shown, "'"+spec.text+"'")
	}
	if b.o.Version == "" || len(specs) == 0 {
		return
	}
	name, list := b.text("name", ""), "["+strings.Join(shown, ", ")+"]"
	const advice = "Check for a different version of the '%s' package, or run dbt again with --no-version-check"
	if !satisfiable(specs) {
		fault(fmt.Sprintf("The package version requirement can never be satisfied for the '%s\npackage.\n  Required versions of dbt for '%s': %s\n"+advice, name, name, list, name))
		return
	}
	installed, err := parseVersionSpec(b.o.Version)
	if err != nil {
		panic("project: the version of dbt that dex stands for: " + err.Error())
	}
	for _, spec := range specs {
		if !spec.admits(installed) {
			fault(fmt.Sprintf("This version of dbt is not supported with the '%s' package.\n  Installed version of dbt: %s\n  Required version of dbt for '%s': %s\n"+advice, name, installed.text, name, list, name))
			return
		}
	}
}
