package render

import (
	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// callFunction is function('name') and function('package', 'name'): the name by
// which SQL calls a user-defined function. dbt: RuntimeFunctionResolver.
func callFunction(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	pkg, name, err := targetArgs("function", v[0].(*value.Tuple).Elems)
	if err != nil {
		return nil, err
	}
	if f.Phase == Parse {
		f.notes.Functions = append(f.notes.Functions, calledAs(pkg, name))
		own := *f.ownRelation()
		own.Relation.Type = adapter.TypeFunction
		return &own, nil
	}
	n, err := f.manifest().ResolveOther(manifest.KindFunction, f.pkg, pkg, name)
	if err != nil {
		return nil, f.notFound(err)
	}
	if n, err = f.readNode(n); err != nil {
		return nil, err
	}
	// dbt: the project's quoting does not count here.
	return f.Inv.relation(adapter.Relation{Database: n.Database, Schema: n.Schema, Identifier: n.Alias, Type: adapter.TypeFunction}, Quoting{true, true, true}), nil
}

// functionConfig is relation.get_function_config(model): what chooses the macro
// that makes a function; none for what is no function.
func functionConfig(_ *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("get_function_config", args, kw, "model")
	if err != nil {
		return nil, err
	}
	model, ok := v[0].(*value.Dict)
	if !ok || itemText(model, "resource_type") != "function" {
		return value.None, nil
	}
	got, _ := model.GetStr("config")
	config, _ := got.(*value.Dict)
	out := value.NewDict(4)
	out.SetStr("language", value.Str(itemText(model, "language")))
	for _, key := range []string{"type", "runtime_version", "entry_point"} {
		out.SetStr(key, value.None)
		if config != nil {
			if x, ok := config.GetStr(key); ok {
				out.SetStr(key, x)
			}
		}
	}
	return &attrDict{out}, pythonFunction(out)
}

// pythonFunction makes sure that a function in Python says what a database asks of one.
// dbt: FunctionConfig.validation_rules.
func pythonFunction(config *value.Dict) error {
	if itemText(config, "language") != "python" {
		return nil
	}
	for _, key := range []string{"runtime_version", "entry_point"} {
		if v, _ := config.GetStr(key); v == value.None {
			article := "A"
			if key == "entry_point" {
				article = "An"
			}
			return runtimeErrorf("%s `%s` is required for python functions", article, key)
		}
	}
	return nil
}

// functionMacroName is relation.get_function_macro_name(config).
func functionMacroName(_ *Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	v, err := value.Bind("get_function_macro_name", args, kw, "config")
	if err != nil {
		return nil, err
	}
	config, ok := v[0].(*attrDict)
	if !ok {
		return nil, compileErrorf("get_function_macro_name() takes what get_function_config() gave, got %s", pyType(v[0]))
	}
	return value.Str(itemText(config.Dict, "type") + "_function_" + itemText(config.Dict, "language")), nil
}
