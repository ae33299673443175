package cli

import (
	"fmt"

	"dex/internal/engine"
	"dex/internal/jinja/value"
)

// checkWarnErrors refuses --warn-error-options that contradict themselves.
func (s *settings) checkWarnErrors() error {
	d := s.dict("warn-error-options")
	if d == nil || d.Len() == 0 {
		return nil
	}
	at := s.from["warn-error-options"]
	if s.bool("warn-error", false) && s.from["warn-error"] != at {
		return &usageError{fmt.Sprintf("%s: not allowed with %s.", at, s.from["warn-error"])}
	}
	for _, pair := range [][2]string{{"error", "include"}, {"warn", "exclude"}} {
		_, a := d.GetStr(pair[0])
		_, b := d.GetStr(pair[1])
		if a && b {
			return &usageError{fmt.Sprintf("Invalid value for '%s': only `%s` or `%s` can be given, not both.", at, pair[0], pair[1])}
		}
	}
	var bad error
	d.Each(func(k, v value.Value) bool {
		if _, isList := v.(*value.List); !isList && v != value.None && !all(v) {
			bad = &usageError{fmt.Sprintf("Invalid value for '%s': %s must be 'all', '*' or a list of names, not %s.", at, value.ToStr(k), value.Repr(v))}
		}
		return bad == nil
	})
	return bad
}

func all(v value.Value) bool {
	s, ok := v.(value.Str)
	return ok && (s == "all" || s == "*")
}

// warnErrors reads --warn-error and --warn-error-options: {include|error: all or
// names, exclude|warn: names, silence: names}.
func (s *settings) warnErrors() engine.WarnErrors {
	w := engine.WarnErrors{All: s.bool("warn-error", false)}
	d := s.dict("warn-error-options")
	if d == nil {
		return w
	}
	for _, key := range []string{"error", "include"} {
		if v, ok := d.GetStr(key); ok {
			for _, n := range words(v) {
				if n == "all" || n == "*" {
					w.All = true
				}
				w.Include = append(w.Include, n)
			}
		}
	}
	for _, key := range []string{"warn", "exclude", "silence"} {
		if v, ok := d.GetStr(key); ok {
			w.Ignore = append(w.Ignore, words(v)...)
		}
	}
	return w
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
