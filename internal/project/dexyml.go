package project

import (
	"slices"

	"dex/internal/audit"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/notify"
	"dex/internal/yamldoc"
)

// DexFile is the file beside dbt_project.yml that holds what dex adds to a project.
const DexFile = "dex.yml"

// Dex is dex.yml: what dex adds to a project. A project without the file has the
// zero value, and behaves as in dbt.
type Dex struct {
	// Present reports whether the project has the file.
	Present bool
	Hooks   DexHooks
	// Audit says what is recorded.
	Audit audit.Settings
	// Notifications are channels, and rules of what is told there; nil is none.
	Notifications *notify.Config
	// Lint says which rules count, and how much.
	Lint Lint
	// Operations are its keys operation-paths and operations.
	Operations DexOperations
}

// dexSection is one top key of dex.yml.
type dexSection struct {
	key string
	// late tells which of its texts, by their path below it, are left as they are
	// written: those who use them render them. nil is none.
	late func(path []string) bool
	read func(d *Dex, top *yamldoc.Mapping)
}

// dexSections are the top keys of dex.yml. Each section is read in a file of its
// name: dex_hooks.go, dex_notifications.go.
var dexSections = []dexSection{
	{key: "hooks", read: readDexHooks},
	{key: "audit", read: readAudit},
	{key: "notifications", late: notify.Late, read: readNotifications},
	{key: "lint", read: readLint},
	{key: "operation-paths", read: readOperationPaths},
	{key: "operations", late: always, read: readOperationTree},
}

// dexYML reads dex.yml. Secrets may be used in it. A key that dex does not know is
// an error: what is declared must not be left undone in silence.
func (l *loader) dexYML() {
	doc := l.extraFile(DexFile)
	if doc == nil || doc.Value == value.None {
		return
	}
	raw, ok := doc.Value.(*value.Dict)
	if !ok {
		f := doc.Fault(diag.Pos{File: DexFile, Line: 1, Col: 1}, diag.Runtime, "not-a-dict", DexFile+" does not parse to a dictionary")
		f.Hint = "It has sections, such as hooks: {first_run: empty}. An empty file will do as well."
		l.faults.Add(f)
		return
	}
	v, faults := doc.Render(raw, nil, yamldoc.Rendering{With: l.o.OwnRenderer, Skip: leftLate})
	l.faults = append(l.faults, faults...)
	top := doc.Mapping(v.(*value.Dict), raw, DexFile, &l.faults)
	for _, s := range dexSections {
		if top.Has(s.key) {
			s.read(&l.p.Dex, top)
		}
	}
	top.Done()
	if l.o.Learn != nil {
		if secrets := l.p.Dex.Notifications.Secrets(); len(secrets) > 0 {
			l.o.Learn(secrets)
		}
	}
}

// leftLate reports whether what stands at path is rendered by those who use it.
func leftLate(path []string) bool {
	return len(path) > 0 && slices.ContainsFunc(dexSections, func(s dexSection) bool {
		return s.key == path[0] && s.late != nil && s.late(path[1:])
	})
}
