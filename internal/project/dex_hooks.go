package project

import (
	"dex/internal/diag"
	"dex/internal/yamldoc"
)

// DexHooks is `hooks:` of dex.yml: how hooks behave where dex does better than
// dbt. The zero value is what dbt does, and that of a project without dex.yml.
type DexHooks struct {
	// Ephemeral says what becomes of the hooks of ephemeral models.
	Ephemeral EphemeralHooks
	// FirstRun says what becomes of a pre-hook that reads its node's relation before
	// that is there.
	FirstRun FirstRun
	// Strict sends BEGIN again after the pre-hooks outside the transaction, where a
	// driver does not do so by itself.
	Strict bool
	// Disable lists hooks that never run, in the words of --skip-hooks.
	Disable []string
	// DisableAt is where that list stands.
	DisableAt diag.Pos
}

// EphemeralHooks is what becomes of the hooks of ephemeral models.
type EphemeralHooks string

// The ways with hooks of ephemeral models.
const (
	EphemeralSkip   EphemeralHooks = ""       // they do not run, as in dbt
	EphemeralInline EphemeralHooks = "inline" // they run around each node that inlines the model
)

// FirstRun is what becomes of a pre-hook that reads a relation that is not there
// yet.
type FirstRun string

// The ways with first runs.
const (
	FirstRunFail  FirstRun = ""      // the database refuses it, and the node fails, as in dbt
	FirstRunEmpty FirstRun = "empty" // it reads an empty relation
	FirstRunSkip  FirstRun = "skip"  // it is skipped
)

// presentHooks is what a project with a dex.yml gets that says nothing of hooks.
var presentHooks = DexHooks{FirstRun: FirstRunEmpty}

func readDexHooks(d *Dex, top *yamldoc.Mapping) {
	m := top.Child("hooks", "hooks")
	if m == nil {
		return
	}
	h := &d.Hooks
	if m.OneOf("ephemeral", "skip", "skip", "inline") == "inline" {
		h.Ephemeral = EphemeralInline
	}
	switch m.OneOf("first_run", "empty", "empty", "skip", "fail") {
	case "skip":
		h.FirstRun = FirstRunSkip
	case "fail":
		h.FirstRun = FirstRunFail
	}
	h.Strict = m.OneOf("transactions", "dbt", "dbt", "strict") == "strict"
	if h.Disable = m.Texts("disable"); h.Disable != nil {
		h.DisableAt = m.Pos("disable")
	}
	m.Done()
}
