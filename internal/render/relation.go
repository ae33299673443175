package render

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Relation is a table, a view or a CTE as templates see it: `this`, what ref()
// and source() give, api.Relation.create(...). It is immutable; its methods
// return new relations. dbt: BaseRelation.
type Relation struct {
	adapter.Relation
	quote   Quoting
	include Quoting
	// limit is the row limit of --empty and --sample; -1 is none.
	limit int
	// filter is what rows must meet, of a batch or of --sample; zero is none.
	filter timeFilter
	// external is what stands in place of the name (dbt-duckdb's external_location).
	external string
	// view is the view's name of an information_schema relation.
	view string
	// dialect is that of the database.
	dialect *adapter.Dialect
}

// relation makes a relation of which all parts are shown.
func (inv *Invocation) relation(r adapter.Relation, quote Quoting) *Relation {
	return &Relation{Relation: r, quote: quote, include: Quoting{true, true, true}, limit: -1, dialect: &inv.Dialect}
}

// Quotes tells which parts of the relation's name are quoted.
func (r *Relation) Quotes() Quoting { return r.quote }

// Type implements value.Value.
func (r *Relation) Type() string { return "Relation" }

// Truth implements value.Value.
func (r *Relation) Truth() bool { return true }

// AppendStr gives the relation as it stands in SQL.
func (r *Relation) AppendStr(b []byte) []byte {
	if r.Relation.Type == adapter.TypeFunction {
		return append(b, r.Render()...)
	}
	return append(b, r.renderFiltered(r.renderLimited())...)
}

// AppendRepr implements value.Value.
func (r *Relation) AppendRepr(b []byte) []byte {
	return append(append(append(b, "<Relation "...), r.Render()...), '>')
}

// IsMapping makes a relation pass the test `mapping`, as dbt's does: dbt_utils
// tells relations by it.
func (r *Relation) IsMapping() bool { return true }

// Equal implements value.Equaler: same parts, type and policies.
func (r *Relation) Equal(o value.Value) bool {
	other, ok := o.(*Relation)
	return ok && *r == *other
}

// HashKey implements value.Hashable.
func (r *Relation) HashKey() any { return "relation\x00" + r.Render() }

// Render gives the quoted name without limits.
func (r *Relation) Render() string {
	if r.external != "" {
		return r.external
	}
	var b strings.Builder
	part := func(s string, include, quote bool) {
		if s == "" || !include {
			return
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		if quote {
			b.WriteString(quoted(s))
		} else {
			b.WriteString(s)
		}
	}
	part(r.Database, r.include.Database, r.quote.Database)
	part(r.Schema, r.include.Schema, r.quote.Schema)
	part(r.Identifier, r.include.Identifier, r.quote.Identifier)
	if r.view != "" {
		part(r.view, true, false)
	}
	return b.String()
}

// renderLimited wraps the name as --empty asks for. dbt: render_limited.
func (r *Relation) renderLimited() string {
	switch {
	case r.limit < 0:
		return r.Render()
	case r.limit == 0:
		return r.subquery(r.Render(), "where false limit 0", "limit")
	}
	return r.subquery(r.Render(), "limit "+strconv.Itoa(r.limit), "limit")
}

// renderFiltered leaves of what was rendered the rows of a batch or a sample.
// dbt: render_event_time_filtered.
func (r *Relation) renderFiltered(rendered string) string {
	if r.filter.field == "" {
		return rendered
	}
	return r.subquery(rendered, "where "+r.filter.where(), "et_filter")
}

func (r *Relation) subquery(from, clause, what string) string {
	sub := "(select * from " + from + " " + clause + ")"
	if !r.dialect.NamelessSubquery {
		sub += " _dbt_" + what + "_subq_" + r.Identifier
	}
	return sub
}

func quoted(s string) string { return `"` + s + `"` }

// ephemeralPrefix begins the name of an ephemeral model's CTE.
const ephemeralPrefix = "__dbt__cte__"

// ephemeral is the relation that ref() gives for an ephemeral model.
func (inv *Invocation) ephemeral(alias string, limit int) *Relation {
	return &Relation{dialect: &inv.Dialect,
		Relation: adapter.Relation{Identifier: ephemeralPrefix + alias, Type: adapter.TypeCTE},
		quote:    Quoting{true, true, false}, include: Quoting{true, true, true}, limit: limit,
	}
}

// Attr implements value.Getter.
func (r *Relation) Attr(name string) (value.Value, bool) {
	if get, ok := relationProps[name]; ok {
		return get(r), true
	}
	if fn, ok := relationMethods[name]; ok {
		return value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			return fn(r, args, kw)
		}), true
	}
	if c, ok := relationConsts[name]; ok {
		return c, true
	}
	return r.own(name)
}

