package parse

import (
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/yamldoc"
)

// lateKinds are the kinds of node that have hooks in dex and none in dbt: their
// pre_hook and post_hook are hooks where dex.yml is there, and else what dbt takes
// them for.
var lateKinds = []manifest.Kind{manifest.KindTest, manifest.KindUnitTest, manifest.KindSource, manifest.KindExposure}

// lateHooks reports whether a kind of node has hooks here that it has not in dbt.
func (p *parser) lateHooks(k manifest.Kind) bool {
	return p.proj.Dex.Present && slices.Contains(lateKinds, k)
}

// layHooks gives c the hooks of all layers, which add up as those of a model do.
func (p *parser) layHooks(c *manifest.Config, pkg *project.Package, kind manifest.Kind, fqn []string, patch, call *value.Dict) {
	layers := append(slices.Clone(pkg.ConfigFor(string(kind), fqn)), patch, call)
	if !p.root(pkg) {
		layers = append(layers, p.proj.Root.ConfigFor(string(kind), fqn)...)
	}
	for _, event := range hookKeys {
		all := value.NewList()
		for _, l := range layers {
			all.Elems = append(all.Elems, hooksIn(l, event)...)
		}
		if c.Unset(event); len(all.Elems) > 0 {
			c.Set(event, all)
		}
	}
}

// hooksIn lists what a layer says under either spelling of an event. dbt: where it
// has both the one with the hyphen is lost.
func hooksIn(layer *value.Dict, event string) []value.Value {
	if layer == nil {
		return nil
	}
	v, ok := layer.GetStr(underscored(event))
	if !ok {
		v, ok = layer.GetStr(event)
	}
	if l, isList := v.(*value.List); isList {
		return l.Elems
	}
	if !ok {
		return nil
	}
	return []value.Value{v}
}

// joinHooks puts the hooks of several mappings, the first of them first, into out.
func joinHooks(out *value.Dict, of ...*value.Dict) {
	for _, event := range hookKeys {
		all := value.NewList()
		for _, d := range of {
			all.Elems = append(all.Elems, hooksIn(d, event)...)
		}
		out.Delete(value.Str(underscored(event)))
		if out.Delete(value.Str(event)); len(all.Elems) > 0 {
			out.SetStr(event, all)
		}
	}
}

// hooksUnder are the places of the hooks that mappings of a document give.
func hooksUnder(doc *yamldoc.Doc, of ...*value.Dict) manifest.HooksAt {
	var out manifest.HooksAt
	for _, event := range hookKeys {
		for _, d := range of {
			key := underscored(event)
			if _, ok := listUnder(d, key); !ok {
				key = event
			}
			out.Add(event, placesUnder(doc, d, key)...)
		}
	}
	return out
}

// finishLate does for the hooks of a source, an exposure, a unit test or a generic
// test what finish does for those of a model. at are their places in properties,
// given the mappings that give them there.
func (p *parser) finishLate(d *draft, at manifest.HooksAt, given ...*value.Dict) {
	n := d.node
	if !p.lateHooks(n.Kind) {
		p.warnLost(n, given...)
		return
	}
	n.PlaceHooks(at, d.hooksAt)
	p.unknownKeys(n, given...)
	parents := len(n.Refs) + len(n.Sources) + len(n.Metrics) + len(n.Functions)
	p.renderHooks(d, false)
	alone := n.Kind == manifest.KindSource || n.Kind == manifest.KindUnitTest
	if alone && len(n.Refs)+len(n.Sources)+len(n.Metrics)+len(n.Functions) > parents {
		f := nodeFault(n, diag.Compilation, "hook-ref", "a hook of a "+string(n.Kind)+" cannot depend on other nodes: nothing waits for them")
		f.Hint = "Name the relation with api.Relation.create(...), or put the hook on the node that it reads."
		p.report(f)
	}
}

// unknownKeys reports keys of hooks that nobody knows. On these kinds of node hooks
// are dex's alone, and so such a key is an error.
func (p *parser) unknownKeys(n *manifest.Node, given ...*value.Dict) {
	for _, event := range hookKeys {
		for _, d := range given {
			for _, h := range hooksIn(d, event) {
				m, ok := h.(*value.Dict)
				if !ok {
					continue
				}
				for _, f := range manifest.UnknownHookKeys(m) {
					x := nodeFault(n, diag.Parsing, "hook-invalid", event+": "+f.Msg)
					x.Hint = nearWord(f)
					p.report(x)
				}
			}
		}
	}
}

// warnLost tells of hooks that only dex has and that do not run, since there is no
// dex.yml: what an unmodified dbt project says under these keys is left alone.
func (p *parser) warnLost(n *manifest.Node, given ...*value.Dict) {
	for _, event := range hookKeys {
		for _, d := range given {
			for _, h := range hooksIn(d, event) {
				if m, ok := h.(*value.Dict); ok && manifest.ExtendedHook(m) {
					p.report(lostHook(n, event))
				}
			}
		}
	}
}

func lostHook(n *manifest.Node, event string) diag.Diagnostic {
	f := warning(n.Pos, "hook-lost", "The "+event+" of "+string(n.ID)+" does not run: dbt has no hooks on a "+string(n.Kind)+
		", and dex runs them in a project with a "+project.DexFile)
	f.Hint = "Put a " + project.DexFile + " beside " + project.ProjectFile + "; an empty one will do."
	return f
}
