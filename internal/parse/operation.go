package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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
	d := p.newDraft(manifest.KindOperation, pkg, name, source{file: h.Pos.File, text: h.SQL, made: true})
	n := d.node
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
