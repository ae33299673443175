package artifact

import (
	"cmp"
	"fmt"
	"os"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// ReadManifest reads a manifest.json, of dex or of dbt, for comparing with the
// present project. What the file does not hold (where things stand in their
// files) stays empty. The manifest is frozen.
func ReadManifest(path string) (*manifest.Manifest, error) {
	s, err := ReadState(path)
	if err != nil {
		return nil, err
	}
	return s.Manifest, nil
}

// State is a manifest.json with what its nodes were compiled to.
type State struct {
	*manifest.Manifest
	// Code is the compiled_code of the nodes that have one.
	Code map[manifest.ID]string
	// DBTVersion is the version of dbt that the file names.
	DBTVersion string
}

// ReadState reads a manifest.json as ReadManifest does. The error is
// fs.ErrNotExist where there is no such file, *SchemaError for one of a version
// that dbt does not read either.
func ReadState(path string) (*State, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return decodeState(src, path)
}

// DecodeManifest reads the text of a manifest.json.
func DecodeManifest(src []byte) (*manifest.Manifest, error) {
	s, err := decodeState(src, manifestForm.file)
	if err != nil {
		return nil, err
	}
	return s.Manifest, nil
}

func decodeState(src []byte, path string) (*State, error) {
	top, version, err := manifestForm.open(src, path)
	if err != nil {
		return nil, err
	}
	meta := top.sub("metadata")
	s := &State{Manifest: manifest.New(meta.text("project_name"), meta.text("adapter_type")), Code: map[manifest.ID]string{}, DBTVersion: meta.text("dbt_version")}
	m := s.Manifest
	for name, into := range map[string]map[manifest.ID]*manifest.Node{
		"nodes": m.Nodes, "functions": m.Nodes, "sources": m.Sources, "exposures": m.Exposures, "unit_tests": m.UnitTests,
		"metrics": m.Others, "saved_queries": m.Others, "semantic_models": m.Others,
	} {
		if name == "metrics" && version <= 9 {
			continue // dbt: they were another thing then
		}
		top.sub(name).each(func(id string, r record) {
			into[manifest.ID(id)] = readNode(r)
			if code := cmp.Or(r.text("compiled_code"), r.text("compiled_sql")); code != "" {
				s.Code[manifest.ID(id)] = code
			}
		})
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
	if sel := top.sub("selectors").d; sel != nil {
		m.Selectors = sel
	}
	// A parent that is not there is a fault of the invocation that wrote the file.
	m.Freeze()
	return s, nil
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
