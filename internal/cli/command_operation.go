package cli

// operationCommands are the commands of the group operation.
var operationCommands = []*commandDef{
	{name: "run", under: "operation", short: "Run an operation", flags: with(paramFlags, yesFlag, approvedFlag, dryFlag, explainFlag, rowsFlag), args: 1, usage: "run NAME",
		long:    "Checks the parameters, renders the operation, and sends its statements one after the\nother; the first that fails stops it, and what stands in its transaction is taken back.\nThe exit code is 1 where a statement failed, 2 where nothing could be sent.",
		example: "  dex operation run grant_access --param role=finance\n  dex op run purge --params-file purge.yml --yes --target prod\n  dex op run counts --output csv"},
	{name: "plan", under: "operation", short: "Show what an operation would send", flags: with(paramFlags, explainFlag, rowsFlag), args: 1, usage: "plan NAME",
		long:    "Renders the operation for this target and these parameters and shows its statements,\nhow the database would run them, and a hash of it all, to which an approval is bound.\nNothing is sent that changes anything. What the text itself asks the database while it is\nrendered is answered with --introspect alone.",
		example: "  dex operation plan grant_access --param role=finance\n  dex op plan purge --params-file purge.yml --target prod --output json"},
	{name: "list", under: "operation", alias: []string{"ls"}, short: "List the operations of the project", flags: with(selection, outputFlag),
		long:    "Prints the operations that a selection takes, with their groups, descriptions and\nparameters.",
		example: "  dex operation list\n  dex op ls -s path:operations/permissions tag:nightly\n  dex op ls -s group:maintenance --output json"},
	{name: "show", under: "operation", short: "Describe an operation", flags: []*flagDef{outputFlag}, args: 1, usage: "show NAME",
		long:    "Prints what an operation does, its parameters with their ranges and defaults, its hooks,\nwhat it reads and writes, where and by whom it may be run, and its last runs.",
		example: "  dex operation show grant_analytics_access\n  dex op show my_package.clean_up --output json"},
	{name: "history", under: "operation", short: "List the runs of operations", flags: []*flagDef{runsFlag, statusFlag, outputFlag}, args: 1, usage: "history [NAME]",
		long:    "Prints who ran what, when, with which parameters (secrets are masked), and how it ended,\nnewest first. A run whose process ended without a word is shown as lost.",
		example: "  dex operation history\n  dex op history refresh_indexes --limit 3\n  dex op history --status error --output json"},
	{name: "new", under: "operation", short: "Write the beginning of an operation", flags: []*flagDef{sqlFileFlag, pythonFlag}, args: 1, usage: "new GROUP/NAME",
		long:    "Writes a file with configuration, a parameter and comments below the operation paths.\nNothing is overwritten.",
		example: "  dex operation new permissions/grant_reader\n  dex operation new sync/push_orders --python"},
}

// Flags of operations.
var (
	yesFlag       = &flagDef{name: "yes", short: "y", own: true, kind: boolean, noEnv: true, help: "confirm what the operation wants confirmed"}
	approvedFlag  = &flagDef{name: "approved-plan", own: true, kind: text, noEnv: true, help: "the hash of the plan that has been approved"}
	explainFlag   = &flagDef{name: "explain", own: true, kind: boolean, noEnv: true, def: "true", help: "ask the database how it would run each statement"}
	rowsFlag      = &flagDef{name: "output", own: true, short: "o", kind: text, noEnv: true, def: "table", words: []string{"table", "json", "csv"}, help: "table, json or csv"}
	paramFlag     = &flagDef{name: "param", short: "p", kind: pairs, noEnv: true, help: "a parameter: --param role=analyst; once for each"}
	paramsFlag    = &flagDef{name: "params", kind: text, noEnv: true, help: "parameters as JSON or YAML: '{role: analyst}'"}
	paramFileFlag = &flagDef{name: "params-file", kind: text, noEnv: true, help: "a file with parameters, JSON or YAML"}
	runsFlag      = &flagDef{name: "limit", kind: number, def: "20", noEnv: true, help: "runs to show; -1 is all"}
	statusFlag    = &flagDef{name: "status", kind: text, noEnv: true, words: []string{"running", "success", "error", "cancelled", "lost"}, help: "runs that ended so: success, error, cancelled, lost, running"}
	sqlFileFlag   = &flagDef{name: "sql", kind: boolean, noEnv: true, help: "write a SQL operation (default)"}
	pythonFlag    = &flagDef{name: "python", kind: boolean, noEnv: true, help: "write a Python operation"}
)

// paramFlags are the ways to give an operation its parameters.
var paramFlags = []*flagDef{paramFlag, paramsFlag, paramFileFlag}
