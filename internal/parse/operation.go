package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
)

// onRun are the two phases of on-run hooks.
var onRun = [...]struct {
	name  string
	hooks func(*project.Package) []project.Hook
}{
	{"on-run-start", func(p *project.Package) []project.Hook { return p.OnRunStart }},
	{"on-run-end", func(p *project.Package) []project.Hook { return p.OnRunEnd }},
}

// hookPackages are the packages in the order in which their on-run hooks run: the
// user's own, then the others by name.
func (p *parser) hookPackages() []*project.Package {
	out := []*project.Package{p.proj.Root}
	for _, pkg := range p.proj.Packages {
		if pkg != p.proj.Root {
			out = append(out, pkg)
		}
	}
	sortPackages(out[1:])
	return out
}

// draftOperations makes the nodes of on-run hooks.
func (p *parser) draftOperations() []*draft {
	var out []*draft
	for _, phase := range onRun {
		for _, pkg := range p.hookPackages() {
			for i, h := range phase.hooks(pkg) {
				out = append(out, p.draftOperation(pkg, phase.name, i, h))
			}
		}
	}
	return out
}

func (p *parser) draftOperation(pkg *project.Package, phase string, i int, h project.Hook) *draft {
	name := pkg.Name + "-" + phase + "-" + strconv.Itoa(i)
	text, form := h.SQL, mapOf(h)
	if form != nil {
		text = p.readOnRun(pkg, phase, i, h.Pos, form)
		form = manifest.HookDict(form)
	}
	d := p.newDraft(manifest.KindOperation, pkg, name, source{file: h.Pos.File, text: text, made: true})
	n := d.node
	n.Hook = form
	n.Pos = h.Pos
	n.Path, n.OriginalFilePath = "hooks/"+name+".sql", "./dbt_project.yml"
	n.FQN = fqn(pkg, n.Path, name)
	n.HookIndex = i
	n.Tags = []string{phase}
	n.ChecksumName, n.Checksum = "sha256", p.projectSum(pkg)
	d.phase = phase
	d.key = strings.Join([]string{"operation", pkg.Name, name}, "\x00")
	return d
}

// mapOf is an on-run hook as a map; nil for one that is a text. dbt: a text that is
// a JSON object with sql is the hook that it says; with keys of dex's own it is a map.
func mapOf(h project.Hook) *value.Dict {
	if h.Map != nil || !strings.HasPrefix(strings.TrimLeft(h.SQL, " \t\n"), "{\"") {
		return h.Map
	}
	v, err := value.ParseJSON([]byte(h.SQL))
	if d, ok := v.(*value.Dict); ok && err == nil && manifest.ExtendedHook(d) {
		return d
	}
	return nil
}

// readOnRun checks an on-run hook that is a map, and gives its text: that of its
// statement, its call of a macro, or its message.
func (p *parser) readOnRun(pkg *project.Package, phase string, i int, at diag.Pos, form *value.Dict) string {
	report := func(f manifest.HookFault, s diag.Severity) {
		x := pkg.Doc.Fault(at, diag.Runtime, "hook-invalid", phase+" "+strconv.Itoa(i+1)+": "+f.Msg)
		x.Severity, x.Hint = s, nearWord(f)
		p.report(x)
	}
	for _, f := range manifest.UnknownHookKeys(form) {
		report(f, diag.Error)
	}
	h, err := manifest.HookOf(form)
	var faults manifest.HookFaults
	if err != nil && !errors.As(err, &faults) {
		faults = manifest.HookFaults{{Msg: err.Error()}}
	}
	faults = append(faults, h.Misplaced(phase)...)
	if h.Macro != "" && p.inv.Macros.Named(pkg.Name, h.Macro) == nil {
		faults = append(faults, manifest.HookFault{Key: "macro", Got: h.Macro, Words: p.inv.Macros.Names(pkg.Name), Msg: "there is no macro '" + h.Macro + "'"})
	}
	for _, f := range faults {
		report(f, diag.Error)
	}
	switch {
	case len(faults) > 0:
		return ""
	case h.Macro != "":
		return callText(&h)
	case h.Notify != nil:
		return h.Message
	}
	return h.SQL
}

// projectSum is the checksum of a package's dbt_project.yml, where its on-run
// hooks stand; runs of white space count as one blank. A file that cannot be read
// any more has none.
func (p *parser) projectSum(pkg *project.Package) string {
	if sum, ok := p.projectSums[pkg]; ok {
		return sum
	}
	sum := ""
	if src, err := os.ReadFile(filepath.Join(pkg.Dir, project.ProjectFile)); err == nil && pkg.Dir != "" {
		h := sha256.Sum256([]byte(strings.Join(strings.Fields(string(src)), " ")))
		sum = hex.EncodeToString(h[:])
	}
	p.projectSums[pkg] = sum
	return sum
}
