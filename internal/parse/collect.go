package parse

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// makeTests makes, entry by entry, what properties files define beside what they
// describe: generic tests, sources with theirs, exposures, the semantic kinds,
// groups, unit tests.
func (p *parser) makeTests() {
	p.byVersion = map[versionKey]*draft{}
	for _, d := range p.drafts {
		if n := d.node; n.Versioned() {
			p.byVersion[versionKey{n.Package, n.SearchName()}] = d
			if n.Latest() {
				p.byVersion[versionKey{n.Package, n.Name}] = d
			}
		}
	}
	patches := p.sourcePatches()
	var entries []*entry
	for _, props := range p.properties {
		entries = append(entries, props.entries...)
	}
	tables := make([][]*sourceTable, len(entries))
	for i, e := range entries {
		if e.section.key == "sources" && text(e.d, "overrides") == "" {
			tables[i] = p.sourceTables(e, patches)
		}
	}
	p.warnUnused(patches)
	made := make([]entryNodes, len(entries))
	p.parallel(len(entries), func(i int) { made[i] = p.entryNodes(entries[i], tables[i]) })
	for _, m := range made {
		p.tests = append(p.tests, m.tests...)
		p.sources = append(p.sources, m.sources...)
		p.others = append(p.others, m.others...)
		p.units = append(p.units, m.units...)
		if m.group != nil {
			p.addGroup(m.group)
		}
	}
}

// versionKey is a version of a model: its package and "orders.v2", or "orders"
// for the latest one.
type versionKey struct{ pkg, name string }

// entryNodes is what one item of a properties file defines.
type entryNodes struct {
	tests, sources, others, units []*draft
	group                         *manifest.Group
}

func (p *parser) entryNodes(e *entry, tables []*sourceTable) entryNodes {
	var out entryNodes
	switch e.section.key {
	case "models", "seeds", "snapshots":
		out.tests = p.entryTests(e)
		out.others = p.ownSemantics(e)
	case "sources":
		for _, t := range tables {
			if d := p.sourceNode(t); d != nil {
				out.sources = append(out.sources, d)
			}
			out.tests = append(out.tests, p.sourceTests(t)...)
		}
	case "exposures":
		if d := p.exposureNode(e); d != nil {
			out.others = append(out.others, d)
		}
	case "metrics":
		if d := p.metricNode(e); d != nil {
			out.others = append(out.others, d)
		}
	case "semantic_models":
		out.others = p.semanticModelNodes(e)
	case "saved_queries":
		if d := p.savedQueryNode(e); d != nil {
			out.others = append(out.others, d)
		}
	case "groups":
		out.group = p.groupOf(e)
	case "unit_tests":
		if d := p.unitTestNode(e); d != nil {
			out.units = append(out.units, d)
		}
	}
	return out
}

// collect puts all nodes into the manifest, the disabled ones aside.
func (p *parser) collect() {
	for _, d := range p.drafts {
		p.add(d, p.m.Nodes)
		p.addOperation(d)
	}
	for _, d := range p.tests {
		p.add(d, p.m.Nodes)
	}
	for _, d := range p.sources {
		p.add(d, p.m.Sources)
	}
	for _, d := range p.others {
		p.add(d, nodeTable(p.m, d.node.Kind))
	}
	for _, u := range p.units {
		for _, d := range p.resolveUnitTest(u) {
			p.add(d, p.m.UnitTests)
		}
	}
	for _, n := range p.enabledSemantics() {
		p.m.Semantic = append(p.m.Semantic, n.ID)
	}
	p.m.Spines = p.spines()
	if s, ok := p.proj.Selectors.(*value.Dict); ok {
		p.m.Selectors = s
	}
	p.m.Index()
	p.inv.Docs = func(pkg, name, from string) *manifest.Doc { return p.m.ResolveDoc(from, pkg, name) }
}

// add puts one node into the manifest; a second one of its ID is a fault.
func (p *parser) add(d *draft, to map[manifest.ID]*manifest.Node) {
	n := d.node
	if !n.Config.Enabled() {
		p.m.Disabled[n.ID] = append(p.m.Disabled[n.ID], n)
		return
	}
	if first := to[n.ID]; first != nil {
		f := nodeFault(n, diag.Compilation, "duplicate-name", duplicateName(n, first))
		f.Where = ""
		p.report(f)
		return
	}
	to[n.ID] = n
}

// addOperation files an on-run hook under its phase.
func (p *parser) addOperation(d *draft) {
	switch {
	case d.node.Kind != manifest.KindOperation || !d.node.Config.Enabled():
	case d.phase == onRun[0].name:
		p.m.OnStart = append(p.m.OnStart, d.node.ID)
	default:
		p.m.OnEnd = append(p.m.OnEnd, d.node.ID)
	}
}

// plurals are dbt's plurals of resource types.
func plural(k manifest.Kind) string {
	switch k {
	case manifest.KindAnalysis:
		return "analyses"
	case manifest.KindTest:
		return "data_tests"
	case manifest.KindSavedQuery:
		return "saved_queries"
	}
	return string(k) + "s"
}

// duplicateName is dbt's text for two things of one name.
func duplicateName(a, b *manifest.Node) string {
	kinds := plural(a.Kind)
	if a.Kind != b.Kind {
		kinds = "resources"
	}
	name, formatted, action := a.Name, a.Name, "looking for"
	switch {
	case a.Refable():
		formatted = `ref("` + name + `")`
	case a.Kind == manifest.KindSource:
		name = a.Source.SourceName + "_" + a.Name
		formatted = `source("` + a.Source.SourceName + `", "` + a.Name + `")`
	case a.Kind == manifest.KindTest && a.Test != nil && a.Test.Generic:
		col := ""
		if a.Test.ColumnName != "" {
			col = `column "` + a.Test.ColumnName + `" in `
		}
		name = a.Name + `" defined on ` + col + `"` + a.Test.FileKey
		action, formatted = "running", "tests"
	}
	return twoNamed(kinds, name, action, formatted, string(a.ID)+" ("+a.OriginalFilePath+")", string(b.ID)+" ("+b.OriginalFilePath+")")
}

func twoNamed(kinds, name, action, formatted, a, b string) string {
	return strings.Join([]string{
		`dbt found two ` + kinds + ` with the name "` + name + `".`, "",
		"Since these resources have the same name, dbt will be unable to find the correct resource",
		"when " + action + " " + formatted + ".", "",
		"To fix this, change the name of one of these resources:", "- " + a, "- " + b,
	}, "\n")
}

func (p *parser) addDoc(d *manifest.Doc) {
	if first := p.m.Docs[d.ID]; first != nil {
		p.report(diag.Diagnostic{
			Class: diag.Compilation, Code: "duplicate-name", Pos: diag.Pos{File: d.OriginalFilePath},
			Summary: twoNamed("docs", d.Name, "looking for", `doc("`+d.Name+`")`,
				string(d.ID)+" ("+d.OriginalFilePath+")", string(first.ID)+" ("+first.OriginalFilePath+")"),
		})
		return
	}
	p.m.Docs[d.ID] = d
}

func (p *parser) addGroup(g *manifest.Group) {
	if first := p.m.Groups[g.ID]; first != nil {
		p.report(diag.Diagnostic{
			Class: diag.Compilation, Code: "duplicate-name", Pos: diag.Pos{File: g.OriginalFilePath},
			Summary: twoNamed("groups", g.Name, "looking for", g.Name,
				string(g.ID)+" ("+g.OriginalFilePath+")", string(first.ID)+" ("+first.OriginalFilePath+")"),
		})
		return
	}
	p.m.Groups[g.ID] = g
}
