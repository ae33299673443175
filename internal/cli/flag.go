package cli

import (
	"strings"

	"dex/internal/jinja/value"
)

// kind is what a flag takes.
type kind uint8

const (
	boolean kind = iota
	text
	number
	list // any number of words: --select a b c
	mapping
	pairs // NAME=VALUE, once for each time it is written
)

// flagDef is one flag of the command line. Its environment variables are
// DEX_<NAME>, DBT_ENGINE_<NAME> and DBT_<NAME>.
type flagDef struct {
	name  string
	short string
	kind  kind
	def   string // default, as it would be written
	help  string
	// noEnv is set for flags that only a person types.
	noEnv bool
	// ownEnv is set for flags that dbt reads from no variable: DBT_THREADS is the
	// project's own business.
	ownEnv bool
	// project is set for flags that `flags:` in dbt_project.yml can set, as in dbt.
	project bool
	// param is dbt's name of the flag where it is not the flag's with underscores.
	param string
	// words are those that the flag takes; none is any.
	words []string
	// read gives what a flag that is written in a form of its own means.
	read func(written string) (value.Value, error)
	// alias is another spelling of the flag.
	alias []string
	// own is set for flags that dbt does not have: templates and artifacts have them
	// where somebody has set them.
	own bool
	// folder is set for flags that name a folder, which need not be there.
	folder bool
}

// key is dbt's name of the flag: in variables, in `flags:`, in templates.
func (f *flagDef) key() string {
	if f.param != "" {
		return f.param
	}
	return strings.ReplaceAll(f.name, "-", "_")
}

// spellings are the ways to write the flag, with their dashes.
func (f *flagDef) spellings() []string {
	out := []string{"--" + f.name}
	if f.short != "" {
		out = append(out, "-"+f.short)
	}
	for _, a := range f.alias {
		if len(a) == 1 {
			out = append(out, "-"+a)
		} else {
			out = append(out, "--"+a)
		}
	}
	return out
}

// Words that several flags take, in dbt's order.
var (
	logFormats    = []string{"text", "debug", "json", "default"}
	logLevels     = []string{"debug", "info", "warn", "error", "none"}
	resourceTypes = []string{"metric", "semantic_model", "saved_query", "source", "analysis", "function", "model", "test", "unit_test", "exposure", "snapshot", "seed", "default", "all"}
)

