package project

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// treeKeys names the tree of dbt_project.yml that configures a resource type;
// every other type takes models.
var treeKeys = map[string]string{
	"seed": "seeds", "snapshot": "snapshots", "source": "sources", "test": "data_tests",
	"metric": "metrics", "semantic_model": "semantic_models", "saved_query": "saved_queries",
	"exposure": "exposures", "unit_test": "unit_tests", "function": "functions",
}

// rawTreeKeys names trees whose key in the file differs from the above.
var rawTreeKeys = map[string]string{"semantic_models": "semantic-models", "saved_queries": "saved-queries"}

// level is one level of a configuration tree: what it sets and the levels below.
type level struct {
	config *value.Dict // frozen
	below  map[string]*level
}

// newLevel sorts a mapping of the tree into what configures and what names a
// folder. dbt: a key with + is a config; without it is one unless its value is a
// mapping; a mapping is a level of its own, also where its key is a config's
// name, as in grants: {select: [x]}, which therefore needs the +.
func newLevel(d *value.Dict) *level {
	l := &level{config: value.NewDict(d.Len())}
	d.Each(func(k, v value.Value) bool {
		key := value.ToStr(k)
		sub, isDict := v.(*value.Dict)
		switch {
		case strings.HasPrefix(key, "+"):
			l.config.SetStr(strings.TrimSpace(key[1:]), v)
		case !isDict:
			l.config.SetStr(key, v)
		}
		if isDict && !strings.HasPrefix(key, "+") {
			if l.below == nil {
				l.below = map[string]*level{}
			}
			l.below[key] = newLevel(sub)
		}
		return true
	})
	value.Freeze(l.config)
	return l
}

// ConfigFor lists what the package's dbt_project.yml sets for a node, general
// to specific: element i comes from the level of fqn[:i]. The mappings are
// frozen and shared; levels without any config are there and empty.
func (p *Package) ConfigFor(resourceType string, fqn []string) []*value.Dict {
	return p.rendered.layers(p.treeKey(resourceType), fqn)
}

// RawConfigFor is ConfigFor before rendering: the manifest's unrendered_config.
// dbt: it looks for the trees with a hyphen under another name, and finds nothing.
func (p *Package) RawConfigFor(resourceType string, fqn []string) []*value.Dict {
	if _, renamed := rawTreeKeys[p.treeKey(resourceType)]; renamed {
		return nil
	}
	return p.unrendered.layers(p.treeKey(resourceType), fqn)
}

// ConfigPos is where the level of a configuration tree sets key; the level's own
// place where it does not.
func (p *Package) ConfigPos(resourceType string, levels []string, key string) diag.Pos {
	tree := p.treeKey(resourceType)
	if raw, ok := rawTreeKeys[tree]; ok {
		tree = raw
	}
	d := p.Raw
	at := p.Doc.KeyPos(d, tree)
	for _, step := range append([]string{tree}, levels...) {
		v, _ := d.GetStr(step)
		sub, ok := v.(*value.Dict)
		if !ok {
			return at
		}
		at, d = p.Doc.KeyPos(d, step), sub
	}
	for i := range d.Len() {
		k, _ := d.At(i)
		name := value.ToStr(k)
		if name == key || strings.HasPrefix(name, "+") && strings.TrimSpace(name[1:]) == key {
			return p.Doc.KeyPos(d, name)
		}
	}
	return at
}

// ConfigPaths lists the levels of a tree that set anything, as paths below the
// tree's root: dbt warns about those that no node lies under.
func (p *Package) ConfigPaths(resourceType string) [][]string {
	var out [][]string
	var walk func(l *level, path []string)
	walk = func(l *level, path []string) {
		if l.config.Len() > 0 {
			out = append(out, path)
		}
		for name, sub := range l.below {
			walk(sub, append(path[:len(path):len(path)], name))
		}
	}
	if top := p.rendered[p.treeKey(resourceType)]; top != nil {
		walk(top, []string{})
	}
	sortPaths(out)
	return out
}

func (p *Package) treeKey(resourceType string) string {
	if key, ok := treeKeys[resourceType]; ok {
		return key
	}
	if resourceType == "analysis" && p.analysisTree {
		return "analyses"
	}
	return "models"
}

// trees are the configuration trees of a package by key.
type trees map[string]*level

func newTrees(d *value.Dict) trees {
	t := trees{}
	for _, key := range treeNames {
		v, ok := d.GetStr(key)
		if raw, renamed := rawTreeKeys[key]; renamed && !ok {
			v, _ = d.GetStr(raw)
		}
		if sub, ok := v.(*value.Dict); ok {
			t[key] = newLevel(sub)
		}
	}
	return t
}

var treeNames = []string{
	"models", "seeds", "snapshots", "sources", "data_tests", "unit_tests", "metrics",
	"semantic_models", "saved_queries", "exposures", "functions", "analyses",
}

func (t trees) layers(key string, fqn []string) []*value.Dict {
	at := t[key]
	if at == nil {
		return nil
	}
	out := append(make([]*value.Dict, 0, 4), at.config)
	for _, name := range fqn {
		if at = at.below[name]; at == nil {
			break
		}
		out = append(out, at.config)
	}
	return out
}
