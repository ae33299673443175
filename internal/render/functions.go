package render

import (
	"crypto/md5"
	"encoding/hex"
	"os"
	"strings"
	"sync"
	"time"

	"dex/internal/event"
	"dex/internal/jinja"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// basicFunctions are the functions that need no node: dbt's BaseContext.
var basicFunctions = map[string]function{
	"return": {[]string{"data"}, func(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return nil, jinja.Return{Value: v[0]}
	}},
	"env_var": {[]string{"var", "default?"}, callEnvVar},
	"log":     {[]string{"msg", "info?"}, callLog},
	"print":   {[]string{"msg"}, callPrint},
	"debug": {nil, func(*Frame, *value.Thread, []value.Value) (value.Value, error) {
		return nil, compileErrorf("debug() stops in Python's debugger, which dex does not have. Use log(..., info=true)")
	}},
	"fromjson":              {[]string{"string", "default?"}, callFromJSON},
	"tojson":                {[]string{"value", "default?", "sort_keys?"}, callToJSON},
	"fromyaml":              {[]string{"value", "default?"}, callFromYAML},
	"toyaml":                {[]string{"value", "default?", "sort_keys?"}, callToYAML},
	"set":                   {[]string{"value", "default?"}, callSet},
	"set_strict":            {[]string{"value"}, callSetStrict},
	"zip":                   {[]string{"*args", "default?"}, callZip},
	"zip_strict":            {[]string{"*args"}, callZipStrict},
	"local_md5":             {[]string{"value"}, callMD5},
	"diff_of_two_dicts":     {[]string{"dict_a", "dict_b"}, callDiff},
	"doc":                   {[]string{"*args"}, callDoc},
	"render":                {[]string{"string"}, callRender},
	"adapter_macro":         {[]string{"name", "*args", "**kw"}, callAdapterMacro},
	"submit_python_job":     {[]string{"parsed_model", "compiled_code"}, callPythonJob},
	"try_or_compiler_error": {[]string{"message_if_exception", "func", "*args", "**kw"}, callTry},
}

// modules is made when first asked for: it is large, and few templates ask.
var modules = sync.OnceValue(func() *value.Dict { return pylib.Modules(pylib.Options{}) })

// modulesOf is modules for one frame: calls of itertools are told of.
func modulesOf(f *Frame) value.Value {
	all := modules().Clone()
	tools, _ := all.GetStr("itertools")
	told := value.NewDict(tools.(*value.Dict).Len())
	tools.(*value.Dict).Each(func(k, v value.Value) bool {
		name := value.ToStr(k)
		told.SetStr(name, value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			if err := f.deprecated("ModulesItertoolsUsageDeprecation", "Usage of itertools modules is deprecated. Please use the built-in functions instead."); err != nil {
				return nil, err
			}
			return v.(value.Callable).Call(t, args, kw)
		}))
		return true
	})
	all.SetStr("itertools", told)
	return all
}

func runStartedAt(f *Frame) value.Value { return pylib.FromTime(f.Inv.StartedAt.UTC()) }

// threadID is the worker's name. Files are parsed on the main thread, as far as
// templates can tell.
func threadID(f *Frame) value.Value {
	if f.Thread == "" {
		return value.Str("MainThread")
	}
	return value.Str(f.Thread)
}

// secretPrefix begins the names of variables that only profiles.yml and
// packages.yml may read.
const secretPrefix = "DBT_ENV_SECRET"

func callEnvVar(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	name := value.ToStr(v[0])
	if strings.HasPrefix(name, secretPrefix) && f.secret == nil {
		return nil, &value.Error{Kind: "SecretEnvVarLocationError", Msg: "Secret env vars are allowed only in profiles.yml or packages.yml. Found '" + name + "' referenced elsewhere."}
	}
	if v, ok := f.unit.env(name); ok {
		return v, nil
	}
	got, ok := f.Inv.Env(name)
	f.noteEnv(name, got, ok)
	if ok && strings.HasPrefix(name, secretPrefix) {
		return value.Str(f.secret(name)), nil
	}
	if ok {
		return value.Str(got), nil
	}
	if v[1] != nil && v[1] != value.None {
		return v[1], nil
	}
	return nil, &value.Error{Kind: "EnvVarMissingError", Msg: "Env var required but not provided: '" + name + "'"}
}

