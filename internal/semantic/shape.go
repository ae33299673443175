package semantic

import (
	"math"
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// A shape says what a value has to be. It gives nil for a value that is, and else
// the first fault: dbt checks items with a JSON schema and tells the first thing
// that it does not allow, in the words of Python's jsonschema.
type shape func(v value.Value, path []any) *Fault

// kind is a shape by a JSON type.
func kind(name string, is func(value.Value) bool) shape {
	return func(v value.Value, path []any) *Fault {
		if is(v) {
			return nil
		}
		return &Fault{Path: slices.Clone(path), Reason: value.Repr(v) + " is not of type '" + name + "'"}
	}
}

var (
	text = kind("string", func(v value.Value) bool { _, ok := v.(value.Str); return ok })
	flag = kind("boolean", func(v value.Value) bool { _, ok := v.(value.Bool); return ok })
	// JSON has no integers: 1.0 is one.
	integer = kind("integer", func(v value.Value) bool {
		f, isFloat := v.(value.Float)
		_, isInt := v.(value.Int)
		_, isBig := v.(*value.BigInt)
		return isInt || isBig || isFloat && float64(f) == math.Trunc(float64(f))
	})
	number = kind("number", func(v value.Value) bool {
		switch v.(type) {
		case value.Int, *value.BigInt, value.Float:
			return true
		}
		return false
	})
	null   = kind("null", func(v value.Value) bool { return v == value.None })
	object = kind("object", func(v value.Value) bool { _, ok := v.(*value.Dict); return ok })
	array  = kind("array", func(v value.Value) bool { _, ok := v.(*value.List); return ok })
)

// anyOf is one of several shapes.
func anyOf(shapes ...shape) shape {
	return func(v value.Value, path []any) *Fault {
		for _, s := range shapes {
			if s(v, path) == nil {
				return nil
			}
		}
		return &Fault{Path: slices.Clone(path), Reason: value.Repr(v) + " is not valid under any of the given schemas"}
	}
}

// maybe is a shape or null.
func maybe(shapes ...shape) shape { return anyOf(append(shapes, null)...) }

// listOf is a list of things of one shape.
func listOf(elem shape) shape {
	return func(v value.Value, path []any) *Fault {
		if f := array(v, path); f != nil {
			return f
		}
		for i, e := range v.(*value.List).Elems {
			if f := elem(e, append(path, i)); f != nil {
				return f
			}
		}
		return nil
	}
}

// field is one key of a record.
type field struct {
	name string
	is   shape
	must bool // the record has to have it
}

func must(name string, is shape) field { return field{name: name, is: is, must: true} }
func may(name string, is shape) field  { return field{name: name, is: is} }

// record is a mapping with known keys.
func record(known ...field) shape {
	return func(v value.Value, path []any) *Fault {
		if f := object(v, path); f != nil {
			return f
		}
		d := v.(*value.Dict)
		for _, k := range known {
			if x, ok := d.GetStr(k.name); ok {
				if f := k.is(x, append(path, k.name)); f != nil {
					return f
				}
			}
		}
		if f := unknown(d, known, path); f != nil {
			return f
		}
		for _, k := range known {
			if _, ok := d.GetStr(k.name); k.must && !ok {
				return &Fault{Path: slices.Clone(path), Reason: value.Repr(value.Str(k.name)) + " is a required property"}
			}
		}
		return nil
	}
}

// unknown tells which keys of d are not known.
func unknown(d *value.Dict, known []field, path []any) *Fault {
	var extra []string
	for i := range d.Len() {
		k, _ := d.At(i)
		if !slices.ContainsFunc(known, func(f field) bool { return value.Equal(k, value.Str(f.name)) }) {
			extra = append(extra, value.Repr(k))
		}
	}
	if extra == nil {
		return nil
	}
	slices.Sort(extra)
	verb := "was"
	if len(extra) > 1 {
		verb = "were"
	}
	return &Fault{Path: slices.Clone(path), Reason: "Additional properties are not allowed (" + strings.Join(extra, ", ") + " " + verb + " unexpected)"}
}
