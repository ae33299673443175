package render

import (
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/agate"
	"dex/internal/event"
	"dex/internal/jinja/value"
)

// relationArg checks that a template handed over a relation.
func relationArg(method, arg string, v value.Value) (*Relation, error) {
	r, ok := v.(*Relation)
	if !ok {
		return nil, compileErrorf("The macro %q expects argument %q to be a relation, but got a %s: %s", method, arg, v.Type(), value.Repr(v))
	}
	return r, nil
}

// list gives the relations of a schema, from the cache if it knows the schema,
// else by asking the database and remembering the answer.
func (f *Frame) list(database, schema string) ([]adapter.Relation, error) {
	for {
		if rels, ok := f.Inv.Cache.List(database, schema); ok {
			return rels, nil
		}
		if err := f.ask(database, schema); err != nil {
			return nil, err
		}
	}
}

// ask fills the cache for one schema.
func (f *Frame) ask(database, schema string) error {
	c, err := f.conn()
	if err != nil {
		return err
	}
	return f.Inv.Cache.Fill(f.ctx, c, database, []string{schema})
}

func callGetRelation(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	database, schema, ident := optText(v[0]), optText(v[1]), optText(v[2])
	r, err := f.find(database, schema, ident)
	if err != nil || r == nil {
		return value.None, err
	}
	return r, nil
}

// find looks a relation up by name, without regard to case where the database
// folds it; nil where there is none.
func (f *Frame) find(database, schema, ident string) (*Relation, error) {
	want := adapter.Relation{Database: database, Schema: schema, Identifier: ident}
	for {
		r, exists, known := f.Inv.Cache.Find(want)
		switch {
		case exists:
			return f.exactly(want, r)
		case known:
			return nil, nil
		}
		if err := f.ask(database, schema); err != nil {
			return nil, err
		}
	}
}

// exactly refuses a relation whose quoted name differs from what was asked for in
// the case of its letters: to a database that folds case it is the same one, and
// to a project it may be another's. dbt: ApproximateMatchError.
func (f *Frame) exactly(want, have adapter.Relation) (*Relation, error) {
	q := f.Inv.Quoting
	if q.Schema && want.Schema != "" && want.Schema != have.Schema || q.Identifier && want.Identifier != have.Identifier {
		found := f.Inv.relation(have, q).Render()
		return nil, compileErrorf("When searching for a relation, dbt found an approximate match. Instead of guessing \n"+
			"which relation to use, dbt will move on. Please delete %s, or rename it to be less ambiguous.\n"+
			"Searched for: %s\nFound: %s", found, f.Inv.relation(want, q).Render(), found)
	}
	return f.Inv.relation(have, q), nil
}

func callListRelations(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	rels, err := f.list(optText(v[0]), optText(v[1]))
	if err != nil {
		return nil, err
	}
	return f.relationList(rels), nil
}

func (f *Frame) relationList(rels []adapter.Relation) value.Value {
	out := value.NewList()
	for _, r := range rels {
		out.Elems = append(out.Elems, f.Inv.relation(r, f.Inv.Quoting))
	}
	return out
}

func callListUncached(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	r, err := relationArg("list_relations_without_caching", "schema_relation", v[0])
	if err != nil {
		return nil, err
	}
	c, err := f.conn()
	if err != nil {
		return nil, err
	}
	rels, err := c.Relations(t.Ctx, r.Database, []string{r.Schema})
	if err != nil {
		return nil, err
	}
	return f.relationList(rels), nil
}

// schemas lists the schemas of a database.
func (f *Frame) schemas(database value.Value) ([]string, error) {
	c, err := f.conn()
	if err != nil {
		return nil, err
	}
	return c.Schemas(f.ctx, optText(database))
}

func callListSchemas(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	names, err := f.schemas(v[0])
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	for _, n := range names {
		out.Elems = append(out.Elems, value.Str(n))
	}
	return out, nil
}

func callSchemaExists(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	names, err := f.schemas(v[0])
	if err != nil {
		return nil, err
	}
	has := slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, optText(v[1])) })
	return value.Bool(has), nil
}

func callAlreadyExists(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r, err := f.find(f.Inv.Database, optText(v[0]), optText(v[1]))
	return value.Bool(r != nil), err
}

// columns asks the database for a relation's columns.
func (f *Frame) columns(r *Relation) ([]value.Value, error) {
	c, err := f.conn()
	if err != nil {
		return nil, err
	}
	cols, err := c.Columns(f.ctx, r.Relation)
	if err != nil {
		return nil, err
	}
	types := &f.Inv.Dialect.Types
	out := make([]value.Value, len(cols))
	for i, col := range cols {
		out[i] = &Column{col, types}
	}
	return out, nil
}

