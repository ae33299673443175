package parse

import (
	"errors"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
)

// configClass is dbt's name for the configuration of a resource type, as its
// messages have it.
func configClass(k manifest.Kind) string {
	switch k {
	case manifest.KindModel:
		return "ModelConfig"
	case manifest.KindSeed:
		return "SeedConfig"
	case manifest.KindSnapshot:
		return "SnapshotConfig"
	case manifest.KindTest:
		return "TestConfig"
	}
	return "NodeConfig"
}

// base is a node's configuration from dbt_project.yml alone: what `model.config`
// shows while its text is rendered.
func (p *parser) base(pkg *project.Package, kind manifest.Kind, fqn []string) (manifest.Config, error) {
	return p.config(pkg, kind, fqn, nil, nil)
}

// config merges a node's configuration: its own package's dbt_project.yml from
// general to specific, its properties, the config() calls of its file, and for a
// node of an installed package the root project's dbt_project.yml.
func (p *parser) config(pkg *project.Package, kind manifest.Kind, fqn []string, patch, call *value.Dict) (manifest.Config, error) {
	c := manifest.NewConfig(kind)
	for _, layer := range pkg.ConfigFor(string(kind), fqn) {
		if err := lay(&c, layer); err != nil {
			return c, err
		}
	}
	if err := errors.Join(lay(&c, patch), lay(&c, call)); err != nil {
		return c, err
	}
	if !p.root(pkg) {
		for _, layer := range p.proj.Root.ConfigFor(string(kind), fqn) {
			if err := lay(&c, layer); err != nil {
				return c, err
			}
		}
	}
	late := slices.Contains(lateKinds, kind)
	switch {
	case late && p.proj.Dex.Present:
		p.layHooks(&c, pkg, kind, fqn, patch, call)
	case kind == manifest.KindTest:
		for _, key := range hookKeys {
			c.Unset(key) // dbt: a data test has no hooks, whatever its config says
		}
	}
	if kind == manifest.KindTest {
		finishTestConfig(&c)
	}
	if kind == manifest.KindModel {
		if err := settleModel(&c); err != nil {
			return c, err
		}
	}
	if !late || p.proj.Dex.Present {
		if err := normalHooks(&c, configClass(kind)); err != nil {
			return c, err
		}
	}
	return c, checkConfig(&c)
}

// lay merges one layer into c. dbt: where a layer has both spellings of a hook
// key the one with the hyphen is lost.
func lay(c *manifest.Config, layer *value.Dict) error {
	if layer == nil {
		return nil
	}
	var err error
	layer.Each(func(k, v value.Value) bool {
		key := value.ToStr(k)
		for _, hook := range hookKeys {
			if key == hook {
				if _, both := layer.GetStr(underscored(hook)); both {
					return true
				}
			}
		}
		err = c.Merge(key, v)
		return err == nil
	})
	return err
}

// unrendered is unrendered_config: what the layers say as written, the later
// ones over the earlier. Without dbt's flag
// state_modified_compare_more_unrendered_values, what properties and config() say
// is as rendered.
func (p *parser) unrendered(d *draft, fqn []string, patch, rawPatch *value.Dict) *value.Dict {
	out := value.NewDict(4)
	put := func(layer *value.Dict) {
		if layer != nil {
			layer.Each(func(k, v value.Value) bool {
				out.SetStr(value.ToStr(k), v)
				return true
			})
		}
	}
	kind := string(d.node.Kind)
	project := d.node.Kind != manifest.KindFunction // dbt: of a function what dbt_project.yml says is not shown
	if project {
		for _, layer := range d.pkg.RawConfigFor(kind, fqn) {
			put(layer)
		}
	}
	asWritten := p.flag("state_modified_compare_more_unrendered_values", true)
	if !asWritten {
		rawPatch = nil
	}
	put(deepMerge(patch, rawPatch))
	if asWritten && d.raw != nil && d.raw.Len() > 0 {
		put(d.raw)
	} else {
		put(d.call)
	}
	if project && !p.root(d.pkg) {
		for _, layer := range p.proj.Root.RawConfigFor(kind, fqn) {
			put(layer)
		}
	}
	return out
}

// deepMerge lays b over a copy of a, dict by dict; lists add up, those of b
// first. Either may be nil. dbt: deep_merge.
func deepMerge(a, b *value.Dict) *value.Dict {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	out := a.Clone()
	b.Each(func(k, v value.Value) bool {
		old, _ := out.Get(k)
		switch x := v.(type) {
		case *value.Dict:
			if was, ok := old.(*value.Dict); ok {
				v = deepMerge(was, x)
			}
		case *value.List:
			if was, ok := old.(*value.List); ok {
				v = value.NewList(append(x.Elems[:len(x.Elems):len(x.Elems)], was.Elems...)...)
			}
		}
		_ = out.Set(k, v) // k was the key of a dict already
		return true
	})
	return out
}

// ownConfig computes a draft's configuration without properties and notes
// whether it is disabled by it.
func (p *parser) ownConfig(d *draft) {
	c, err := p.config(d.pkg, d.node.Kind, d.node.FQN, d.properties(nil), d.call)
	if err != nil {
		p.report(p.spread(d, p.configFault(d, err), err, false)...)
		return
	}
	d.own = c
	d.off = !c.Enabled()
	d.hooks = hookTexts(&c)
}

// configFault is a fault in a node's configuration.
func (p *parser) configFault(d *draft, err error) diag.Diagnostic {
	kind := d.node.Kind
	class, words := configWords(err, d.call != nil || kind == manifest.KindTest || kind == manifest.KindSeed)
	return d.configured(nodeFault(d.node, class, "config-invalid", words))
}

// configured gives a fault the place of the first config() call of the node's
// text, where it has one.
func (d *draft) configured(f diag.Diagnostic) diag.Diagnostic {
	if d == nil || d.call == nil || d.src.made {
		return f
	}
	if at := strings.Index(d.src.text, "config("); at >= 0 {
		f.Pos, f.Source = d.src.place(at)
	}
	return f
}
