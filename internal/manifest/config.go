package manifest

import (
	"fmt"

	"dex/internal/jinja/value"
)

// Schema is the set of keys that dbt knows for one resource type, with their
// defaults, in the order in which the manifest writes them. Schemas are made
// once, at start, and never changed: their default values are frozen and shared
// by every node.
type Schema struct {
	Kind Kind
	Keys []Key
	at   map[string]int
	// fields are those of the keys that are records.
	fields map[string][]string
}

// Key is one key of a Schema.
type Key struct {
	Name    string
	Default value.Value
	Merge   Merge
	// Object says that the value is a record with known fields, those of
	// Default: fields that are not given take their defaults.
	Object bool
}

// Merge is how a more specific value of a key meets a more general one.
type Merge uint8

// The ways to merge. dbt: MergeBehavior and the fields' metadata in
// dbt.artifacts.resources.v1.config.
const (
	Clobber       Merge = iota
	Append              // lists add up: hooks, tags, packages
	Update              // maps: later keys win: meta, docs, quoting, column_types
	DictKeyAppend       // grants: a key with "+" adds, one without replaces
)

// Knows reports whether key is one of the schema's own.
func (s *Schema) Knows(key string) bool {
	_, ok := s.at[key]
	return ok
}

// Fields are the fields of a key's record in the manifest's order; nil where the key's
// value is no record.
func (s *Schema) Fields(key string) []string {
	return s.fields[key]
}

// Default gives the default of a key; false where the schema does not know it.
func (s *Schema) Default(key string) (value.Value, bool) {
	i, ok := s.at[key]
	if !ok {
		return nil, false
	}
	return s.Keys[i].Default, true
}

// Config is a node's merged configuration: a Schema with the values that differ
// from its defaults. Only set values are stored, so 50,000 nodes cost what they
// say and no more. A Config is frozen with its node.
//
// Keys are stored as the manifest writes them: CanonicalKey turns pre_hook and
// post_hook into "pre-hook" and "post-hook", on every way in and out.
type Config struct {
	Schema *Schema
	set    []entry
}

type entry struct {
	key string
	at  int // position in Schema.Keys, -1 for a key that it does not know
	val value.Value
}

// CanonicalKey gives the one spelling under which a key is stored: "pre-hook"
// for pre_hook, and so for post_hook. Everything else stays as it is.
func CanonicalKey(key string) string {
	switch key {
	case "pre_hook":
		return "pre-hook"
	case "post_hook":
		return "post-hook"
	}
	return key
}

// Get returns the value of key: what was set, else the default. The second
// result is false for a key that the Schema does not know and nobody set.
func (c *Config) Get(key string) (value.Value, bool) {
	key = CanonicalKey(key)
	for i := range c.set {
		if c.set[i].key == key {
			return c.set[i].val, true
		}
	}
	if c.Schema != nil {
		return c.Schema.Default(key)
	}
	return nil, false
}

// Unset takes back what was set for key: its default holds again.
func (c *Config) Unset(key string) {
	key = CanonicalKey(key)
	for i := range c.set {
		if c.set[i].key == key {
			c.set = append(c.set[:i:i], c.set[i+1:]...)
			return
		}
	}
}

// Set puts a value without merging.
func (c *Config) Set(key string, v value.Value) {
	key = CanonicalKey(key)
	for i := range c.set {
		if c.set[i].key == key {
			c.set[i].val = v
			return
		}
	}
	at := -1
	if c.Schema != nil {
		if i, ok := c.Schema.at[key]; ok {
			at = i
		}
	}
	c.set = append(c.set, entry{key, at, v})
}

