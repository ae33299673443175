package yamldoc

import (
	"encoding/base64"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"dex/internal/jinja/value"
)

// scalarTags build text under an explicit tag.
var scalarTags = map[string]func(s string) (value.Value, error){
	"!!str":   func(s string) (value.Value, error) { return value.Str(s), nil },
	"!!null":  func(string) (value.Value, error) { return value.None, nil },
	"!!int":   parseInt,
	"!!float": parseFloat,
	"!!bool": func(s string) (value.Value, error) {
		if b, ok := words[strings.ToLower(s)].(value.Bool); ok {
			return b, nil
		}
		return nil, fmt.Errorf("cannot read %s as a bool", value.Repr(value.Str(s)))
	},
	"!!timestamp": func(s string) (value.Value, error) {
		if !instant.MatchString(s) {
			return nil, fmt.Errorf("cannot read %s as a timestamp", value.Repr(value.Str(s)))
		}
		return parseTimestamp(s)
	},
	"!!binary": func(s string) (value.Value, error) {
		// dbt: Python passes over what is not of the alphabet.
		raw, err := base64.StdEncoding.DecodeString(strings.Map(base64Letter, s))
		if err != nil {
			return nil, fmt.Errorf("failed to decode base64 data: %w", err)
		}
		return value.Bytes(raw), nil
	},
}

func base64Letter(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '+', r == '/', r == '=':
		return r
	}
	return -1
}

// tagged builds a node under an explicit tag.
func (b *builder) tagged(n *yaml.Node) (value.Value, bool) {
	if scalar, ok := scalarTags[n.Tag]; ok {
		if n.Kind != yaml.ScalarNode {
			return b.fail(n, "expected a scalar node, but found "+kindName(n))
		}
		v, err := scalar(n.Value)
		if err != nil {
			return b.fail(n, err.Error())
		}
		return v, true
	}
	switch n.Tag {
	case "!!map":
		if n.Kind != yaml.MappingNode {
			return b.fail(n, "expected a mapping node, but found "+kindName(n))
		}
		return b.mapping(n)
	case "!!seq":
		if n.Kind != yaml.SequenceNode {
			return b.fail(n, "expected a sequence node, but found "+kindName(n))
		}
		return b.sequence(n)
	case "!!set":
		return b.set(n)
	case "!!omap", "!!pairs":
		return b.pairs(n)
	}
	return b.fail(n, fmt.Sprintf("could not determine a constructor for the tag '%s'", longTag(n.Tag)))
}

func longTag(tag string) string {
	if rest, ok := strings.CutPrefix(tag, "!!"); ok {
		return "tag:yaml.org,2002:" + rest
	}
	return tag
}

// set builds {a, b} under !!set.
func (b *builder) set(n *yaml.Node) (value.Value, bool) {
	if n.Kind != yaml.MappingNode {
		return b.fail(n, "expected a mapping node, but found "+kindName(n))
	}
	v, ok := b.mapping(n)
	if !ok {
		return nil, false
	}
	set := value.NewSet()
	var err error
	v.(*value.Dict).Each(func(k, _ value.Value) bool {
		err = set.Add(k)
		return err == nil
	})
	if err != nil {
		return b.fail(n, err.Error())
	}
	return set, true
}

// pairs builds the list of (key, value) tuples that !!omap and !!pairs are.
func (b *builder) pairs(n *yaml.Node) (value.Value, bool) {
	if n.Kind != yaml.SequenceNode {
		return b.fail(n, "expected a sequence, but found "+kindName(n))
	}
	l := value.NewList()
	places := b.room(len(n.Content))
	for i, item := range n.Content {
		item = target(item)
		if item.Kind != yaml.MappingNode {
			return b.fail(item, "expected a mapping of length 1, but found "+kindName(item))
		}
		if len(item.Content) != 2 {
			return b.fail(item, fmt.Sprintf("expected a single mapping item, but found %d items", len(item.Content)/2))
		}
		k, ok := b.build(item.Content[0])
		if !ok {
			return nil, false
		}
		v, ok := b.build(item.Content[1])
		if !ok {
			return nil, false
		}
		l.Elems = append(l.Elems, value.NewTuple(k, v))
		places[i].valueAt = at(item)
	}
	b.close(l, n, places)
	return l, true
}