// own finds a method that relations of this database alone have.
func (r *Relation) own(name string) (value.Value, bool) {
	fn, ok := r.dialect.RelationMethods[name]
	if !ok {
		return nil, false
	}
	return value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		return fn(r.Relation, args, kw)
	}), true
}

// fit refuses a relation whose name the database would cut off without a word.
// dbt: PostgresRelation; only of relations whose type is known, since what tests and
// sources are called is not made.
func (r *Relation) fit() (value.Value, error) {
	if most := r.dialect.MaxName; most > 0 && r.Relation.Type != adapter.TypeUnknown && utf8.RuneCountInString(r.Identifier) > most {
		return nil, runtimeErrorf("Relation name '%s' is longer than %d characters", r.Identifier, most)
	}
	return r, nil
}

var relationConsts = map[string]value.Value{
	"Table": value.Str("table"), "View": value.Str("view"), "CTE": value.Str("cte"),
	"MaterializedView": value.Str("materialized_view"), "External": value.Str("external"),
	"PointerTable": value.Str("pointer_table"), "Function": value.Str("function"),
	"quote_character": value.Str(`"`),
}

var relationProps = map[string]func(*Relation) value.Value{
	"database":             func(r *Relation) value.Value { return textOrNone(r.Database) },
	"schema":               func(r *Relation) value.Value { return textOrNone(r.Schema) },
	"identifier":           func(r *Relation) value.Value { return textOrNone(r.Identifier) },
	"table":                func(r *Relation) value.Value { return textOrNone(r.Identifier) },
	"name":                 func(r *Relation) value.Value { return textOrNone(r.Identifier) },
	"type":                 func(r *Relation) value.Value { return textOrNone(string(r.Relation.Type)) },
	"is_table":             isType(adapter.TypeTable),
	"is_view":              isType(adapter.TypeView),
	"is_cte":               isType(adapter.TypeCTE),
	"is_materialized_view": isType(adapter.TypeMaterializedView),
	"is_function":          isType(adapter.TypeFunction),
	"is_external":          isType(adapter.TypeExternal),
	"is_pointer":           func(*Relation) value.Value { return value.Bool(false) },
	"can_be_renamed":       func(r *Relation) value.Value { return value.Bool(r.dialect.CanRename(r.Relation.Type)) },
	"can_be_replaced":      func(r *Relation) value.Value { return value.Bool(r.dialect.CanReplace(r.Relation.Type)) },
	"external":             func(r *Relation) value.Value { return textOrNone(r.external) },
	"limit":                func(r *Relation) value.Value { return limitValue(r.limit) },
	"event_time_filter":    func(r *Relation) value.Value { return r.filter.value() },
	"catalog":              func(*Relation) value.Value { return value.None },
	"path":                 func(r *Relation) value.Value { return r.pathValue() },
	"quote_policy":         func(r *Relation) value.Value { return policyValue(r.quote) },
	"include_policy":       func(r *Relation) value.Value { return policyValue(r.include) },
}

func isType(t adapter.RelationType) func(*Relation) value.Value {
	return func(r *Relation) value.Value { return value.Bool(r.Relation.Type == t) }
}

func textOrNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}

func limitValue(n int) value.Value {
	if n < 0 {
		return value.None
	}
	return value.Int(n)
}

func (r *Relation) pathValue() *value.Dict {
	d := value.NewDict(3)
	d.SetStr("database", textOrNone(r.Database))
	d.SetStr("schema", textOrNone(r.Schema))
	d.SetStr("identifier", textOrNone(r.Identifier))
	return d
}

func policyValue(q Quoting) *value.Dict {
	d := value.NewDict(3)
	d.SetStr("database", value.Bool(q.Database))
	d.SetStr("schema", value.Bool(q.Schema))
	d.SetStr("identifier", value.Bool(q.Identifier))
	return d
}

type relationMethod func(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error)

var relationMethods map[string]relationMethod

