package parse

import (
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
)

// readPython reads a Python model: its calls of dbt.ref, dbt.source, dbt.config
// and dbt.config.get with literals, and whether it has one function model. dbt:
// ModelParser.parse_python_model.
func (p *parser) readPython(d *draft) {
	n := d.node
	d.notes = &render.Notes{}
	if c, err := p.base(d.pkg, n.Kind, n.FQN); err == nil {
		n.Config = c
	}
	if jinja.HasTags(d.src.text) {
		p.report(nodeFault(n, diag.Parsing, "python-model", "No jinja in python model code is allowed"))
		return
	}
	text := scanPython(d.src.text)
	if why := text.modelFault(); why != "" {
		p.report(nodeFault(n, diag.Parsing, "python-model", why))
		return
	}
	call, keys := value.NewDict(2), newPythonKeys()
	for _, c := range text.calls() {
		err := p.pythonCall(d, c, call, keys)
		if err != nil {
			f := nodeFault(n, diag.Parsing, "python-model", err.Error())
			f.Pos, f.Source = d.src.place(c.at)
			p.report(f)
			return
		}
	}
	keys.addTo(call)
	if call.Len() > 0 {
		d.call = call
	}
	p.ownConfig(d)
}

// properties is what properties files configure of a node. A Python model is a
// table where they say nothing else, whatever dbt_project.yml says. dbt:
// update_parsed_node_config.
func (d *draft) properties(config *value.Dict) *value.Dict {
	if d.node.Language != "python" || d.node.Kind != manifest.KindModel {
		return config
	}
	out := value.NewDict(1)
	if config != nil {
		if _, ok := config.GetStr("materialized"); ok {
			return config
		}
		out = config.Clone()
	}
	out.SetStr("materialized", value.Str("table"))
	return out
}

// pythonKeys are the keys that a model asks its configuration and its meta for,
// with their defaults. dbt gives the model those alone.
type pythonKeys struct{ configs, configDefaults, metas, metaDefaults *value.List }

func newPythonKeys() *pythonKeys {
	return &pythonKeys{value.NewList(), value.NewList(), value.NewList(), value.NewList()}
}

func (k *pythonKeys) addTo(call *value.Dict) {
	if len(k.configs.Elems)+len(k.metas.Elems) == 0 {
		return
	}
	call.SetStr("config_keys_used", k.configs)
	call.SetStr("config_keys_defaults", k.configDefaults)
	call.SetStr("meta_keys_used", k.metas)
	call.SetStr("meta_keys_defaults", k.metaDefaults)
}

// pythonError says why a call in a Python model cannot be read.
type pythonError struct{ expr string }

func (e *pythonError) Error() string {
	return "Error when trying to literal_eval an arg to dbt.ref(), dbt.source(), dbt.config() or dbt.config.get() \n" + e.expr + "\n" +
		"In dbt python model, `dbt.ref`, `dbt.source`, `dbt.config`, `dbt.config.get` function args only support Python literal structures"
}

// pythonCall takes one call down.
func (p *parser) pythonCall(d *draft, c pythonCall, config *value.Dict, keys *pythonKeys) error {
	if c.fn == "ref" || c.fn == "source" {
		ref, src, ok := render.StaticRef(c.expr)
		switch {
		case !ok:
			return &pythonError{c.expr}
		case src != nil:
			d.notes.Sources = append(d.notes.Sources, src)
		default:
			d.notes.Refs = append(d.notes.Refs, ref)
		}
		return nil
	}
	x, err := syntax.ParseExpr(c.expr)
	if err != nil {
		return &pythonError{c.expr}
	}
	call, ok := x.(*syntax.Call)
	if !ok {
		return &pythonError{c.expr}
	}
	switch c.fn {
	case "config.get":
		return keysOf(c, call, keys.configs, keys.configDefaults)
	case "config.meta_get":
		return keysOf(c, call, keys.metas, keys.metaDefaults)
	}
	opts := value.NewDict(len(call.Kw))
	for _, k := range call.Kw {
		v, ok := literal(k.Value)
		if !ok {
			return &pythonError{c.expr}
		}
		opts.SetStr(k.Name, v)
		if key := manifest.CanonicalKey(k.Name); key != k.Name {
			d.placePython(key, c, k.Value)
		}
	}
	return manifest.MergeCall(config, opts)
}

// keysOf takes down a call of dbt.config.get(key, default).
func keysOf(c pythonCall, call *syntax.Call, keys, defaults *value.List) error {
	switch n := len(call.Args.Pos); {
	case n == 0:
		return fmt.Errorf("dbt.%s() requires at least one argument", c.fn)
	case n > 2:
		return fmt.Errorf("dbt.%s() takes at most 2 arguments (%d given)", c.fn, n)
	}
	key, ok := literal(call.Args.Pos[0])
	if !ok {
		return &pythonError{c.expr}
	}
	def := value.Value(value.None)
	if len(call.Args.Pos) == 2 {
		if def, ok = literal(call.Args.Pos[1]); !ok {
			return &pythonError{c.expr}
		}
	}
	keys.Elems, defaults.Elems = append(keys.Elems, key), append(defaults.Elems, def)
	return nil
}

// literal gives the value of an expression without names.
func literal(x syntax.Expr) (value.Value, bool) {
	switch n := x.(type) {
	case *syntax.Const:
		return literalConst(n)
	case *syntax.List:
		l := value.NewList()
		for _, e := range n.Items {
			v, ok := literal(e)
			if !ok {
				return nil, false
			}
			l.Elems = append(l.Elems, v)
		}
		return l, true
	case *syntax.Tuple:
		t := make([]value.Value, len(n.Items))
		for i, e := range n.Items {
			v, ok := literal(e)
			if !ok {
				return nil, false
			}
			t[i] = v
		}
		return value.NewTuple(t...), true
	case *syntax.Unary:
		return literalSigned(n)
	case *syntax.Dict:
		d := value.NewDict(len(n.Keys))
		for i := range n.Keys {
			k, okK := literal(n.Keys[i])
			v, okV := literal(n.Values[i])
			if !okK || !okV || d.Set(k, v) != nil {
				return nil, false
			}
		}
		return d, true
	}
	return nil, false
}

// literalSigned is a number with a sign.
func literalSigned(n *syntax.Unary) (value.Value, bool) {
	c, ok := n.X.(*syntax.Const)
	if !ok || c.Kind != syntax.ConstInt && c.Kind != syntax.ConstFloat {
		return nil, false
	}
	v, ok := literalConst(c)
	if !ok || n.Op != syntax.Sub {
		return v, ok
	}
	v, err := value.ParseJSON([]byte("-" + strings.ReplaceAll(c.Text, "_", "")))
	return v, err == nil
}

func literalConst(c *syntax.Const) (value.Value, bool) {
	switch c.Kind {
	case syntax.ConstNone:
		return value.None, true
	case syntax.ConstTrue:
		return value.Bool(true), true
	case syntax.ConstFalse:
		return value.Bool(false), true
	case syntax.ConstStr:
		return value.Str(c.Text), true
	}
	v, err := value.ParseJSON([]byte(strings.ReplaceAll(c.Text, "_", "")))
	return v, err == nil
}