// Env looks up an environment variable as env_var does.
func (inv *Invocation) Env(name string) (string, bool) {
	if inv.Getenv != nil {
		return inv.Getenv(name)
	}
	return os.LookupEnv(name)
}

func callLog(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	info := v[1] != nil && v[1].Truth()
	level := event.Debug
	if info {
		level = event.Info
	}
	f.emit(level, event.JinjaLog{Msg: value.ToStr(v[0]), NodeInfo: f.info(), Info: info})
	return value.Str(""), nil
}

func callPrint(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	f.emit(event.Info, event.PrintEvent{Msg: value.ToStr(v[0])})
	return value.Str(""), nil
}

func callFromJSON(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	s, ok := v[0].(value.Str)
	if !ok {
		return nil, value.TypeErrorf("the JSON object must be str, bytes or bytearray, not %s", v[0].Type())
	}
	got, err := value.ParseJSON([]byte(s))
	if err != nil {
		return orNone(v[1]), nil
	}
	return got, nil
}

func callToJSON(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	b, err := value.AppendJSON(nil, v[0], value.JSONOptions{SortKeys: v[2] != nil && v[2].Truth(), EnsureASCII: true})
	if err != nil {
		if e, ok := err.(*value.Error); ok && e.Kind == "ValueError" {
			return orNone(v[1]), nil
		}
		return nil, err
	}
	return value.Str(b), nil
}

func callFromYAML(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	doc, faults := yamldoc.Decode("<fromyaml>", []byte(value.ToStr(v[0])))
	if faults.HasErrors() {
		return orNone(v[1]), nil
	}
	return orNone(doc.Value), nil
}

func callToYAML(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	b, err := yamldoc.Encode(v[0], v[2] != nil && v[2].Truth())
	if err != nil {
		return orNone(v[1]), nil
	}
	return value.Str(b), nil
}

func callSet(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	s, err := makeSet(v[0])
	if e, ok := err.(*value.Error); ok && e.Kind == "TypeError" {
		return orNone(v[1]), nil
	}
	return s, err
}

func callSetStrict(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	return makeSet(v[0])
}

