package parse

import (
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// draftIndex finds drafts by name, as properties files name them.
type draftIndex struct {
	refs map[string][]*draft // models, seeds and snapshots
	rest map[string][]*draft // analyses and singular tests: by kind and name
}

func newDraftIndex(drafts []*draft) *draftIndex {
	x := &draftIndex{refs: make(map[string][]*draft, len(drafts)), rest: map[string][]*draft{}}
	for _, d := range drafts {
		x.add(d)
	}
	return x
}

func (x *draftIndex) add(d *draft) {
	if d.node.Refable() {
		x.refs[d.node.Name] = append(x.refs[d.node.Name], d)
		return
	}
	key := string(d.node.Kind) + "." + d.node.Name
	x.rest[key] = append(x.rest[key], d)
}

func (x *draftIndex) remove(d *draft, name string) {
	list := x.refs[name]
	for i, have := range list {
		if have == d {
			x.refs[name] = append(list[:i:i], list[i+1:]...)
			return
		}
	}
}

// enabled finds the enabled node of a name: that of a package, else any. Of
// several in one package the last counts, as in dbt's look-up.
func enabled(list []*draft, pkg string) *draft {
	var own, other *draft
	for _, d := range list {
		switch {
		case d.off:
		case d.pkg.Name == pkg:
			own = d
		case other == nil:
			other = d
		}
	}
	if own != nil {
		return own
	}
	return other
}

// disabled finds the disabled nodes of a name and kind: those of a package, or
// of the first package that has some where pkg is "".
func disabled(list []*draft, pkg string, kind manifest.Kind) []*draft {
	var out []*draft
	for _, d := range list {
		if !d.off || d.node.Kind != kind {
			continue
		}
		if pkg == "" {
			pkg = d.pkg.Name
		}
		if d.pkg.Name == pkg {
			out = append(out, d)
		}
	}
	return out
}

// patchKinds tells which nodes a section describes.
var patchKinds = map[string]manifest.Kind{
	"models": manifest.KindModel, "seeds": manifest.KindSeed, "snapshots": manifest.KindSnapshot,
	"analyses": manifest.KindAnalysis, "data_tests": manifest.KindTest,
}

// applyProperties gives every draft what properties files say about it.
func (p *parser) applyProperties() {
	p.index = newDraftIndex(p.drafts)
	for _, props := range p.properties {
		for _, e := range props.entries {
			switch e.section.key {
			case "models", "seeds", "snapshots", "analyses", "data_tests":
				p.applyEntry(e)
			case "macros":
				p.applyMacro(e)
			}
		}
	}
}

// applyEntry finds the node that an item describes.
func (p *parser) applyEntry(e *entry) {
	if e.section.key == "models" && len(items(e.d, "versions")) > 0 {
		p.applyVersions(e)
		return
	}
	kind := patchKinds[e.section.key]
	list := p.index.rest[string(kind)+"."+e.name]
	if kind == manifest.KindModel || kind == manifest.KindSeed || kind == manifest.KindSnapshot {
		list = p.index.refs[e.name]
	}
	d := enabled(list, e.props.pkg.Name)
	if d != nil && d.node.Kind != kind {
		p.report(e.warn("wrong-section", wrongSection(e, d.node)))
		return
	}
	if d != nil {
		p.attach(d, e, p.newPatch(e))
		return
	}
	off := disabled(list, e.props.pkg.Name, kind)
	if len(off) == 0 {
		p.report(e.noNode(e.name))
		return
	}
	x := p.newPatch(e)
	if f, bad := severalDisabled(e, off, x.config); bad {
		p.report(f)
		return
	}
	for _, d := range off {
		p.attach(d, e, x)
	}
}

// attach gives a draft its patch; a second one is a fault.
func (p *parser) attach(d *draft, e *entry, x *patch) {
	if d.patch != nil && !d.off {
		p.report(duplicatePatch(e, d.patch.e))
		return
	}
	d.patch = x
	e.taken = true
	if e.section.key == "models" {
		e.models = append(e.models, d)
	}
}

// noNode warns about an item that describes nothing.
func (e *entry) noNode(name string) diag.Diagnostic {
	return e.warn("unused-patch", "Did not find matching node for patch with name '"+name+"' in the '"+e.section.key+
		"' section of file '"+e.props.file.Path+"'")
}

func wrongSection(e *entry, n *manifest.Node) string {
	kind := string(n.Kind)
	plural := kind + "s"
	return "'" + e.name + "' is a " + kind + " node, but it is specified in the " + e.section.key + " section of " + e.props.file.Path +
		". To fix this error, place the `" + e.name + "` specification under the " + plural + " key instead."
}

func severalDisabled(e *entry, off []*draft, cfg *value.Dict) (diag.Diagnostic, bool) {
	if len(off) < 2 || cfg == nil || !truth(cfg, "enabled", false) {
		return diag.Diagnostic{}, false
	}
	return e.fault("", diag.Parsing, "several-disabled", "Found "+value.ToStr(value.Int(len(off)))+" matching disabled nodes for "+
		string(off[0].node.Kind)+" '"+e.name+"'. Multiple nodes for the same unique id cannot be enabled in the schema file. "+
		"They must be enabled in `dbt_project.yml` or in the sql files."), true
}

func duplicatePatch(e, first *entry) diag.Diagnostic {
	return e.fault("name", diag.Compilation, "duplicate-patch", "dbt found two schema.yml entries for the same resource named "+
		e.name+". Resources and their associated columns may only be described a single time. To fix this, "+
		fixDuplicate(e, first, e.name, "resource"))
}

// fixDuplicate is dbt's advice for something described twice.
func fixDuplicate(e, first *entry, name, what string) string {
	if e.props.file.Path == first.props.file.Path {
		return "remove one of the " + what + " entries for " + name + " in this file:\n - " + e.props.file.Path + "\n"
	}
	return "remove the " + what + " entry for " + name + " in one of these files:\n - " + e.props.file.Path + "\n" + first.props.file.Path
}
