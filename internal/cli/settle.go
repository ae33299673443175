package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"dex/internal/deps"
	"dex/internal/diag"
	"dex/internal/engine"
	"dex/internal/event"
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
	defs  []*flagDef
	// notes tell of flags in dbt_project.yml that were left aside.
	notes []string
	// warnings are findings about the command line, the environment and `flags:`.
	warnings diag.List
	// renamed are the variables of older times that were found.
	renamed []renaming
	// policy is what --warn-error and --warn-error-options come to.
	policy event.Policy
}

// usageError is a command line that cannot be understood: exit code 2.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

// settle looks every flag of the command up. cmdline gives what the command line
// said, here is the folder that dex was called from.
func settle(defs []*flagDef, cmdline func(*flagDef) ([]string, bool), env func(string) (string, bool), here string) (*settings, error) {
	s := &settings{given: map[string]string{}, lists: map[string][]string{}, from: map[string]string{}, defs: defs}
	for _, f := range defs {
		if words, ok := cmdline(f); ok {
			s.put(f, words, "--"+f.name)
		} else if v, name, ok := fromEnv(f, env); ok {
			s.put(f, splitWords(f, v), name)
		}
		s.takeOlder(f, env)
	}
	for _, f := range defs {
		if err := s.check(f); err != nil {
			return nil, err
		}
	}
	if err := s.places(here); err != nil {
		return nil, err
	}
	if err := s.project(); err != nil {
		return nil, err
	}
	if err := s.checkAddition(); err != nil {
		return nil, err
	}
	s.follow()
	if err := s.checkInline(); err != nil {
		return nil, err
	}
	if err := s.checkWindow(); err != nil {
		return nil, err
	}
	return s, s.checkWarnErrors()
}

// follow lets what is set for the screen hold for dbt.log, unless that has a
// setting of its own. dbt: Flags._override_if_set.
func (s *settings) follow() {
	for _, name := range [...]string{"use-colors", "log-level", "log-format"} {
		v, set := s.given[name]
		if _, own := s.given[name+"-file"]; set && !own {
			s.given[name+"-file"] = v
		}
	}
}

// checkInline refuses SQL of the command line beside a selection of nodes.
func (s *settings) checkInline() error {
	for _, name := range [...]string{"select", "selector"} {
		if s.from["inline"] != "" && s.from[name] != "" {
			return &usageError{"inline: not allowed with argument " + name}
		}
	}
	return nil
}

