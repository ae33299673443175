package engine

import (
	"errors"

	"dex/internal/diag"
	"dex/internal/event"
)

// warn tells of a warning; the error says that --warn-error(-options) make it a
// fault.
func (w *work) warn(d event.Data) error { return asFault(w.warner.Warn(d)) }

// warnAll tells of the warnings among l. The first that is to be a fault ends it;
// with the project's flag enable_grouped_warn_error_parser_logs all of them are
// told together.
func (w *work) warnAll(l diag.List) error {
	var faults diag.List
	for _, d := range l {
		if d.Severity != diag.Warning {
			continue
		}
		switch {
		case d.Code == "name-blank-more" && !w.debugging():
			continue
		case d.Code == "name-blank" && !w.debugging():
			d.Summary += " Run again with `--debug` to see them all."
		}
		err := w.warnOf(d)
		var of *diag.ListError
		switch {
		case err == nil:
		case w.grouped() && errors.As(err, &of):
			faults = append(faults, of.List...)
		default:
			return err
		}
	}
	return faults.Err()
}

// debugging reports --debug.
func (w *work) debugging() bool {
	v := w.inv.Flags["debug"]
	return v != nil && v.Truth()
}

// grouped reports the project's flag enable_grouped_warn_error_parser_logs.
func (w *work) grouped() bool {
	if w.project == nil {
		return false
	}
	v, ok := w.project.Root.Flags.GetStr("enable_grouped_warn_error_parser_logs")
	return ok && v.Truth()
}

// warnOf is warn for a fault of the project that stops nothing. It keeps its
// place where it becomes an error.
func (w *work) warnOf(d diag.Diagnostic) error {
	if d.Event == "" {
		// What dex alone looks at is no fault under --warn-error: what dbt accepts
		// must go on to work.
		w.engine.emit(event.Warn, event.ProjectWarning{Diagnostic: d})
		return nil
	}
	err := w.warner.Warn(event.ProjectWarning{Diagnostic: d})
	if err == nil {
		return nil
	}
	d.Severity = diag.Error
	if d.Class == "" {
		d.Class = diag.Compilation
	}
	return &diag.ListError{List: diag.List{d}}
}

// asFault gives a warning that is to be a fault dbt's heading.
func asFault(err error) error {
	var fault *event.WarningFault
	if !errors.As(err, &fault) {
		return err
	}
	return &diag.ListError{List: diag.List{{Class: diag.Compilation, Code: fault.Data.Name(), Summary: fault.Error()}}}
}

// summarizeDeprecations counts the deprecations that were met, at the end of a
// command.
func (w *work) summarizeDeprecations() error {
	if s, ok := w.warner.Summary(); ok {
		return w.warn(s)
	}
	return nil
}
