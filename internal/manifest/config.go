package manifest

import "dex/internal/jinja/value"

// Schema is the set of keys that dbt knows for one resource type, with their
// defaults, in the order in which the manifest writes them. Schemas are made
// once, at start, and never changed.
type Schema struct {
	Kind     Kind
	Keys     []string
	Defaults map[string]value.Value
	merge    map[string]Merge
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

// Config is a node's merged configuration: a Schema with the values that differ
// from its defaults. Only set values are stored, so 50,000 nodes cost what they
// say and no more. A Config is frozen with its node.
type Config struct {
	Schema *Schema
	set    []entry
}

type entry struct {
	key string
	val value.Value
}

// Get returns the value of key: what was set, else the default. The second
// result is false for a key that the Schema does not know and nobody set.
func (c *Config) Get(key string) (value.Value, bool) {
	for i := range c.set {
		if c.set[i].key == key {
			return c.set[i].val, true
		}
	}
	if c.Schema != nil {
		v, ok := c.Schema.Defaults[key]
		return v, ok
	}
	return nil, false
}

// Set puts a value without merging.
func (c *Config) Set(key string, v value.Value) {
	for i := range c.set {
		if c.set[i].key == key {
			c.set[i].val = v
			return
		}
	}
	c.set = append(c.set, entry{key, v})
}

// IsSet reports whether anything but the default was given for key.
func (c *Config) IsSet(key string) bool {
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
	if c.Schema != nil {
		for _, k := range c.Schema.Keys {
			v, _ := c.Get(k)
			f(k, v)
		}
	}
	for i := range c.set {
		if c.Schema != nil {
			if _, known := c.Schema.Defaults[c.set[i].key]; known {
				continue
			}
		}
		f(c.set[i].key, c.set[i].val)
	}
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
	if !ok || v == nil || v.Type() == "NoneType" {
		return def
	}
	return v.Truth()
}

// Enabled is the `enabled` config.
func (c *Config) Enabled() bool { return c.Bool("enabled", true) }

// Materialized is the `materialized` config.
func (c *Config) Materialized() string { return c.Str("materialized") }