// Merge lays a more specific value over what c has, in the way that the key's
// schema says; a key that it does not know is replaced. The error is for a value
// of the wrong shape, such as a list where the key takes a map.
func (c *Config) Merge(key string, v value.Value) error {
	key = CanonicalKey(key)
	i, known := 0, false
	if c.Schema != nil {
		i, known = c.Schema.at[key]
	}
	if !known {
		c.Set(key, v)
		return nil
	}
	k := &c.Schema.Keys[i]
	old, _ := c.Get(key)
	merged, err := mergeValue(k.Merge, old, v)
	if err != nil {
		return fmt.Errorf("config %s: %w", key, err)
	}
	if k.Object {
		merged = complete(k.Default, merged)
	}
	c.Set(key, merged)
	return nil
}

// MergeAll merges every key of layer, in its order.
func (c *Config) MergeAll(layer *value.Dict) error {
	var err error
	layer.Each(func(k, v value.Value) bool {
		err = c.Merge(value.ToStr(k), v)
		return err == nil
	})
	return err
}

// SetLen is the number of values that were set.
func (c *Config) SetLen() int { return len(c.set) }

// EachSet calls f for every value that was set, in the order in which they were.
func (c *Config) EachSet(f func(key string, v value.Value)) {
	for i := range c.set {
		f(c.set[i].key, c.set[i].val)
	}
}

// IsSet reports whether anything but the default was given for key.
func (c *Config) IsSet(key string) bool {
	key = CanonicalKey(key)
	for i := range c.set {
		if c.set[i].key == key {
			return true
		}
	}
	return false
}

// Each calls f for every key in the order of the manifest: known keys with
// their defaults first, then extra ones in the order in which they were set.
func (c *Config) Each(f func(key string, v value.Value)) {
	c.EachField(func(k *Key, _ int, v value.Value, _ bool) { f(k.Name, v) })
}

// EachField is Each with the key's place in the schema, -1 for an extra key,
// and whether the value was set rather than the default.
func (c *Config) EachField(f func(k *Key, at int, v value.Value, set bool)) {
	if c.Schema != nil {
		var buf [64]int16 // 1 + the place in c.set of each known key
		pos := buf[:]
		if len(c.Schema.Keys) > len(buf) {
			pos = make([]int16, len(c.Schema.Keys))
		}
		for i := range c.set {
			if at := c.set[i].at; at >= 0 {
				pos[at] = int16(i + 1)
			}
		}
		for i := range c.Schema.Keys {
			k := &c.Schema.Keys[i]
			if p := pos[i]; p > 0 {
				f(k, i, c.set[p-1].val, true)
			} else {
				f(k, i, k.Default, false)
			}
		}
	}
	for i := range c.set {
		if c.set[i].at < 0 {
			f(&Key{Name: c.set[i].key}, -1, c.set[i].val, true)
		}
	}
}

// Dict gives the whole configuration as the manifest shows it.
func (c *Config) Dict() *value.Dict {
	n := len(c.set)
	if c.Schema != nil {
		n += len(c.Schema.Keys)
	}
	d := value.NewDict(n)
	c.Each(func(key string, v value.Value) { d.SetStr(key, v) })
	return d
}

// Clone returns a Config that can be changed without changing c.
func (c *Config) Clone() Config {
	return Config{Schema: c.Schema, set: append([]entry(nil), c.set...)}
}

// Str gives a text value, or "" where it is none or no text.
func (c *Config) Str(key string) string {
	v, _ := c.Get(key)
	if s, ok := v.(value.Str); ok {
		return string(s)
	}
	return ""
}

// Bool gives the truth of a value; def where it is not set or none.
func (c *Config) Bool(key string, def bool) bool {
	v, ok := c.Get(key)
	if !ok || v == nil || v == value.None {
		return def
	}
	return v.Truth()
}

// Enabled is the `enabled` config, which is true where nothing is said.
func (c *Config) Enabled() bool {
	for i := range c.set { // asked of every node by every selection: so without a look at the defaults
		if c.set[i].key == "enabled" {
			return c.set[i].val.Truth()
		}
	}
	return true
}

// Materialized is the `materialized` config.
func (c *Config) Materialized() string { return c.Str("materialized") }
