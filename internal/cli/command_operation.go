package cli

// operationCommands are the commands of the group operation.
var operationCommands = []*commandDef{
	{name: "run", under: "operation", short: "Run an operation", flags: []*flagDef{paramFlag, paramsFlag, paramFileFlag, yesFlag, approvedFlag, dryFlag, explainFlag, rowsFlag}, args: 1, usage: "run [PACKAGE.]NAME", take: takeOperation,
		long:    "Checks the parameters, renders the operation, and sends its statements one after the\nother; the first that fails stops it, and what stands in its transaction is taken back.\nThe exit code is 1 where a statement failed, 2 where nothing could be sent.",
		example: "  dex operation run grant_access --param role=finance\n  dex op run purge --params-file purge.yml --yes --target prod\n  dex op run counts --output csv"},
	{name: "plan", under: "operation", short: "Show what an operation would send", flags: []*flagDef{paramFlag, paramsFlag, paramFileFlag, explainFlag, rowsFlag}, args: 1, usage: "plan [PACKAGE.]NAME", take: takeOperation,
		long:    "Renders the operation for this target and these parameters and shows its statements,\nhow the database would run them, and a hash of it all, to which an approval is bound.\nNothing is sent that changes anything. What the text itself asks the database while it is\nrendered is answered with --introspect alone.",
		example: "  dex operation plan grant_access --param role=finance\n  dex op plan purge --params-file purge.yml --target prod --output json"},
	{name: "list", under: "operation", alias: []string{"ls"}, short: "List the operations of the project", flags: with(selection, outputFlag),
		long:    "Prints the operations that a selection takes, with their groups, descriptions and\nparameters.",
		example: "  dex operation list\n  dex op ls -s path:operations/permissions tag:nightly\n  dex op ls -s group:maintenance --output json"},
}
