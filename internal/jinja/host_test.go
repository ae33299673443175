package jinja

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"sort"
	"strings"
	"testing"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// The names that the recorded cases see: what a dbt-like host gives a template.

type scopeMap map[string]value.Value

func (s scopeMap) Lookup(name string) (value.Value, bool) {
	v, ok := s[name]
	return v, ok
}

func chainThread() *value.Thread {
	t := value.NewThread(context.Background(), nil)
	t.Chain = true
	return t
}

// object is a host object: attributes, and how it prints.
type object struct {
	attrs map[string]value.Value
	str   string
}

func (o *object) Type() string                         { return "object" }
func (o *object) Truth() bool                          { return true }
func (o *object) AppendStr(b []byte) []byte            { return append(b, o.str...) }
func (o *object) AppendRepr(b []byte) []byte           { return append(b, o.str...) }
func (o *object) Attr(name string) (value.Value, bool) { v, ok := o.attrs[name]; return v, ok }

// callableObject is an object that can be called as well.
type callableObject struct {
	object
	*value.Func
}

func (o *callableObject) Type() string               { return "Config" }
func (o *callableObject) Truth() bool                { return true }
func (o *callableObject) AppendStr(b []byte) []byte  { return o.object.AppendStr(b) }
func (o *callableObject) AppendRepr(b []byte) []byte { return o.object.AppendRepr(b) }

// relation is a table's name in parts, any of which may be left out.
type relation struct {
	parts [3]string
	inc   [3]bool
}

var relationParts = [3]string{"database", "schema", "identifier"}

func newRelation(database, schema, identifier string) *relation {
	return &relation{[3]string{database, schema, identifier}, [3]bool{true, true, true}}
}

func (r *relation) Type() string               { return "Rel" }
func (r *relation) Truth() bool                { return true }
func (r *relation) AppendRepr(b []byte) []byte { return r.AppendStr(b) }
func (r *relation) AppendStr(b []byte) []byte {
	n := 0
	for i, p := range r.parts {
		if !r.inc[i] {
			continue
		}
		if n++; n > 1 {
			b = append(b, '.')
		}
		b = append(append(append(b, '"'), p...), '"')
	}
	return b
}

func (r *relation) Attr(name string) (value.Value, bool) {
	switch name {
	case "database", "schema", "identifier":
		for i, p := range relationParts {
			if p == name {
				return value.Str(r.parts[i]), true
			}
		}
	case "name":
		return value.Str(r.parts[2]), true
	case "is_table":
		return fn(func([]value.Value, []value.Arg) value.Value { return value.Bool(true) }), true
	case "include":
		return fn(func(_ []value.Value, kw []value.Arg) value.Value {
			out := *r
			for _, a := range kw {
				for i, p := range relationParts {
					if p == a.Name {
						out.inc[i] = a.Value.Truth()
					}
				}
			}
			return &out
		}), true
	}
	return nil, false
}

// target is a dict whose items are attributes too.
type target struct{ *value.Dict }

func (t target) Attr(name string) (value.Value, bool) {
	if v, ok := t.GetStr(name); ok {
		return v, true
	}
	v, ok, _ := value.GetAttr(t.Dict, name)
	return v, ok
}

func (t target) Item(key value.Value) (value.Value, error) { return value.GetItem(t.Dict, key) }

func fn(f func(args []value.Value, kw []value.Arg) value.Value) value.Value {
	return value.NewFunc("fn", func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		return f(args, kw), nil
	})
}

func parseJSON(s string) value.Value {
	v, err := value.ParseJSON([]byte(s))
	if err != nil {
		panic(err)
	}
	return v
}

func column(name, dtype string) value.Value {
	return &object{attrs: map[string]value.Value{
		"name": value.Str(name), "column": value.Str(name), "dtype": value.Str(dtype), "quoted": value.Str(`"` + name + `"`),
		"is_string": fn(func([]value.Value, []value.Arg) value.Value { return value.Bool(dtype == "varchar") }),
	}}
}

func dispatch(args []value.Value, kw []value.Arg) value.Value {
	ns := value.None
	if len(args) > 1 {
		ns = args[1]
	}
	for _, a := range kw {
		ns = a.Value
	}
	name := value.ToStr(args[0])
	return fn(func(a []value.Value, kw []value.Arg) value.Value {
		var parts []string
		for _, v := range a {
			parts = append(parts, value.ToStr(v))
		}
		named := append([]value.Arg(nil), kw...)
		sort.Slice(named, func(i, j int) bool { return named[i].Name < named[j].Name })
		for _, k := range named {
			parts = append(parts, k.Name+"="+value.ToStr(k.Value))
		}
		return value.Str("dispatched:" + value.ToStr(ns) + "." + name + "(" + strings.Join(parts, ", ") + ")")
	})
}

