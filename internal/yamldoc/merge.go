package yamldoc

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// pair is a key with its value; borrowed came in through a merge key.
type pair struct {
	key, value *yaml.Node
	borrowed   bool
}

// flatten lists a mapping's pairs with its merge keys (<<) resolved: what is
// merged comes first, so that the mapping's own keys win. Of several mappings
// to merge the first wins. stack holds the mappings being merged.
func (b *builder) flatten(n *yaml.Node, stack []*yaml.Node) ([]pair, bool) {
	if slices.Contains(stack, n) {
		_, _ = b.fail(n, "found unconstructable recursive node")
		return nil, false
	}
	var own, merged []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if !isMerge(k) {
			own = append(own, pair{key: k, value: v})
			continue
		}
		more, ok := b.merge(target(v), append(stack, n))
		if !ok {
			return nil, false
		}
		merged = append(merged, more...)
	}
	out := append(merged, own...)
	if out == nil {
		out = []pair{}
	}
	return out, b.affordable(n, len(out))
}

// maxMerged bounds what merge keys may bring into one mapping: a few lines that
// merge each other would otherwise fill the memory.
const maxMerged = 100_000

func (b *builder) affordable(n *yaml.Node, pairs int) bool {
	if pairs > maxMerged {
		_, _ = b.fail(n, "merge keys make this mapping too large")
		return false
	}
	return true
}

// merge lists the pairs that the value of a merge key brings in.
func (b *builder) merge(v *yaml.Node, stack []*yaml.Node) ([]pair, bool) {
	switch v.Kind {
	case yaml.MappingNode:
		return b.borrow(v, stack)
	case yaml.SequenceNode:
		var out []pair
		for _, item := range slices.Backward(v.Content) {
			item = target(item)
			if item.Kind != yaml.MappingNode {
				_, _ = b.fail(item, "expected a mapping for merging, but found "+kindName(item))
				return nil, false
			}
			more, ok := b.borrow(item, stack)
			if !ok {
				return nil, false
			}
			if out = append(out, more...); !b.affordable(v, len(out)) {
				return nil, false
			}
		}
		return out, true
	}
	_, _ = b.fail(v, "expected a mapping or list of mappings for merging, but found "+kindName(v))
	return nil, false
}

func (b *builder) borrow(v *yaml.Node, stack []*yaml.Node) ([]pair, bool) {
	pairs, ok := b.flatten(v, stack)
	for i := range pairs {
		pairs[i].borrowed = true
	}
	return pairs, ok
}

// ownTwice reports whether p's key stands among the pairs before it that were not
// merged in: those are there to be replaced.
func ownTwice(before []pair, p pair) bool {
	return slices.ContainsFunc(before, func(q pair) bool {
		return !q.borrowed && q.key.Value == p.key.Value
	})
}

func isMerge(k *yaml.Node) bool {
	if k.Kind != yaml.ScalarNode || k.Value != "<<" {
		return k.Kind == yaml.ScalarNode && k.Style&yaml.TaggedStyle != 0 && k.Tag == "!!merge"
	}
	return k.Style == 0 || k.Style&yaml.TaggedStyle != 0 && k.Tag == "!!merge"
}

// target follows an alias.
func target(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "sequence"
	}
	return "scalar"
}
