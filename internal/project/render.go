package project

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Renderer renders text that has Jinja in it, natively: the result need not be
// text. path are the keys on the way to it, with list indexes as decimal
// numbers.
type Renderer interface {
	Render(v value.Value, path []string) (value.Value, error)
}

// renderer renders a document, gathering faults.
type renderer struct {
	doc    *yamldoc.Doc
	with   Renderer // may be nil
	all    bool     // render every key: not a dbt_project.yml
	faults diag.List
}

// render gives a copy of v with its text rendered and dates as text, which is
// what dbt makes of them.
func (r *renderer) render(v value.Value, path []string) value.Value {
	switch x := v.(type) {
	case *value.Dict:
		out := value.NewDict(x.Len())
		x.Each(func(k, item value.Value) bool {
			// A key was hashable in x, so it is in out.
			_ = out.Set(k, r.render(item, append(slices.Clip(path), value.ToStr(k))))
			return true
		})
		return out
	case *value.List:
		out := value.NewList()
		for i, item := range x.Elems {
			out.Elems = append(out.Elems, r.render(item, append(slices.Clip(path), strconv.Itoa(i))))
		}
		return out
	}
	if !r.all && !rendered(path) {
		return v
	}
	switch x := v.(type) {
	case value.Str:
		return r.text(x, path)
	}
	if t := v.Type(); t == "date" || t == "datetime" {
		return isoText(v)
	}
	return v
}

// isoText is a date or time in the form YYYY-MM-DDTHH:MM:SS.
func isoText(v value.Value) value.Value {
	return value.Str(strings.Replace(value.ToStr(v), " ", "T", 1))
}

func (r *renderer) text(s value.Str, path []string) value.Value {
	if r.with == nil || !hasJinja(string(s)) {
		return s
	}
	out, err := r.with.Render(s, path)
	if err == nil {
		return out
	}
	at := r.doc.Pos(path...)
	f := r.doc.Fault(at, diag.Compilation, "render-failed", fmt.Sprintf("Could not render %s: %s", s, err))
	var d diag.Diagnostic
	if errors.As(err, &d) {
		if f.Summary = d.Summary; d.Class == diag.Compilation {
			f.Summary = fmt.Sprintf("Could not render %s: %s", s, d.Summary)
		}
		f.Class, f.Code, f.Hint = d.Class, d.Code, d.Hint
	}
	r.faults.Add(f)
	return s
}

func hasJinja(s string) bool {
	i := strings.IndexByte(s, '{')
	return i >= 0 && (strings.Contains(s[i:], "{{") || strings.Contains(s[i:], "{%") || strings.Contains(s[i:], "{#"))
}

// hookKeys are rendered when a node runs, not when the project is read.
var hookKeys = []string{"pre-hook", "post-hook", "pre_hook", "post_hook"}

// rendered reports whether dbt renders what stands at path in dbt_project.yml.
func rendered(path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch path[0] {
	case "on-run-start", "on-run-end", "query-comment", "vars":
		return false
	case "seeds", "models", "snapshots", "tests", "data_tests":
		for _, key := range path {
			if slices.Contains(hookKeys, strings.TrimLeft(key, "+ ")) {
				return false
			}
		}
	}
	return true
}