func lookupOr(m value.Value, args []value.Value, kw []value.Arg) value.Value {
	if v, ok := m.(*value.Dict).Get(args[0]); ok {
		return v
	}
	if len(args) > 1 {
		return args[1]
	}
	for _, a := range kw {
		if a.Name == "default" {
			return a.Value
		}
	}
	return value.None
}

// host has the names of the recorded cases.
func host() scopeMap {
	vars := parseJSON(`{"start": "2020-01-01", "lst": [1, 2, 3]}`)
	configs := parseJSON(`{"materialized": "table"}`)
	str := func(s string) func([]value.Value, []value.Arg) value.Value {
		return func([]value.Value, []value.Arg) value.Value { return value.Str(s) }
	}
	return scopeMap{
		"adapter": &object{attrs: map[string]value.Value{
			"dispatch": fn(dispatch),
			"get_columns_in_relation": fn(func([]value.Value, []value.Arg) value.Value {
				return value.NewList(column("id", "integer"), column("name", "varchar"))
			}),
		}},
		"api": &object{attrs: map[string]value.Value{"Relation": &object{attrs: map[string]value.Value{
			"create": fn(func(_ []value.Value, kw []value.Arg) value.Value {
				var parts [3]string
				for _, a := range kw {
					for i, p := range relationParts {
						if p == a.Name {
							parts[i] = value.ToStr(a.Value)
						}
					}
				}
				return newRelation(parts[0], parts[1], parts[2])
			}),
		}}}},
		"config": &callableObject{
			object{attrs: map[string]value.Value{
				"get":     fn(func(a []value.Value, kw []value.Arg) value.Value { return lookupOr(configs, a, kw) }),
				"require": fn(str("req")),
			}},
			fn(str("")).(*value.Func),
		},
		"ref": fn(func(a []value.Value, _ []value.Arg) value.Value {
			return newRelation("db", "main", value.ToStr(a[len(a)-1]))
		}),
		"var":            fn(func(a []value.Value, kw []value.Arg) value.Value { return lookupOr(vars, a, kw) }),
		"target":         target{parseJSON(`{"name": "dev", "schema": "main", "type": "duckdb"}`).(*value.Dict)},
		"log":            fn(str("")),
		"is_incremental": fn(func([]value.Value, []value.Arg) value.Value { return value.Bool(true) }),
		"this":           newRelation("db", "main", "me"),
		"graph": parseJSON(`{"nodes": {
			"model.p.b": {"name": "b", "resource_type": "model", "config": {"tags": ["x", "y"]}},
			"test.p.t": {"name": "t", "resource_type": "test", "config": {"tags": []}},
			"model.p.a": {"name": "a", "resource_type": "model", "config": {"tags": ["y"]}}}}`),
		"cols": parseJSON(`["id", "name", "amount"]`),
		"people": parseJSON(`[{"n": "bob", "t": 2, "a": {"x": 1}}, {"n": "al", "t": 1, "a": {"x": 2}},
			{"n": "cy", "t": 2, "a": {"x": 3}}]`),
		"n": value.Int(3), "s": value.Str("hello"), "nul": value.None, "flt": value.Float(2.5),
	}
}

// baseHost has the few names of dbt's base context that the random templates use.
func baseHost(t testing.TB) scopeMap {
	pair := func(a, b value.Value) value.Value { return value.NewTuple(a, b) }
	return scopeMap{
		"modules": pylib.Modules(pylib.Options{}),
		"tojson": fn(func(a []value.Value, _ []value.Arg) value.Value {
			b, err := value.AppendJSON(nil, a[0], value.JSONOptions{EnsureASCII: true})
			if err != nil {
				t.Fatal(err)
			}
			return value.Str(b)
		}),
		"fromjson": fn(func(a []value.Value, _ []value.Arg) value.Value { return parseJSON(value.ToStr(a[0])) }),
		"fromyaml": fn(func([]value.Value, []value.Arg) value.Value { return parseJSON(`{"a": true}`) }),
		"toyaml":   fn(func([]value.Value, []value.Arg) value.Value { return value.Str("- 1\n- a: null\n") }),
		"local_md5": fn(func(a []value.Value, _ []value.Arg) value.Value {
			sum := md5.Sum([]byte(value.ToStr(a[0])))
			return value.Str(hex.EncodeToString(sum[:]))
		}),
		"zip": fn(func(a []value.Value, _ []value.Arg) value.Value {
			x, y := a[0].(*value.List).Elems, a[1].(*value.List).Elems
			out := value.NewList()
			for i := range min(len(x), len(y)) {
				out.Elems = append(out.Elems, pair(x[i], y[i]))
			}
			return out
		}),
		"set": fn(func(a []value.Value, _ []value.Arg) value.Value {
			s := value.NewSet()
			for _, v := range a[0].(*value.List).Elems {
				if err := s.Add(v); err != nil {
					t.Fatal(err)
				}
			}
			return s
		}),
	}
}
