package render

import (
	"context"
	"errors"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/session"
)

// database is `adapter`: what templates may ask of the database. While parsing,
// nothing reaches a database: a method with a `parse` answer gives that.
type database struct{ f *Frame }

func (d *database) Type() string               { return "DatabaseWrapper" }
func (d *database) Truth() bool                { return true }
func (d *database) AppendStr(b []byte) []byte  { return append(b, "<adapter>"...) }
func (d *database) AppendRepr(b []byte) []byte { return d.AppendStr(b) }

// Attr implements value.Getter.
func (d *database) Attr(name string) (value.Value, bool) {
	switch name {
	case "Relation":
		return &relationClass{d.f.Inv}, true
	case "Column":
		return columnClass{&d.f.Inv.Dialect.Types}, true
	case "behavior":
		return behaviorFlags{}, true
	}
	if m, ok := databaseMethods[name]; ok {
		if d.f.Phase == Parse && m.parse != nil {
			answer := m.parse()
			return value.NewFunc(name, func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) { return answer, nil }), true
		}
		return m.function.bind(d.f, name), true
	}
	return d.own(name)
}

// own finds a method that only this database has.
func (d *database) own(name string) (value.Value, bool) {
	own, ok := d.f.Inv.Adapter.(adapter.Templated)
	if !ok {
		// While parsing no database is open: what is unknown answers none.
		if d.f.Phase == Parse {
			return value.NewFunc(name, func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) { return value.None, nil }), true
		}
		return nil, false
	}
	m, ok := own.Method(name)
	if !ok {
		return nil, false
	}
	return value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		return m(t.Ctx, d.f.Session, args, kw)
	}), true
}

// databaseMethod is a method of adapter.*, with its answer while parsing.
type databaseMethod struct {
	function
	parse func() value.Value // nil: the method itself, parsing or not
}

func emptyText() value.Value { return value.Str("") }
func none() value.Value      { return value.None }
func emptyList() value.Value { return value.NewList() }
func no() value.Value        { return value.Bool(false) }

var databaseMethods map[string]databaseMethod

func init() {
	databaseMethods = map[string]databaseMethod{
		"type": {function{nil, func(f *Frame, _ *value.Thread, _ []value.Value) (value.Value, error) {
			return value.Str(f.Inv.AdapterType), nil
		}}, nil},
		"dispatch":                       {function{[]string{"macro_name", "macro_namespace?", "packages?"}, callDispatch}, nil},
		"quote":                          {function{[]string{"identifier"}, callQuote}, nil},
		"quote_as_configured":            {function{[]string{"identifier", "quote_key"}, callQuoteAs}, nil},
		"quote_seed_column":              {function{[]string{"column", "quote_config"}, callQuoteSeed}, nil},
		"execute":                        {function{[]string{"sql", "auto_begin?", "fetch?", "limit?"}, callExecute}, emptyExecution},
		"add_query":                      {function{[]string{"sql", "auto_begin?", "bindings?", "abridge_sql_log?"}, callAddQuery}, func() value.Value { return value.NewTuple(value.None, value.None) }},
		"commit":                         {function{nil, callCommit}, none},
		"get_relation":                   {function{[]string{"database", "schema", "identifier"}, callGetRelation}, none},
		"list_relations":                 {function{[]string{"database", "schema"}, callListRelations}, emptyList},
		"list_relations_without_caching": {function{[]string{"schema_relation"}, callListUncached}, emptyList},
		"list_schemas":                   {function{[]string{"database"}, callListSchemas}, emptyList},
		"check_schema_exists":            {function{[]string{"database", "schema"}, callSchemaExists}, no},
		"already_exists":                 {function{[]string{"schema", "name"}, callAlreadyExists}, no},
		"get_columns_in_relation":        {function{[]string{"relation"}, callColumns}, emptyList},
		"get_columns_in_table":           {function{[]string{"schema", "identifier"}, callColumnsInTable}, emptyList},
		"get_missing_columns":            {function{[]string{"from_relation", "to_relation"}, callMissingColumns}, emptyList},
		"get_column_schema_from_query":   {function{[]string{"sql"}, callColumnsOfQuery}, emptyList},
		"expand_target_column_types":     {function{[]string{"from_relation", "to_relation"}, callExpandTypes}, none},
		"create_schema":                  {function{[]string{"relation"}, callCreateSchema}, none},
		"drop_schema":                    {function{[]string{"relation"}, callDropSchema}, none},
		"drop_relation":                  {function{[]string{"relation"}, callDropRelation}, none},
		"truncate_relation":              {function{[]string{"relation"}, callTruncate}, none},
		"rename_relation":                {function{[]string{"from_relation", "to_relation"}, callRename}, none},
		"cache_added":                    {function{[]string{"relation"}, callCacheAdded}, emptyText},
		"cache_dropped":                  {function{[]string{"relation"}, callCacheDropped}, emptyText},
		"cache_renamed":                  {function{[]string{"from_relation", "to_relation"}, callCacheRenamed}, emptyText},
		"nice_connection_name": {function{nil, func(f *Frame, _ *value.Thread, _ []value.Value) (value.Value, error) {
			return value.Str(f.Session.Name), nil
		}}, none},
		"convert_type":          {function{[]string{"agate_table", "col_idx"}, callConvertType}, none},
		"valid_snapshot_target": {function{[]string{"relation", "column_names?"}, callSnapshotTarget}, none},
		"assert_valid_snapshot_target_given_strategy": {function{[]string{"relation", "column_names", "strategy"}, callSnapshotStrategy}, none},
		"get_hard_deletes_behavior":                   {function{[]string{"config"}, callHardDeletes}, none},
		"get_incremental_strategy_macro":              {function{[]string{"model_context", "strategy"}, callStrategyMacro}, none},
		"standardize_grants_dict":                     {function{[]string{"grants_table"}, callGrants}, nil},
		"render_raw_columns_constraints":              {function{[]string{"raw_columns"}, callColumnConstraints}, nil},
		"render_raw_model_constraints":                {function{[]string{"raw_constraints"}, callModelConstraints}, nil},
		"is_replaceable":                              {function{[]string{"*args", "**kw"}, func(*Frame, *value.Thread, []value.Value) (value.Value, error) { return value.Bool(true), nil }}, no},
	}
}