func makeSet(v value.Value) (value.Value, error) {
	elems, err := value.ToSlice(v)
	if err != nil {
		return nil, err
	}
	s := value.NewSet()
	for _, e := range elems {
		if err := s.Add(e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func callZip(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	out, err := zip(v[0].(*value.Tuple).Elems)
	if e, ok := err.(*value.Error); ok && e.Kind == "TypeError" {
		return orNone(v[1]), nil
	}
	return out, err
}

func callZipStrict(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	return zip(v[0].(*value.Tuple).Elems)
}

// zip pairs its arguments up to the shortest. Python's zip is lazy; a list that
// is walked once cannot be told apart.
func zip(args []value.Value) (value.Value, error) {
	var cols [][]value.Value
	n := -1
	for _, a := range args {
		c, err := value.ToSlice(a)
		if err != nil {
			return nil, err
		}
		if n < 0 || len(c) < n {
			n = len(c)
		}
		cols = append(cols, c)
	}
	var rows []value.Value
	for i := 0; i < n; i++ {
		row := make([]value.Value, len(cols))
		for j, c := range cols {
			row[j] = c[i]
		}
		rows = append(rows, value.NewTuple(row...))
	}
	return value.NewIterator("zip", value.SliceIter(rows)), nil
}

func callMD5(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	sum := md5.Sum([]byte(value.ToStr(v[0])))
	return value.Str(hex.EncodeToString(sum[:])), nil
}

// callDiff gives the keys of a whose lists hold what b's do not, compared
// without case: what apply_grants must revoke.
func callDiff(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	a, ok := v[0].(*value.Dict)
	b, ok2 := v[1].(*value.Dict)
	if !ok || !ok2 {
		return nil, value.TypeErrorf("diff_of_two_dicts takes two dicts")
	}
	lower := map[string]map[string]bool{}
	b.Each(func(k, list value.Value) bool {
		set := map[string]bool{}
		elems, _ := value.ToSlice(list)
		for _, e := range elems {
			set[strings.ToLower(value.ToStr(e))] = true
		}
		lower[strings.ToLower(value.ToStr(k))] = set
		return true
	})
	out := value.NewDict(a.Len())
	a.Each(func(k, list value.Value) bool {
		have := lower[strings.ToLower(value.ToStr(k))]
		rest := value.NewList()
		elems, _ := value.ToSlice(list)
		for _, e := range elems {
			if !have[strings.ToLower(value.ToStr(e))] {
				rest.Elems = append(rest.Elems, e)
			}
		}
		if len(rest.Elems) > 0 {
			out.SetStr(value.ToStr(k), rest)
		}
		return true
	})
	return out, nil
}

func callRender(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	src := value.ToStr(v[0])
	f.rendering = src
	s, err := f.RenderText("hook", src)
	if err != nil {
		return nil, err
	}
	f.rendering, f.rendered = "", [2]string{src, s}
	if f.Hooks != nil {
		f.Hooks.Rendered(src, s)
	}
	return value.Str(s), nil
}

func callAdapterMacro(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	return nil, compileErrorf("The \"adapter_macro\" macro has been deprecated. Instead, use the `adapter.dispatch` method to find a macro and call the result.  For more information, see: https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch)\nadapter_macro was called for: %s", value.ToStr(v[0]))
}

func callTry(_ *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	var kw []value.Arg
	if d, ok := v[3].(*value.Dict); ok {
		d.Each(func(k, x value.Value) bool {
			kw = append(kw, value.Arg{Name: value.ToStr(k), Value: x})
			return true
		})
	}
	got, err := value.Call(t, v[1], v[2].(*value.Tuple).Elems, kw)
	if err != nil {
		return nil, compileErrorf("%s", value.ToStr(v[0]))
	}
	return got, nil
}

func callDoc(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	args := v[0].(*value.Tuple).Elems
	var pkg, name string
	switch len(args) {
	case 1:
		name = value.ToStr(args[0])
	case 2:
		pkg, name = value.ToStr(args[0]), value.ToStr(args[1])
	default:
		return nil, compileErrorf("doc() takes at most two arguments (%d given)", len(args))
	}
	if f.Inv.Docs == nil { // in a properties file, where dbt has no such name
		return nil, value.Errorf("UndefinedError", "'doc' is undefined")
	}
	d := f.Inv.Docs(pkg, name, f.pkg)
	if d == nil {
		in := ""
		if pkg != "" {
			in = "in package '" + pkg + "' "
		}
		return nil, compileErrorf("Documentation for '%s' depends on doc '%s' %s which was not found", f.id(), name, in)
	}
	return value.Str(d.Contents), nil
}

// metadataEnvs gives the variables that begin with DBT_ENV_CUSTOM_ENV_, without
// that prefix.
func metadataEnvs(f *Frame) value.Value {
	const prefix = "DBT_ENV_CUSTOM_ENV_"
	d := value.NewDict(0)
	for _, kv := range os.Environ() {
		if k, v, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(k, prefix) {
			d.SetStr(k[len(prefix):], value.Str(v))
		}
	}
	return d
}

func selectedResources(f *Frame) value.Value {
	l := value.NewList()
	for _, id := range f.Inv.SelectedResources {
		l.Elems = append(l.Elems, value.Str(id))
	}
	return l
}

func (inv *Invocation) emit(l event.Level, thread string, d event.Data) {
	if inv.Sink != nil {
		inv.Sink.Emit(event.Event{Time: time.Now(), Level: l, Data: d, Thread: thread})
	}
}
