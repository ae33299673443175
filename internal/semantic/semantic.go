// Package semantic knows what stands in semantic models, metrics and saved
// queries: which keys an item of a properties file may have, what becomes of it
// in the manifest, the rules that all of them together obey, and
// semantic_manifest.json.
//
// It knows neither files nor places: what it finds at fault it names by a path
// into the item, or by the node. package parse gives it items and makes nodes of
// what it gets back.
//
// Begin with schema.go, the keys of each item. metric.go, model.go and query.go
// turn an item into the fields of its node; document.go is the semantic manifest;
// validate.go lists the rules, which are in the files rules_*.go.
package semantic

import (
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// Fault is something wrong in one item.
type Fault struct {
	// Path leads from the item to what is wrong: keys (string) and indexes (int).
	Path []any
	// Reason tells it in dbt's words.
	Reason string
	// Bare says that Reason is the whole message: dbt does not say where.
	Bare bool
}

// Error gives the fault as dbt words it.
func (f *Fault) Error() string {
	if f.Bare {
		return f.Reason
	}
	steps := make([]string, len(f.Path))
	for i, s := range f.Path {
		switch x := s.(type) {
		case int:
			steps[i] = strconv.Itoa(x)
		case string:
			steps[i] = value.Repr(value.Str(x))
		}
	}
	return "at path [" + strings.Join(steps, "][") + "]: " + f.Reason
}

func bare(reason string, path ...any) *Fault { return &Fault{Path: path, Reason: reason, Bare: true} }

// get gives what d has under a key; nil where it has nothing or null.
func get(d *value.Dict, key string) value.Value {
	if d == nil {
		return nil
	}
	if v, ok := d.GetStr(key); ok && v != value.None {
		return v
	}
	return nil
}

// at is get with null for what is not there.
func at(d *value.Dict, key string) value.Value {
	if v := get(d, key); v != nil {
		return v
	}
	return value.None
}

// textAt is a text of d, "" where it has none.
func textAt(d *value.Dict, key string) string {
	if v := get(d, key); v != nil {
		return value.ToStr(v)
	}
	return ""
}

func dictAt(d *value.Dict, key string) *value.Dict {
	sub, _ := get(d, key).(*value.Dict)
	return sub
}

// listAt gives the elements of a list of d.
func listAt(d *value.Dict, key string) []value.Value {
	if l, ok := get(d, key).(*value.List); ok {
		return l.Elems
	}
	return nil
}

// dictsAt gives the mappings of a list of d.
func dictsAt(d *value.Dict, key string) []*value.Dict {
	var out []*value.Dict
	for _, v := range listAt(d, key) {
		if x, ok := v.(*value.Dict); ok {
			out = append(out, x)
		}
	}
	return out
}

func truthAt(d *value.Dict, key string) bool {
	v := get(d, key)
	return v != nil && v.Truth()
}

// or gives v, and def where that is nothing or null.
func or(v, def value.Value) value.Value {
	if v == nil || v == value.None {
		return def
	}
	return v
}

// orFalsy is Python's v or def.
func orFalsy(v, def value.Value) value.Value {
	if v == nil || !v.Truth() {
		return def
	}
	return v
}

// fields makes a mapping of keys and values, in their order; nil is null.
func fields(pairs ...any) *value.Dict {
	d := value.NewDict(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		v, _ := pairs[i+1].(value.Value)
		if v == nil {
			v = value.None
		}
		if x, ok := v.(*value.Dict); ok && x == nil {
			v = value.None
		}
		d.SetStr(pairs[i].(string), v)
	}
	return d
}

// pick makes a mapping of some keys of d, with null for those that it lacks.
func pick(d *value.Dict, keys ...string) *value.Dict {
	out := value.NewDict(len(keys))
	for _, k := range keys {
		out.SetStr(k, at(d, k))
	}
	return out
}

func list[T value.Value](elems []T) *value.List {
	out := value.NewList()
	for _, e := range elems {
		out.Elems = append(out.Elems, e)
	}
	return out
}