func (s *settings) put(f *flagDef, words []string, from string) {
	s.from[f.name] = from
	if f.kind == list || f.kind == pairs {
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
	names := []string{"DEX_" + key, "DBT_ENGINE_" + key, "DBT_" + key}
	if f.ownEnv {
		names = names[:1]
	}
	for _, name := range names {
		if v, ok := env(name); ok && v != "" {
			return v, name, true
		}
	}
	return "", "", false
}

// project takes what `flags:` in dbt_project.yml says for flags that nothing
// else set, and its log-path.
func (s *settings) project() error {
	raw, faults := project.ReadRaw(s.text("project-dir", "."))
	if faults.HasErrors() || raw == nil {
		return nil // the command tells what is wrong with the file
	}
	if _, ok := s.given["log-path"]; !ok {
		s.given["log-path"] = from(raw.Dir, or(raw.LogPath(), "logs"))
	}
	if raw.Flags() == nil {
		return nil
	}
	for _, f := range s.defs {
		v, ok := raw.Flags().GetStr(f.key())
		if !ok || v == value.None || !f.project || s.from[f.name] != "" {
			continue
		}
		written, err := flagWords(f, v)
		if err != nil {
			return fmt.Errorf("read flag %s of dbt_project.yml: %w", f.key(), err)
		}
		s.put(f, written, project.ProjectFile)
		// dbt: a value that cannot be is as good as none.
		if s.check(f) != nil {
			delete(s.given, f.name)
			delete(s.from, f.name)
			s.notes = append(s.notes, fmt.Sprintf("dex goes on without the flag %s of %s: it cannot be %s.", f.key(), project.ProjectFile, value.Repr(v)))
		}
	}
	return nil
}

// flagWords writes a value of dbt_project.yml as the words of a flag: those of a list
// one by one.
func flagWords(f *flagDef, v value.Value) ([]string, error) {
	if l, ok := v.(*value.List); ok && f.kind == list {
		words := make([]string, len(l.Elems))
		for i, e := range l.Elems {
			words[i] = value.ToStr(e)
		}
		return words, nil
	}
	text, err := flagText(v)
	return splitWords(f, text), err
}

// flagText writes a value of dbt_project.yml as the command line would.
func flagText(v value.Value) (string, error) {
	switch v.(type) {
	case *value.List, *value.Dict:
		b, err := value.AppendJSON(nil, v, value.JSONOptions{})
		return string(b), err
	}
	return value.ToStr(v), nil
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// check refuses values that a flag does not take, naming where they come from.
func (s *settings) check(f *flagDef) error {
	if f.kind == list {
		for i, w := range s.lists[f.name] {
			word, ok := choose(f.words, w)
			if !ok {
				return s.invalid(f, w, oneOf(f.words))
			}
			s.lists[f.name][i] = word
		}
		return nil
	}
	v, ok := s.given[f.name]
	if !ok {
		return nil
	}
	switch f.kind {
	case boolean:
		if _, ok := truth(v); !ok {
			return s.invalid(f, v, "a valid boolean (true, false)")
		}
	case number:
		n, err := strconv.Atoi(v)
		switch {
		case err != nil:
			return s.invalid(f, v, "a valid integer")
		case f.name == "threads" && n < 1:
			return s.invalid(f, v, "a number from 1")
		}
	case mapping:
		if _, err := yamlMap(v); err != nil {
			return &usageError{fmt.Sprintf("Invalid value for '%s': String '%s' is not valid YAML: %s.", s.from[f.name], v, err)}
		}
	case text:
		if f.folder && isFile(v) {
			return &usageError{fmt.Sprintf("Invalid value for '%s': Directory '%s' is a file.", s.from[f.name], v)}
		}
		if f.read != nil {
			if _, err := f.read(v); err != nil {
				return &usageError{fmt.Sprintf("Invalid value for '%s': %s", s.from[f.name], err)}
			}
			return nil
		}
		word, ok := choose(f.words, v)
		if !ok {
			return s.invalid(f, v, oneOf(f.words))
		}
		s.given[f.name] = word
	}
	return nil
}

func (s *settings) invalid(f *flagDef, v, want string) error {
	return &usageError{fmt.Sprintf("Invalid value for '%s': '%s' is not %s.", s.from[f.name], v, want)}
}

// choose finds a word among those allowed, whatever its case.
func choose(allowed []string, v string) (string, bool) {
	for _, c := range allowed {
		if strings.EqualFold(c, v) {
			return c, true
		}
	}
	return v, allowed == nil
}

func oneOf(words []string) string { return "one of '" + strings.Join(words, "', '") + "'" }

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
		return nil, errors.New(strings.TrimSuffix(faults[0].Summary, "."))
	}
	d, ok := doc.Value.(*value.Dict)
	if !ok {
		return nil, errors.New("it must be a dictionary such as '{name: value}'")
	}
	return d, nil
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

// addition reads NAME@VERSION. dbt: more than one @ makes all of it the name.
func addition(name, source string) *deps.Addition {
	a := &deps.Addition{Name: name, Source: source}
	if parts := strings.Split(name, "@"); len(parts) == 2 {
		a.Name, a.Version = parts[0], parts[1]
	}
	return a
}

// checkAddition refuses --add-package without a version, which only a folder of
// this machine can do without.
func (s *settings) checkAddition() error {
	name := s.text("add-package", "")
	if source := s.text("source", "hub"); name != "" && source != "local" && addition(name, source).Version == "" {
		return &usageError{"Version is required in --add-package when a package when source is " + source}
	}
	return nil
}

// operation takes what operation run and plan are asked for. A dry run is a plan.
func (s *settings) operation(inv *engine.Invocation) {
	if inv.Command != "operation run" && inv.Command != "operation plan" {
		return
	}
	rehearse := inv.DryRun
	if inv.DryRun {
		inv.Command = "operation plan"
	}
	inv.DryRun = inv.Command == "operation plan"
	inv.Looking = inv.DryRun && s.from["introspect"] == "--introspect" && s.bool("introspect", false)
	inv.OperationFlags = engine.OperationFlags{
		Yes: s.bool("yes", false), Approved: s.text("approved-plan", ""), Explain: s.bool("explain", true), Rehearse: rehearse,
	}
}

// invocation makes what the engine is asked for.
func (s *settings) invocation(command string) engine.Invocation {
	inv := engine.Invocation{
		Command: command, ProjectDir: s.text("project-dir", "."), ProfilesDir: s.text("profiles-dir", ""),
		Profile: s.text("profile", ""), Target: s.text("target", ""), TargetPath: s.text("target-path", ""), LogPath: s.text("log-path", ""),
		Threads: s.int("threads", 0), Vars: s.dict("vars"), FullRefresh: s.bool("full-refresh", false), FailFast: s.bool("fail-fast", false),
		Empty: s.bool("empty", false), Select: s.lists["select"], Exclude: s.lists["exclude"], Selector: s.text("selector", ""),
		ResourceTypes: s.lists["resource-type"], NoTypes: s.lists["exclude-resource-type"], Indirect: s.text("indirect-selection", "eager"),
		PartialParse: s.bool("partial-parse", true), NoFileDiff: !s.bool("partial-parse-file-diff", true), WriteJSON: s.bool("write-json", true), CacheSelectedOnly: s.bool("cache-selected-only", false),
		PopulateCache: s.bool("populate-cache", true), Introspect: s.bool("introspect", true), VersionCheck: s.bool("version-check", true),
		WarnError: s.policy, Warnings: s.warnings, Inline: s.text("inline", ""), Limit: s.int("limit", 5), Output: s.text("output", ""), Keys: s.lists["output-keys"],
		EventTime: s.eventTime(), Sample: s.sample(),
		SQL: s.text("sql", ""), Args: s.dict("args"), Connection: s.bool("connection", false), ConfigDir: s.bool("config-dir", false),
		CleanOutside: !s.bool("clean-project-files-only", true), ShowSeeds: s.bool("show", false),
		Upgrade: s.bool("upgrade", false), Lock: s.bool("lock", false), ShowAllDeprecations: s.bool("show-all-deprecations", false),
		Docs: engine.Docs{
			NoCompile: !s.bool("compile", true), EmptyCatalog: s.bool("empty-catalog", false), Static: s.bool("static", false),
			Host: s.text("host", "127.0.0.1"), Port: s.int("port", 8080), Browser: s.bool("browser", true),
		},
		Lint:   engine.Lint{HooksOnly: command == "hooks lint", Baseline: s.text("baseline", ""), WriteBaseline: s.bool("write-baseline", false)},
		Params: engine.ParamSources{Pairs: s.lists["param"], Text: s.text("params", ""), File: s.text("params-file", "")},
		Status: s.text("status", ""), Python: s.bool("python", false),
		InlineDirect: s.text("inline-direct", ""),
		State:        s.text("state", ""), DeferState: s.text("defer-state", ""), Defer: s.bool("defer", false), FavorState: s.bool("favor-state", false),
	}
	inv.Audit = s.audit(command)
	inv.NoHooks, inv.SkipHooks = !s.bool("hooks", true), s.lists["skip-hooks"]
	inv.OnlyHooks, inv.HookName = s.text("only", ""), s.text("name", "")
	inv.Looking = command == "hooks show" && s.from["introspect"] == "--introspect" && s.bool("introspect", false)
	inv.DryRun = s.bool("dry-run", false)
	inv.Notify = engine.Notify{Channel: s.text("channel", ""), State: s.text("state", ""), Message: s.text("message", ""), Limit: s.int("limit", 50)}
	s.operation(&inv)
	inv.NoInject = !s.bool("inject-ephemeral-ctes", true)
	if inv.MaxSeedMiB = s.int("maximum-seed-size-mib", 1); inv.MaxSeedMiB == 0 {
		inv.MaxSeedMiB = -1
	}
	if s.bool("single-threaded", false) {
		inv.Threads = 1
	}
	if name := s.text("add-package", ""); name != "" {
		inv.Add = addition(name, s.text("source", "hub"))
	}
	if _, ok := s.given["store-failures"]; ok {
		b := s.bool("store-failures", false)
		inv.StoreFailures = &b
	}
	return inv
}

// audit are the flags of the audit commands.
func (s *settings) audit(command string) engine.AuditQuery {
	q := engine.AuditQuery{
		Invocation: s.text("invocation", ""), Node: s.text("node", ""), Kind: s.text("kind", ""), Since: s.text("since", ""),
		Head: s.text("head", ""), CSV: s.text("format", "") == "csv", JSON: s.text("output", "") == "json",
	}
	if command == "audit list" {
		q.Limit = s.int("limit", 50)
	}
	return q
}