// callColumns is adapter.get_columns_in_relation: by the project's own macro of
// that name if it has one, else by the driver.
func callColumns(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r, err := relationArg("get_columns_in_relation", "relation", v[0])
	if err != nil {
		return nil, err
	}
	if e := f.Inv.Macros.Find(f.pkg, "get_columns_in_relation"); e != nil && !f.Inv.Macros.isInternal(e.Macro.Package) {
		return f.Call(e, []value.Value{r}, nil)
	}
	cols, err := f.columns(r)
	if err != nil {
		return nil, err
	}
	return value.NewList(cols...), nil
}

func callColumnsInTable(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r := f.Inv.relation(adapter.Relation{Database: f.Inv.Database, Schema: optText(v[0]), Identifier: optText(v[1])}, f.Inv.Quoting)
	cols, err := f.columns(r)
	if err != nil {
		return nil, err
	}
	return value.NewList(cols...), nil
}

func callMissingColumns(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	from, err := relationArg("get_missing_columns", "from_relation", v[0])
	if err != nil {
		return nil, err
	}
	to, err := relationArg("get_missing_columns", "to_relation", v[1])
	if err != nil {
		return nil, err
	}
	have, err := f.columns(to)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, c := range have {
		known[strings.ToLower(c.(*Column).Name)] = true
	}
	cols, err := f.columns(from)
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	for _, c := range cols {
		if !known[strings.ToLower(c.(*Column).Name)] {
			out.Elems = append(out.Elems, c)
		}
	}
	return out, nil
}

// callColumnsOfQuery describes a query's columns.
func callColumnsOfQuery(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	s, err := f.session()
	if err != nil {
		return nil, err
	}
	cols, err := s.Describe(t.Ctx, value.ToStr(v[0]))
	if err != nil {
		return nil, err
	}
	types := &f.Inv.Dialect.Types
	out := value.NewList()
	for _, col := range cols {
		if col.Unnamed != 0 {
			if err := f.Inv.Warner.WarnAt(event.Debug, event.TypeCodeNotFound{TypeCode: col.Unnamed}); err != nil {
				return nil, &value.Error{Kind: "EventCompilationError", Msg: err.Error()}
			}
		}
		out.Elems = append(out.Elems, &Column{col, types})
	}
	return out, nil
}

// callExpandTypes widens text columns of the target where the source's are
// wider. DuckDB's text has no width.
func callExpandTypes(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	from, err := relationArg("expand_target_column_types", "from_relation", v[0])
	if err != nil {
		return nil, err
	}
	to, err := relationArg("expand_target_column_types", "to_relation", v[1])
	if err != nil {
		return nil, err
	}
	if f.Inv.Dialect.Types.Unsized {
		return value.None, nil
	}
	goal, err := f.columns(from)
	if err != nil {
		return nil, err
	}
	now, err := f.columns(to)
	if err != nil {
		return nil, err
	}
	byName := map[string]*Column{}
	for _, c := range now {
		byName[c.(*Column).Name] = c.(*Column)
	}
	for _, c := range goal {
		g := c.(*Column)
		have := byName[g.Name]
		if have == nil || !have.isString() || !g.isString() || g.stringSize() <= have.stringSize() {
			continue
		}
		if _, err := f.CallNamed("alter_column_type", []value.Value{to, value.Str(g.Name), value.Str(stringType(g.stringSize()))}, nil); err != nil {
			return nil, err
		}
	}
	return value.None, nil
}

// callTruncate empties through the macro.
func callTruncate(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	if _, err := relationArg("truncate_relation", "relation", v[0]); err != nil {
		return nil, err
	}
	_, err := f.CallNamed("truncate_relation", v[:1], nil)
	return value.None, err
}

// callCreateSchema creates through the macro, so that a project's or an adapter's own
// version of it counts.
func callCreateSchema(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	if _, err := relationArg("create_schema", "relation", v[0]); err != nil {
		return nil, err
	}
	return value.None, f.schemaMacro(t, "create_schema", v[0])
}

// callDropSchema is callCreateSchema's counterpart.
func callDropSchema(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	r, err := relationArg("drop_schema", "relation", v[0])
	if err != nil {
		return nil, err
	}
	if err := f.schemaMacro(t, "drop_schema", v[0]); err != nil {
		return nil, err
	}
	f.Inv.Cache.DropSchema(r.Database, r.Schema)
	return value.None, nil
}

// schemaMacro calls a macro that makes or drops a schema, and commits: what else the
// transaction holds goes with it. dbt: SQLAdapter.create_schema, drop_schema.
func (f *Frame) schemaMacro(t *value.Thread, name string, relation value.Value) error {
	if _, err := f.CallNamed(name, []value.Value{relation}, nil); err != nil {
		return err
	}
	s, err := f.session()
	if err != nil {
		return err
	}
	return s.CommitIfOpen(t.Ctx)
}

// callDropRelation drops through the macro. A relation whose type is unknown is
// not dropped: the wrong DROP would fail, or worse, succeed.
func callDropRelation(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r, err := relationArg("drop_relation", "relation", v[0])
	if err != nil {
		return nil, err
	}
	if r.Relation.Type == adapter.TypeUnknown {
		return nil, compileErrorf("Tried to drop relation %s, but its type is null.", r.Render())
	}
	f.dropped(r.Relation)
	_, err = f.CallNamed("drop_relation", v[:1], nil)
	return value.None, err
}

