package render

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
)

// Kinds of error that rendering raises: dbt's exception classes.
const (
	KindCompilation = "CompilationError"
	KindRuntime     = "DbtRuntimeError"
	KindDatabase    = "DbtDatabaseError"
	KindInternal    = "DbtInternalError"
	KindDependency  = "DependencyError"
	KindFailFast    = "FailFastError"
	KindValidation  = "DbtValidationError"
)

func compileErrorf(format string, args ...any) error {
	return &value.Error{Kind: KindCompilation, Msg: fmt.Sprintf(format, args...)}
}

func runtimeErrorf(format string, args ...any) error {
	return &value.Error{Kind: KindRuntime, Msg: fmt.Sprintf(format, args...)}
}

// exceptionsObject is `exceptions`.
func exceptionsObject(f *Frame) value.Value {
	d := value.NewDict(len(exceptionFunctions))
	for name, fn := range exceptionFunctions {
		d.SetStr(name, fn.bind(f, name).Guarding(value.CallPlain))
	}
	return &attrDict{d}
}

// raise makes a function that raises its first argument as an exception.
func raise(kind string) function {
	return function{[]string{"msg", "node?"}, func(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return nil, &Fault{Class: classOfKind(kind), Msg: value.ToStr(v[0]), Where: f.self()}
	}}
}

var exceptionFunctions = map[string]function{
	"warn": {[]string{"msg", "node?"}, func(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return value.Str(""), f.warn(value.ToStr(v[0]))
	}},
	"raise_compiler_error":     raise(KindCompilation),
	"raise_database_error":     raise(KindDatabase),
	"raise_dependency_error":   raise(KindDependency),
	"raise_not_implemented":    raise("NotImplementedError"),
	"raise_fail_fast_error":    raise(KindFailFast),
	"raise_cache_inconsistent": raise(KindInternal),
	"missing_config": {[]string{"model", "name"}, func(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return nil, compileErrorf("Model '%s' does not define a required config parameter '%s'.", f.id(), value.ToStr(v[1]))
	}},
	"missing_materialization": {[]string{"model", "adapter_type"}, func(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return nil, compileErrorf("No materialization was found for adapter %s! (searched types 'default' and '%s')", value.ToStr(v[1]), value.ToStr(v[1]))
	}},
	"missing_relation": {[]string{"relation", "model?"}, func(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return nil, compileErrorf("Relation %s not found!", value.ToStr(v[0]))
	}},
	"relation_wrong_type": {[]string{"relation", "expected_type", "model?"}, func(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		typ, _, _ := value.GetAttr(v[0], "type")
		return nil, compileErrorf("Trying to create %s %s, but it currently exists as a %s. Either drop %s manually, or run dbt with `--full-refresh` and dbt will drop it for you.",
			value.ToStr(v[1]), value.ToStr(v[0]), value.ToStr(orNone(typ)), value.ToStr(v[0]))
	}},
	"column_type_missing": {[]string{"column_names"}, func(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		names, _ := value.ToSlice(v[0])
		var list []string
		for _, n := range names {
			list = append(list, "'"+value.ToStr(n)+"'")
		}
		return nil, compileErrorf("Contracted models require data_type to be defined for each column.  Please ensure that the column name and data_type are defined within the YAML configuration for the %s column(s).", "["+strings.Join(list, ", ")+"]")
	}},
	"raise_contract_error": {[]string{"yaml_columns", "sql_columns"}, contractError},
	"warn_snapshot_timestamp_data_types": {[]string{"snapshot_time_data_type", "updated_at_data_type"}, func(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return value.Str(""), f.warnOf(event.SnapshotTimestampWarning{Snapshot: value.ToStr(v[0]), UpdatedAt: value.ToStr(v[1])})
	}},
	"raise_invalid_property_yml_version": {[]string{"path", "issue"}, func(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
		return nil, compileErrorf("The yml property file at %s is invalid because %s. Please consult the documentation for more information on yml property file syntax:\n\nhttps://docs.getdbt.com/reference/configs-and-properties", value.ToStr(v[0]), value.ToStr(v[1]))
	}},
}

// warn reports a warning in a template's own words.
func (f *Frame) warn(msg string) error {
	f.noteWarning()
	if err := f.Inv.Warner.Warn(event.JinjaLogWarning{Msg: msg, NodeInfo: f.info()}); err != nil {
		return &value.Error{Kind: "EventCompilationError", Msg: msg}
	}
	return nil
}

// deprecated tells of what a template should use no more.
func (f *Frame) deprecated(name, msg string) error {
	return f.warnOf(event.ProjectWarning{Diagnostic: diag.Diagnostic{Severity: diag.Warning, Event: name, Code: "deprecated", Summary: msg}})
}

