package parse

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// check holds the whole manifest against dbt's rules.
func (p *parser) check() {
	nodes := p.sortedNodes()
	for _, check := range []func([]*manifest.Node){
		p.inferKeys, p.checkGroups, p.checkAccess, p.checkSnapshots, p.checkMicrobatch, p.checkBatchInputs, p.checkSpaces, p.checkNames, p.checkFunctions,
		p.checkDeprecations, p.checkMicrobatchMacro, p.checkConcurrentBatches, p.checkConfigPaths, p.checkProjectKeys, p.validateSemantics,
	} {
		check(nodes)
	}
}

func (p *parser) sortedNodes() []*manifest.Node {
	out := make([]*manifest.Node, 0, len(p.m.Nodes))
	for _, id := range manifest.SortedIDs(p.m.Nodes) {
		out = append(out, p.m.Nodes[id])
	}
	return out
}

// inferKeys finds each model's primary key: a constraint, or columns whose tests
// say so. dbt: infer_primary_key.
func (p *parser) inferKeys(nodes []*manifest.Node) {
	tests := map[manifest.ID][]*manifest.Node{}
	add := func(n *manifest.Node) {
		if n.Test != nil && n.Test.Generic && n.Test.Attached != "" {
			tests[n.Test.Attached] = append(tests[n.Test.Attached], n)
		}
	}
	for _, n := range nodes {
		add(n)
	}
	for _, list := range p.m.Disabled {
		for _, n := range list {
			add(n)
		}
	}
	for _, n := range nodes {
		if n.Kind == manifest.KindModel {
			n.PrimaryKey = sortedUnique(primaryKey(n, tests[n.ID]))
		}
	}
}

func primaryKey(n *manifest.Node, tests []*manifest.Node) []string {
	for _, k := range n.Constraints {
		if d := k.(*value.Dict); text(d, "type") == "primary_key" {
			cols, _ := d.GetStr("columns")
			return textList(cols)
		}
	}
	for _, c := range n.Columns() {
		for _, k := range c.Constraints {
			if text(k.(*value.Dict), "type") == "primary_key" {
				return []string{c.Name}
			}
		}
	}
	var unique, off, notNull []string
	for _, t := range tests {
		cols := keyColumns(t.Test.Kwargs)
		switch t.Test.Name {
		case "unique", "unique_combination_of_columns":
			if t.Config.Enabled() {
				unique = append(unique, cols...)
			} else {
				off = append(off, cols...)
			}
		case "not_null":
			notNull = append(notNull, cols...)
		}
	}
	var both []string
	for _, c := range notNull {
		if slices.Contains(unique, c) || slices.Contains(off, c) {
			both = append(both, c)
		}
	}
	switch {
	case len(both) > 0:
		return both
	case len(unique) > 0:
		return unique
	}
	return off
}

// keyColumns are the columns that a test is about.
func keyColumns(kwargs *value.Dict) []string {
	if v, ok := kwargs.GetStr("column_name"); ok {
		if s, ok := v.(value.Str); ok {
			return []string{string(s)}
		}
	}
	v, _ := kwargs.GetStr("combination_of_columns")
	if l, ok := v.(*value.List); ok {
		return textList(l)
	}
	return nil
}

func (p *parser) checkGroups(nodes []*manifest.Node) {
	names := make([]string, 0, len(p.m.Groups))
	for _, g := range p.m.Groups {
		names = append(names, g.Name)
	}
	names = sortedUnique(names)
	for _, n := range append(p.enabledSemantics(), nodes...) {
		if n.Group != "" && !slices.Contains(names, n.Group) {
			p.report(p.draftOf(n).configured(nodeFault(n, diag.Parsing, "group-unknown",
				"Invalid group '"+n.Group+"', expected one of "+value.Repr(texts(names)))))
		}
	}
}

func (p *parser) checkAccess(nodes []*manifest.Node) {
	for _, n := range nodes {
		if n.Kind == manifest.KindModel && n.Access == "public" && n.Ephemeral() {
			p.report(p.draftOf(n).configured(nodeFault(n, diag.Parsing, "access-invalid",
				"Node "+string(n.ID)+" with 'ephemeral' materialization has an invalid value (public) for the access field")))
		}
	}
}

