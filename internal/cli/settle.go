package cli

import (
	"fmt"
	"strconv"
	"strings"

	"dex/internal/engine"
	"dex/internal/jinja/value"
	"dex/internal/project"
	"dex/internal/yamldoc"
)

// settings are the flags of one command, settled: the command line wins over the
// environment, that over dbt_project.yml, that over the default.
type settings struct {
	given map[string]string   // as written, of flags that anyone set
	lists map[string][]string // of flags that take several words
	from  map[string]string   // where a flag was set: "--x", "DBT_X", "dbt_project.yml"
}

// usageError is a command line that cannot be understood: exit code 2.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

// settle looks every flag of the command up. cmdline gives what the command line
// said.
func settle(defs []*flagDef, cmdline func(*flagDef) ([]string, bool), env func(string) (string, bool)) (*settings, error) {
	s := &settings{given: map[string]string{}, lists: map[string][]string{}, from: map[string]string{}}
	for _, f := range defs {
		if words, ok := cmdline(f); ok {
			s.put(f, words, "--"+f.name)
		} else if v, name, ok := fromEnv(f, env); ok {
			s.put(f, splitWords(f, v), name)
		}
	}
	if err := s.project(defs, env); err != nil {
		return nil, err
	}
	for _, f := range defs {
		if err := s.check(f); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *settings) put(f *flagDef, words []string, from string) {
	s.from[f.name] = from
	if f.kind == list {
		s.lists[f.name] = words
		return
	}
	s.given[f.name] = words[len(words)-1]
}

func splitWords(f *flagDef, v string) []string {
	if f.kind == list {
		return strings.Fields(v)
	}
	return []string{v}
}

func fromEnv(f *flagDef, env func(string) (string, bool)) (v, name string, ok bool) {
	if f.noEnv {
		return "", "", false
	}
	key := strings.ToUpper(f.key())
	for _, name := range []string{"DEX_" + key, "DBT_" + key, "DBT_ENGINE_" + key} {
		if v, ok := env(name); ok && v != "" {
			return v, name, true
		}
	}
	return "", "", false
}

// project takes what `flags:` in dbt_project.yml says for flags that nothing
// else set.
func (s *settings) project(defs []*flagDef, _ func(string) (string, bool)) error {
	raw, faults := project.ReadRaw(s.text("project-dir", "."))
	if faults.HasErrors() || raw == nil || raw.Flags() == nil {
		return nil // the command tells what is wrong with the file
	}
	for _, f := range defs {
		if s.from[f.name] != "" {
			continue
		}
		v, ok := raw.Flags().GetStr(f.key())
		if !ok || v == value.None {
			continue
		}
		switch x := v.(type) {
		case *value.List:
			var words []string
			for _, e := range x.Elems {
				words = append(words, value.ToStr(e))
			}
			s.put(f, words, "dbt_project.yml")
		case *value.Dict:
			b, err := value.AppendJSON(nil, x, value.JSONOptions{})
			if err != nil {
				return fmt.Errorf("read flag %s of dbt_project.yml: %w", f.key(), err)
			}
			s.put(f, []string{string(b)}, "dbt_project.yml")
		default:
			s.put(f, []string{strings.ToLower(value.ToStr(v))}, "dbt_project.yml")
		}
	}
	return nil
}

// choices are the words that some flags take.
var choices = map[string][]string{
	"log-format": {"text", "json", "debug", "default"}, "log-format-file": {"text", "json", "debug", "default"},
	"log-level": {"debug", "info", "warn", "error", "none"}, "log-level-file": {"debug", "info", "warn", "error", "none"},
	"indirect-selection": {"eager", "cautious", "buildable", "empty"},
}

// check refuses values that a flag does not take, naming where they come from.
func (s *settings) check(f *flagDef) error {
	v, ok := s.given[f.name]
	if !ok {
		return nil
	}
	bad := func(want string) error {
		return &usageError{fmt.Sprintf("Invalid value for '%s': '%s' is not %s.", s.from[f.name], v, want)}
	}
	switch f.kind {
	case boolean:
		if _, ok := truth(v); !ok {
			return bad("a valid boolean (true, false)")
		}
	case number:
		if _, err := strconv.Atoi(v); err != nil {
			return bad("a valid integer")
		}
	case mapping:
		if _, err := yamlMap(v); err != nil {
			return &usageError{fmt.Sprintf("The %s argument must be a YAML dictionary, but was: %s", s.from[f.name], err)}
		}
	case text:
		allowed := choices[f.name]
		if allowed == nil {
			return nil
		}
		for _, c := range allowed {
			if strings.EqualFold(c, v) {
				s.given[f.name] = c
				return nil
			}
		}
		return bad("one of '" + strings.Join(allowed, "', '") + "'")
	}
	return nil
}

func truth(v string) (value, ok bool) {
	switch strings.ToLower(v) {
	case "1", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

// yamlMap reads a flag such as --vars.
func yamlMap(src string) (*value.Dict, error) {
	doc, faults := yamldoc.Decode("", []byte(src))
	if faults.HasErrors() {
		return nil, fmt.Errorf("%s", faults[0].Summary)
	}
	switch v := doc.Value.(type) {
	case *value.Dict:
		return v, nil
	case nil, value.NoneType:
		return value.NewDict(0), nil
	default:
		return nil, fmt.Errorf("%s", value.Repr(v))
	}
}

func (s *settings) text(name, def string) string {
	if v, ok := s.given[name]; ok {
		return v
	}
	return def
}

func (s *settings) bool(name string, def bool) bool {
	if v, ok := s.given[name]; ok {
		b, _ := truth(v)
		return b
	}
	return def
}

func (s *settings) int(name string, def int) int {
	if v, ok := s.given[name]; ok {
		n, _ := strconv.Atoi(v) // checked
		return n
	}
	return def
}

func (s *settings) dict(name string) *value.Dict {
	v, ok := s.given[name]
	if !ok {
		return nil
	}
	d, _ := yamlMap(v) // checked
	return d
}

// invocation makes what the engine is asked for.
func (s *settings) invocation(command string) engine.Invocation {
	inv := engine.Invocation{
		Command: command, ProjectDir: s.text("project-dir", "."), ProfilesDir: s.text("profiles-dir", ""),
		Profile: s.text("profile", ""), Target: s.text("target", ""), TargetPath: s.text("target-path", ""), LogPath: s.text("log-path", ""),
		Threads: s.int("threads", 0), Vars: s.dict("vars"), FullRefresh: s.bool("full-refresh", false), FailFast: s.bool("fail-fast", false),
		Empty: s.bool("empty", false), Select: s.lists["select"], Exclude: s.lists["exclude"], Selector: s.text("selector", ""),
		ResourceTypes: s.lists["resource-type"], NoTypes: s.lists["exclude-resource-type"], Indirect: s.text("indirect-selection", "eager"),
		PartialParse: s.bool("partial-parse", true), WriteJSON: s.bool("write-json", true), CacheSelectedOnly: s.bool("cache-selected-only", false),
		PopulateCache: s.bool("populate-cache", true), Introspect: s.bool("introspect", true), VersionCheck: s.bool("version-check", true),
		WarnError: s.warnErrors(), Inline: s.text("inline", ""), Limit: s.int("limit", 5), Output: s.text("output", ""), Keys: s.lists["output-keys"],
		SQL: s.text("sql", ""), Args: s.dict("args"), Connection: s.bool("connection", false),
		Upgrade: s.bool("upgrade", false), Lock: s.bool("lock", false),
	}
	if _, ok := s.given["store-failures"]; ok {
		b := s.bool("store-failures", false)
		inv.StoreFailures = &b
	}
	return inv
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
