package pylib

import (
	"strings"
	"sync"

	"dex/internal/jinja/value"
)

// reModule is module re with all its names.
func reModule() *value.Dict {
	d := value.NewDict(32)
	add := func(f *value.Func) { d.SetStr(f.Name, f) }
	add(function("match", onPattern("match"), "pattern", "string", "flags?"))
	add(function("fullmatch", onPattern("fullmatch"), "pattern", "string", "flags?"))
	add(function("search", onPattern("search"), "pattern", "string", "flags?"))
	add(function("sub", reSub("sub"), "pattern", "repl", "string", "count?", "flags?"))
	add(function("subn", reSub("subn"), "pattern", "repl", "string", "count?", "flags?"))
	add(function("split", reSplit, "pattern", "string", "maxsplit?", "flags?"))
	add(function("findall", onPattern("findall"), "pattern", "string", "flags?"))
	add(function("finditer", onPattern("finditer"), "pattern", "string", "flags?"))
	add(function("compile", func(_ *value.Thread, a []value.Value) (value.Value, error) {
		p, err := patternOf(a[0], a[1])
		if err != nil {
			return nil, err
		}
		return p, nil
	}, "pattern", "flags?"))
	add(function("purge", func(*value.Thread, []value.Value) (value.Value, error) { return value.None, nil }))
	add(function("template", func(_ *value.Thread, a []value.Value) (value.Value, error) {
		p, err := patternOf(a[0], a[1])
		if err != nil {
			return nil, err
		}
		return p, nil
	}, "pattern", "flags?"))
	add(function("escape", func(_ *value.Thread, a []value.Value) (value.Value, error) {
		s, ok := value.AsString(a[0])
		if !ok {
			return nil, value.TypeErrorf("decoding to str: need a bytes-like object, %s found", a[0].Type())
		}
		return value.Str(reEscape(s)), nil
	}, "pattern"))
	d.SetStr("error", exceptionClass("re.error"))
	d.SetStr("Pattern", &Class{name: "re.Pattern", make: function("Pattern", notByTemplates, "*args")})
	d.SetStr("Match", &Class{name: "re.Match", make: function("Match", notByTemplates, "*args")})
	for _, f := range flagNames {
		d.SetStr(f.letter, Flag(f.flag))
		d.SetStr(f.name, Flag(f.flag))
	}
	d.SetStr("NOFLAG", Flag(0))
	d.SetStr("RegexFlag", &Class{name: "re.RegexFlag", make: function("RegexFlag", func(_ *value.Thread, a []value.Value) (value.Value, error) {
		n, err := flagsOf(a[0])
		return Flag(n), err
	}, "value")})
	return d
}

func notByTemplates(*value.Thread, []value.Value) (value.Value, error) {
	return nil, value.TypeErrorf("cannot create 're' instances")
}

func reEscape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// compiled keeps patterns, as Python does.
var compiled = struct {
	sync.Mutex
	patterns map[compiledKey]*Pattern
}{patterns: map[compiledKey]*Pattern{}}

type compiledKey struct {
	pattern string
	flags   int
}

// maxCompiled is the number of patterns that are kept.
const maxCompiled = 512

// patternOf is the pattern argument of a function of the module.
func patternOf(v, flags value.Value) (*Pattern, error) {
	n, err := flagsOf(flags)
	if err != nil {
		return nil, err
	}
	if p, ok := v.(*Pattern); ok {
		if n != 0 {
			return nil, valueErrorf("cannot process flags argument with a compiled pattern")
		}
		return p, nil
	}
	s, ok := value.AsString(v)
	if !ok {
		if u, ok := v.(*value.Undefined); ok {
			return nil, u.Error()
		}
		return nil, value.TypeErrorf("first argument must be string or compiled pattern")
	}
	key := compiledKey{s, n}
	compiled.Lock()
	defer compiled.Unlock()
	if p, ok := compiled.patterns[key]; ok {
		return p, nil
	}
	p, err := compilePattern(s, n)
	if err != nil {
		return nil, err
	}
	if len(compiled.patterns) >= maxCompiled {
		clear(compiled.patterns)
	}
	compiled.patterns[key] = p
	return p, nil
}

// flagsOf is a flags argument: a flag, or the sum of several.
func flagsOf(v value.Value) (int, error) {
	if v == nil {
		return 0, nil
	}
	if f, ok := v.(Flag); ok {
		return int(f), nil
	}
	return needInt(v)
}

// onPattern is a function of the module that is a method of the pattern.
func onPattern(name string) func(*value.Thread, []value.Value) (value.Value, error) {
	return func(t *value.Thread, a []value.Value) (value.Value, error) {
		p, err := patternOf(a[0], a[2])
		if err != nil {
			return nil, err
		}
		m := patternMembers[name]
		args := make([]value.Value, len(m.params))
		args[0] = a[1]
		return m.call(t, p, args)
	}
}

func reSub(name string) func(*value.Thread, []value.Value) (value.Value, error) {
	return func(t *value.Thread, a []value.Value) (value.Value, error) {
		p, err := patternOf(a[0], a[4])
		if err != nil {
			return nil, err
		}
		return patternMembers[name].call(t, p, a[1:4])
	}
}

func reSplit(t *value.Thread, a []value.Value) (value.Value, error) {
	p, err := patternOf(a[0], a[3])
	if err != nil {
		return nil, err
	}
	return patternMembers["split"].call(t, p, a[1:3])
}
