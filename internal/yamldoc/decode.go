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
	d.spans = make([]span, 0, bytes.Count(src, []byte{'\n'})/4+1)
	b := &builder{doc: d, texts: map[string]value.Value{}}
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
	sizes   map[*yaml.Node]int     // of the anchored nodes, with what their aliases stand for
	anchors map[string]*yaml.Node  // by name
	spare   []entry                // room for the places of the containers to come
	texts   map[string]value.Value // keys seen
	size    int                    // values so far, with what aliases stand for
}

// maxValues bounds what a document stands for once its aliases are written out,
// as they are in artifacts: nine lines of aliases can stand for a billion values.
const maxValues = 10_000_000

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
		b.aliased, b.anchors = map[*yaml.Node]value.Value{}, map[string]*yaml.Node{}
		b.sizes = map[*yaml.Node]int{}
	}
	if first := b.anchors[n.Anchor]; first != nil && first != n {
		return b.fail(n, fmt.Sprintf("found duplicate anchor; first occurrence in line %d", first.Line))
	}
	b.aliased[n], b.anchors[n.Anchor] = nil, n
	before := b.size
	v, ok := b.fresh(n)
	if ok {
		b.aliased[n], b.sizes[n] = v, b.size-before
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
	if b.size += b.sizes[n.Alias]; b.size > maxValues {
		return b.fail(n, fmt.Sprintf("aliases make more than %d values of this document", maxValues))
	}
	return v, true
}

func (b *builder) fresh(n *yaml.Node) (value.Value, bool) {
	b.size++
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
	places := b.room(len(n.Content))
	for i, item := range n.Content {
		v, ok := b.build(item)
		if !ok {
			return nil, false
		}
		l.Elems = append(l.Elems, v)
		places[i].valueAt = at(item)
	}
	b.close(l, n, places)
	return l, true
}

func (b *builder) mapping(n *yaml.Node) (value.Value, bool) {
	merged, ok := b.merged(n)
	if !ok {
		return nil, false
	}
	count := len(n.Content) / 2
	if merged != nil {
		count = len(merged)
	}
	d := value.NewDict(count)
	places := b.room(count)
	for i := range places {
		var p pair
		if merged != nil {
			p = merged[i]
		} else {
			p = pair{key: n.Content[2*i], value: n.Content[2*i+1]}
		}
		before := d.Len()
		if places[i], ok = b.pair(d, p); !ok {
			return nil, false
		}
		if d.Len() == before && !p.borrowed && (merged == nil || ownTwice(merged[:i], p)) {
			b.duplicate(n, p.key)
		}
	}
	b.close(d, n, places)
	return d, true
}

// merged gives the pairs of a mapping that has merge keys; nil for all others,
// whose pairs are as they stand.
func (b *builder) merged(n *yaml.Node) ([]pair, bool) {
	for i := 0; i < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			return b.flatten(n, nil)
		}
	}
	return nil, true
}

// pair puts one key and value into d.
func (b *builder) pair(d *value.Dict, p pair) (entry, bool) {
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
	if err := d.Set(k, v); err != nil {
		_, _ = b.fail(p.key, "found unhashable key")
		return entry{}, false
	}
	return e, true
}

// key builds a key. "=" is text there, and an error as a value. Keys repeat all
// over a document, so that their text is kept once.
func (b *builder) key(n *yaml.Node) (value.Value, bool) {
	if n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return b.build(n)
	}
	if n.Value == "=" && n.Style == 0 {
		return value.Str("="), true
	}
	if v, ok := b.texts[n.Value]; ok && n.Style == 0 {
		return v, true
	}
	v, ok := b.scalar(n)
	if _, isText := v.(value.Str); isText && n.Style == 0 {
		b.texts[n.Value] = v
	}
	return v, ok
}

// room takes space for the places of n parts.
func (b *builder) room(n int) []entry {
	const chunk = 512
	if n > len(b.spare) {
		if n > chunk/4 {
			return make([]entry, n)
		}
		b.spare = make([]entry, chunk)
	}
	out := b.spare[:n:n]
	b.spare = b.spare[n:]
	return out
}

// close files the places of a container.
func (b *builder) close(v value.Value, n *yaml.Node, places []entry) {
	b.doc.spans = append(b.doc.spans, span{v, at(n), places})
}

func at(n *yaml.Node) place { return place{int32(n.Line), int32(n.Column)} }
