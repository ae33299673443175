package cli

// lintCommands are the commands of lint.
var lintCommands = []*commandDef{
	{name: "lint", short: "Hold hooks and operations against good practice", flags: with(selection, findingsFlag, baselineFlag, acceptFlag),
		long:    "Reports what hooks and operations should not do, by rules with codes; docs/lint has a page\nfor each. The exit code is 1 where there is more than a note. Findings in the baseline are\naccepted, so that a project fails on new ones alone.",
		example: "  dex lint\n  dex lint -s marts --output sarif > lint.sarif\n  dex lint --baseline lint.json --write-baseline"},
}

// Flags of lint.
var (
	findingsFlag = &flagDef{name: "output", own: true, short: "o", kind: text, noEnv: true, def: "text", words: []string{"json", "sarif", "text"}, help: "text, json (one object a line) or sarif"}
	baselineFlag = &flagDef{name: "baseline", own: true, kind: text, noEnv: true, help: "file of accepted findings (default: that of dex.yml)"}
	acceptFlag   = &flagDef{name: "write-baseline", own: true, kind: boolean, noEnv: true, help: "accept what is found now: write the baseline"}
)
