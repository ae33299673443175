package parse

import (
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/yamldoc"
)

// recordKeys finds keys that the records of a configuration do not have, such as
// `contract: {enforce: true}`: dbt drops them, and a contract that was meant to be
// enforced is not. tell is given the mapping that holds the key, the key, the name of
// the record and the keys that it has.
type recordKeys struct {
	schema *manifest.Schema
	tell   func(d *value.Dict, key, record string, known []string)
}

// freshnessFields and buildAfterFields are those of a model's freshness. dbt: ModelFreshness, ModelBuildAfter.
var freshnessFields, buildAfterFields = []string{"build_after"}, []string{"count", "period", "updates_on"}

// under looks at the value of one key of a configuration.
func (r recordKeys) under(key string, v value.Value) {
	d, ok := v.(*value.Dict)
	if !ok {
		return
	}
	if key == "freshness" && r.schema.Kind == manifest.KindModel {
		r.check(d, key, freshnessFields)
		if after := dictAt(d, "build_after"); after != nil {
			r.check(after, "freshness.build_after", buildAfterFields)
		}
		return
	}
	if known := r.schema.Fields(key); known != nil {
		r.check(d, key, known)
	}
}

func (r recordKeys) check(d *value.Dict, record string, known []string) {
	for i := range d.Len() {
		k, _ := d.At(i)
		if key := value.ToStr(k); !slices.Contains(known, key) {
			r.tell(d, key, record, known)
		}
	}
}

// all looks at every key of a configuration.
func (r recordKeys) all(config *value.Dict) {
	config.Each(func(k, v value.Value) bool {
		r.under(value.ToStr(k), v)
		return true
	})
}

// warnOfRecordKeys tells of such keys in a node's properties and in its config() calls.
func (p *parser) warnOfRecordKeys(d *draft) {
	n := d.node
	schema := manifest.SchemaOf(n.Kind)
	if d.patch != nil && d.patch.config != nil {
		doc := d.patch.e.props.doc
		recordKeys{schema, func(m *value.Dict, key, record string, known []string) {
			w := d.patch.e.fault("config", "", "", "")
			if at := doc.KeyPos(m, key); at.Line > 0 {
				w = doc.Fault(at, "", "", "")
			}
			p.tellUnknown(w, "Unknown key '"+key+"' of '"+record+"' in the '"+d.patch.e.section.key+"' section of "+d.patch.e.props.file.Path, key, known)
		}}.all(d.patch.config)
	}
	if d.call == nil {
		return
	}
	recordKeys{schema, func(_ *value.Dict, key, record string, known []string) {
		w := nodeFault(n, "", "", "")
		w.Where = ""
		if at := callWord(d.src.text, key); at >= 0 && !d.src.made {
			w.Pos, w.Source = d.src.place(at)
		}
		p.tellUnknown(w, "Unknown key '"+key+"' of '"+record+"' in config() of "+n.OriginalFilePath, key, known)
	}}.all(d.call)
}

// callWord finds a key behind the first config( of a text, or else that call; -1 where
// there is none.
func callWord(text, key string) int {
	from := strings.Index(text, "config(")
	if from < 0 {
		return -1
	}
	for _, quote := range [...]string{"'", "\""} {
		if at := strings.Index(text[from:], quote+key+quote); at >= 0 {
			return from + at + len(quote)
		}
	}
	return from
}

// checkProjectKeys tells of such keys in every dbt_project.yml.
func (p *parser) checkProjectKeys([]*manifest.Node) {
	for _, pkg := range p.proj.Packages {
		if pkg.Raw != nil {
			p.warnOfProjectKeys(pkg)
		}
	}
}

// warnOfProjectKeys tells of those in the configuration trees of one package.
func (p *parser) warnOfProjectKeys(pkg *project.Package) {
	for _, kind := range [...]manifest.Kind{manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot, manifest.KindFunction} {
		tree := string(kind) + "s"
		r := recordKeys{manifest.SchemaOf(kind), func(m *value.Dict, key, record string, known []string) {
			at := pkg.Doc.KeyPos(m, key)
			p.tellUnknown(pkg.Doc.Fault(at, "", "", ""), "Unknown key '"+key+"' of '"+record+"' below '"+tree+"' of "+project.ProjectFile, key, known)
		}}
		r.tree(dictAt(pkg.Raw, tree))
	}
}

// tree looks at the keys with a plus of every level. dbt: a mapping below a key without
// one is a folder.
func (r recordKeys) tree(level *value.Dict) {
	if level == nil {
		return
	}
	level.Each(func(k, v value.Value) bool {
		if key, plus := strings.CutPrefix(value.ToStr(k), "+"); plus {
			r.under(strings.TrimSpace(key), v)
		} else if sub, ok := v.(*value.Dict); ok {
			r.tree(sub)
		}
		return true
	})
}

// tellUnknown reports one key as a warning, once: many nodes can share its place. It is
// no fault under --warn-error: what dbt accepts must go on to work.
func (p *parser) tellUnknown(w diag.Diagnostic, summary, key string, known []string) {
	w.Severity, w.Class, w.Code, w.Summary = diag.Warning, "", "unknown-key", summary
	if _, told := p.toldKeys.LoadOrStore(recordPlace{w.Pos, summary}, true); told {
		return
	}
	if near := yamldoc.Nearest(key, known); near != "" {
		w.Hint = "Did you mean '" + near + "'?"
	}
	p.report(w)
}

type recordPlace struct {
	pos     diag.Pos
	summary string
}
