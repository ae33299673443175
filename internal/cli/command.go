package cli

import "dex/internal/engine"

// commandDef is one command: what people read of it, and its flags.
type commandDef struct {
	name    string // the engine's, where engine does not say it
	does    string // the engine's command, where it is not name
	engine  string // "hooks list" of `dex hooks list`, where another command has its last word
	under   string // the word before it: "docs" of `docs generate`
	alias   []string
	short   string
	long    string
	example string
	flags   []*flagDef
	args    int // how many words it takes behind its name
	usage   string
	// take puts the words behind the name into what the engine is asked for; nil takes
	// the first for a macro.
	take func(inv *engine.Invocation, words []string)
}

// command is the engine's name of it.
func (d *commandDef) command() string { return or(d.engine, or(d.does, d.name)) }

// takeSelection takes words for a selection, as --select.
func takeSelection(inv *engine.Invocation, words []string) { inv.Select = append(inv.Select, words...) }

// commandDefs lists the commands that the engine carries out, in the order in
// which help shows them.
var commandDefs = []*commandDef{
	{name: "build", short: "Run seeds, models, snapshots and tests in order", flags: with(selection, refreshFlag, emptyFlag, sampleFlag, fromFlag, untilFlag, storeFlag, typeFlag, noTypeFlag, showFlag, hooksFlag, skipHooksFlag, dryFlag, planFlag),
		long:    "Builds everything that is selected, each node after those it refers to. A model waits\nfor the tests of the nodes before it, and is skipped where one of them fails.",
		example: "  dex build\n  dex build --select orders+ --full-refresh\n  dex build --select tag:nightly --exclude stg_payments"},
	{name: "run", short: "Run models", flags: with(selection, refreshFlag, emptyFlag, sampleFlag, fromFlag, untilFlag, typeFlag, noTypeFlag, hooksFlag, skipHooksFlag, dryFlag, planFlag),
		long:    "Compiles models and builds them in the database, with their hooks.",
		example: "  dex run\n  dex run -s +orders\n  dex run -s tag:nightly config.materialized:incremental --full-refresh"},
	{name: "test", short: "Run data tests", flags: with(selection, storeFlag, typeFlag, noTypeFlag, hooksFlag, skipHooksFlag, dryFlag, planFlag),
		long:    "Runs the tests of the selected nodes against what stands in the database.",
		example: "  dex test\n  dex test -s orders --store-failures\n  dex test -s test_type:singular"},
	{name: "seed", short: "Load CSV files", flags: with(selection, refreshFlag, emptyFlag, showFlag, hooksFlag, skipHooksFlag, dryFlag, planFlag),
		long:    "Loads the project's CSV files as tables.",
		example: "  dex seed\n  dex seed -s country_codes --full-refresh"},
	{name: "snapshot", short: "Record changes of sources", flags: with(selection, emptyFlag, hooksFlag, skipHooksFlag, dryFlag, planFlag),
		long:    "Compares snapshots with their sources and writes down what has changed.",
		example: "  dex snapshot\n  dex snapshot -s orders_snapshot"},
	{name: "clone", short: "Make relations of another environment stand in this one", flags: with(selection, refreshFlag, typeFlag, noTypeFlag, hooksFlag, skipHooksFlag),
		long:    "Makes each selected node from the relation that the manifest of --state names: a copy\nwhere the database copies tables without their data, else a view. What is there already\nstays, unless --full-refresh is given.",
		example: "  dex clone --state prod-artifacts\n  dex clone -s state:modified+ --state prod-artifacts --full-refresh"},
	{name: "retry", short: "Run what did not end well once more", flags: []*flagDef{refreshFlag, hooksFlag, skipHooksFlag},
		long:    "Repeats the last command for the nodes that failed or were skipped, with the flags it\nhad; --vars and --threads may be others. Of a microbatch model only the batches that\nfailed run again.",
		example: "  dex retry\n  dex retry --threads 1\n  dex retry --state nightly/target"},
	{name: "run-operation", short: "Run a macro or a statement by itself", flags: []*flagDef{argsFlag, sqlFlag}, args: 1, usage: "run-operation [PACKAGE.]MACRO",
		long:    "Calls a macro with arguments. Its run_query calls reach the database; text that it\nreturns does not. With --sql a statement is rendered and sent instead.",
		example: "  dex run-operation grant_select --args '{role: reporter}'\n  dex run-operation dbt_utils.pretty_time\n  dex run-operation --sql \"select count(*) from {{ ref('orders') }}\""},
	{name: "compile", short: "Render models to SQL, without running them", flags: with(selection, refreshFlag, inlineFlag, injectFlag, outputFlag, typeFlag, noTypeFlag, emptyFlag),
		long:    "Writes compiled SQL below target/compiled. No hook runs. What is selected by name is\nprinted as well.",
		example: "  dex compile\n  dex compile -s orders\n  dex compile --inline \"select * from {{ ref('orders') }}\" --output json"},
	{name: "show", short: "Show the first rows of a model or a query", flags: with(selection, refreshFlag, inlineFlag, directFlag, limitFlag, outputFlag),
		long:    "Compiles a node or --inline SQL, runs the query and prints its rows.",
		example: "  dex show -s orders --limit 20\n  dex show --inline \"select 1 as id\" --output json"},
	{name: "generate", under: "docs", short: "Write the documentation of the project", flags: with(selection, refreshFlag, compileFlag, emptyCatalogFlag, staticFlag),
		long:    "Compiles the project, asks the database what it holds, and writes manifest.json,\ncatalog.json and index.html, a page that shows them.",
		example: "  dex docs generate\n  dex docs generate --static      one file to send around: target/static_index.html"},
	{name: "serve", under: "docs", short: "Show the documentation in a browser", flags: []*flagDef{hostFlag, portFlag, browserFlag},
		long:    "Serves the target folder on this machine alone, until it is interrupted. Run docs\ngenerate first.",
		example: "  dex docs serve\n  dex docs serve --port 8001 --no-browser"},
	{name: "freshness", under: "source", alias: []string{"snapshot-freshness"}, short: "Tell how old the data of sources is", flags: with(selection, outputPathFlag, hooksFlag, skipHooksFlag),
		long:    "Asks each selected source with freshness rules for its newest row, and writes\nsources.json. The exit code is 1 where a source is older than error_after.",
		example: "  dex source freshness\n  dex source freshness -s source:raw"},
	{name: "list", alias: []string{"ls"}, short: "List nodes", flags: with(selection, listTypeFlag, noTypeFlag, formFlag, keysFlag),
		long:    "Prints the nodes that a selection takes, one a line. --output is selector (default),\nname, path or json.",
		example: "  dex ls\n  dex ls -s +orders --resource-type model\n  dex ls -s source:raw --output json --output-keys name config.tags"},
	{name: "list", under: "hooks", engine: "hooks list", short: "List the hooks of nodes and of the run", flags: with(selection, typeFlag, noTypeFlag, hooksFlag, skipHooksFlag, outputFlag),
		long:    "Prints the hooks that are in effect, those of each node in the order in which they run:\nevent, side of the transaction, kind, name, place, policy, and what leaves them out.",
		example: "  dex hooks list\n  dex hooks list -s tag:nightly\n  dex hooks list -s orders --output json"},
	{name: "show", under: "hooks", engine: "hooks show", short: "Show the hooks of a node as they would be sent", flags: with(selection, hooksFlag, skipHooksFlag, outputFlag), args: 64, usage: "show MODEL...", take: takeSelection,
		long:    "Renders hooks for this target, in order, and sends nothing: no statement, no\nnotification, no operation. A hook that asks the database is shown with --introspect\nalone, and may then read and do nothing else.",
		example: "  dex hooks show orders\n  dex hooks show orders --target prod\n  dex hooks show tag:nightly --introspect"},
	{name: "run", under: "hooks", engine: "hooks run", short: "Run hooks of nodes without building them", flags: with(selection, typeFlag, noTypeFlag, onlyFlag, hookNameFlag, skipHooksFlag),
		long:    "Runs the pre-hooks or the post-hooks of the selected nodes, in a transaction for each\nnode, and leaves the nodes as they are: to grant again after a role has changed. They\nare told of in hook_results.json as those of a run.",
		example: "  dex hooks run -s tag:nightly --only post\n  dex hooks run -s orders --name grant_readers"},
	{name: "parse", short: "Read the project and write manifest.json",
		long:    "Reads every file of the project and reports all faults together.",
		example: "  dex parse\n  dex parse --no-partial-parse"},
	{name: "debug", short: "Check project, profile and connection", flags: []*flagDef{connFlag, configFlag},
		long:    "Says which files are read, which target is used and whether the database answers.",
		example: "  dex debug\n  dex debug --target prod"},
	{name: "deps", short: "Install the packages of packages.yml", flags: []*flagDef{upgradeFlag, lockFlag, addFlag, sourceFlag},
		long:    "Installs packages into dbt_packages, as package-lock.yml has them or, where it does not\nfit packages.yml, as that resolves; the lock file is then written anew.",
		example: "  dex deps\n  dex deps --upgrade\n  dex deps --add-package dbt-labs/dbt_utils@1.3.0\n  dex deps --add-package https://example.com/pkg.git@v1 --source git"},
	{name: "clean", short: "Remove the folders of clean-targets", flags: []*flagDef{insideFlag},
		long:    "Removes target, dbt_packages and whatever else clean-targets in dbt_project.yml lists.\nNothing outside of the project, unless --no-clean-project-files-only allows it, and no\nsource folder is removed.",
		example: "  dex clean"},
	{name: "run", engine: "operation run", under: "operation", short: "Run an operation", flags: with(paramFlags, yesFlag, approvedFlag, dryFlag, explainFlag, rowsFlag), args: 1, usage: "run NAME",
		long:    "Checks the parameters, renders the operation, and sends its statements one after the\nother; the first that fails stops it, and what stands in its transaction is taken back.\nThe exit code is 1 where a statement failed, 2 where nothing could be sent.",
		example: "  dex operation run grant_access --param role=finance\n  dex op run purge --params-file purge.yml --yes --target prod\n  dex op run counts --output csv"},
	{name: "plan", engine: "operation plan", under: "operation", short: "Show what an operation would send", flags: with(paramFlags, explainFlag, rowsFlag), args: 1, usage: "plan NAME",
		long:    "Renders the operation for this target and these parameters and shows its statements,\nhow the database would run them, and a hash of it all, to which an approval is bound.\nNothing is sent that changes anything. What the text itself asks the database while it is\nrendered is answered with --introspect alone.",
		example: "  dex operation plan grant_access --param role=finance\n  dex op plan purge --params-file purge.yml --target prod --output json"},
	{name: "list", does: "operation list", under: "operation", alias: []string{"ls"}, short: "List the operations of the project", flags: with(selection, outputFlag),
		long:    "Prints the operations that a selection takes, with their groups, descriptions and\nparameters.",
		example: "  dex operation list\n  dex op ls -s path:operations/permissions tag:nightly\n  dex op ls -s group:maintenance --output json"},
	{name: "show", does: "operation show", under: "operation", short: "Describe an operation", flags: []*flagDef{outputFlag}, args: 1, usage: "show NAME",
		long:    "Prints what an operation does, its parameters with their ranges and defaults, its hooks,\nwhat it reads and writes, where and by whom it may be run, and its last runs.",
		example: "  dex operation show grant_analytics_access\n  dex op show my_package.clean_up --output json"},
	{name: "history", does: "operation history", under: "operation", short: "List the runs of operations", flags: []*flagDef{runsFlag, statusFlag, outputFlag}, args: 1, usage: "history [NAME]",
		long:    "Prints who ran what, when, with which parameters (secrets are masked), and how it ended,\nnewest first. A run whose process ended without a word is shown as lost.",
		example: "  dex operation history\n  dex op history refresh_indexes --limit 3\n  dex op history --status error --output json"},
	{name: "new", does: "operation new", under: "operation", short: "Write the beginning of an operation", flags: []*flagDef{sqlFileFlag, pythonFlag}, args: 1, usage: "new GROUP/NAME",
		long:    "Writes a file with configuration, a parameter and comments below the operation paths.\nNothing is overwritten.",
		example: "  dex operation new permissions/grant_reader\n  dex operation new sync/push_orders --python"},
}

// groups are the words that stand before other commands.
var groups = map[string]string{
	"docs": "Write or show the documentation of the project", "source": "Look after the project's sources",
	"hooks":     "See and run hooks by themselves",
	"operation": "List, describe and run the operations of the project",
}

// groupAliases are other spellings of those words.
var groupAliases = map[string]string{"op": "operation"}

// groupOf is the word of a group as groups has it, "" where it is none.
func groupOf(word string) string {
	if w, ok := groupAliases[word]; ok {
		return w
	}
	if groups[word] != "" {
		return word
	}
	return ""
}

// commandsByName finds commands by name and alias, those of a group by both
// words. A word of a group alone finds nothing to do.
func commandsByName() map[string]*commandDef {
	out := map[string]*commandDef{}
	for _, c := range commandDefs {
		prefix := ""
		if c.under != "" {
			prefix = c.under + " "
		}
		out[prefix+c.name] = c
		for _, a := range c.alias {
			out[prefix+a] = c
		}
	}
	return out
}