func callRename(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	from, err := relationArg("rename_relation", "from_relation", v[0])
	if err != nil {
		return nil, err
	}
	to, err := relationArg("rename_relation", "to_relation", v[1])
	if err != nil {
		return nil, err
	}
	f.renamed(from.Relation, to.Relation)
	_, err = f.CallNamed("rename_relation", v[:2], nil)
	return value.None, err
}

// dropped and renamed note in the cache what the task is about to do.
func (f *Frame) dropped(r adapter.Relation) {
	f.touch(f.Inv.Cache.Drop(r)...)
	f.touch(r)
}

func (f *Frame) renamed(from, to adapter.Relation) {
	f.Inv.Cache.Rename(from, to)
	f.touch(from, to)
}

// touch remembers with the session what may be undone with its transaction.
func (f *Frame) touch(rels ...adapter.Relation) {
	if f.Session != nil {
		f.Session.Touched = append(f.Session.Touched, rels...)
	}
}

func callCacheAdded(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	if r, ok := v[0].(*Relation); ok {
		f.Inv.Cache.Add(r.Relation)
		f.touch(r.Relation)
	}
	return value.Str(""), nil
}

func callCacheDropped(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	if r, ok := v[0].(*Relation); ok {
		f.dropped(r.Relation)
	}
	return value.Str(""), nil
}

func callCacheRenamed(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	from, ok := v[0].(*Relation)
	to, ok2 := v[1].(*Relation)
	if ok && ok2 {
		f.renamed(from.Relation, to.Relation)
	}
	return value.Str(""), nil
}

func callConvertType(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	t, ok := v[0].(*agate.Table)
	i, ok2 := v[1].(value.Int)
	if !ok || !ok2 {
		return nil, value.TypeErrorf("convert_type takes a table and a column's number")
	}
	kind, ok := seedTypes[t.ColumnType(int(i))]
	if !ok {
		return value.Str(""), nil
	}
	return value.Str(f.Inv.Adapter.ConvertType(kind)), nil
}

// seedTypes maps agate's data types to the seam's.
var seedTypes = map[agate.DataType]adapter.SeedType{
	agate.Text: adapter.SeedText, agate.Integer: adapter.SeedInteger, agate.Number: adapter.SeedNumber, agate.Boolean: adapter.SeedBoolean,
	agate.Date: adapter.SeedDate, agate.DateTime: adapter.SeedDateTime, agate.TimeDelta: adapter.SeedTime,
}

// callSnapshotTarget makes sure that a table has a snapshot's columns.
func callSnapshotTarget(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r, err := relationArg("valid_snapshot_target", "relation", v[0])
	if err != nil {
		return nil, err
	}
	return value.None, f.snapshotColumns(r, v[1], []string{"dbt_scd_id", "dbt_valid_from", "dbt_valid_to"})
}

func callSnapshotStrategy(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r, err := relationArg("assert_valid_snapshot_target_given_strategy", "relation", v[0])
	if err != nil {
		return nil, err
	}
	if err := f.snapshotColumns(r, v[1], []string{"dbt_scd_id", "dbt_valid_from", "dbt_valid_to"}); err != nil {
		return nil, err
	}
	if d, ok := v[2].(*value.Dict); ok {
		if h, _ := d.GetStr("hard_deletes"); h != nil && value.ToStr(h) == "new_record" {
			return value.None, f.snapshotColumns(r, v[1], []string{"dbt_is_deleted"})
		}
	}
	return value.None, nil
}

func (f *Frame) snapshotColumns(r *Relation, renamed value.Value, want []string) error {
	cols, err := f.columns(r)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, c := range cols {
		have[strings.ToLower(c.(*Column).Name)] = true
	}
	var missing []string
	for _, w := range want {
		if d, ok := renamed.(*value.Dict); ok {
			if x, ok := d.GetStr(w); ok {
				w = optText(x)
			}
		}
		if w != "" && !have[strings.ToLower(w)] {
			missing = append(missing, w)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return compileErrorf("Snapshot target is missing configured columns: %s has no %s", r.Render(), strings.Join(missing, ", "))
}

// callGrants turns the rows of "show grants" into {privilege: [grantees]}.
func callGrants(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	out := value.NewDict(4)
	rows, err := value.ToSlice(v[0])
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		who, err := value.GetItem(row, value.Str("grantee"))
		if err != nil {
			return nil, err
		}
		what, err := value.GetItem(row, value.Str("privilege_type"))
		if err != nil {
			return nil, err
		}
		if have, ok := out.Get(what); ok {
			l := have.(*value.List)
			l.Elems = append(l.Elems, who)
			continue
		}
		if err := out.Set(what, value.NewList(who)); err != nil {
			return nil, err
		}
	}
	return out, nil
}