func emptyExecution() value.Value {
	return value.NewTuple(&Response{adapter.Response{Rows: -1}}, tableOf(nil))
}

// callDispatch finds a macro's implementation for this database.
func callDispatch(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	name := value.ToStr(v[0])
	if v[2] != nil && v[2] != value.None && !strings.Contains(name, ".") {
		return nil, compileErrorf("The \"packages\" argument of adapter.dispatch() has been deprecated.\nUse the \"macro_namespace\" argument instead.\n\nRaised during dispatch for: %s\n\nFor more information, see:\n\nhttps://docs.getdbt.com/reference/dbt-jinja-functions/dispatch", name)
	}
	ns := ""
	if v[1] != nil && v[1] != value.None {
		s, ok := v[1].(value.Str)
		if !ok {
			return nil, compileErrorf("In adapter.dispatch, got a %s macro_namespace argument (\"%s\"), but macro_namespace should be None or a string.", pyType(v[1]), value.ToStr(v[1]))
		}
		ns = string(s)
	}
	e, err := f.Inv.DispatchFor(f.pkg, name, ns)
	if err != nil {
		return nil, &value.Error{Kind: KindCompilation, Msg: err.Error()}
	}
	return f.bind(e), nil
}

func callQuote(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	return value.Str(quoted(value.ToStr(v[0]))), nil
}

func callQuoteAs(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	on := false
	switch value.ToStr(v[1]) {
	case "database":
		on = f.Inv.Quoting.Database
	case "schema":
		on = f.Inv.Quoting.Schema
	case "identifier":
		on = f.Inv.Quoting.Identifier
	}
	if on {
		return value.Str(quoted(value.ToStr(v[0]))), nil
	}
	return v[0], nil
}

func callQuoteSeed(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	quote := true
	switch q := orNone(v[1]).(type) {
	case value.Bool:
		quote = bool(q)
	case value.NoneType:
	default:
		return nil, compileErrorf("The seed configuration value of \"quote_columns\" has an invalid type %s", pyType(q))
	}
	if !quote {
		return v[0], nil
	}
	return value.Str(quoted(value.ToStr(v[0]))), nil
}

func flag(v value.Value, def bool) bool {
	if v == nil {
		return def
	}
	return v.Truth()
}

// session gives the frame's session; a fault where there is none.
func (f *Frame) session() (*session.Session, error) {
	if f.Session == nil {
		return nil, runtimeErrorf("connection never acquired for thread")
	}
	return f.Session, nil
}

// conn gives the database connection for introspection.
func (f *Frame) conn() (adapter.Conn, error) {
	s, err := f.session()
	if err != nil {
		return nil, err
	}
	return s.Conn(f.ctx)
}

func callExecute(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	s, err := f.session()
	if err != nil {
		return nil, err
	}
	limit := 0
	if n, ok := orNone(v[3]).(value.Int); ok {
		limit = int(n)
	}
	resp, table, err := s.Execute(t.Ctx, value.ToStr(v[0]), flag(v[1], false), flag(v[2], false), limit)
	if err != nil {
		return nil, err
	}
	return value.NewTuple(&Response{resp}, tableOf(table)), nil
}

