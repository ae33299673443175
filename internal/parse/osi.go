package parse

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/semantic"
)

// readOSI makes semantic models and metrics of the root project's documents of Open
// Semantic Interchange. Those of packages are not looked at. dbt:
// load_osi_into_manifest.
func (p *parser) readOSI() {
	files := p.proj.Root.Files(project.OSI)
	if len(files) == 0 {
		return
	}
	known := map[manifest.ID]bool{}
	for _, d := range p.others {
		known[d.node.ID] = !d.off
	}
	tables := p.tablesOfModels()
	for _, f := range files {
		e := p.osiEntry(f)
		if e == nil {
			continue
		}
		doc, fault := semantic.ReadOSI(e.d)
		if fault != nil {
			p.report(p.semanticFault(e, fault))
			continue
		}
		o := osiFile{p: p, e: e, known: known, tables: tables}
		for i := range doc.Models {
			o.model(&doc.Models[i])
		}
		for i := range doc.Metrics {
			o.metric(&doc.Metrics[i])
		}
	}
}

// osiEntry reads a document with its places; nil where it is none, which has been
// reported.
func (p *parser) osiEntry(f *project.File) *entry {
	text, err := f.Contents()
	if err != nil {
		p.report(diag.Diagnostic{Severity: diag.Error, Class: diag.Parsing, Code: "osi-invalid", Pos: diag.Pos{File: f.Path},
			Summary: "Failed to parse OSI file '" + f.Path + "': " + err.Error()})
		return nil
	}
	doc, pos, err := readJSON(f.Path, text)
	if err == nil {
		if d, ok := doc.Value.(*value.Dict); ok {
			return &entry{props: &properties{pkg: f.Package, file: f, doc: doc}, d: d, pos: pos}
		}
		err = errNoObject
	}
	p.report(doc.Fault(pos, diag.Parsing, "osi-invalid", "Failed to parse OSI file '"+f.Path+"': "+err.Error()))
	return nil
}

// tableName is a table as documents name it, in lower case.
type tableName struct{ database, schema, alias string }

func tableOf(database, schema, alias string) tableName {
	return tableName{strings.ToLower(database), strings.ToLower(schema), strings.ToLower(alias)}
}

// tablesOfModels finds models by the tables that they make.
func (p *parser) tablesOfModels() map[tableName]*manifest.Node {
	out := map[tableName]*manifest.Node{}
	for _, d := range p.drafts {
		if n := d.node; n.Kind == manifest.KindModel && !d.off {
			out[tableOf(n.Database, n.Schema, n.Alias)] = n
		}
	}
	return out
}

// osiFile is a document whose items become nodes.
type osiFile struct {
	p      *parser
	e      *entry
	known  map[manifest.ID]bool // what is there already, with whether it is enabled
	tables map[tableName]*manifest.Node
}

func (o *osiFile) fault(path []any, summary string) {
	doc := o.e.props.doc
	o.p.report(doc.Fault(o.e.placeOf(path), diag.Parsing, "osi-invalid", "OSI file '"+o.e.props.file.Path+"' "+summary))
}

func (o *osiFile) model(m *semantic.OSIModel) {
	n := o.tables[tableOf(m.Database, m.Schema, m.Alias)]
	if n == nil {
		o.fault(m.Path, "contains dataset '"+m.Name+"' ("+m.Table()+") that does not match any dbt model in this project. "+
			"Each OSI dataset must reference a table managed by a dbt model.")
		return
	}
	d := o.node(manifest.KindSemanticModel, m.Name, m.Path)
	if d == nil {
		return
	}
	d.node.Extra = m.Fields(n.Name)
	d.node.Description = text(d.node.Extra, "description")
	d.node.Refs = []manifest.Ref{{Name: n.Name}}
}

func (o *osiFile) metric(m *semantic.OSIMetric) {
	if d := o.node(manifest.KindMetric, m.Name, m.Path); d != nil {
		d.node.Extra, d.node.Description, d.node.Meta = m.Fields, m.Description, value.NewDict(0)
	}
}

// node begins the node of an item; nil where there is one of its name, which has been
// reported.
func (o *osiFile) node(kind manifest.Kind, name string, path []any) *draft {
	pkg, file := o.e.props.pkg, o.e.props.file.Path
	id := manifest.ID(string(kind) + "." + pkg.Name + "." + name)
	if o.known[id] {
		what := map[manifest.Kind]string{manifest.KindSemanticModel: "semantic model", manifest.KindMetric: "metric"}[kind]
		o.fault(path, "defines "+what+" '"+name+"' which conflicts with an existing "+what+" in this project.")
		return nil
	}
	o.known[id] = true
	n := &manifest.Node{
		ID: id, Kind: kind, Package: pkg.Name, Name: name, FQN: []string{pkg.Name, name}, Path: file, OriginalFilePath: file,
		CreatedAt: o.p.createdAt, Pos: o.e.placeOf(path), Config: manifest.NewConfig(kind), Unrendered: value.NewDict(0),
	}
	d := &draft{node: n, pkg: pkg}
	o.p.others = append(o.p.others, d)
	return d
}