func init() {
	relationMethods = map[string]relationMethod{
		"render": func(r *Relation, _ []value.Value, _ []value.Arg) (value.Value, error) {
			return value.Str(r.Render()), nil
		},
		"render_limited": func(r *Relation, _ []value.Value, _ []value.Arg) (value.Value, error) {
			return value.Str(r.renderLimited()), nil
		},
		"render_event_time_filtered": func(r *Relation, a []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind("render_event_time_filtered", a, kw, "rendered?")
			if err != nil {
				return nil, err
			}
			rendered := r.Render()
			if v[0] != nil && v[0].Truth() {
				rendered = value.ToStr(v[0])
			}
			return value.Str(r.renderFiltered(rendered)), nil
		},
		"quote":                   relationQuote,
		"include":                 relationInclude,
		"get_function_config":     functionConfig,
		"get_function_macro_name": functionMacroName,
		"incorporate":             relationIncorporate,
		"replace_path":            relationReplacePath,
		"information_schema":      relationInfoSchema,
		"information_schema_only": relationInfoSchema,
		"without_identifier":      relationWithoutIdentifier,
		"quoted":                  relationQuoted,
		"matches":                 relationMatches,
		"get":                     relationGet,
		"to_dict":                 relationToDict,
		"scd_args":                relationSCDArgs,
		"replace":                 relationReplace,
		"add_ephemeral_prefix":    relationEphemeralPrefix,
		"create": func(r *Relation, a []value.Value, kw []value.Arg) (value.Value, error) {
			return r.create(a, kw)
		},
	}
}

// bindPolicy reads database=, schema=, identifier= over an existing policy;
// none leaves a part as it is.
func bindPolicy(fn string, base Quoting, args []value.Value, kw []value.Arg) (Quoting, error) {
	v, err := value.Bind(fn, args, kw, "database?", "schema?", "identifier?")
	if err != nil {
		return base, err
	}
	for i, p := range []*bool{&base.Database, &base.Schema, &base.Identifier} {
		if v[i] != nil && v[i] != value.None {
			*p = v[i].Truth()
		}
	}
	return base, nil
}

func relationQuote(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	q, err := bindPolicy("quote", r.quote, args, kw)
	out := *r
	out.quote = q
	return &out, err
}

func relationInclude(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	q, err := bindPolicy("include", r.include, args, kw)
	out := *r
	out.include = q
	return &out, err
}

// relationIncorporate merges path=, type=, quote_policy=, include_policy= into
// a copy. dbt: FakeAPIObject.incorporate, a deep merge.
func relationIncorporate(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	out := *r
	for _, a := range kw {
		switch a.Name {
		case "path":
			setPath(&out.Relation, a.Value)
		case "type":
			out.Relation.Type = adapter.RelationType(optText(a.Value))
		case "quote_policy":
			mergePolicy(&out.quote, a.Value)
		case "include_policy":
			mergePolicy(&out.include, a.Value)
		case "limit":
			out.limit = -1
			if n, ok := a.Value.(value.Int); ok {
				out.limit = int(n)
			}
		}
	}
	return out.fit()
}

func relationReplacePath(r *Relation, _ []value.Value, kw []value.Arg) (value.Value, error) {
	out := *r
	d := value.NewDict(len(kw))
	for _, a := range kw {
		d.SetStr(a.Name, a.Value)
	}
	setPath(&out.Relation, d)
	return out.fit()
}

func setPath(r *adapter.Relation, v value.Value) {
	d, ok := v.(*value.Dict)
	if !ok {
		return
	}
	for key, p := range map[string]*string{"database": &r.Database, "schema": &r.Schema, "identifier": &r.Identifier} {
		if x, ok := d.GetStr(key); ok {
			*p = optText(x)
		}
	}
}

func mergePolicy(q *Quoting, v value.Value) {
	d, ok := v.(*value.Dict)
	if !ok {
		return
	}
	for key, p := range map[string]*bool{"database": &q.Database, "schema": &q.Schema, "identifier": &q.Identifier} {
		if x, ok := d.GetStr(key); ok && x != value.None {
			*p = x.Truth()
		}
	}
}

