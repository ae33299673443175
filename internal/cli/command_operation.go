package cli

// operationCommands are the commands of the group operation.
var operationCommands = []*commandDef{
	{name: "list", under: "operation", alias: []string{"ls"}, short: "List the operations of the project", flags: with(selection, outputFlag),
		long:    "Prints the operations that a selection takes, with their groups, descriptions and\nparameters.",
		example: "  dex operation list\n  dex op ls -s path:operations/permissions tag:nightly\n  dex op ls -s group:maintenance --output json"},
}