// warnOf reports a warning that a template gives rise to; with --warn-error it is a
// fault.
func (f *Frame) warnOf(d event.Data) error {
	f.noteWarning()
	if err := f.Inv.Warner.Warn(d); err != nil {
		return &value.Error{Kind: "EventCompilationError", Msg: err.Error()}
	}
	return nil
}

// contractError lists what differs between a model's contract and its query.
func contractError(_ *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	yaml, err := contractColumns(v[0])
	if err != nil {
		return nil, err
	}
	if len(yaml.names) == 0 {
		return nil, compileErrorf("This model has an enforced contract, and its 'columns' specification is missing")
	}
	query, err := contractColumns(v[1])
	if err != nil {
		return nil, err
	}
	type row struct{ name, def, contract, why string }
	var rows []row
	seen := map[string]bool{}
	for _, q := range query.names {
		seen[q] = true
		want, ok := yaml.types[q]
		switch {
		case !ok:
			rows = append(rows, row{q, query.types[q], "", "missing in contract"})
		case want != query.types[q]:
			rows = append(rows, row{q, query.types[q], want, "data type mismatch"})
		}
	}
	for _, y := range yaml.names {
		if !seen[y] {
			rows = append(rows, row{y, "", yaml.types[y], "missing in definition"})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	b.WriteString("This model has an enforced contract that failed.\nPlease ensure the name, data_type, and number of columns in your contract match the columns in your model's definition.\n\n")
	cells := [][]string{{"column_name", "definition_type", "contract_type", "mismatch_reason"}}
	for _, r := range rows {
		cells = append(cells, []string{r.name, r.def, r.contract, r.why})
	}
	writeGrid(&b, cells)
	return nil, &value.Error{Kind: KindCompilation, Msg: strings.TrimRight(b.String(), "\n")}
}

type contractCols struct {
	names []string
	types map[string]string
}

func contractColumns(v value.Value) (contractCols, error) {
	out := contractCols{types: map[string]string{}}
	elems, err := value.ToSlice(v)
	if err != nil {
		return out, err
	}
	for _, e := range elems {
		name, err := value.GetItem(e, value.Str("name"))
		if err != nil {
			return out, err
		}
		typ, err := value.GetItem(e, value.Str("formatted"))
		if err != nil {
			return out, err
		}
		n := value.ToStr(name)
		t := strings.TrimSpace(strings.TrimPrefix(value.ToStr(typ), n))
		out.names = append(out.names, n)
		out.types[n] = t
	}
	return out, nil
}

// writeGrid lays out cells as agate's print_table does.
func writeGrid(b *strings.Builder, cells [][]string) {
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	for i, row := range cells {
		for j, c := range row {
			b.WriteString("| " + c + strings.Repeat(" ", width[j]-len([]rune(c))) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			for j := range row {
				b.WriteString("| " + strings.Repeat("-", width[j]) + " ")
			}
			b.WriteString("|\n")
		}
	}
}

// validationObject is `validation`: validation.any[...] makes a validator.
func validationObject(*Frame) value.Value {
	d := value.NewDict(1)
	d.SetStr("any", &anyValidator{})
	return &attrDict{d}
}

// anyValidator is validation.any: called or indexed with what is allowed.
type anyValidator struct{}

func (anyValidator) Type() string                 { return "function" }
func (anyValidator) Truth() bool                  { return true }
func (anyValidator) AppendStr(b []byte) []byte    { return append(b, "<validation.any>"...) }
func (a anyValidator) AppendRepr(b []byte) []byte { return a.AppendStr(b) }

// Item implements value.Indexer: validation.any['a', 'b'].
func (anyValidator) Item(key value.Value) (value.Value, error) {
	if t, ok := key.(*value.Tuple); ok {
		return allowed(t.Elems), nil
	}
	return allowed([]value.Value{key}), nil
}

// Call implements value.Callable: validation.any('a', 'b').
func (anyValidator) Call(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
	return allowed(append([]value.Value(nil), args...)), nil
}

func allowed(options []value.Value) value.Value {
	return value.NewFunc("validator", func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		v, err := value.Bind("validator", args, kw, "value")
		if err != nil {
			return nil, err
		}
		var shown []string
		for _, o := range options {
			if value.Equal(o, v[0]) || value.ToStr(o) == "<class '"+v[0].Type()+"'>" {
				return value.None, nil
			}
			shown = append(shown, value.ToStr(o))
		}
		return nil, &value.Error{Kind: KindValidation, Msg: fmt.Sprintf("Expected value %q to be one of %s", value.ToStr(v[0]), strings.Join(shown, ","))}
	})
}
