package parse

import (
	"errors"
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// sourcePatch is an item of `sources:` with `overrides:`: what the project says
// about a source of a package.
type sourcePatch struct {
	e      *entry
	tables map[string]*value.Dict
	used   map[string]bool
	hit    bool
}

type sourceKey struct{ pkg, name string }

// sourcePatches gathers the overrides of all properties files.
func (p *parser) sourcePatches() map[sourceKey]*sourcePatch {
	out := map[sourceKey]*sourcePatch{}
	for _, props := range p.properties {
		for _, e := range props.entries {
			over := text(e.d, "overrides")
			if e.section.key != "sources" || over == "" {
				continue
			}
			key := sourceKey{over, e.name}
			if first := out[key]; first != nil {
				p.report(e.fault("name", diag.Compilation, "duplicate-override", "dbt found two schema.yml entries for the same source named "+
					e.name+" in package "+over+". Sources may only be overridden a single time. To fix this, "+
					fixDuplicate(e, first.e, over+"."+e.name, "sources")))
				continue
			}
			x := &sourcePatch{e: e, tables: map[string]*value.Dict{}, used: map[string]bool{}}
			for _, t := range items(e.d, "tables") {
				x.tables[text(t, "name")] = t
			}
			out[key] = x
		}
	}
	return out
}

// sourceTable is one table of a source on its way to a node.
type sourceTable struct {
	e             *entry
	source, table *value.Dict
}

// sourceTables lists the tables of a source with what overrides them.
func (p *parser) sourceTables(e *entry, patches map[sourceKey]*sourcePatch) []*sourceTable {
	patch := patches[sourceKey{e.props.pkg.Name, e.name}]
	source := e.d
	if patch != nil {
		patch.hit = true
		source = overridden(e.d, patch.e.d, "name", "overrides", "tables")
	}
	var out []*sourceTable
	for _, d := range items(e.d, "tables") {
		t := &sourceTable{e: e, source: source, table: d}
		if patch != nil {
			if over := patch.tables[text(d, "name")]; over != nil {
				patch.used[text(d, "name")] = true
				t.table = overridden(d, over, "name")
			}
		}
		out = append(out, t)
	}
	return out
}

// overridden lays the keys of over, but for some, over a copy of d.
func overridden(d, over *value.Dict, but ...string) *value.Dict {
	out := d.Clone()
	over.Each(func(k, v value.Value) bool {
		if key := value.ToStr(k); !slices.Contains(but, key) {
			out.SetStr(key, v)
		}
		return true
	})
	return out
}

// warnUnused tells of overrides that met no source.
func (p *parser) warnUnused(patches map[sourceKey]*sourcePatch) {
	for key, x := range patches {
		name := key.pkg + "." + key.name
		if !x.hit {
			p.report(x.e.warn("unused-override", "During parsing, dbt encountered source overrides that had no target:\n"+
				"  - Source "+name+" (in "+x.e.props.file.Path+")\n"))
			continue
		}
		for t := range x.tables {
			if !x.used[t] {
				p.report(x.e.warn("unused-override", "During parsing, dbt encountered source overrides that had no target:\n"+
					"  - Source table "+name+"."+t+" (in "+x.e.props.file.Path+")\n"))
			}
		}
	}
}

// sourceNode makes the node of a source's table.
func (p *parser) sourceNode(t *sourceTable) *draft {
	e, pkg := t.e, t.e.props.pkg
	table := text(t.table, "name")
	n := &manifest.Node{
		ID:   manifest.ID("source." + pkg.Name + "." + e.name + "." + table),
		Kind: manifest.KindSource, Package: pkg.Name, Name: table,
		FQN: fqn(pkg, e.props.file.Rel, e.name, table), Path: e.props.file.Path, OriginalFilePath: e.props.file.Path,
		Database: orText(text(t.source, "database"), p.inv.Database), Schema: orText(text(t.source, "schema"), e.name),
		Description: text(t.table, "description"),
		CreatedAt:   p.createdAt, Pos: e.props.doc.Start(t.table), Docs: manifest.Docs{Show: true},
	}
	n.SetColumns(p.columnsOf(e, items(t.table, "columns")))
	n.Source = &manifest.SourceInfo{
		SourceName: e.name, SourceDescription: text(t.source, "description"), Loader: text(t.source, "loader"),
		Identifier: orText(text(t.table, "identifier"), table), Quoting: sourceQuoting(t),
		SourceMeta: mergedMeta(t.source), External: externalTable(t.table),
		UnrenderedDB: e.rawDatabase, UnrenderedSchema: e.rawSchema,
	}
	d := &draft{node: n, pkg: pkg}
	if !p.configureSource(d, t) {
		return nil
	}
	n.RelationName = p.inv.RelationName(n)
	return d
}

// externalTable gives `external` all its fields; nil where there is none.
func externalTable(d *value.Dict) value.Value {
	v, _ := d.GetStr("external")
	x, ok := v.(*value.Dict)
	if !ok {
		return nil
	}
	out := record(x, "location", value.None, "file_format", value.None, "row_format", value.None, "tbl_properties", value.None, "partitions", value.None)
	if l, ok := optional(x, "partitions").(*value.List); ok {
		parts := value.NewList()
		for _, e := range l.Elems {
			if p, ok := e.(*value.Dict); ok {
				e = withRest(record(p, "name", value.Str(""), "description", value.Str(""), "data_type", value.Str(""), "meta", value.NewDict(0)), p)
			}
			parts.Elems = append(parts.Elems, e)
		}
		out.SetStr("partitions", parts)
	}
	return withRest(out, x)
}

// withRest adds the keys of d that out lacks.
func withRest(out, d *value.Dict) *value.Dict {
	d.Each(func(k, v value.Value) bool {
		if _, ok := out.Get(k); !ok {
			_ = out.Set(k, v) // k was the key of a dict already
		}
		return true
	})
	return out
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// sourceQuoting merges the quoting of a source and its table.
func sourceQuoting(t *sourceTable) *value.Dict {
	out := value.NewDict(4)
	for _, key := range [...]string{"database", "schema", "identifier", "column"} {
		var v value.Value = value.None
		for _, d := range [...]*value.Dict{t.source, t.table} {
			q, _ := d.GetStr("quoting")
			if q, ok := q.(*value.Dict); ok {
				if x := optional(q, key); x != nil {
					v = x
				}
			}
		}
		out.SetStr(key, v)
	}
	return out
}

// configureSource gives a source its configuration: freshness, tags and meta of
// the source, its config, the table and its config, in that order.
func (p *parser) configureSource(d *draft, t *sourceTable) bool {
	n := d.node
	cfg := value.NewDict(4)
	for _, of := range [...]*value.Dict{t.source, t.table} {
		v, _ := of.GetStr("config")
		if c, ok := v.(*value.Dict); ok {
			c.Each(func(k, v value.Value) bool {
				cfg.SetStr(value.ToStr(k), v)
				return true
			})
		}
	}
	switch f := sourceFreshness(t); {
	case f == value.None:
		cfg.SetStr("freshness", value.None)
	case f.(*value.Dict) != nil && freshnessSet(f.(*value.Dict)):
		cfg.SetStr("freshness", f)
	default:
		cfg.Delete(value.Str("freshness"))
	}
	field, query, err := loadedAt(t)
	if err != nil {
		p.report(t.e.fault("tables", diag.Parsing, "source-invalid", invalidOf(t.e, err)))
		return false
	}
	cfg.SetStr("loaded_at_field", field)
	cfg.SetStr("loaded_at_query", query)
	meta := mergedMeta(t.source)
	mergedMeta(t.table).Each(func(k, v value.Value) bool {
		_ = meta.Set(k, v) // k was the key of a dict already
		return true
	})
	cfg.SetStr("meta", meta)
	cfg.SetStr("tags", texts(sortedUnique(append(columnTags(t.source), columnTags(t.table)...))))
	own := [2]*value.Dict{dictAt(t.source, "config"), dictAt(t.table, "config")}
	if p.lateHooks(n.Kind) {
		joinHooks(cfg, own[:]...)
	}
	c, err := p.config(d.pkg, n.Kind, n.FQN, cfg, nil)
	if err != nil {
		p.report(p.spreadAt(d, t.e.fault("config", "", "config-invalid", err.Error()), err, hooksUnder(t.e.props.doc, own[:]...))...) // dbt gives no heading here
		return false
	}
	n.Config = c
	d.off = !c.Enabled()
	n.Unrendered = p.unrendered(d, n.FQN, cfg, nil)
	n.Meta = dictOf(&c, "meta")
	tags, _ := c.Get("tags")
	n.Tags = textList(tags)
	n.Source.LoadedAtField, n.Source.LoadedAtQuery = c.Str("loaded_at_field"), c.Str("loaded_at_query")
	n.Source.Freshness, _ = c.Get("freshness")
	p.warnUntimed(t, n)
	p.finishLate(d, hooksUnder(t.e.props.doc, own[:]...), own[:]...)
	return true
}

// warnUntimed tells of a source that is to be fresh and does not say by what. No
// database that dex knows keeps the time of a table's last change.
func (p *parser) warnUntimed(t *sourceTable, n *manifest.Node) {
	rules, ok := n.Source.Freshness.(*value.Dict)
	if !ok || !freshnessSet(rules) || n.Source.LoadedAtField != "" || n.Source.LoadedAtQuery != "" {
		return
	}
	p.report(asWarning(t.e.props.doc.Fault(n.Pos, "", "freshness-untimed",
		"The configured adapter does not support metadata-based freshness. A loaded_at_field must be specified for source '"+n.SearchName()+"'.")))
}

// dictAt is the mapping that stands under key; nil for anything else.
func dictAt(d *value.Dict, key string) *value.Dict {
	v, _ := d.GetStr(key)
	sub, _ := v.(*value.Dict)
	return sub
}

// loadedAt finds the column or query that tells how fresh a table is: the
// table's own wins over the source's, a null of the table included.
func loadedAt(t *sourceTable) (field, query value.Value, err error) {
	of := func(d *value.Dict, key string) value.Value {
		if v := optional(d, key); v != nil && v.Truth() {
			return v
		}
		v, _ := d.GetStr("config")
		if c, ok := v.(*value.Dict); ok {
			if v := optional(c, key); v != nil && v.Truth() {
				return v
			}
		}
		return value.None
	}
	_, present := t.table.GetStr("loaded_at_field")
	tf, tq := of(t.table, "loaded_at_field"), of(t.table, "loaded_at_query")
	sf, sq := of(t.source, "loaded_at_field"), of(t.source, "loaded_at_query")
	present = present || tf != value.None
	if isEmpty(t.table) || isEmpty(t.source) {
		return nil, nil, errEmptyField
	}
	switch {
	case present && tq != value.None:
		return nil, nil, &testFault{"Cannot specify both loaded_at_field and loaded_at_query at table level."}
	case sf != value.None && sq != value.None:
		return nil, nil, &testFault{"Cannot specify both loaded_at_field and loaded_at_query at source level."}
	}
	field, query = tf, tq
	if !present {
		field = sf
		if query == value.None {
			query = sq
		}
	}
	return field, query, nil
}

// errEmptyField is a column with no name. dbt: UnparsedSourceDefinition.validate.
var errEmptyField = errors.New("at path []: loaded_at_field cannot be an empty string.")

// invalidOf words what is wrong with a source: dbt finds an empty column where it
// holds the text against its schema, all else later.
func invalidOf(e *entry, err error) string {
	if err == errEmptyField {
		return (&entryCheck{e: e}).invalid(err.Error())
	}
	return err.Error()
}

// isEmpty reports whether a source or a table names no column to look at, in so
// many letters.
func isEmpty(d *value.Dict) bool {
	v, ok := d.GetStr("loaded_at_field")
	return ok && v == value.Str("")
}

// sourceFreshness merges what a source, its config, its table and the table's
// config say about freshness: None where the last word is null.
func sourceFreshness(t *sourceTable) value.Value {
	var merged value.Value
	for _, d := range [...]*value.Dict{t.source, t.table} {
		merged = mergeFreshness(merged, freshnessAt(d))
		v, _ := d.GetStr("config")
		c, _ := v.(*value.Dict)
		if c == nil {
			c = value.NewDict(0)
		}
		merged = mergeFreshness(merged, freshnessAt(c))
	}
	return merged
}

// freshnessAt is the freshness of a mapping with all its fields; an empty one
// where it says nothing, None where it says null.
func freshnessAt(d *value.Dict) value.Value {
	v, ok := d.GetStr("freshness")
	if ok && v == value.None {
		return value.None
	}
	given, _ := v.(*value.Dict)
	out := value.NewDict(3)
	for _, key := range [...]string{"warn_after", "error_after"} {
		after := value.NewDict(2)
		after.SetStr("count", value.None)
		after.SetStr("period", value.None)
		var x value.Value = after
		if given != nil {
			if v, ok := given.GetStr(key); ok && v == value.None {
				x = value.None
			} else if a, ok := v.(*value.Dict); ok {
				for _, k := range [...]string{"count", "period"} {
					if v := optional(a, k); v != nil {
						after.SetStr(k, v)
					}
				}
			}
		}
		out.SetStr(key, x)
	}
	var filter value.Value = value.None
	if given != nil {
		if v := optional(given, "filter"); v != nil {
			filter = v
		}
	}
	out.SetStr("filter", filter)
	return out
}

// freshnessSet reports whether a freshness says when to warn or fail.
func freshnessSet(f *value.Dict) bool {
	for _, key := range [...]string{"warn_after", "error_after"} {
		v, _ := f.GetStr(key)
		if a, ok := v.(*value.Dict); ok && timeSet(a) {
			return true
		}
	}
	return false
}

func timeSet(a *value.Dict) bool { return optional(a, "count") != nil && optional(a, "period") != nil }

// mergeFreshness lays one freshness over another. dbt: merge_source_freshness.
func mergeFreshness(base, update value.Value) value.Value {
	if base == nil {
		return update
	}
	b, _ := base.(*value.Dict)
	u, _ := update.(*value.Dict)
	switch {
	case b != nil && u != nil:
		out := value.NewDict(3)
		for _, key := range [...]string{"warn_after", "error_after"} {
			x, _ := b.GetStr(key)
			y, _ := u.GetStr(key)
			out.SetStr(key, mergeTime(x, y))
		}
		f, _ := u.GetStr("filter")
		if f == value.None {
			f, _ = b.GetStr("filter")
		}
		out.SetStr("filter", f)
		return out
	case b == nil && u != nil && freshnessSet(u):
		return u
	}
	return value.None
}

// mergeTime lays one threshold over another; a null takes it away.
func mergeTime(base, update value.Value) value.Value {
	b, _ := base.(*value.Dict)
	u, _ := update.(*value.Dict)
	switch {
	case b != nil && u != nil && timeSet(b) && timeSet(u):
		out := b.Clone()
		u.Each(func(k, v value.Value) bool {
			if v != value.None {
				_ = out.Set(k, v) // k was the key of a dict already
			}
			return true
		})
		return out
	case u == nil:
		return value.None
	case timeSet(u):
		return u
	case b != nil:
		return b
	}
	return value.None
}

// sourceTests makes the tests of a source's table: its own first, then those of
// its columns.
func (p *parser) sourceTests(t *sourceTable) []*draft {
	e := t.e
	table := text(t.table, "name")
	target := &testTarget{
		e: e, pkg: e.props.pkg, name: e.name + "_" + table, prefix: "source_",
		call: "source('" + e.name + "', '" + table + "')", source: []string{e.name, table}, fileKey: "sources." + e.name,
	}
	target.quote = sourceColumnQuote(t)
	base := append(plainTags(t.source), plainTags(t.table)...)
	out := p.testsOf(target, t.table, "", base)
	for _, c := range items(t.table, "columns") {
		if testList(c) == nil {
			continue
		}
		name := text(c, "name")
		if quotesColumn(c, target.quote) {
			name = p.opt.Quote(name)
		}
		out = append(out, p.testsOf(target, c, name, append(slices.Clone(base), columnTags(c)...))...)
	}
	return out
}

// plainTags are the tags that an item has beside its config.
func plainTags(d *value.Dict) []string {
	v, _ := d.GetStr("tags")
	return textList(v)
}

// sourceColumnQuote is quoting.column of a source and its table.
func sourceColumnQuote(t *sourceTable) value.Value {
	v, _ := sourceQuoting(t).GetStr("column")
	if v == value.None {
		return nil
	}
	return v
}
