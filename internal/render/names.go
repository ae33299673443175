package render

import (
	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// binding is one name that templates see.
type binding struct {
	// make gives the name's value in a frame; nil where the frame has none.
	make func(*Frame) value.Value
	// volatile values are made anew at each use: they change while a node runs.
	volatile bool
}

// names is every name that a template sees beside macros, one row each. A
// function's row is in the table of the file that holds it.
var names map[string]binding

func init() {
	names = map[string]binding{
		// the invocation
		"dbt_version":          constant(value.Str(DBTVersion)),
		"invocation_id":        {make: func(f *Frame) value.Value { return value.Str(f.Inv.ID) }},
		"run_started_at":       {make: runStartedAt},
		"thread_id":            {make: threadID},
		"flags":                {make: flagsObject},
		"invocation_args_dict": {make: argsDict},
		"dbt_metadata_envs":    {make: metadataEnvs},
		"selected_resources":   {make: selectedResources},
		"modules":              {make: func(f *Frame) value.Value { return modulesOf(f) }},
		// the project and the target
		"project_name": {make: func(f *Frame) value.Value { return value.Str(f.Inv.Project) }},
		"target":       {make: targetObject},
		"env":          {make: targetObject},
		"graph":        {make: func(f *Frame) value.Value { return f.Inv.graphValue() }},
		"database":     {make: nodeDatabase},
		"schema":       {make: nodeSchema},
		// the node
		"execute":        {make: func(f *Frame) value.Value { return value.Bool(f.Executing()) }},
		"model":          {make: nodeModel, volatile: true},
		"this":           {make: nodeThis},
		"config":         {make: func(f *Frame) value.Value { return &configObject{f} }},
		"pre_hooks":      {make: func(f *Frame) value.Value { return f.hooks("pre-hook") }},
		"post_hooks":     {make: func(f *Frame) value.Value { return f.hooks("post-hook") }},
		"sql":            {make: nodeSQL, volatile: true},
		"compiled_code":  {make: nodeSQL, volatile: true},
		"defer_relation": {make: nodeDefer},
		// objects
		"adapter":             {make: func(f *Frame) value.Value { return &database{f} }},
		"api":                 {make: apiObject},
		"column":              {make: func(f *Frame) value.Value { return columnClass{&f.Inv.Dialect.Types} }},
		"exceptions":          {make: exceptionsObject},
		"validation":          {make: validationObject},
		"context":             {make: func(f *Frame) value.Value { return &contextObject{f} }},
		"builtins":            {make: builtinsObject},
		"context_macro_stack": {make: func(f *Frame) value.Value { return f.stackValue() }, volatile: true},
		"sql_now":             constant(value.Str("now()")),
		"var":                 {make: func(f *Frame) value.Value { return &varFunction{f} }},
	}
	for _, table := range []map[string]function{basicFunctions, refFunctions, statementFunctions, hookFunctions, ownFunctions} {
		for name, fn := range table {
			names[name] = binding{make: func(f *Frame) value.Value { return fn.bind(f, name) }}
		}
	}
}

// targetObject is `target`. profiles.yml and packages.yml do not see it (dbt:
// SecretContext); dex.yml and dbt_project.yml do, also where a command has no profile.
func targetObject(f *Frame) value.Value {
	switch {
	case f.configuring && f.secret != nil && !f.own:
		return nil
	case f.Inv.Target != nil:
		return f.Inv.Target
	case f.configuring:
		return &unsetTarget{value.NewDict(0)}
	}
	return nil
}

// unsetTarget is `target` of a command without a profile, such as deps: a dict in
// which whatever is asked for is an empty text. dbt: UnsetProfile.to_target_dict.
type unsetTarget struct{ *value.Dict }

// Attr implements value.Getter.
func (u *unsetTarget) Attr(name string) (value.Value, bool) {
	v, ok, err := value.GetAttr(u.Dict, name)
	if ok && err == nil {
		return v, true
	}
	return value.Str(""), true
}

// Item implements value.Indexer.
func (u *unsetTarget) Item(value.Value) (value.Value, error) { return value.Str(""), nil }

func flagsObject(f *Frame) value.Value {
	f.noteFlags()
	return &attrDict{f.Inv.Flags}
}

func argsDict(f *Frame) value.Value {
	f.noteFlags()
	return f.Inv.Args
}

func constant(v value.Value) binding {
	return binding{make: func(*Frame) value.Value { return v }}
}

// DBTVersion is the version of dbt whose behaviour dex keeps: dbt_version in
// templates and artifacts.
const DBTVersion = "1.12.6"

// propertyNames are the names that the values of properties files see. dbt:
// SchemaYamlContext.
var propertyNames = map[string]bool{
	"builtins": true, "dbt_metadata_envs": true, "dbt_version": true, "debug": true, "diff_of_two_dicts": true, "env_var": true, "exceptions": true,
	"flags": true, "fromjson": true, "fromyaml": true, "invocation_args_dict": true, "invocation_id": true, "local_md5": true, "log": true,
	"modules": true, "print": true, "project_name": true, "return": true, "run_started_at": true, "set": true, "set_strict": true,
	"target": true, "thread_id": true, "tojson": true, "toyaml": true, "var": true, "zip": true, "zip_strict": true,
}

// function is a function that templates call, with Python's parameters.
type function struct {
	params []string // as value.Bind takes them
	call   func(f *Frame, t *value.Thread, v []value.Value) (value.Value, error)
}

func (fn function) bind(f *Frame, name string) *value.Func {
	return value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		v, err := value.Bind(name, args, kw, fn.params...)
		if err != nil {
			return nil, err
		}
		return fn.call(f, t, v)
	}).Guarding(callModes[name])
}

