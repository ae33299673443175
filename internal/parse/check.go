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
		p.inferKeys, p.checkGroups, p.checkAccess, p.checkSnapshots, p.checkMicrobatch, p.checkSpaces, p.checkNames,
		p.checkDeprecations, p.checkConfigPaths,
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
	for _, c := range n.Columns {
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
	for _, n := range nodes {
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

var batchSizes = []string{"hour", "day", "month", "year"}

// checkMicrobatch asks a microbatch model for the configs that it needs.
func (p *parser) checkMicrobatch(nodes []*manifest.Node) {
	for _, n := range nodes {
		if n.Config.Materialized() != "incremental" || n.Config.Str("incremental_strategy") != "microbatch" {
			continue
		}
		if why := microbatchFault(n); why != "" {
			p.report(p.draftOf(n).configured(nodeFault(n, diag.Parsing, "microbatch-invalid", "Microbatch model '"+n.Name+"' "+why)))
		}
	}
}

func microbatchFault(n *manifest.Node) string {
	get := func(key string) value.Value {
		v, _ := n.Config.Get(key)
		if v == nil {
			return value.None
		}
		return v
	}
	isText := func(v value.Value) bool { _, ok := v.(value.Str); return ok }
	begin, size, lookback, concurrent := get("begin"), get("batch_size"), get("lookback"), get("concurrent_batches")
	switch e := get("event_time"); {
	case e == value.None:
		return "must provide an 'event_time' (string) config that indicates the name of the event time column."
	case !isText(e):
		return "must provide an 'event_time' config of type string, but got: " + pyType(e) + "."
	case begin == value.None:
		return "must provide a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from."
	case isText(begin) && !isoDate(value.ToStr(begin)):
		return "must provide a 'begin' config of valid datetime (ISO format), but got: " + value.ToStr(begin) + "."
	case !isText(begin) && begin.Type() != "datetime" && begin.Type() != "date":
		return "must provide a 'begin' config of type datetime, but got: " + pyType(begin) + "."
	case !slices.Contains(batchSizes, value.ToStr(size)):
		return "must provide a 'batch_size' config that is one of " + value.Repr(texts(batchSizes)) + ", but got: " + value.ToStr(size) + "."
	}
	if _, ok := lookback.(value.Int); !ok && lookback != value.None {
		return "must provide the optional 'lookback' config as type int, but got: " + pyType(lookback) + ")."
	}
	if _, ok := concurrent.(value.Bool); !ok && concurrent != value.None {
		return "optional 'concurrent_batches' config must be of type `bool` if specified, but got: " + pyType(concurrent) + ")."
	}
	return ""
}

func isoDate(s string) bool {
	for _, layout := range [...]string{time.DateOnly, "2006-01-02T15:04:05", time.DateTime, time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// checkSpaces refuses names with blanks.
func (p *parser) checkSpaces(nodes []*manifest.Node) {
	for _, n := range nodes {
		if strings.Contains(n.Name, " ") {
			f := nodeFault(n, diag.Runtime, "name-blank", "Resource names cannot contain spaces:\n  * '"+string(n.ID)+"' ("+n.OriginalFilePath+
				")\nPlease rename the invalid model(s) so that their name(s) do not contain any spaces.")
			f.Where = ""
			if !p.flag("require_resource_names_without_spaces", true) {
				f.Severity, f.Class = diag.Warning, ""
			}
			p.report(f)
		}
	}
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
			continue
		}
		shown, past := date.Format(isoLayout), date.Before(now)
		if past {
			p.report(warning(n.Pos, "model-deprecated", "Model "+n.Name+dotVersion(n.Version)+" has passed its deprecation date of "+shown+
				". This model should be disabled or removed."))
		}
		for _, child := range nodes {
			if child.Kind == manifest.KindModel && slices.Contains(child.Parents, n.ID) {
				p.report(warning(child.Pos, "ref-deprecated", deprecatedRef(child, n, shown, past)))
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
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// configKinds are the trees of dbt_project.yml whose paths must meet a node.
var configKinds = []manifest.Kind{
	manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot, manifest.KindSource, manifest.KindTest, manifest.KindExposure,
	manifest.KindUnitTest,
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
			if len(path) == 0 || fqns[strings.Join(path, "\x00")] {
				continue
			}
			tree := plural(kind)
			unused = append(unused, "- "+tree+"."+strings.Join(path, "."))
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

// fqnsOf is every beginning of every fqn of a kind.
func (p *parser) fqnsOf(kind manifest.Kind) map[string]bool {
	out := map[string]bool{}
	add := func(n *manifest.Node) {
		same := n.Kind == kind || kind == manifest.KindModel && (n.Kind == manifest.KindOperation || n.Kind == manifest.KindAnalysis)
		if !same {
			return
		}
		for i := range n.FQN {
			out[strings.Join(n.FQN[:i+1], "\x00")] = true
		}
	}
	for _, t := range []map[manifest.ID]*manifest.Node{p.m.Nodes, p.m.Sources, p.m.Exposures, p.m.UnitTests} {
		for _, n := range t {
			add(n)
		}
	}
	for _, list := range p.m.Disabled {
		for _, n := range list {
			add(n)
		}
	}
	return out
}
