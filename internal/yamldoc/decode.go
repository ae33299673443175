package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Decode reads src, the contents of the file called file. The Doc is never nil;
// where the list has errors its Value is None. Warnings are keys that stand
// twice in one mapping: the last one counts, as in dbt.
func Decode(file string, src []byte) (*Doc, diag.List) {
	d := &Doc{File: file, Value: value.None, src: src}
	root, err := compose(src)
	if err != nil {
		return d, diag.List{d.syntaxFault(err)}
	}
	if root == nil {
		return d, nil
	}
	b := &builder{doc: d}
	v, ok := b.build(root)
	if !ok {
		return d, b.faults
	}
	d.Value = v
	return d, b.faults
}

// compose reads the one document of src into a tree; nil where src has none.
func compose(src []byte) (*yaml.Node, error) {
	node, err := composeOnce(src)
	for err != nil {
		repaired, ok := repair(src, err)
		if !ok {
			return nil, err
		}
		src = repaired
		node, err = composeOnce(src)
	}
	return node, nil
}

func composeOnce(src []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(src))
	if err != nil {
		return nil, fmt.Errorf("read YAML: %w", err)
	}
	var doc yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var second yaml.Node
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, err
	default:
		return nil, &documentsError{line: second.Line, col: second.Column}
	}
	if doc.Kind == yaml.DocumentNode {
		if len(doc.Content) == 0 {
			return nil, nil
		}
		return doc.Content[0], nil
	}
	return &doc, nil
}

// documentsError is a second document in a file that has to have one.
type documentsError struct{ line, col int }

func (e *documentsError) Error() string {
	return "expected a single document in the stream, but found another document"
}

// builder turns a tree of nodes into values.
type builder struct {
	doc    *Doc
	faults diag.List
	// aliased holds what anchored nodes became, so that aliases share it; nil
	// while the node is being built.
	aliased map[*yaml.Node]value.Value
	pending []entry // places of the containers being built, innermost last
}

// build gives a node's value. It is false after a fault, which has been noted.
func (b *builder) build(n *yaml.Node) (value.Value, bool) {
	if n.Kind == yaml.AliasNode {
		return b.alias(n)
	}
	if n.Anchor == "" {
		return b.fresh(n)
	}
	if v := b.aliased[n]; v != nil {
		return v, true // a merge key brings the same node in again
	}
	if b.aliased == nil {
		b.aliased = map[*yaml.Node]value.Value{}
	}
	b.aliased[n] = nil
	v, ok := b.fresh(n)
	if ok {
		b.aliased[n] = v
	}
	return v, ok
}

// alias gives the value of the anchored node. PyYAML lets a container hold
// itself; no configuration can mean that, so here it is a fault.
func (b *builder) alias(n *yaml.Node) (value.Value, bool) {
	v, known := b.aliased[n.Alias]
	if !known {
		return b.build(n.Alias)
	}
	if v == nil {
		return b.fail(n, "found unconstructable recursive node")
	}
	return v, true
}

func (b *builder) fresh(n *yaml.Node) (value.Value, bool) {
	if n.Style&yaml.TaggedStyle != 0 {
		return b.tagged(n)
	}
	switch n.Kind {
	case yaml.MappingNode:
		return b.mapping(n)
	case yaml.SequenceNode:
		return b.sequence(n)
	}
	return b.scalar(n)
}

// scalar resolves plain text; quoted text is text.
func (b *builder) scalar(n *yaml.Node) (value.Value, bool) {
	const textual = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&textual != 0 {
		return value.Str(n.Value), true
	}
	v, err := resolve(n.Value)
	if err != nil {
		return b.fail(n, err.Error())
	}
	return v, true
}

func (b *builder) sequence(n *yaml.Node) (value.Value, bool) {
	l := value.NewList()
	l.Elems = make([]value.Value, 0, len(n.Content))
	base := len(b.pending)
	for _, item := range n.Content {
		v, ok := b.build(item)
		if !ok {
			return nil, false
		}
		l.Elems = append(l.Elems, v)
		b.pending = append(b.pending, entry{valueAt: at(item)})
	}
	b.close(l, n, base)
	return l, true
}

func (b *builder) mapping(n *yaml.Node) (value.Value, bool) {
	pairs, ok := b.flatten(n, nil)
	if !ok {
		return nil, false
	}
	d := value.NewDict(len(pairs))
	base := len(b.pending)
	for _, p := range pairs {
		e, ok := b.pair(d, n, p)
		if !ok {
			return nil, false
		}
		b.pending = append(b.pending, e)
	}
	b.close(d, n, base)
	return d, true
}

// pair puts one key and value into d.
func (b *builder) pair(d *value.Dict, n *yaml.Node, p pair) (entry, bool) {
	k, ok := b.key(p.key)
	if !ok {
		return entry{}, false
	}
	v, ok := b.build(p.value)
	if !ok {
		return entry{}, false
	}
	e := entry{keyAt: at(p.key), valueAt: at(p.value)}
	if s, ok := k.(value.Str); ok {
		e.key = string(s)
	}
	before := d.Len()
	if err := d.Set(k, v); err != nil {
		_, _ = b.fail(p.key, "found unhashable key")
		return entry{}, false
	}
	if d.Len() == before && !p.borrowed {
		b.duplicate(n, p.key, k)
	}
	return e, true
}

// key builds a key. "=" is text there, and an error as a value.
func (b *builder) key(n *yaml.Node) (value.Value, bool) {
	if n.Kind == yaml.ScalarNode && n.Value == "=" && n.Style == 0 {
		return value.Str("="), true
	}
	return b.build(n)
}

// close files the places gathered for a container since base.
func (b *builder) close(v value.Value, n *yaml.Node, base int) {
	d := b.doc
	d.spans = append(d.spans, span{of: v, at: at(n), first: len(d.entries), n: len(b.pending) - base})
	d.entries = append(d.entries, b.pending[base:]...)
	b.pending = b.pending[:base]
}

func at(n *yaml.Node) place { return place{int32(n.Line), int32(n.Column)} }
