package parse

import (
	"slices"
	"strings"

	"dex/internal/manifest"
	"dex/internal/project"
)

// readFiles reads every file that is not a macro's, each on its own: SQL files
// and seeds to drafts, properties files to entries, docs files to blocks.
func (p *parser) readFiles() {
	work := p.filesToRead()
	drafts := make([][]*draft, len(work))
	props := make([]*properties, len(work))
	docs := make([][]*manifest.Doc, len(work))
	fixtures := make([]*fixture, len(work))
	p.parallel(len(work), func(i int) {
		switch f := work[i]; f.Kind {
		case project.Properties:
			props[i] = p.readProperties(f)
		case project.Doc:
			docs[i] = p.readDocs(f)
		case project.Fixture:
			fixtures[i] = p.readFixture(f)
		default:
			drafts[i] = p.draftFile(f)
		}
	})
	for i, f := range work {
		p.drafts = append(p.drafts, drafts[i]...)
		if props[i] != nil {
			p.properties = append(p.properties, props[i])
		}
		for _, d := range docs[i] {
			p.addDoc(d)
		}
		if fixtures[i] != nil {
			p.addFixture(f, fixtures[i])
		}
	}
	p.drafts = append(p.drafts, p.draftYAMLSnapshots()...)
	operations := p.draftOperations()
	p.parallel(len(operations), func(i int) { p.readTemplate(operations[i]) })
	p.drafts = append(p.drafts, operations...)
}

// filesToRead lists the files in dbt's order: package by package, and in each by
// kind.
func (p *parser) filesToRead() []*project.File {
	kinds := [...]project.Kind{
		project.Model, project.Snapshot, project.Analysis, project.SingularTest, project.Seed, project.Doc,
		project.Fixture, project.Function, project.Properties,
	}
	var out []*project.File
	for _, pkg := range p.proj.Packages {
		for _, k := range kinds {
			out = append(out, pkg.Files(k)...)
		}
	}
	return out
}

// draftYAMLSnapshots makes the snapshots that properties files define.
func (p *parser) draftYAMLSnapshots() []*draft {
	var out []*draft
	for _, props := range p.properties {
		for _, e := range props.entries {
			if e.section.key != "snapshots" {
				continue
			}
			if d := p.yamlSnapshot(e); d != nil {
				out = append(out, d)
			}
		}
	}
	return out
}

func sortPackages(list []*project.Package) {
	slices.SortFunc(list, func(a, b *project.Package) int { return strings.Compare(a.Name, b.Name) })
}