func callAddQuery(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	s, err := f.session()
	if err != nil {
		return nil, err
	}
	if v[2] != nil && v[2] != value.None {
		return bound(t.Ctx, s, value.ToStr(v[0]), flag(v[1], true), v[2])
	}
	_, table, err := s.Execute(t.Ctx, value.ToStr(v[0]), flag(v[1], true), true, 0)
	if err != nil {
		return nil, err
	}
	return value.NewTuple(value.Str(s.Name), tableOf(table)), nil
}

// bound sends a statement with values for its placeholders.
func bound(ctx context.Context, s *session.Session, sql string, begin bool, bindings value.Value) (value.Value, error) {
	args, err := value.ToSlice(bindings)
	if err != nil {
		return nil, err
	}
	if err := s.ExecuteArgs(ctx, sql, begin, args); err != nil {
		return nil, err
	}
	return value.NewTuple(value.Str(s.Name), tableOf(nil)), nil
}

// behaviorFlags is adapter.behavior: every flag of an adapter's behaviour is
// off, as dbt's defaults are.
type behaviorFlags struct{}

func (behaviorFlags) Type() string                 { return "Behavior" }
func (behaviorFlags) Truth() bool                  { return true }
func (behaviorFlags) AppendStr(b []byte) []byte    { return append(b, "<behavior>"...) }
func (k behaviorFlags) AppendRepr(b []byte) []byte { return k.AppendStr(b) }

// Attr implements value.Getter.
func (behaviorFlags) Attr(string) (value.Value, bool) {
	d := value.NewDict(2)
	d.SetStr("setting", value.Bool(false))
	d.SetStr("no_warn", value.Bool(false))
	return &attrDict{d}, true
}

func callCommit(f *Frame, t *value.Thread, _ []value.Value) (value.Value, error) {
	s, err := f.session()
	if err != nil {
		return nil, err
	}
	if f.Inv.Dialect.LenientCommit {
		return value.None, s.CommitIfOpen(t.Ctx)
	}
	if err := s.Commit(t.Ctx); err != nil {
		if errors.Is(err, session.ErrNoTransaction) {
			return nil, &value.Error{Kind: KindInternal, Msg: "Tried to commit transaction on connection \"" + s.Name + "\", but it does not have one open!"}
		}
		return nil, err
	}
	return value.None, nil
}

// callStrategyMacro gives get_incremental_<strategy>_sql.
func callStrategyMacro(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	strategy := "default"
	if v[1] != value.None {
		strategy = value.ToStr(v[1])
	}
	valid := f.Inv.strategies()
	if builtinStrategies[strategy] && !valid[strategy] {
		return nil, runtimeErrorf("The incremental strategy '%s' is not valid for this adapter", strategy)
	}
	name := "get_incremental_" + strings.ReplaceAll(strategy, "+", "_") + "_sql"
	e := f.Inv.Macros.Find(f.pkg, name)
	if e == nil {
		return nil, runtimeErrorf("dbt could not find an incremental strategy macro with the name %q in %s", name, f.Inv.Project)
	}
	return f.bind(e), nil
}

var builtinStrategies = map[string]bool{"append": true, "delete+insert": true, "merge": true, "insert_overwrite": true, "microbatch": true}

// strategies are the incremental strategies that the database has. An adapter
// that says nothing has append alone (dbt: valid_incremental_strategies).
func (inv *Invocation) strategies() map[string]bool {
	out := map[string]bool{"default": true}
	if s, ok := inv.Adapter.(adapter.Strategist); ok {
		for _, name := range s.Strategies() {
			out[name] = true
		}
		return out
	}
	out["append"] = true
	return out
}

func callHardDeletes(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	get := func(key string) (value.Value, error) {
		fn, ok, err := value.GetAttr(v[0], "get")
		if err != nil || !ok {
			return nil, value.TypeErrorf("get_hard_deletes_behavior takes a config")
		}
		return value.Call(nil, fn, []value.Value{value.Str(key)}, nil)
	}
	invalidate, err := get("invalidate_hard_deletes")
	if err != nil {
		return nil, err
	}
	hard, err := get("hard_deletes")
	if err != nil {
		return nil, err
	}
	if invalidate != value.None && hard != value.None {
		return nil, &value.Error{Kind: KindValidation, Msg: "You cannot set both the invalidate_hard_deletes and hard_deletes config properties on the same snapshot."}
	}
	switch h := optText(hard); {
	case invalidate.Truth() || h == "invalidate":
		return value.Str("invalidate"), nil
	case h == "new_record":
		return value.Str("new_record"), nil
	case h == "" || h == "ignore":
		return value.Str("ignore"), nil
	}
	return nil, &value.Error{Kind: KindValidation, Msg: "Invalid setting for property hard_deletes."}
}
