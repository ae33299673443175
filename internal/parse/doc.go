package parse

import (
	"strings"

	"dex/internal/manifest"
	"dex/internal/project"
)

// readDocs reads the docs blocks of a file. Their text is a template without
// names.
func (p *parser) readDocs(f *project.File) []*manifest.Doc {
	src, ok := p.contents(f)
	if !ok || !strings.Contains(src.text, "{%") {
		return nil
	}
	blocks, _, err := blocksOf(src, "docs") // dbt: here nothing is said of tags outside
	if err != nil {
		p.report(p.fileFault(f, src, err))
		return nil
	}
	out := make([]*manifest.Doc, 0, len(blocks))
	for _, b := range blocks {
		body := b.body
		if hasTags(body.text) {
			t, err := p.compile(body)
			if err == nil {
				body.text, err = p.inv.NewFrame(p.ctx, 0, nil).Render(t)
			}
			if err != nil {
				p.report(p.fileFault(f, body, err))
				continue
			}
		}
		out = append(out, &manifest.Doc{
			ID: manifest.ID("doc." + f.Package.Name + "." + b.name), Name: b.name, Package: f.Package.Name,
			Path: f.Rel, OriginalFilePath: f.Path, Contents: strings.TrimSpace(body.text),
		})
	}
	return out
}
