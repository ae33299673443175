package manifest

import (
	"os"
	"testing"

	"dex/internal/jinja/value"
)

// parse reads a value written as JSON.
func parse(t *testing.T, s string) value.Value {
	t.Helper()
	v, err := value.ParseJSON([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

// TestSchemasAgreeWithDBT compares every key, its place, default and way of
// merging with testdata/configs.json, which was recorded from dbt 1.12.6.
func TestSchemasAgreeWithDBT(t *testing.T) {
	src, err := os.ReadFile("testdata/configs.json")
	if err != nil {
		t.Fatal(err)
	}
	merges := map[string]Merge{"Clobber": Clobber, "Append": Append, "Update": Update, "DictKeyAppend": DictKeyAppend}
	parse(t, string(src)).(*value.Dict).Each(func(k, v value.Value) bool {
		kind := Kind(value.ToStr(k))
		s := SchemaOf(kind)
		keys := v.(*value.List).Elems
		if len(keys) != len(s.Keys) {
			t.Errorf("%s: %d keys, dbt has %d", kind, len(s.Keys), len(keys))
			return true
		}
		for i, e := range keys {
			d := e.(*value.Dict)
			name, _ := d.GetStr("key")
			def, _ := d.GetStr("default")
			how, _ := d.GetStr("merge")
			got := s.Keys[i]
			if got.Name != value.ToStr(name) {
				t.Errorf("%s: key %d is %s, dbt has %s", kind, i, got.Name, value.ToStr(name))
			}
			if value.Repr(got.Default) != value.Repr(def) {
				t.Errorf("%s.%s: default %s, dbt has %s", kind, got.Name, value.Repr(got.Default), value.Repr(def))
			}
			if got.Merge != merges[value.ToStr(how)] {
				t.Errorf("%s.%s: merges as %d, dbt as %s", kind, got.Name, got.Merge, value.ToStr(how))
			}
		}
		return true
	})
}

func TestMerge(t *testing.T) {
	tests := []struct {
		name, key string
		layers    []string
		want      string // Python's repr; or the error
	}{
		{"tags add up", "tags", []string{`"a"`, `["b", "a"]`}, `['a', 'b', 'a']`},
		{"meta updates", "meta", []string{`{"a": 1, "b": 1}`, `{"b": 2}`}, `{'a': 1, 'b': 2}`},
		{"meta takes maps alone", "meta", []string{`[1]`}, `config meta: expected dict, got [1]`},
		{"scalars are replaced", "materialized", []string{`"table"`, `"view"`}, `'view'`},
		{"docs keep their fields", "docs", []string{`{"node_color": "red"}`}, `{'show': True, 'node_color': 'red'}`},
		{"grants replace", "grants", []string{`{"select": "a"}`, `{"select": ["b"]}`}, `{'select': ['b']}`},
		{"grants with a plus add", "grants", []string{`{"select": "a"}`, `{"+select": ["b"], "+insert": "c"}`}, `{'select': ['a', 'b'], 'insert': ['c']}`},
		{"hooks under either spelling", "pre_hook", []string{`"a"`, `["b", {"sql": "c"}]`}, `['a', 'b', {'sql': 'c'}]`},
		{"unknown keys are replaced", "mine", []string{`[1]`, `[2]`}, `[2]`},
		{"records keep no further keys", "contract", []string{`{"enforce": true}`}, `{'enforced': False, 'alias_types': True}`},
		{"latest_version_pointer is a record", "latest_version_pointer", []string{`{"alias": "x"}`}, `{'enabled': None, 'alias': 'x'}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := NewConfig(KindModel)
			var got string
			for _, l := range tt.layers {
				if err := c.Merge(tt.key, parse(t, l)); err != nil {
					got = err.Error()
				}
			}
			if got == "" {
				v, _ := c.Get(tt.key)
				got = value.Repr(v)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if v, _ := ModelSchema.Default("tags"); value.Repr(v) != "[]" {
		t.Errorf("merging changed the default of tags to %s", value.Repr(v))
	}
}

func TestSnapshotColumnNamesAreReplacedWhole(t *testing.T) {
	c := NewConfig(KindSnapshot)
	for _, l := range []string{`{"dbt_valid_to": "a"}`, `{"dbt_scd_id": "b"}`} {
		if err := c.Merge("snapshot_meta_column_names", parse(t, l)); err != nil {
			t.Fatal(err)
		}
	}
	v, _ := c.Get("snapshot_meta_column_names")
	want := `{'dbt_valid_to': None, 'dbt_valid_from': None, 'dbt_scd_id': 'b', 'dbt_updated_at': None, 'dbt_is_deleted': None}`
	if value.Repr(v) != want {
		t.Errorf("got %s", value.Repr(v))
	}
}

func TestMergeCall(t *testing.T) {
	tests := []struct {
		name  string
		calls []string
		want  string
	}{
		{"one call stays as it is", []string{`{"tags": "a", "pre_hook": "x"}`}, `{'tags': 'a', 'pre-hook': 'x'}`},
		{"two calls make lists", []string{`{"tags": "a"}`, `{"tags": "b", "post_hook": "x"}`}, `{'tags': ['a', 'b'], 'post-hook': ['x']}`},
		{"either spelling is one key", []string{`{"pre_hook": "a"}`, `{"pre-hook": "b"}`}, `{'pre-hook': ['a', 'b']}`},
		{"maps update", []string{`{"meta": {"a": 1}}`, `{"meta": {"b": 2}}`}, `{'meta': {'a': 1, 'b': 2}}`},
		{"grants keep their plus", []string{`{"grants": {"+select": "a"}}`, `{"grants": {"+select": "b"}}`}, `{'grants': {'+select': ['a', 'b']}}`},
		{"the rest is replaced", []string{`{"materialized": "view"}`, `{"materialized": "table"}`}, `{'materialized': 'table'}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			calls := value.NewDict(0)
			for _, c := range tt.calls {
				if err := MergeCall(calls, parse(t, c).(*value.Dict)); err != nil {
					t.Fatal(err)
				}
			}
			if got := value.Repr(calls); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if err := MergeCall(parse(t, `{"meta": {}}`).(*value.Dict), parse(t, `{"meta": 1}`).(*value.Dict)); err == nil {
		t.Error("meta: 1 was taken")
	}
}

func TestHooks(t *testing.T) {
	tests := []struct{ in, want string }{
		{`"select 1"`, `{'sql': 'select 1', 'transaction': True, 'index': None}`},
		{`{"sql": "a", "transaction": false, "index": 2}`, `{'sql': 'a', 'transaction': False, 'index': 2}`},
		{`"{\"sql\": \"a\", \"transaction\": false}"`, `{'sql': 'a', 'transaction': False, 'index': None}`},
		{`"{{ audit() }}"`, `{'sql': '{{ audit() }}', 'transaction': True, 'index': None}`},
		{`5`, `a hook is a text or a map; this is a int`},
		{`"5"`, `a hook is a text or a map; this is a int`},
		{`{"transaction": false}`, `a hook given as a map needs one of the keys sql, macro, operation and notify: {'transaction': False}`},
	}
	for _, tt := range tests {
		h, err := HookOf(parse(t, tt.in))
		got := value.Repr(h.Dict())
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
	}
	c := NewConfig(KindModel)
	if err := c.Merge("post_hook", parse(t, `["a", {"sql": "b"}]`)); err != nil {
		t.Fatal(err)
	}
	if hooks, err := c.Hooks("post-hook"); err != nil || len(hooks) != 2 || hooks[1].SQL != "b" {
		t.Errorf("got %v, %v", hooks, err)
	}
}

func TestEachGivesTheManifestsOrder(t *testing.T) {
	c := NewConfig(KindExposure)
	c.Set("zeta", value.Int(1))
	c.Set("meta", value.Str("m"))
	c.Set("alpha", value.Int(2))
	if got, want := value.Repr(c.Dict()), `{'enabled': True, 'tags': [], 'meta': 'm', 'zeta': 1, 'alpha': 2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
