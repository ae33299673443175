package parse

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/yamldoc"
)

// placeCalls finds where the config() calls of d's text have the hooks that they
// gave: each where its expression begins; all of one call at the call where they
// are no list that is written out, or where a macro made the call.
func (d *draft) placeCalls(t *syntax.Template) {
	for i, given := range d.notes.Configs {
		for _, event := range hookKeys {
			v, ok := given.GetStr(event)
			if !ok {
				continue
			}
			at := syntax.Pos(d.notes.ConfigsAt[i])
			d.placeCall(event, hookExpr(configCall(t, at), event), at, v)
		}
	}
}

// placeCall places the hooks v that stand at expression x, or at the call at byte
// at where x is nil.
func (d *draft) placeCall(event string, x syntax.Expr, at syntax.Pos, v value.Value) {
	if x != nil {
		at = begin(x)
	}
	n := 1
	if l, ok := v.(*value.List); ok {
		n = len(l.Elems)
	}
	list, ok := x.(*syntax.List)
	written := ok && len(list.Items) == n
	for i := range n {
		if written {
			at = begin(list.Items[i])
		}
		line, col := syntax.Position(syntax.Normalize(d.src.text), at)
		d.hooksAt.Add(event, d.src.pos(line, col))
	}
}

// begin is the byte at which an expression begins: one made of others stands in
// the tree where its operator does.
func begin(x syntax.Expr) syntax.Pos {
	switch n := x.(type) {
	case *syntax.Call:
		return begin(n.Fn)
	case *syntax.Getattr:
		return begin(n.X)
	case *syntax.Getitem:
		return begin(n.X)
	case *syntax.Filter:
		if n.X != nil {
			return begin(n.X)
		}
	case *syntax.Binary:
		return begin(n.Left)
	case *syntax.Concat:
		return begin(n.Items[0])
	case *syntax.Cond:
		return begin(n.Then)
	}
	return x.At()
}

// configCall finds the call of config whose name stands at a byte; nil where that
// is the call of something else.
func configCall(t *syntax.Template, at syntax.Pos) *syntax.Call {
	var found *syntax.Call
	syntax.Walk(t, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.Call); ok && c.Fn.At() == at {
			if fn, ok := c.Fn.(*syntax.Name); ok && fn.Name == "config" {
				found = c
			}
		}
		return found == nil
	})
	return found
}

// hookExpr is what a call of config gives for an event; nil where it is not
// written in the call.
func hookExpr(c *syntax.Call, event string) syntax.Expr {
	if c == nil {
		return nil
	}
	for _, k := range c.Kw {
		if manifest.CanonicalKey(k.Name) == event {
			return k.Value
		}
	}
	if len(c.Args.Pos) != 1 {
		return nil
	}
	d, ok := c.Args.Pos[0].(*syntax.Dict)
	if !ok {
		return nil
	}
	for i, key := range d.Keys {
		if k, ok := key.(*syntax.Const); ok && manifest.CanonicalKey(k.Text) == event {
			return d.Values[i]
		}
	}
	return nil
}

// hooksAt are the places of the hooks that a properties file gives a node.
func (x *patch) hooksAt() manifest.HooksAt {
	var out manifest.HooksAt
	doc := x.e.props.doc
	for _, event := range hookKeys {
		for _, key := range [...]string{underscored(event), event} {
			if x.config == nil {
				continue
			}
			if _, ok := x.config.GetStr(key); !ok {
				continue
			}
			out.Add(event, x.keyHooks(doc, key)...)
			break // dbt: of both spellings the one with the hyphen is lost
		}
	}
	return out
}

// keyHooks are the places of what a version and its model say under one key: the
// lists of both add up, anything else of a version stands for itself.
func (x *patch) keyHooks(doc *yamldoc.Doc, key string) []diag.Pos {
	version, ok := listUnder(x.versionConfig, key)
	if !ok {
		return placesUnder(doc, x.e.config(), key)
	}
	out := placesUnder(doc, x.versionConfig, key)
	if model, _ := listUnder(x.e.config(), key); version != nil && model != nil {
		out = append(out, placesUnder(doc, x.e.config(), key)...)
	}
	return out
}

// listUnder is the list that stands under key, nil for anything else; false where
// nothing does.
func listUnder(d *value.Dict, key string) (*value.List, bool) {
	if d == nil {
		return nil, false
	}
	v, ok := d.GetStr(key)
	l, _ := v.(*value.List)
	return l, ok
}

// placesUnder are the places of the items of the list under key, or that of the
// one value there.
func placesUnder(doc *yamldoc.Doc, d *value.Dict, key string) []diag.Pos {
	l, ok := listUnder(d, key)
	if !ok {
		return nil
	}
	if l == nil {
		return []diag.Pos{doc.ValuePos(d, key)}
	}
	out := make([]diag.Pos, len(l.Elems))
	for i := range out {
		out[i] = doc.ItemPos(l, i)
		if out[i].Line == 0 { // a list that rendering made
			out[i] = doc.ValuePos(d, key)
		}
	}
	return out
}

// propertyHooks are the places that a node has from its properties.
func propertyHooks(n *manifest.Node) manifest.HooksAt {
	if n.HookPlaces == nil {
		return manifest.HooksAt{}
	}
	return n.HookPlaces.Properties
}

// placePython places the hooks that a call of dbt.config() in a Python model
// gives, whose expressions are counted from the call.
func (d *draft) placePython(event string, c pythonCall, x syntax.Expr) {
	from := c.at + strings.Index(d.src.text[c.at:], "config")
	place := func(x syntax.Expr) diag.Pos {
		at, _ := d.src.place(from + int(x.At()))
		return at
	}
	l, ok := x.(*syntax.List)
	if !ok {
		d.hooksAt.Add(event, place(x))
		return
	}
	for _, item := range l.Items {
		d.hooksAt.Add(event, place(item))
	}
}