func relationInfoSchema(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("information_schema", args, kw, "view_name?")
	if err != nil {
		return nil, err
	}
	out := *r
	out.Schema, out.Identifier = "", "INFORMATION_SCHEMA"
	out.quote.Identifier = false
	out.Relation.Type = adapter.TypeUnknown
	if s, ok := v[0].(value.Str); ok {
		out.view = string(s)
	}
	return &out, nil
}

func relationWithoutIdentifier(r *Relation, _ []value.Value, _ []value.Arg) (value.Value, error) {
	out := *r
	out.include.Identifier, out.Identifier = false, ""
	return &out, nil
}

func relationQuoted(_ *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("quoted", args, kw, "identifier")
	if err != nil {
		return nil, err
	}
	return value.Str(quoted(value.ToStr(v[0]))), nil
}

func relationEphemeralPrefix(_ *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("add_ephemeral_prefix", args, kw, "name")
	if err != nil {
		return nil, err
	}
	return value.Str(ephemeralPrefix + value.ToStr(v[0])), nil
}

func relationMatches(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("matches", args, kw, "database?", "schema?", "identifier?")
	if err != nil {
		return nil, err
	}
	for i, own := range []string{r.Database, r.Schema, r.Identifier} {
		if v[i] != nil && v[i] != value.None && !strings.EqualFold(own, value.ToStr(v[i])) {
			return value.Bool(false), nil
		}
	}
	return value.Bool(true), nil
}

// relationGet serves packages that treat a relation as a mapping. dbt keeps
// get('metadata') for dbt_utils' check that a value is a relation.
func relationGet(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("get", args, kw, "key", "default?")
	if err != nil {
		return nil, err
	}
	key := value.ToStr(v[0])
	if key == "metadata" {
		d := value.NewDict(1)
		d.SetStr("type", value.Str("Relation"))
		return d, nil
	}
	if get, ok := relationProps[key]; ok {
		return get(r), nil
	}
	if v[1] != nil {
		return v[1], nil
	}
	return value.None, nil
}

func relationToDict(r *Relation, _ []value.Value, _ []value.Arg) (value.Value, error) {
	d := value.NewDict(6)
	d.SetStr("path", r.pathValue())
	d.SetStr("type", textOrNone(string(r.Relation.Type)))
	d.SetStr("quote_character", value.Str(`"`))
	d.SetStr("include_policy", policyValue(r.include))
	d.SetStr("quote_policy", policyValue(r.quote))
	d.SetStr("dbt_created", value.Bool(false))
	return d, nil
}

// relationSCDArgs lists what identifies a snapshot's row: the key, one column or
// several, then updated_at.
func relationSCDArgs(_ *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("scd_args", args, kw, "primary_key", "updated_at")
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	if l, ok := v[0].(*value.List); ok {
		out.Elems = append(out.Elems, l.Elems...)
	} else {
		out.Elems = append(out.Elems, v[0])
	}
	out.Elems = append(out.Elems, v[1])
	return out, nil
}

// relationReplace changes fields: type=, limit=, information_schema_view=.
func relationReplace(r *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	out := *r
	var rest []value.Arg
	for _, a := range kw {
		if a.Name == "information_schema_view" {
			out.view = optText(a.Value)
			continue
		}
		rest = append(rest, a)
	}
	return relationIncorporate(&out, args, rest)
}

// create is api.Relation.create and adapter.Relation.create.
func (r *Relation) create(args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("create", args, kw, "database?", "schema?", "identifier?", "type?", "**kw")
	if err != nil {
		return nil, err
	}
	out := &Relation{quote: r.quote, include: Quoting{true, true, true}, limit: -1, dialect: r.dialect, Relation: adapter.Relation{
		Database: optText(v[0]), Schema: optText(v[1]), Identifier: optText(v[2]), Type: adapter.RelationType(optText(v[3])),
	}}
	if rest, ok := v[4].(*value.Dict); ok {
		if q, ok := rest.GetStr("quote_policy"); ok {
			mergePolicy(&out.quote, q)
		}
		if q, ok := rest.GetStr("include_policy"); ok {
			mergePolicy(&out.include, q)
		}
		if l, ok := rest.GetStr("limit"); ok {
			if n, ok := l.(value.Int); ok {
				out.limit = int(n)
			}
		}
	}
	return out.fit()
}

// optText is the text of v, "" for none, undefined and absent.
func optText(v value.Value) string {
	if v == nil || v == value.None {
		return ""
	}
	return value.ToStr(v)
}
