package artifact

import (
	"fmt"
	"os"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// ReadManifest reads a manifest.json, of dex or of dbt 1.8 and later, for
// comparing with the present project. What the file does not hold (where things
// stand in their files) stays empty. The manifest is frozen.
func ReadManifest(path string) (*manifest.Manifest, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	m, err := DecodeManifest(src)
	if err != nil {
		return nil, fmt.Errorf("read manifest %s: %w", path, err)
	}
	return m, nil
}

// open gives an artifact's top and its metadata, where it is the file it should be.
func open(src []byte, file, schema string) (top, meta record, err error) {
	v, err := value.ParseJSON(src)
	if err != nil {
		return top, meta, err
	}
	top = record{asDict(v)}
	meta = top.sub("metadata")
	if meta.d == nil {
		return top, meta, fmt.Errorf("it has no metadata, so it is no %s", file)
	}
	if got := meta.text("dbt_schema_version"); got != schema {
		return top, meta, fmt.Errorf("it is of schema %q; dex reads %s", got, schema)
	}
	return top, meta, nil
}

// DecodeManifest reads the text of a manifest.json.
func DecodeManifest(src []byte) (*manifest.Manifest, error) {
	top, meta, err := open(src, "manifest.json", ManifestSchema)
	if err != nil {
		return nil, err
	}
	m := manifest.New(meta.text("project_name"), meta.text("adapter_type"))
	for name, into := range map[string]map[manifest.ID]*manifest.Node{
		"nodes": m.Nodes, "functions": m.Nodes, "sources": m.Sources, "exposures": m.Exposures, "unit_tests": m.UnitTests,
		"metrics": m.Others, "saved_queries": m.Others, "semantic_models": m.Others,
	} {
		top.sub(name).each(func(id string, r record) { into[manifest.ID(id)] = readNode(r) })
	}
	top.sub("macros").each(func(id string, r record) { m.Macros[manifest.ID(id)] = readMacro(r) })
	top.sub("docs").each(func(id string, r record) { m.Docs[manifest.ID(id)] = readDoc(r) })
	top.sub("groups").each(func(id string, r record) { m.Groups[manifest.ID(id)] = readGroup(r) })
	for i := range top.sub("disabled").len() {
		k, list := top.sub("disabled").d.At(i)
		for _, n := range elems(list) {
			id := manifest.ID(value.ToStr(k))
			m.Disabled[id] = append(m.Disabled[id], readNode(record{asDict(n)}))
		}
	}
	if s := top.sub("selectors").d; s != nil {
		m.Selectors = s
	}
	return m, m.Freeze().Err()
}

// record reads the fields of a map; a nil one has none.
type record struct{ d *value.Dict }

func asDict(v value.Value) *value.Dict {
	d, _ := v.(*value.Dict)
	return d
}

func elems(v value.Value) []value.Value {
	if l, ok := v.(*value.List); ok {
		return l.Elems
	}
	return nil
}

func (r record) len() int {
	if r.d == nil {
		return 0
	}
	return r.d.Len()
}

// get gives a field's value; nil where it is null or not there.
func (r record) get(key string) value.Value {
	if r.d == nil {
		return nil
	}
	v, ok := r.d.GetStr(key)
	if !ok || v == value.None {
		return nil
	}
	return v
}

func (r record) sub(key string) record         { return record{asDict(r.get(key))} }
func (r record) dict(key string) *value.Dict   { return asDict(r.get(key)) }
func (r record) list(key string) []value.Value { return elems(r.get(key)) }

func (r record) text(key string) string {
	s, _ := r.get(key).(value.Str)
	return string(s)
}

func (r record) truth(key string) bool {
	v := r.get(key)
	return v != nil && v.Truth()
}

func (r record) float(key string) float64 {
	switch v := r.get(key).(type) {
	case value.Float:
		return float64(v)
	case value.Int:
		return float64(v)
	}
	return 0
}

func (r record) texts(key string) []string {
	var list []string
	for _, v := range r.list(key) {
		list = append(list, value.ToStr(v))
	}
	return list
}

func (r record) ids(key string) []manifest.ID {
	var list []manifest.ID
	for _, v := range r.list(key) {
		list = append(list, manifest.ID(value.ToStr(v)))
	}
	return list
}

func (r record) calls(key string) [][]string {
	var list [][]string
	for _, v := range r.list(key) {
		var call []string
		for _, part := range elems(v) {
			call = append(call, value.ToStr(part))
		}
		list = append(list, call)
	}
	return list
}

func (r record) each(f func(key string, r record)) {
	for i := range r.len() {
		k, v := r.d.At(i)
		f(value.ToStr(k), record{asDict(v)})
	}
}
