package semantic

import "dex/internal/jinja/value"

// Relation names what an export of a saved query makes.
type Relation struct{ Database, Schema, Alias string }

// QueryFields are the fields that a saved query's node has of its own, for an item
// that CheckSavedQuery let pass. config is the node's configuration; name gives an
// export what a node of that configuration would be called, or false where that
// failed and has been reported: then there are no fields.
func QueryFields(d *value.Dict, config *value.Dict, name func(export string, config *value.Dict) (Relation, bool)) (*value.Dict, *Fault) {
	p := dictAt(d, "query_params")
	b := builder{}
	exports := value.NewList()
	for i, e := range dictsAt(d, "exports") {
		exports.Elems = append(exports.Elems, b.export(e, config, name, i))
	}
	if b.lost {
		return nil, b.fault
	}
	return fields(
		"query_params", fields("metrics", or(get(p, "metrics"), value.NewList()), "group_by", or(get(p, "group_by"), value.NewList()),
			"where", where(get(p, "where")), "order_by", or(get(p, "order_by"), value.NewList()), "limit", whole(get(p, "limit"))),
		"exports", exports, "description", at(d, "description"), "label", at(d, "label"), "metadata", nil,
	), b.fault
}

func (b *builder) export(e, config *value.Dict, name func(string, *value.Dict) (Relation, bool), i int) *value.Dict {
	given := dictAt(e, "config")
	if given == nil {
		given = value.NewDict(0)
	}
	all := merged(config, given)
	schema := get(all, "schema_name")
	if schema == nil {
		schema = get(all, "schema")
	}
	as := get(all, "export_as")
	if as == nil {
		b.fail(bare(`Field "export_as" of type ExportDestinationType is missing in ExportConfig instance`, "exports", i))
		return nil
	}
	cfg := fields("export_as", b.member("ExportDestinationType", destinations, as, "exports", i), "schema_name", schema,
		"alias", at(all, "alias"), "database", at(all, "database"))
	r, ok := name(textAt(e, "name"), cfg)
	if !ok {
		b.lost = true
		return nil
	}
	if !truthAt(cfg, "schema_name") {
		cfg.SetStr("schema_name", value.Str(r.Schema))
	}
	if r.Database != "" {
		cfg.SetStr("database", value.Str(r.Database))
	}
	if !truthAt(cfg, "alias") {
		cfg.SetStr("alias", value.Str(r.Alias))
	}
	return fields("name", at(e, "name"), "config", cfg, "unrendered_config", given)
}

// QueryMetrics are the names of the metrics that a saved query asks for.
func QueryMetrics(extra *value.Dict) []string {
	var out []string
	for _, v := range listAt(dictAt(extra, "query_params"), "metrics") {
		out = append(out, value.ToStr(v))
	}
	return out
}
