package cli

// auditCommands are the commands of the group audit.
var auditCommands = []*commandDef{
	{name: "list", under: "audit", short: "List audit records", flags: []*flagDef{invocationFlag, recordNodeFlag, recordKindFlag, sinceFlag, recordsFlag, outputFlag},
		long:    "Prints what the audit chain holds, the newest records last. --output json gives the\nlines that the records' hashes are made of.",
		example: "  dex audit list\n  dex audit list --node orders --since 7d\n  dex audit list --invocation 5f2c --kind hook --output json"},
	{name: "verify", under: "audit", short: "Prove that the audit chain is whole", flags: []*flagDef{headFlag},
		long:    "Goes through the audit chain from its beginning. The exit code is 1 where a record was\nchanged, removed, moved or put in: the first such record is named. --head holds the chain\nagainst a hash that was kept elsewhere.",
		example: "  dex audit verify\n  dex audit verify --head 9c1185a5c5e9fc54612808977ee8f548b2258d31..."},
	{name: "export", under: "audit", short: "Write audit records as JSON lines or CSV", flags: []*flagDef{exportFlag, sinceFlag},
		long:    "Prints the records of the audit chain and nothing else.",
		example: "  dex audit export > audit.jsonl\n  dex audit export --format csv --since 2026-03-01"},
}

// Flags of audit.
var (
	invocationFlag = &flagDef{name: "invocation", kind: text, noEnv: true, help: "records of this invocation: its id, or how that begins"}
	recordNodeFlag = &flagDef{name: "node", kind: text, noEnv: true, help: "records of this node: its name or unique_id"}
	recordKindFlag = &flagDef{name: "kind", kind: text, noEnv: true, words: []string{"run", "node", "hook", "operation", "notification"}, help: "records of this kind: run, node, hook, operation, notification"}
	sinceFlag      = &flagDef{name: "since", kind: text, noEnv: true, help: "records from then on: 2026-03-01, 2026-03-01T12:00:00, 24h, 7d"}
	recordsFlag    = &flagDef{name: "limit", kind: number, def: "50", noEnv: true, help: "how many of the newest records to show; 0 is all"}
	headFlag       = &flagDef{name: "head", kind: text, noEnv: true, help: "a head that was kept elsewhere: the chain has to hold it"}
	exportFlag     = &flagDef{name: "format", kind: text, noEnv: true, def: "jsonl", words: []string{"csv", "jsonl"}, help: "jsonl or csv"}
)
