package cli

// hookCommands are the commands of the group hooks.
var hookCommands = []*commandDef{
	{name: "list", under: "hooks", short: "List the hooks of nodes and of the run", flags: with(selection, typeFlag, noTypeFlag, hooksFlag, skipHooksFlag, outputFlag),
		long:    "Prints the hooks that are in effect, those of each node in the order in which they run:\nevent, side of the transaction, kind, name, place, policy, and what leaves them out.",
		example: "  dex hooks list\n  dex hooks list -s tag:nightly\n  dex hooks list -s orders --output json"},
	{name: "show", under: "hooks", short: "Show the hooks of a node as they would be sent", flags: with(selection, hooksFlag, skipHooksFlag, outputFlag), args: 64, usage: "show MODEL...", take: takeSelection,
		long:    "Renders hooks for this target, in order, and sends nothing: no statement, no\nnotification, no operation. A hook that asks the database is shown with --introspect\nalone, and may then read and do nothing else.",
		example: "  dex hooks show orders\n  dex hooks show orders --target prod\n  dex hooks show tag:nightly --introspect"},
	{name: "run", under: "hooks", short: "Run hooks of nodes without building them", flags: with(selection, typeFlag, noTypeFlag, onlyFlag, hookNameFlag, skipHooksFlag),
		long:    "Runs the pre-hooks or the post-hooks of the selected nodes, in a transaction for each\nnode, and leaves the nodes as they are: to grant again after a role has changed. They\nare told of in hook_results.json as those of a run.",
		example: "  dex hooks run -s tag:nightly --only post\n  dex hooks run -s orders --name grant_readers"},
	{name: "lint", under: "hooks", short: "Hold hooks against good practice", flags: with(selection, findingsFlag, baselineFlag, acceptFlag),
		long:    "As `dex lint`, for hooks alone.",
		example: "  dex hooks lint\n  dex hooks lint -s marts --output json"},
}

// Flags of hooks: of their group, and of the commands that run them.
var (
	onlyFlag      = &flagDef{name: "only", kind: text, noEnv: true, own: true, words: []string{"pre", "post"}, help: "pre or post"}
	hookNameFlag  = &flagDef{name: "name", kind: text, noEnv: true, own: true, help: "hooks of this name alone"}
	hooksFlag     = &flagDef{name: "hooks", own: true, kind: boolean, ownEnv: true, project: true, def: "true", help: "run hooks, on-run-start and on-run-end among them (--no-hooks runs none)"}
	skipHooksFlag = &flagDef{name: "skip-hooks", own: true, kind: list, ownEnv: true, project: true, help: "hooks to leave out: package:x, name:y, event:post-hook, kind:notify, or nodes as in --select"}
)