// globalFlags are taken by every command, before and behind its name.
var globalFlags = []*flagDef{
	{name: "project-dir", kind: text, help: "folder that holds dbt_project.yml (default: the current folder)"},
	{name: "profiles-dir", kind: text, help: "folder that holds profiles.yml (default: the project's, then ~/.dbt)"},
	{name: "profile", kind: text, help: "profile to use, instead of the one dbt_project.yml names"},
	{name: "target", short: "t", kind: text, help: "target of the profile"},
	{name: "target-path", kind: text, help: "folder for artifacts (default: target)"},
	{name: "log-path", kind: text, help: "folder for dbt.log (default: logs)"},
	{name: "vars", kind: mapping, ownEnv: true, help: "variables for the project, as YAML: '{start: 2024-01-01}'"},
	{name: "threads", kind: number, ownEnv: true, help: "nodes to run side by side (default: the profile's)"},
	{name: "log-format", kind: text, words: logFormats, project: true, def: "default", help: "text, json, debug or default"},
	{name: "log-format-file", kind: text, words: logFormats, project: true, def: "debug", help: "format of dbt.log: text, json, debug"},
	{name: "log-level", kind: text, words: logLevels, project: true, def: "info", help: "debug, info, warn, error or none"},
	{name: "log-level-file", kind: text, words: logLevels, project: true, def: "debug", help: "level of dbt.log"},
	{name: "log-file-max-bytes", kind: number, def: "10485760", help: "size at which dbt.log is set aside; 0 is never"},
	{name: "debug", short: "d", kind: boolean, project: true, help: "show everything that is logged"},
	{name: "quiet", short: "q", kind: boolean, help: "show errors and asked-for output alone"},
	{name: "print", kind: boolean, def: "true", help: "show what print() in templates is given"},
	{name: "use-colors", kind: boolean, project: true, def: "auto", help: "colour the output (default: on a terminal)"},
	{name: "use-colors-file", kind: boolean, project: true, def: "false", help: "colour dbt.log"},
	{name: "printer-width", kind: number, project: true, def: "80", help: "width of the lines of results"},
	{name: "write-json", kind: boolean, project: true, def: "true", help: "write artifacts to the target folder"},
	{name: "partial-parse", kind: boolean, project: true, def: "true", help: "reuse what the last invocation parsed"},
	{name: "version-check", kind: boolean, project: true, def: "true", help: "hold require-dbt-version against this version"},
	{name: "warn-error", kind: boolean, project: true, help: "make every warning an error"},
	{name: "warn-error-options", kind: mapping, project: true, help: "make some warnings errors: '{error: all, warn: [X]}'"},
	{name: "fail-fast", short: "x", kind: boolean, project: true, help: "stop at the first failure"},
	{name: "indirect-selection", kind: text, words: []string{"eager", "cautious", "buildable", "empty"}, project: true, def: "eager", help: "which tests come with a node: eager, cautious, buildable, empty"},
	{name: "cache-selected-only", kind: boolean, project: true, help: "list the relations of selected nodes' schemas alone"},
	{name: "populate-cache", kind: boolean, project: true, def: "true", help: "list the relations of schemas before running"},
	{name: "state", kind: text, folder: true, help: "folder with artifacts of an earlier invocation, to compare with and to defer to"},
	{name: "defer", kind: boolean, help: "let refs to what is not built here read the relations of --state"},
	{name: "defer-state", kind: text, folder: true, help: "folder with artifacts to defer to, where it is another than --state"},
	{name: "favor-state", kind: boolean, help: "defer for all that is not selected, built here or not"},
	{name: "introspect", kind: boolean, def: "true", help: "let compiling ask the database"},
	{name: "send-anonymous-usage-stats", kind: boolean, project: true, def: "false", help: "taken for dbt's sake: dex sends nothing"},
	{name: "static-parser", kind: boolean, project: true, def: "true", help: "taken for dbt's sake: dex always renders"},
	{name: "show-resource-report", kind: boolean, help: "show at the end what the process took: time, memory, blocks of disks; dbt.log has it in any case"},
	{name: "macro-debugging", kind: boolean, help: "taken for dbt's sake"},
	{name: "record-timing-info", short: "r", kind: text, noEnv: true, help: "write a profile of the program to this file, for go tool pprof"},
	{name: "log-cache-events", kind: boolean, help: "taken for dbt's sake"},
	{name: "single-threaded", kind: boolean, help: "run one node at a time"},
	{name: "use-experimental-parser", kind: boolean, project: true, help: "taken for dbt's sake: dex has one parser"},
	{name: "use-fast-test-edges", kind: boolean, help: "taken for dbt's sake: dex's graph needs no such help"},
	{name: "partial-parse-file-diff", kind: boolean, def: "true", help: "look for files that changed since the last parse"},
	{name: "partial-parse-file-path", kind: text, help: "taken for dbt's sake: dex's parsing cache has its own form"},
	{name: "show-all-deprecations", kind: boolean, noEnv: true, help: "taken for dbt's sake: dex gathers all findings"},
	{name: "use-v2-parser", kind: boolean, project: true, help: "taken for dbt's sake: dex has one parser"},
	{name: "snowflake-projects-otel", kind: boolean, help: "taken for dbt's sake"},
	{name: "sqlparse", kind: mapping, help: "taken for dbt's sake: dex has its own reader of SQL"},
	{name: "hints-enabled", kind: boolean, def: "true", project: true, help: "taken for dbt's sake: dex gives no such hints"},
	{name: "maximum-seed-size-mib", kind: number, def: "1", project: true, help: "size above which a changed seed counts by its path; 0 is none"},
	{name: "upload-to-artifacts-ingest-api", kind: boolean, help: "taken for dbt's sake: dex sends nothing"},
}

