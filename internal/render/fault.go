package render

import (
	"errors"
	"strings"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Fault is an error of a template in dbt's terms: what kind, in which node, by
// way of which macros. Its cause is a *jinja.Error, which knows line and column.
type Fault struct {
	Class diag.Class
	Msg   string
	// Where is the node or macro at fault, as dbt shows it: "model orders
	// (models/orders.sql)"; "" while nobody has claimed the fault.
	Where  string
	Macros []*manifest.Macro // that the error passed through, innermost first
	// Undefined adds dbt's hint about names that nobody defined.
	Undefined bool
	cause     error
}

// Caused gives a fault the error that it is made of.
func Caused(e *Fault, cause error) *Fault {
	e.cause = cause
	return e
}

// Unwrap gives the error that the fault is made of.
func (e *Fault) Unwrap() error { return e.cause }

// Error gives dbt's text: heading, message indented by two, macro stack.
// dbt: DbtRuntimeError.__str__, process_stack.
func (e *Fault) Error() string {
	head := string(e.Class) + " Error"
	if e.Where != "" {
		head += " in " + e.Where
	}
	lines := append([]string{head}, strings.Split(e.Msg, "\n")...)
	if len(e.Macros) > 0 {
		lines = append(lines, "")
		by := "> in "
		for _, m := range e.Macros {
			lines = append(lines, by+whereMacro(m))
			by = "> called by "
		}
		where := e.Where
		if where == "" {
			where = "<Unknown>"
		}
		lines = append(lines, by+where)
	}
	text := strings.Join(lines, "\n  ")
	if e.Undefined {
		text += `. This can happen when calling a macro that does not exist. Check for typos and/or install package dependencies with "dbt deps".`
	}
	return text
}

func whereMacro(m *manifest.Macro) string {
	return "macro " + m.Name + " (" + m.OriginalFilePath + ")"
}

// where is the node that faults are told of; "" for operations, which dbt does
// not name.
func (f *Frame) where() string {
	if f.Bare || f.Node == nil {
		return ""
	}
	return f.Node.Where()
}

// self is the node, or the macro that runs by itself: what dbt hands to the
// functions of `exceptions` as the place of the fault.
func (f *Frame) self() string {
	if f.Node == nil && f.Macro != nil {
		return whereMacro(f.Macro)
	}
	return f.where()
}

// classOfKind tells dbt's class of an exception that a template raised; "" for
// Python's own exceptions, which dbt shows as they are.
func classOfKind(kind string) diag.Class {
	switch kind {
	case KindCompilation, "EventCompilationError", "NotImplementedError":
		return diag.Compilation
	case KindFailFast:
		return diag.FailFast
	case KindRuntime:
		return diag.Runtime
	case KindDatabase:
		return diag.Database
	case KindDependency:
		return diag.Dependency
	case KindValidation:
		return diag.Runtime
	case "EnvVarMissingError", "SecretEnvVarLocationError":
		return diag.Parsing
	}
	return ""
}

// caughtInMacro lists the exceptions that dbt turns into compilation errors of
// the macro they come from: TypeError and Jinja's run-time errors.
var caughtInMacro = map[string]bool{
	"TypeError": true, "UndefinedError": true, "TemplateRuntimeError": true, "SecurityError": true, "FilterArgumentError": true,
}

// kindOf is an error's Python kind, and its message without places.
func kindOf(err error) (kind, msg string) {
	var j *jinja.Error
	if errors.As(err, &j) {
		return j.Kind, j.Msg
	}
	var v *value.Error
	if errors.As(err, &v) {
		return v.Kind, v.Msg
	}
	return "", err.Error()
}

// throughMacro notes on an error that it passed through a macro. dbt:
// CallableMacroGenerator.exception_handler.
func (f *Frame) throughMacro(err error, m *manifest.Macro) error {
	if _, ok := err.(jinja.Return); ok {
		return err
	}
	var fault *Fault
	if errors.As(err, &fault) {
		if fault.Class == diag.Compilation {
			fault.Macros = append(fault.Macros, m)
		}
		return err
	}
	if isDatabase(err) {
		return err
	}
	kind, msg := kindOf(err)
	if caughtInMacro[kind] {
		where := whereMacro(m)
		if f.Macro == m && len(f.stack) == 1 && kind == "TypeError" {
			where = "" // dbt: the macro of a run-operation is not named
		}
		return &Fault{Class: diag.Compilation, Msg: msg, Where: where, cause: err}
	}
	class := classOfKind(kind)
	if class == "" {
		return err
	}
	e := &Fault{Class: class, Msg: msg, Where: f.where(), cause: err}
	if class == diag.Compilation {
		e.Macros = append(e.Macros, m)
	}
	return e
}

// ofTemplate gives an error that a template's own text raised the node it stands
// in. dbt: catch_jinja.
func (f *Frame) ofTemplate(err error) error {
	if err == nil {
		return nil
	}
	var fault *Fault
	if errors.As(err, &fault) {
		if fault.Where == "" && f.Node != nil {
			fault.Where = f.where()
		}
		return err
	}
	if isDatabase(err) {
		return err
	}
	kind, msg := kindOf(err)
	switch {
	case kind == "UndefinedError":
		return &Fault{Class: diag.Compilation, Msg: msg, Where: f.where(), Undefined: true, cause: err}
	case kind == "TemplateSyntaxError" || kind == "TemplateAssertionError":
		return &Fault{Class: diag.Compilation, Msg: syntaxMessage(err, msg), Where: f.where(), cause: err}
	}
	if class := classOfKind(kind); class != "" {
		return &Fault{Class: class, Msg: msg, Where: f.where(), cause: err}
	}
	return err
}

// syntaxMessage is jinja2's text of a syntax error: message, line, source line.
func syntaxMessage(err error, msg string) string {
	var j *jinja.Error
	if !errors.As(err, &j) || j.Line == 0 {
		return msg
	}
	return msg + "\n  line " + itoa(j.Line) + "\n    " + strings.TrimSpace(j.Source)
}

func isDatabase(err error) bool {
	var db *adapter.DatabaseError
	return errors.As(err, &db)
}

// Message words an error as the message of the task that it ended. dbt shows
// DuckDB's errors as runtime errors, other databases' as database errors.
func (f *Frame) Message(err error) string {
	var fault *Fault
	if errors.As(err, &fault) {
		return fault.Error()
	}
	var db *adapter.DatabaseError
	if errors.As(err, &db) {
		class := diag.Database
		if f.Inv.Dialect.RuntimeFaults {
			class = diag.Runtime
		}
		return (&Fault{Class: class, Msg: db.Msg, Where: f.where()}).Error()
	}
	kind, msg := kindOf(err)
	if class := classOfKind(kind); class != "" {
		return (&Fault{Class: class, Msg: msg, Where: f.where()}).Error()
	}
	return msg
}
