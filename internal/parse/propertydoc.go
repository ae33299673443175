package parse

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/pack"
	"dex/internal/project"
	"dex/internal/yamldoc"
)

// propertyDoc is the document of a properties file before anything in it is
// rendered, with what was wrong with it as YAML.
type propertyDoc struct {
	doc    *yamldoc.Doc
	faults diag.List
}

func (d *propertyDoc) code(c *pack.Coder, p *parser, f *project.File) {
	d.doc.Pack(c, func() []byte {
		src, _ := p.contents(f) // a file that was read before
		return propertyText(src)
	})
	pack.List(c, (*[]diag.Diagnostic)(&d.faults), (*pack.Coder).Diagnostic)
}

// propertyText is the text that is decoded: line for line that of the file.
func propertyText(src source) []byte { return []byte(strings.Repeat("\n", src.line) + src.text) }

// propertyDoc gives the document of a properties file; nil where there is none.
func (p *parser) propertyDoc(f *project.File) *propertyDoc {
	d, known := p.recallDoc(f)
	if !known {
		src, ok := p.contents(f)
		if !ok || src.text == "" {
			return nil
		}
		doc, faults := yamldoc.Decode(src.file, propertyText(src))
		d = &propertyDoc{doc, faults}
	}
	if k := p.keep; k != nil {
		had := 0
		if known {
			had = p.lastTime(f).properties
		}
		if !k.copied(propertySection, k.properties, keyOf(f), had) {
			k.record(propertySection, k.properties, keyOf(f), func(c *pack.Coder) { d.code(c, p, f) })
		}
	}
	return d
}
