package postgres

import (
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// What of a materialized view can change without making it anew: its indexes. dbt:
// PostgresRelation.get_materialized_view_config_change_collection.

// standing is an index as it is compared: by its set of columns without regard to
// case, by whether it is unique and by its method, not by its name.
type standing struct {
	name    string // "" for one that is not there yet
	columns []string
	unique  bool
	method  string
}

// key holds what is compared.
func (s *standing) key() string {
	columns := slices.Clone(s.columns)
	slices.Sort(columns)
	return strings.Join(slices.Compact(columns), "\x00") + "\x01" + value.ToStr(value.Bool(s.unique)) + "\x01" + s.method
}

func newStanding(name string, columns []string, unique bool, method string) *standing {
	s := &standing{name: name, unique: unique, method: method}
	for _, c := range columns {
		s.columns = append(s.columns, strings.ToLower(c))
	}
	if s.method == "" {
		s.method = "btree"
	}
	return s
}

// configChanges compares what the macro describe found with the model's config: none
// where both are the same.
func configChanges(_ adapter.Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("get_materialized_view_config_change_collection", args, kw, "relation_results", "relation_config")
	if err != nil {
		return nil, err
	}
	have, err := standingIndexes(v[0])
	if err != nil {
		return nil, err
	}
	want, err := wantedIndexes(v[1])
	if err != nil {
		return nil, err
	}
	changes := value.NewList()
	for _, s := range without(have, want) {
		changes.Elems = append(changes.Elems, s.change("drop"))
	}
	for _, s := range without(want, have) {
		changes.Elems = append(changes.Elems, s.change("create"))
	}
	if len(changes.Elems) == 0 {
		return value.None, nil
	}
	return fields("PostgresMaterializedViewConfigChangeCollection",
		"indexes", changes, "requires_full_refresh", value.Bool(false), "has_changes", value.Bool(true)), nil
}

// standingIndexes reads {indexes: rows of name, method, unique and column_names}.
func standingIndexes(results value.Value) ([]*standing, error) {
	d, ok := results.(*value.Dict)
	if !ok {
		return nil, value.TypeErrorf("relation_results: a dict is needed, not %s", results.Type())
	}
	table, ok := d.GetStr("indexes")
	if !ok {
		return nil, nil
	}
	rows, _, err := value.GetAttr(table, "rows")
	if err != nil {
		return nil, err
	}
	list, err := value.ToSlice(rows)
	if err != nil {
		return nil, err
	}
	var out []*standing
	for _, row := range list {
		var cell [4]value.Value
		for i, key := range [...]string{"name", "column_names", "unique", "method"} {
			if cell[i], err = value.GetItem(row, value.Str(key)); err != nil {
				return nil, err
			}
		}
		out = append(out, newStanding(value.ToStr(cell[0]), strings.Split(value.ToStr(cell[1]), ","), cell[2].Truth(), value.ToStr(cell[3])))
	}
	return out, nil
}

// wantedIndexes reads the config of a model: config.indexes.
func wantedIndexes(model value.Value) ([]*standing, error) {
	d, ok := model.(*value.Dict)
	if !ok {
		return nil, value.TypeErrorf("relation_config: a model is needed, not %s", model.Type())
	}
	config, _ := d.GetStr("config")
	settings, ok := config.(*value.Dict)
	if !ok {
		return nil, nil
	}
	entries, _ := settings.GetStr("indexes")
	list, ok := entries.(*value.List)
	if !ok {
		return nil, nil
	}
	var out []*standing
	for _, e := range list.Elems {
		x, err := readIndex(e)
		if err != nil {
			return nil, err
		}
		out = append(out, newStanding("", x.columns, x.unique, x.method))
	}
	return out, nil
}

// without lists what stands in one list and not in another, each once.
func without(list, other []*standing) []*standing {
	seen := map[string]bool{}
	for _, s := range other {
		seen[s.key()] = true
	}
	var out []*standing
	for _, s := range list {
		if k := s.key(); !seen[k] {
			seen[k] = true
			out = append(out, s)
		}
	}
	return out
}

// change is one step as macros see it: {action, context}.
func (s *standing) change(action string) value.Value {
	config := value.NewDict(3)
	config.SetStr("columns", names(s.columns))
	config.SetStr("unique", value.Bool(s.unique))
	config.SetStr("type", value.Str(s.method))
	return fields("PostgresIndexConfigChange", "action", value.Str(action), "requires_full_refresh", value.Bool(false),
		"context", fields("PostgresIndexConfig", "name", value.Str(s.name), "column_names", names(s.columns), "unique", value.Bool(s.unique),
			"method", value.Str(s.method), "as_node_config", config))
}

// record is an object of fixed fields, as a dataclass of dbt's is to templates.
type record struct {
	class  string
	fields *value.Dict
}

// fields makes a record of names and values in turn.
func fields(class string, pairs ...any) *record {
	r := &record{class, value.NewDict(len(pairs) / 2)}
	for i := 0; i < len(pairs); i += 2 {
		r.fields.SetStr(pairs[i].(string), pairs[i+1].(value.Value))
	}
	return r
}

// Type implements value.Value.
func (r *record) Type() string { return r.class }

// Truth implements value.Value.
func (r *record) Truth() bool { return true }

// AppendStr implements value.Value.
func (r *record) AppendStr(b []byte) []byte { return r.AppendRepr(b) }

// AppendRepr implements value.Value.
func (r *record) AppendRepr(b []byte) []byte {
	b = append(append(b, r.class...), '(')
	first := true
	r.fields.Each(func(k, v value.Value) bool {
		if !first {
			b = append(b, ", "...)
		}
		first = false
		b = append(k.AppendStr(b), '=')
		b = v.AppendRepr(b)
		return true
	})
	return append(b, ')')
}

// Attr implements value.Getter.
func (r *record) Attr(name string) (value.Value, bool) { return r.fields.GetStr(name) }
