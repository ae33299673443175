package project

import (
	"os"
	"path/filepath"
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
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
	{key: "operation-paths", read: readOperationPaths},
	{key: "operations", late: always, read: readOperationTree},
}

// dexPresent finds out whether there is a dex.yml: what dbt_project.yml may say
// depends on it.
func (l *loader) dexPresent() {
	if _, err := os.Stat(filepath.Join(l.o.Raw.Dir, DexFile)); err == nil {
		l.p.Dex.Present, l.p.Dex.Hooks = true, presentHooks
	}
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
		l.faults.Add(doc.Fault(diag.Pos{File: DexFile, Line: 1, Col: 1}, diag.Runtime, "not-a-dict", DexFile+" does not parse to a dictionary"))
		return
	}
	v, faults := doc.Render(raw, nil, yamldoc.Rendering{With: l.o.SecretRenderer, Skip: leftLate})
	l.faults = append(l.faults, faults...)
	top := doc.Mapping(v.(*value.Dict), raw, DexFile, &l.faults)
	for _, s := range dexSections {
		if top.Has(s.key) {
			s.read(&l.p.Dex, top)
		}
	}
	top.Done()
}

// leftLate reports whether what stands at path is rendered by those who use it.
func leftLate(path []string) bool {
	return len(path) > 0 && slices.ContainsFunc(dexSections, func(s dexSection) bool {
		return s.key == path[0] && s.late != nil && s.late(path[1:])
	})
}