// Flags of several commands.
var (
	selectFlag   = &flagDef{name: "select", short: "s", alias: []string{"models", "model", "m"}, kind: list, noEnv: true, help: "nodes to take: names, tag:x, path:y, +upstream, downstream+"}
	excludeFlag  = &flagDef{name: "exclude", kind: list, noEnv: true, help: "nodes to leave out"}
	selectorFlag = &flagDef{name: "selector", kind: text, noEnv: true, help: "a selector of selectors.yml"}
	typeFlag     = &flagDef{name: "resource-type", alias: []string{"resource-types"}, param: "resource_types", words: resourceTypes, kind: list, help: "kinds of node to take"}
	noTypeFlag   = &flagDef{name: "exclude-resource-type", alias: []string{"exclude-resource-types"}, param: "exclude_resource_types", words: resourceTypes, kind: list, help: "kinds of node to leave out"}
	listTypeFlag = &flagDef{name: "resource-type", alias: []string{"resource-types"}, param: "resource_types", words: append(resourceTypes[:len(resourceTypes):len(resourceTypes)], "operation"), kind: list, help: "kinds of node to list; operation is dex's own, listed where it is named"}
	refreshFlag  = &flagDef{name: "full-refresh", short: "f", kind: boolean, help: "rebuild incremental models and seeds from nothing"}
	emptyFlag    = &flagDef{name: "empty", kind: boolean, help: "read no rows: build every node empty"}
	fromFlag     = &flagDef{name: "event-time-start", kind: text, read: readEventTime, help: "run microbatch models from here: 2024-09-17, 2024-09-17T16:00:00"}
	untilFlag    = &flagDef{name: "event-time-end", kind: text, read: readEventTime, help: "run microbatch models up to here"}
	sampleFlag   = &flagDef{name: "sample", kind: text, read: readSample, help: "read rows of a window of event_time alone: '3 days', \"{start: '2024-09-01', end: '2024-09-17'}\""}
	storeFlag    = &flagDef{name: "store-failures", kind: boolean, help: "keep failing rows of tests in tables"}
	inlineFlag   = &flagDef{name: "inline", kind: text, noEnv: true, help: "SQL with Jinja to take in place of nodes"}
	directFlag   = &flagDef{name: "inline-direct", kind: text, noEnv: true, help: "SQL to send as it is, without a project"}
	injectFlag   = &flagDef{name: "inject-ephemeral-ctes", kind: boolean, noEnv: true, def: "true", help: "put ephemeral models into the SQL that refers to them"}
	limitFlag    = &flagDef{name: "limit", kind: number, def: "5", noEnv: true, help: "rows to show; -1 is all"}
	outputFlag   = &flagDef{name: "output", short: "o", kind: text, noEnv: true, def: "text", words: []string{"json", "text"}, help: "text or json"}
	formFlag     = &flagDef{name: "output", short: "o", kind: text, noEnv: true, def: "selector", words: []string{"json", "name", "path", "selector"}, help: "selector, name, path or json"}
	keysFlag     = &flagDef{name: "output-keys", kind: list, noEnv: true, help: "keys of each node with --output json"}
	argsFlag     = &flagDef{name: "args", kind: mapping, noEnv: true, help: "arguments of the macro, as YAML: '{days: 7}'"}
	sqlFlag      = &flagDef{name: "sql", kind: text, noEnv: true, help: "a statement to render and run, in place of a macro"}
	upgradeFlag  = &flagDef{name: "upgrade", kind: boolean, noEnv: true, help: "resolve packages anew though the lock file fits"}
	addFlag      = &flagDef{name: "add-package", kind: text, noEnv: true, help: "write a package into packages.yml: NAME@VERSION"}
	sourceFlag   = &flagDef{name: "source", kind: text, noEnv: true, def: "hub", words: []string{"git", "hub", "local"}, help: "where --add-package finds it: git, hub or local"}
	lockFlag     = &flagDef{name: "lock", kind: boolean, noEnv: true, help: "write package-lock.yml, install nothing"}
	insideFlag   = &flagDef{name: "clean-project-files-only", kind: boolean, def: "true", help: "refuse to remove what lies outside of the project"}
	configFlag   = &flagDef{name: "config-dir", kind: boolean, noEnv: true, help: "say where profiles.yml is looked for, and nothing else"}
	connFlag     = &flagDef{name: "connection", kind: boolean, noEnv: true, help: "test the connection alone"}
	dryFlag      = &flagDef{name: "dry-run", own: true, kind: boolean, ownEnv: true, help: "show every statement that would be sent, and send none that changes anything"}
	planFlag     = &flagDef{name: "output", own: true, short: "o", kind: text, noEnv: true, def: "text", words: []string{"json", "text"}, help: "of --dry-run: text or json"}
)

// selection are the flags of commands that take nodes.
var selection = []*flagDef{selectFlag, excludeFlag, selectorFlag}

func with(defs []*flagDef, more ...*flagDef) []*flagDef {
	return append(append([]*flagDef(nil), defs...), more...)
}

// Flags of docs, source freshness and seed.
var (
	outputPathFlag   = &flagDef{name: "output", short: "o", kind: text, noEnv: true, help: "file to write in place of target/sources.json"}
	compileFlag      = &flagDef{name: "compile", kind: boolean, noEnv: true, def: "true", help: "compile the project first"}
	emptyCatalogFlag = &flagDef{name: "empty-catalog", kind: boolean, help: "write a catalog without asking the database"}
	staticFlag       = &flagDef{name: "static", kind: boolean, help: "write static_index.html as well, with all data in it"}
	hostFlag         = &flagDef{name: "host", kind: text, def: "127.0.0.1", help: "address to serve on; by default no other machine is let in"}
	portFlag         = &flagDef{name: "port", kind: number, noEnv: true, def: "8080", help: "port to serve on; 0 takes a free one"}
	browserFlag      = &flagDef{name: "browser", kind: boolean, noEnv: true, def: "true", help: "open the page in a browser"}
	showFlag         = &flagDef{name: "show", kind: boolean, noEnv: true, help: "show some rows of each seed that was loaded"}
)
