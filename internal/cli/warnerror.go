package cli

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/project"
)

// weoFlag is the flag that this file is about.
const weoFlag = "warn-error-options"

// weoKeys are the keys of --warn-error-options with their older names.
var weoKeys = [...]struct{ key, older string }{{"error", "include"}, {"warn", "exclude"}, {"silence", ""}}

// checkWarnErrors reads --warn-error and --warn-error-options into s.policy:
// {error: all or names, warn: names, silence: names}. It refuses options that
// contradict themselves or name no event. dbt: build_warn_error_options_v2.
func (s *settings) checkWarnErrors() error {
	s.policy = event.Policy{All: s.bool("warn-error", false)}
	d := s.dict(weoFlag)
	if d == nil {
		return nil
	}
	at := s.from[weoFlag]
	fault := func(format string, args ...any) error {
		return &usageError{fmt.Sprintf("Invalid value for '%s': "+format, append([]any{at}, args...)...)}
	}
	if s.from["warn-error"] != "" {
		return &usageError{fmt.Sprintf("%s: not allowed with %s.", at, s.from["warn-error"])}
	}
	into := map[string]*[]string{"error": &s.policy.Error, "warn": &s.policy.Warn, "silence": &s.policy.Silence}
	for _, k := range weoKeys {
		v, key, err := s.weoValue(d, k.key, k.older)
		if err != nil {
			return fault("%s", err)
		}
		switch x := v.(type) {
		case nil, value.NoneType:
		case *value.List:
			if *into[k.key], err = s.eventNames(x); err != nil {
				return fault("%s", err)
			}
		default:
			text := value.ToStr(v)
			if k.key != "error" || text != "all" && text != "*" {
				return fault("%s must be one of ('all', '*') or a list of strings, not %s.", key, value.Repr(v))
			}
			s.policy.ErrorAll = true
		}
	}
	p := &s.policy
	if len(p.Warn) > 0 && !p.ErrorAll && !slices.Contains(p.Error, "Deprecations") && !slices.Contains(p.Silence, "Deprecations") {
		return fault("`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in `error` or silence.")
	}
	d.Each(func(k, _ value.Value) bool {
		if name := value.ToStr(k); name != "error" && name != "warn" && name != "silence" && name != "include" && name != "exclude" {
			s.notes = append(s.notes, fmt.Sprintf("%s has no key %s: it has error, warn and silence.", at, name))
		}
		return true
	})
	s.warnOlderKeys(d)
	return nil
}

// weoValue is what one key says, by its newer or its older name.
func (s *settings) weoValue(d *value.Dict, key, older string) (value.Value, string, error) {
	newer, _ := d.GetStr(key)
	old, found := d.GetStr(older)
	if older == "" || !found {
		return newer, key, nil
	}
	if newer != nil && newer.Truth() && old.Truth() {
		return nil, key, fmt.Errorf("Only `%s` or `%s` can be specified in `warn_error_options`, not both", older, key) //nolint:staticcheck // dbt's words
	}
	return old, older, nil
}

// eventNames reads a list of names. Those that only dbt's second engine has are
// left out, with a note.
func (s *settings) eventNames(l *value.List) ([]string, error) {
	var out []string
	for _, e := range l.Elems {
		name := value.ToStr(e)
		switch {
		case event.IsName(name):
			out = append(out, name)
		case event.IsLaterName(name):
			s.notes = append(s.notes, name+" is not being used because it's specific to the dbt v2 engine.")
		default:
			return nil, fmt.Errorf("%s is not a valid dbt error name.", name) //nolint:staticcheck // dbt's words
		}
	}
	return out, nil
}

// warnOlderKeys tells of include and exclude.
func (s *settings) warnOlderKeys(d *value.Dict) {
	var found, instead []string
	for _, k := range weoKeys {
		if _, ok := d.GetStr(k.older); ok && k.older != "" {
			found = append(found, "`"+k.older+"`")
			instead = append(instead, "Please use `"+k.key+"` instead of `"+k.older+"`.")
		}
	}
	if found == nil {
		return
	}
	w := diag.Diagnostic{
		Severity: diag.Warning, Event: "WEOIncludeExcludeDeprecation", Code: "weo-include-exclude",
		Summary: "Found " + strings.Join(found, " and ") + " in `warn_error_options` specification. " + strings.Join(instead, " "),
	}
	if s.from[weoFlag] == project.ProjectFile {
		w.Pos = diag.Pos{File: project.ProjectFile}
	}
	s.warnings.Add(w)
}

// warnErrorValue is --warn-error-options as templates see them, by the newer
// names of their keys.
func warnErrorValue(given *value.Dict) value.Value {
	out := value.NewDict(3)
	for _, names := range [][2]string{{"error", "include"}, {"warn", "exclude"}, {"silence", "silence"}} {
		var v value.Value = value.NewList()
		for _, n := range names {
			if given == nil {
				break
			}
			if x, ok := given.GetStr(n); ok && x != value.None {
				v = x
			}
		}
		out.SetStr(names[0], v)
	}
	return out
}

func words(v value.Value) []string {
	if l, ok := v.(*value.List); ok {
		var out []string
		for _, e := range l.Elems {
			out = append(out, value.ToStr(e))
		}
		return out
	}
	if v == value.None {
		return nil
	}
	return []string{value.ToStr(v)}
}
