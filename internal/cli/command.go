package cli

import (
	"slices"
	"strings"
)

// commandDef is one command: what people read of it, and its flags.
type commandDef struct {
	name    string // the engine's; it is typed so where usage says nothing else
	under   string // the word before it: "docs" of `docs generate`
	alias   []string
	short   string
	long    string
	example string
	flags   []*flagDef
	args    int // how many words it takes behind its name
	usage   string
}

// commandDefs lists the commands that the engine carries out, in the order in
// which help shows them.
var commandDefs = []*commandDef{
	{name: "build", short: "Run seeds, models, snapshots and tests in order", flags: with(selection, refreshFlag, emptyFlag, sampleFlag, fromFlag, untilFlag, storeFlag, typeFlag, noTypeFlag, showFlag),
		long:    "Builds everything that is selected, each node after those it refers to. A model waits\nfor the tests of the nodes before it, and is skipped where one of them fails.",
		example: "  dex build\n  dex build --select orders+ --full-refresh\n  dex build --select tag:nightly --exclude stg_payments"},
	{name: "run", short: "Run models", flags: with(selection, refreshFlag, emptyFlag, sampleFlag, fromFlag, untilFlag, typeFlag, noTypeFlag),
		long:    "Compiles models and builds them in the database, with their hooks.",
		example: "  dex run\n  dex run -s +orders\n  dex run -s tag:nightly config.materialized:incremental --full-refresh"},
	{name: "test", short: "Run data tests", flags: with(selection, storeFlag, typeFlag, noTypeFlag),
		long:    "Runs the tests of the selected nodes against what stands in the database.",
		example: "  dex test\n  dex test -s orders --store-failures\n  dex test -s test_type:singular"},
	{name: "seed", short: "Load CSV files", flags: with(selection, refreshFlag, emptyFlag, showFlag),
		long:    "Loads the project's CSV files as tables.",
		example: "  dex seed\n  dex seed -s country_codes --full-refresh"},
	{name: "snapshot", short: "Record changes of sources", flags: with(selection, emptyFlag),
		long:    "Compares snapshots with their sources and writes down what has changed.",
		example: "  dex snapshot\n  dex snapshot -s orders_snapshot"},
	{name: "clone", short: "Make relations of another environment stand in this one", flags: with(selection, refreshFlag, typeFlag, noTypeFlag),
		long:    "Makes each selected node from the relation that the manifest of --state names: a copy\nwhere the database copies tables without their data, else a view. What is there already\nstays, unless --full-refresh is given.",
		example: "  dex clone --state prod-artifacts\n  dex clone -s state:modified+ --state prod-artifacts --full-refresh"},
	{name: "retry", short: "Run what did not end well once more", flags: []*flagDef{refreshFlag},
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
	{name: "freshness", under: "source", alias: []string{"snapshot-freshness"}, short: "Tell how old the data of sources is", flags: with(selection, outputPathFlag),
		long:    "Asks each selected source with freshness rules for its newest row, and writes\nsources.json. The exit code is 1 where a source is older than error_after.",
		example: "  dex source freshness\n  dex source freshness -s source:raw"},
	{name: "list", alias: []string{"ls"}, short: "List nodes", flags: with(selection, typeFlag, noTypeFlag, formFlag, keysFlag),
		long:    "Prints the nodes that a selection takes, one a line. --output is selector (default),\nname, path or json.",
		example: "  dex ls\n  dex ls -s +orders --resource-type model\n  dex ls -s source:raw --output json --output-keys name config.tags"},
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
	{name: "notify-test", under: "notify", usage: "test CHANNEL", short: "Send a message to a channel, now", flags: []*flagDef{messageFlag}, args: 1,
		long:    "Sends a message to a channel of dex.yml, past the outbox, and shows what the receiver\nanswered. The exit code is 1 where it did not take it.",
		example: "  dex notify test oncall\n  dex notify test slack --message \"Hello from dex\""},
	{name: "notify-channels", under: "notify", usage: "channels", short: "List the channels of dex.yml", flags: []*flagDef{formNotifyFlag},
		long:    "Lists channels with their types and receivers, and the rules that use them. Secrets are not shown.",
		example: "  dex notify channels\n  dex notify channels --output json"},
	{name: "notify-deliveries", under: "notify", usage: "deliveries", short: "List notifications and what became of them", flags: []*flagDef{channelFlag, noticeStateFlag, noticeLimitFlag, formNotifyFlag},
		long:    "Lists the notifications of the outbox, newest first: pending, delivered, or dead, which are\nnot tried again. As JSON each has its attempts.",
		example: "  dex notify deliveries\n  dex notify deliveries --state dead\n  dex notify deliveries --channel oncall --limit 5 --output json"},
	{name: "notify-flush", under: "notify", usage: "flush", short: "Try to deliver all pending notifications, now",
		long:    "Makes one attempt for each pending notification, whenever it would be due. The exit code is 1\nwhere some are left.",
		example: "  dex notify flush"},
	{name: "notify-redeliver", under: "notify", usage: "redeliver ID", short: "Send a notification once more", args: 1,
		long:    "Makes a dead or delivered notification pending again, and makes one attempt. ID may be the\nbeginning of an id. The Idempotency-Key stays the same: a receiver that has it drops it.",
		example: "  dex notify redeliver 3f9c2a71"},
	{name: "audit-list", under: "audit", usage: "list", short: "List audit records", flags: []*flagDef{invocationFlag, recordNodeFlag, recordKindFlag, sinceFlag, recordsFlag, outputFlag},
		long:    "Prints what the audit chain holds, the newest records last. --output json gives the\nlines that the records' hashes are made of.",
		example: "  dex audit list\n  dex audit list --node orders --since 7d\n  dex audit list --invocation 5f2c --kind hook --output json"},
	{name: "audit-verify", under: "audit", usage: "verify", short: "Prove that the audit chain is whole", flags: []*flagDef{headFlag},
		long:    "Goes through the audit chain from its beginning. The exit code is 1 where a record was\nchanged, removed, moved or put in: the first such record is named. --head holds the chain\nagainst a hash that was kept elsewhere.",
		example: "  dex audit verify\n  dex audit verify --head 9c1185a5c5e9fc54612808977ee8f548b2258d31..."},
	{name: "audit-export", under: "audit", usage: "export", short: "Write audit records as JSON lines or CSV", flags: []*flagDef{exportFlag, sinceFlag},
		long:    "Prints the records of the audit chain and nothing else.",
		example: "  dex audit export > audit.jsonl\n  dex audit export --format csv --since 2026-03-01"},
}

// word is what is typed.
func (c *commandDef) word() string {
	if word, _, _ := strings.Cut(c.usage, " "); word != "" {
		return word
	}
	return c.name
}

// allFlags are the flags that a command takes: those of every command, but one that
// it has in a meaning of its own.
func (c *commandDef) allFlags() []*flagDef {
	var out []*flagDef
	for _, g := range globalFlags {
		if !slices.ContainsFunc(c.flags, func(f *flagDef) bool { return f.name == g.name }) {
			out = append(out, g)
		}
	}
	return append(out, c.flags...)
}

// groups are the words that stand before other commands.
var groups = map[string]string{
	"audit": "Look into the record of what was done", "docs": "Write or show the documentation of the project",
	"notify": "Try channels of notifications, and see what became of messages", "source": "Look after the project's sources",
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
		out[prefix+c.word()] = c
		for _, a := range c.alias {
			out[prefix+a] = c
		}
	}
	return out
}