func (p *parser) checkSnapshots(nodes []*manifest.Node) {
	for _, n := range nodes {
		if n.Kind != manifest.KindSnapshot {
			continue
		}
		if why := snapshotFault(&n.Config); why != "" {
			p.report(p.draftOf(n).configured(nodeFault(n, "", "snapshot-invalid", why))) // dbt gives no heading here
		}
		if err := checkMaterialized(&n.Config, "snapshot"); err != nil {
			class, words := configWords(err, false)
			p.report(p.draftOf(n).configured(nodeFault(n, class, "snapshot-invalid", words)))
		}
	}
}

// checkSpaces refuses names with blanks.
func (p *parser) checkSpaces(nodes []*manifest.Node) {
	var named []*manifest.Node
	for _, n := range nodes {
		if strings.Contains(n.Name, " ") {
			named = append(named, n)
		}
	}
	p.spaces(named, func(n *manifest.Node) string { return string(n.ID) }, p.flag("require_resource_names_without_spaces", true), "model(s)")
	var sources []*manifest.Node
	seen := map[string]bool{}
	for _, n := range p.m.Sources {
		if name := n.Package + "." + n.Source.SourceName; strings.Contains(n.Source.SourceName, " ") && !seen[name] {
			seen[name] = true
			sources = append(sources, n)
		}
	}
	slices.SortFunc(sources, func(a, b *manifest.Node) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, n := range p.enabledSemantics() {
		if n.Kind == manifest.KindSemanticModel && strings.Contains(n.Name, " ") {
			sources = append(sources, n)
		}
	}
	p.spaces(sources, func(n *manifest.Node) string {
		if n.Source == nil {
			return string(n.ID)
		}
		return "source." + n.Package + "." + n.Source.SourceName
	},
		p.flag("require_source_and_semantic_model_names_without_spaces", false), "resource(s)")
}

// spaces reports names with blanks: as faults, or as a warning about their number
// beside one about each, of which all but the first are shown with --debug alone.
func (p *parser) spaces(named []*manifest.Node, id func(*manifest.Node) string, fault bool, what string) {
	if len(named) == 0 {
		return
	}
	if fault {
		for _, n := range named {
			f := nodeFault(n, diag.Runtime, "name-blank", "Resource names cannot contain spaces:\n  * '"+id(n)+"' ("+n.OriginalFilePath+
				")\nPlease rename the invalid "+what+" so that their name(s) do not contain any spaces.")
			f.Where = ""
			p.report(f)
		}
		return
	}
	code := "name-blank-of"
	for _, n := range named {
		p.report(warning(n.Pos, code, "Found spaces in the name of `"+id(n)+"`"))
		code = "name-blank-more"
	}
	p.report(warning(diag.Pos{}, "name-blank", "Spaces found in "+strconv.Itoa(len(named))+
		" resource name(s). This is deprecated, and may lead to errors when using dbt."))
}

// checkNames refuses two nodes for one relation, and a versioned model beside an
// unversioned one of its name.
func (p *parser) checkNames(nodes []*manifest.Node) {
	relations := map[string]*manifest.Node{}
	type name struct{ pkg, name string }
	versioned, plain := map[name]*manifest.Node{}, map[name]*manifest.Node{}
	for _, n := range nodes {
		if !relational(n) {
			continue
		}
		key := name{n.Package, n.Name}
		if n.Versioned() {
			versioned[key] = n
		} else {
			if first := plain[key]; first != nil {
				f := warning(n.Pos, "duplicate-name", duplicateName(n, first))
				if p.flag("require_unique_project_resource_names", false) {
					f.Severity, f.Class = diag.Error, diag.Compilation
				}
				p.report(f)
			}
			plain[key] = n
		}
		full := n.RelationName
		if full == "" {
			full = p.inv.RelationName(n)
		}
		if first := relations[full]; first != nil {
			f := nodeFault(n, diag.Compilation, "duplicate-relation", ambiguousRelation(full, first, n))
			f.Where = ""
			p.report(p.draftOf(n).configured(f))
			continue
		}
		relations[full] = n
	}
	for key, v := range versioned {
		if u := plain[key]; u != nil {
			p.report(mixedVersions(v, u))
		}
	}
}

func ambiguousRelation(full string, a, b *manifest.Node) string {
	return `dbt found two resources with the database representation "` + full + "\".\ndbt " +
		"cannot create two resources with identical database representations. To fix this,\n" +
		"change the configuration of one of these resources:\n- " + string(a.ID) + " (" + a.OriginalFilePath + ")\n- " +
		string(b.ID) + " (" + b.OriginalFilePath + ")"
}

func mixedVersions(v, u *manifest.Node) diag.Diagnostic {
	f := nodeFault(u, diag.Parsing, "duplicate-name", `dbt found versioned and unversioned models with the name "`+v.Name+"\".\n\n"+
		"Since these resources have the same name, dbt will be unable to find the correct resource\nwhen looking for ref('"+v.Name+"').\n\n"+
		"To fix this, change the name of the unversioned resource\n"+string(u.ID)+" ("+u.OriginalFilePath+
		")\nor add the unversioned model to the versions in "+v.PatchPath)
	f.Where = ""
	return f
}

// checkDeprecations warns about models past their deprecation_date and about
// references to models that have one.
func (p *parser) checkDeprecations(nodes []*manifest.Node) {
	now := time.Now()
	for _, n := range nodes {
		if n.DeprecationDate == nil {
			continue
		}
		date, ok := deprecationTime(n.DeprecationDate)
		if !ok {
			if n.DeprecationDate != value.None {
				p.report(nodeFault(n, diag.Parsing, "deprecation-date", "deprecation_date of model "+n.Name+dotVersion(n.Version)+" is no date: "+value.Repr(n.DeprecationDate)))
			}
			continue
		}
		shown, past := date.Format(isoLayout), date.Before(now)
		if past {
			p.report(warning(n.Pos, "model-deprecated", "Model "+n.Name+dotVersion(n.Version)+" has passed its deprecation date of "+shown+
				". This model should be disabled or removed."))
		}
		for _, child := range nodes {
			if child.Kind == manifest.KindModel && slices.Contains(child.Parents, n.ID) {
				code := "ref-to-be-deprecated"
				if past {
					code = "ref-deprecated"
				}
				p.report(warning(child.Pos, code, deprecatedRef(child, n, shown, past)))
			}
		}
	}
}

func dotVersion(v value.Value) string {
	if v == nil || v == value.None {
		return ""
	}
	return ".v" + value.ToStr(v)
}

func deprecatedRef(child, n *manifest.Node, date string, past bool) string {
	verb, try := "which is slated for deprecation on", "Try it out"
	if past {
		verb, try = "which was deprecated on", "Migrate now"
	}
	msg := "While compiling '" + child.Name + "': Found a reference to " + n.Name + dotVersion(n.Version) + ", " + verb + " '" + date + "'. "
	if n.Versioned() && !n.Latest() {
		msg += "A new version of '" + n.Name + "' is available. " + try + ": {{ ref('" + n.Package + "', '" + n.Name +
			"', v='" + value.ToStr(n.LatestVersion) + "') }}."
	}
	return msg
}

// deprecation is a deprecation_date as the manifest shows it: with time and zone.
func deprecation(d *value.Dict) value.Value {
	v := optional(d, "deprecation_date")
	if v == nil {
		return nil
	}
	if t, ok := deprecationTime(v); ok {
		return value.Str(t.Format(isoLayout))
	}
	return v
}

// isoLayout is Python's isoformat of a time with its zone.
const isoLayout = "2006-01-02T15:04:05-07:00"

// deprecationTime reads a deprecation date; one without zone is local.
func deprecationTime(v value.Value) (time.Time, bool) {
	s := strings.Replace(value.ToStr(v), " ", "T", 1)
	for _, layout := range [...]string{time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, true
		}
	}
	for _, layout := range [...]string{"2006/01/02", "20060102", "01/02/2006", "January 2, 2006", "January 2 2006", "Jan 2, 2006", "Jan 2 2006", "2 January 2006", "2 Jan 2006"} {
		if t, err := time.ParseInLocation(layout, value.ToStr(v), time.Local); err == nil {
			return t, true
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// configKinds are the trees of dbt_project.yml whose paths must meet a node.
var configKinds = []manifest.Kind{
	manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot, manifest.KindSource, manifest.KindTest, manifest.KindExposure,
	manifest.KindUnitTest, manifest.KindFunction, manifest.KindMetric, manifest.KindSemanticModel, manifest.KindSavedQuery,
}

// checkMicrobatchMacro warns about a macro of the project's own for microbatch models,
// where a flag keeps it from being called batch by batch.
func (p *parser) checkMicrobatchMacro(nodes []*manifest.Node) {
	if p.flag("require_batched_execution_for_custom_microbatch_strategy", true) {
		return
	}
	const name = "get_incremental_microbatch_sql"
	e := p.inv.Macros.Anywhere(p.proj.Root.Name, name)
	if e == nil || p.internal(e.Macro.Package) {
		return
	}
	for _, n := range nodes {
		if n.Kind == manifest.KindModel && n.Config.Materialized() == "incremental" && n.Config.Str("incremental_strategy") == "microbatch" {
			p.report(warning(e.Macro.Pos, "microbatch-macro", "The use of a custom microbatch macro outside of batched execution is deprecated. To use it with batched execution, "+
				"set `flags.require_batched_execution_for_custom_microbatch_strategy` to `True` in `dbt_project.yml`."))
			return
		}
	}
}

// checkConcurrentBatches warns about models whose batches are to run side by side, where
// the database does not let them.
func (p *parser) checkConcurrentBatches(nodes []*manifest.Node) {
	if p.inv.Dialect.ConcurrentBatches {
		return
	}
	var first *manifest.Node
	found := 0
	for _, n := range nodes {
		if v, ok := n.Config.Get("concurrent_batches"); ok && v == value.Bool(true) {
			if found++; first == nil {
				first = n
			}
		}
	}
	if found > 0 {
		p.report(warning(diag.Pos{File: first.OriginalFilePath}, "concurrent-batches", "Found "+counted(found)+
			" with the `concurrent_batches` config set to true, but the "+p.inv.AdapterType+
			" adapter does not support running batches concurrently. Batches will be run sequentially."))
	}
}

func counted(models int) string {
	if models == 1 {
		return "1 microbatch model"
	}
	return strconv.Itoa(models) + " microbatch models"
}

// checkConfigPaths warns about parts of dbt_project.yml that configure nothing.
func (p *parser) checkConfigPaths([]*manifest.Node) {
	root := p.proj.Root
	var unused []string
	var first diag.Pos
	for _, kind := range configKinds {
		paths := root.ConfigPaths(string(kind))
		if len(paths) == 0 {
			continue
		}
		fqns := p.fqnsOf(kind)
		for _, path := range paths {
			if len(path) == 0 && len(fqns) > 0 || fqns[strings.Join(path, "\x00")] {
				continue
			}
			unused = append(unused, "- "+strings.Join(append([]string{plural(kind)}, path...), "."))
			if first.Line == 0 {
				first = root.ConfigPos(string(kind), path, "")
			}
		}
	}
	if len(unused) == 0 {
		return
	}
	p.report(warning(first, "unused-config-path", "Configuration paths exist in your dbt_project.yml file which do not apply to any resources.\n"+
		"There are "+strconv.Itoa(len(unused))+" unused configuration paths:\n"+strings.Join(unused, "\n")))
}

// fqnsOf is every beginning of every fqn of a kind, and of all that is disabled.
func (p *parser) fqnsOf(kind manifest.Kind) map[string]bool {
	out := map[string]bool{}
	note := func(n *manifest.Node) {
		for i := range n.FQN {
			out[strings.Join(n.FQN[:i+1], "\x00")] = true
		}
	}
	add := func(n *manifest.Node) {
		if n.Kind == kind || kind == manifest.KindModel && (n.Kind == manifest.KindOperation || n.Kind == manifest.KindAnalysis) {
			note(n)
		}
	}
	for _, t := range []map[manifest.ID]*manifest.Node{p.m.Nodes, p.m.Sources, p.m.Exposures, p.m.UnitTests, p.m.Others} {
		for _, n := range t {
			add(n)
		}
	}
	for _, list := range p.m.Disabled {
		for _, n := range list {
			note(n)
		}
	}
	return out
}
