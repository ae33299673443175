package yamldoc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// Renderer renders text that has Jinja in it, natively: what comes out need not
// be text. path are the keys on the way to it, with list indexes as decimal
// numbers.
type Renderer interface {
	Render(v value.Value, path []string) (value.Value, error)
}

// Rendering says how Doc.Render treats a document.
type Rendering struct {
	// With renders; nil leaves Jinja as it stands.
	With Renderer
	// Skip keeps what stands at a path as it is. May be nil.
	Skip func(path []string) bool
	// Forgive keeps text at a path that cannot be rendered. May be nil.
	Forgive func(path []string) bool
}

// Render gives a copy of v, the part of the document at path, with its text
// rendered. As in dbt, dates become text on the way. Text that cannot be
// rendered is a fault at its place.
func (d *Doc) Render(v value.Value, path []string, how Rendering) (value.Value, diag.List) {
	r := rendering{Rendering: how, doc: d}
	return r.value(v, path), r.faults
}

type rendering struct {
	Rendering
	doc    *Doc
	faults diag.List
}

func (r *rendering) value(v value.Value, path []string) value.Value {
	switch x := v.(type) {
	case *value.Dict:
		out := value.NewDict(x.Len())
		for i := range x.Len() {
			k, item := x.At(i)
			// A key was hashable in x, so it is in out.
			_ = out.Set(k, r.value(item, append(slices.Clip(path), value.ToStr(k))))
		}
		return out
	case *value.List:
		out := value.NewList()
		for i, item := range x.Elems {
			out.Elems = append(out.Elems, r.value(item, append(slices.Clip(path), strconv.Itoa(i))))
		}
		return out
	}
	if r.Skip != nil && r.Skip(path) {
		return v
	}
	switch x := v.(type) {
	case value.Str:
		return r.text(x, path)
	case *pylib.Date, *pylib.DateTime:
		return value.Str(strings.Replace(value.ToStr(v), " ", "T", 1)) // Python's isoformat
	}
	return v
}

func (r *rendering) text(s value.Str, path []string) value.Value {
	if r.With == nil || !hasJinja(string(s)) {
		return s
	}
	out, err := r.With.Render(s, path)
	if err == nil {
		return out
	}
	if r.Forgive == nil || !r.Forgive(path) {
		r.faults.Add(r.fault(s, path, err))
	}
	return s
}

// fault words an error of rendering. dbt: a compilation error names the text, a
// missing environment variable stands for itself.
func (r *rendering) fault(s value.Str, path []string, err error) diag.Diagnostic {
	f := r.doc.Fault(r.doc.Pos(path...), diag.Compilation, "render-failed", err.Error())
	var d diag.Diagnostic
	var raised *value.Error
	switch {
	case errors.As(err, &d):
		f.Class, f.Code, f.Summary, f.Hint = d.Class, d.Code, d.Summary, d.Hint
	case errors.As(err, &raised) && (raised.Kind == "EnvVarMissingError" || raised.Kind == "SecretEnvVarLocationError"):
		f.Class, f.Code = diag.Parsing, "env-var"
	}
	if f.Class == diag.Compilation {
		f.Summary = fmt.Sprintf("Could not render %s: %s", s, f.Summary)
	}
	return f
}

func hasJinja(s string) bool {
	i := strings.IndexByte(s, '{')
	return i >= 0 && (strings.Contains(s[i:], "{{") || strings.Contains(s[i:], "{%") || strings.Contains(s[i:], "{#"))
}
