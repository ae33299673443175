package parse

import (
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
)

// finishNodes computes, for every draft, what its node is in the end: the merged
// configuration and all that follows from it.
func (p *parser) finishNodes() {
	p.names = p.newNaming()
	p.parallel(len(p.drafts), func(i int) { p.finish(p.drafts[i]) })
}

// finish computes one node.
func (p *parser) finish(d *draft) {
	n := d.node
	c := d.own
	again := d.patch != nil && d.patch.reconfigures()
	if again {
		var err error
		if c, err = p.config(d.pkg, n.Kind, n.FQN, d.properties(d.patch.config), d.call); err != nil {
			p.report(p.spread(d, d.patch.fault(n, err), err, true)...)
			return
		}
	}
	n.Config = c
	if d.patch != nil {
		d.patch.describe(n)
	}
	p.fromConfig(d, again)
	var raw, rendered *value.Dict
	if again {
		rendered, raw = d.patch.config, d.patch.rawConfig
	}
	n.Unrendered = p.unrendered(d, n.FQN, rendered, raw)
	n.ConfigCall = d.call
	if n.ConfigCall == nil {
		n.ConfigCall = value.NewDict(0)
	}
	var inProperties manifest.HooksAt
	if again {
		inProperties = d.patch.hooksAt()
	}
	n.PlaceHooks(inProperties, d.hooksAt)
	if !p.name(d) {
		return
	}
	n.Refs = append(n.Refs, d.notes.Refs...)
	n.Sources = append(n.Sources, d.notes.Sources...)
	n.Metrics = append(n.Metrics, d.notes.Metrics...)
	n.Functions = append(n.Functions, d.notes.Functions...)
	n.Macros = appendNew(n.Macros, d.notes.Macros...)
	p.warnOfHookKeys(d)
	p.warnOfRecordKeys(d)
	p.renderHooks(d, again)
	if d.patch != nil {
		p.report(d.patch.constrain(n)...)
	}
}

// fromConfig copies what dbt shows on a node beside its configuration.
//
// dbt: a node with properties is configured twice, and its tags are gathered
// both times; so those of its file come before those of its properties.
func (p *parser) fromConfig(d *draft, again bool) {
	n := d.node
	if again {
		n.Tags = addTags(n.Tags, &d.own)
	}
	n.Tags = addTags(n.Tags, &n.Config)
	n.Meta = dictOf(&n.Config, "meta")
	if g := n.Config.Str("group"); g != "" {
		n.Group = g
	}
	if n.Kind == manifest.KindModel {
		n.Access = p.accessOf(d)
	}
	n.Docs = docsOf(&n.Config)
	if v, _ := n.Config.Get("contract"); v != nil && n.Kind != manifest.KindSeed {
		if c, ok := v.(*value.Dict); ok {
			n.Contract.Enforced = truth(c, "enforced", false)
			n.Contract.AliasTypes = truth(c, "alias_types", true)
		}
	}
}

// accessOf is a model's access: of its configuration, else of its version.
func (p *parser) accessOf(d *draft) string {
	given := d.node.Config.Str("access")
	if d.patch != nil && d.patch.access != "" && !d.node.Config.IsSet("access") {
		given = d.patch.access
	}
	switch given {
	case "private", "protected", "public":
		return given
	}
	p.report(nodeFault(d.node, diag.Parsing, "access-invalid",
		"Node "+string(d.node.ID)+" has an invalid value ("+given+") for the access field"))
	return given
}

// addTags adds a configuration's tags to tags, each once.
func addTags(tags []string, c *manifest.Config) []string {
	v, _ := c.Get("tags")
	for _, t := range textList(v) {
		if !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	return tags
}

// textList reads a text or a list of texts.
func textList(v value.Value) []string {
	switch x := v.(type) {
	case value.Str:
		return []string{string(x)}
	case *value.List:
		out := make([]string, len(x.Elems))
		for i, e := range x.Elems {
			out[i] = value.ToStr(e)
		}
		return out
	}
	return nil
}

// dictOf is a configuration's mapping; empty where it is none.
func dictOf(c *manifest.Config, key string) *value.Dict {
	v, _ := c.Get(key)
	if d, ok := v.(*value.Dict); ok {
		return d
	}
	return value.NewDict(0)
}

// docsOf is the docs part of a configuration.
func docsOf(c *manifest.Config) manifest.Docs {
	return docsDict(dictOf(c, "docs"))
}

func docsDict(d *value.Dict) manifest.Docs {
	out := manifest.Docs{Show: truth(d, "show", true)}
	if v, ok := d.GetStr("node_color"); ok && v != value.None {
		out.Color = v
	}
	return out
}

// truth is the truth of a mapping's value; def where it has none.
func truth(d *value.Dict, key string, def bool) bool {
	if v, ok := d.GetStr(key); ok && v != value.None {
		return v.Truth()
	}
	return def
}

// text is a mapping's text, "" where it has none.
func text(d *value.Dict, key string) string {
	v, ok := d.GetStr(key)
	if !ok || v == value.None {
		return ""
	}
	return value.ToStr(v)
}

// renderHooks renders the hooks of a node, which may refer to nodes as its text
// does. dbt: those of a node with properties are rendered twice.
func (p *parser) renderHooks(d *draft, again bool) {
	n := d.node
	if n.Kind == manifest.KindTest && !p.proj.Dex.Present {
		p.warnLost(n, d.call)
		return
	}
	if missing := p.missingMacros(n); len(missing) > 0 {
		p.report(p.spread(d, nodeFault(n, diag.Compilation, "hook-invalid", ""), missing, true)...)
		return
	}
	var hooks []string
	if again {
		hooks = append(hooks, d.hooks...)
	}
	hooks = append(hooks, hookTexts(&n.Config)...)
	if n.Hook != nil {
		hooks = append(hooks, hookTemplates(n.Hook)...)
	}
	for _, sql := range hooks {
		notes, err := p.renderHook(n, sql)
		if err != nil {
			p.report(p.renderFault(n, source{file: d.src.file}, err))
			return
		}
		addNotes(n, notes)
	}
}

// renderHook renders a hook's text in the names of n. Text without tags is not worth
// a render.
func (p *parser) renderHook(n *manifest.Node, text string) (*render.Notes, error) {
	if !hasTags(text) {
		return nil, nil
	}
	_, notes, err := p.inv.ParseHook(p.ctx, n, text)
	return notes, err
}

func addNotes(n *manifest.Node, notes *render.Notes) {
	if notes == nil {
		return
	}
	n.Refs = append(n.Refs, notes.Refs...)
	n.Sources = append(n.Sources, notes.Sources...)
	n.Metrics = append(n.Metrics, notes.Metrics...)
	n.Functions = append(n.Functions, notes.Functions...)
	n.Macros = appendNew(n.Macros, notes.Macros...)
}

// appendNew appends those that ids does not have yet.
func appendNew(ids []manifest.ID, more ...manifest.ID) []manifest.ID {
	for _, id := range more {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