// callModes say what functions do with the values of an operation's parameters. A
// function that is not here gets them as marks, and can pass them on alone: whatever
// sends SQL or makes relations must not be here.
var callModes = map[string]value.CallMode{
	"return": value.CallAsIs, "zip": value.CallAsIs, "zip_strict": value.CallAsIs, "set": value.CallAsIs, "set_strict": value.CallAsIs,
	"store_result": value.CallAsIs, "store_raw_result": value.CallAsIs, "try_or_compiler_error": value.CallAsIs,
	"tojson": value.CallPure, "fromjson": value.CallPure, "toyaml": value.CallPure, "fromyaml": value.CallPure,
	"local_md5": value.CallPure, "diff_of_two_dicts": value.CallPure, "env_var": value.CallPure,
	"log": value.CallPlain, "print": value.CallPlain, "ref": value.CallPlain, "source": value.CallPlain, "function": value.CallPlain,
	"load_result": value.CallPlain, "dispatch": value.CallPlain, "doc": value.CallPlain,
	"get_relation": value.CallNames, "list_relations": value.CallNames, "check_schema_exists": value.CallNames,
	"already_exists": value.CallNames, "get_columns_in_table": value.CallNames, "list_schemas": value.CallNames,
}

// attrDict is a dict whose items are attributes as well, none where there is no
// such item: flags.FULL_REFRESH.
type attrDict struct{ *value.Dict }

// Attr implements value.Getter.
func (d *attrDict) Attr(name string) (value.Value, bool) {
	if v, ok := d.GetStr(name); ok {
		return v, true
	}
	v, ok, err := value.GetAttr(d.Dict, name)
	return v, ok && err == nil
}

// contextObject is `context`: all names of the frame as a mapping.
type contextObject struct{ f *Frame }

func (c *contextObject) Type() string              { return "dict" }
func (c *contextObject) Truth() bool               { return true }
func (c *contextObject) AppendStr(b []byte) []byte { return append(b, "<context>"...) }

// AppendRepr implements value.Value.
func (c *contextObject) AppendRepr(b []byte) []byte { return c.AppendStr(b) }

// Item implements value.Indexer.
func (c *contextObject) Item(key value.Value) (value.Value, error) {
	if v, ok := c.f.Lookup(value.ToStr(key)); ok {
		return v, nil
	}
	return nil, value.Errorf("KeyError", "%s", value.Repr(key))
}

// Contains implements value.Container.
func (c *contextObject) Contains(x value.Value) (bool, error) {
	_, ok := c.f.Lookup(value.ToStr(x))
	return ok, nil
}

// Attr implements value.Getter. `update` puts names of the template's own into
// the context (elementary and others rely on it).
func (c *contextObject) Attr(name string) (value.Value, bool) {
	switch name {
	case "get":
		return value.NewFunc("get", func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind("get", args, kw, "key", "default?")
			if err != nil {
				return nil, err
			}
			if got, ok := c.f.Lookup(value.ToStr(v[0])); ok {
				return got, nil
			}
			if v[1] != nil {
				return v[1], nil
			}
			return value.None, nil
		}), true
	case "update":
		return value.NewFunc("update", func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind("update", args, kw, "other?", "**kw")
			if err != nil {
				return nil, err
			}
			for _, d := range v {
				if d, ok := d.(*value.Dict); ok {
					d.Each(func(k, x value.Value) bool {
						c.f.made[value.ToStr(k)] = x
						return true
					})
				}
			}
			return value.None, nil
		}), true
	}
	return c.f.Lookup(name)
}

// builtinsObject is `builtins`: dbt's own names even where a macro hides them.
func builtinsObject(f *Frame) value.Value {
	d := value.NewDict(len(names))
	for _, name := range []string{"ref", "source", "config", "var", "env_var", "log", "return"} {
		d.SetStr(name, names[name].make(f))
	}
	return &attrDict{d}
}

func apiObject(f *Frame) value.Value {
	d := value.NewDict(2)
	d.SetStr("Relation", &relationClass{f.Inv})
	d.SetStr("Column", columnClass{&f.Inv.Dialect.Types})
	return &attrDict{d}
}

// relationClass is api.Relation and adapter.Relation.
type relationClass struct{ inv *Invocation }

func (*relationClass) Type() string                 { return "RelationProxy" }
func (*relationClass) Truth() bool                  { return true }
func (*relationClass) AppendStr(b []byte) []byte    { return append(b, "<class 'Relation'>"...) }
func (k *relationClass) AppendRepr(b []byte) []byte { return k.AppendStr(b) }

// Attr implements value.Getter.
func (k *relationClass) Attr(name string) (value.Value, bool) {
	return k.inv.relation(adapter.Relation{}, k.inv.Quoting).Attr(name)
}

// Item implements value.Indexer.
func (d *attrDict) Item(key value.Value) (value.Value, error) { return value.GetItem(d.Dict, key) }

// Contains implements value.Container.
func (d *attrDict) Contains(x value.Value) (bool, error) {
	_, ok := d.Get(x)
	return ok, nil
}

// IsMapping makes it pass the test `mapping`.
func (d *attrDict) IsMapping() bool { return true }
