package project

import (
	"os"
	"path/filepath"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Origins tells where the hooks of n are written, one place for each hook that
// n.Config.Hooks(event) gives, in the same order: its own package's
// dbt_project.yml from general to specific, its properties, the config() calls of
// its text, and for a node of an installed package the root's dbt_project.yml. Of
// an on-run hook it is the one place where it stands. event is "pre-hook" or
// "post-hook".
func (p *Project) Origins(n *manifest.Node, event string) []diag.Pos {
	if n.Kind == manifest.KindOperation {
		return []diag.Pos{n.Pos}
	}
	if !p.TakesHooks(n.Kind) {
		return nil
	}
	event = manifest.CanonicalKey(event)
	own := p.byName[n.Package]
	out := own.hookPlaces(string(n.Kind), n.FQN, event)
	if n.HookPlaces != nil {
		out = append(out, n.HookPlaces.Properties.Of(event)...)
		out = append(out, n.HookPlaces.Calls.Of(event)...)
	}
	if own != p.Root {
		out = append(out, p.Root.hookPlaces(string(n.Kind), n.FQN, event)...)
	}
	return out
}

// TakesHooks reports whether the config keys pre_hook and post_hook of a kind of
// node are hooks. dbt drops those of tests, and takes those of sources, exposures and
// unit tests for keys of the user's own; with dex.yml they are hooks.
func (p *Project) TakesHooks(k manifest.Kind) bool {
	switch k {
	case manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot, manifest.KindFunction, manifest.KindOperation:
		return true
	case manifest.KindTest, manifest.KindUnitTest, manifest.KindSource, manifest.KindExposure:
		return p.Dex.Present
	}
	return false
}

// Line is the text of the line at a place, for a caret under it; "" where the file
// is not there any more, or the place is in none.
func (p *Project) Line(at diag.Pos) string {
	if at.Line == 0 || at.File == "" {
		return ""
	}
	for _, pkg := range p.Packages {
		if pkg.Doc != nil && pkg.Doc.File == at.File {
			return pkg.Doc.Line(at.Line)
		}
	}
	src, err := os.ReadFile(filepath.Join(p.Root.Dir, filepath.FromSlash(at.File)))
	if err != nil {
		return ""
	}
	return syntax.Line(syntax.Normalize(string(src)), at.Line)
}

// hookPlaces are the places of the hooks that a package's dbt_project.yml gives to
// a node, general to specific.
func (p *Package) hookPlaces(resourceType string, fqn []string, event string) []diag.Pos {
	if p == nil {
		return nil
	}
	var out []diag.Pos
	for depth, layer := range p.ConfigFor(resourceType, fqn) {
		v, ok := hookValue(layer, event)
		if !ok {
			continue
		}
		out = append(out, p.placesIn(resourceType, fqn[:depth], event, v)...)
	}
	return out
}

// hookValue is what one level of a configuration tree gives for an event. dbt:
// where a level has both spellings the one with the hyphen is lost.
func hookValue(layer *value.Dict, event string) (value.Value, bool) {
	if v, ok := layer.GetStr(strings.ReplaceAll(event, "-", "_")); ok {
		return v, true
	}
	return layer.GetStr(event)
}

// placesIn are the places of the hooks v that one level of a tree gives.
func (p *Package) placesIn(resourceType string, levels []string, event string, v value.Value) []diag.Pos {
	n := 1
	if l, ok := v.(*value.List); ok {
		n = len(l.Elems)
	}
	out := make([]diag.Pos, n)
	d := p.rawLevel(resourceType, levels)
	key := hookKey(d, event)
	var written *value.List
	if key != "" {
		at, _ := d.GetStr(key)
		written, _ = at.(*value.List)
	}
	for i := range out {
		switch {
		case written != nil && len(written.Elems) == n:
			out[i] = p.Doc.ItemPos(written, i)
		case key != "":
			out[i] = p.Doc.ValuePos(d, key)
		default:
			out[i] = diag.Pos{File: p.Doc.File}
		}
	}
	return out
}

// rawLevel is a level of a configuration tree as it is written; nil where it is
// not there.
func (p *Package) rawLevel(resourceType string, levels []string) *value.Dict {
	tree := p.treeKey(resourceType)
	d := p.Raw
	if _, ok := d.GetStr(tree); !ok {
		tree = rawTreeKeys[tree]
	}
	for _, step := range append([]string{tree}, levels...) {
		v, _ := d.GetStr(step)
		sub, ok := v.(*value.Dict)
		if !ok {
			return nil
		}
		d = sub
	}
	return d
}

// hookKey is the key under which a level as it is written has the hooks of an
// event; "" where it has none. As with any key that stands twice, with and without
// +, the last counts.
func hookKey(d *value.Dict, event string) string {
	found := [2]string{} // with an underscore, with a hyphen
	if d == nil {
		return ""
	}
	d.Each(func(k, v value.Value) bool {
		key := value.ToStr(k)
		name, plus := strings.CutPrefix(key, "+")
		if _, isDict := v.(*value.Dict); isDict && !plus {
			return true
		}
		switch strings.TrimSpace(name) {
		case strings.ReplaceAll(event, "-", "_"):
			found[0] = key
		case event:
			found[1] = key
		}
		return true
	})
	if found[0] != "" {
		return found[0]
	}
	return found[1]
}
