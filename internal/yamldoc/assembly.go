package yamldoc

import (
	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Assembly makes a Doc of values that were read from another notation than YAML:
// TOML, the arguments of config() in a template. With it Mapping reads them as it
// reads YAML, and faults have their places.
type Assembly struct {
	doc   *Doc
	spans map[any]span
	order []any
}

// Assemble begins a Doc of the file called file, whose whole text is src.
func Assemble(file string, src []byte) *Assembly {
	return &Assembly{doc: &Doc{File: file, Value: value.None, src: src}, spans: map[any]span{}}
}

// Derive begins a Doc that has the places of d and those that are added: for
// values of d in containers of another make.
func (d *Doc) Derive() *Assembly {
	return &Assembly{doc: &Doc{File: d.File, Value: value.None, src: d.Source(), late: d.late, under: d}, spans: map[any]span{}}
}

// Start says where a mapping or sequence begins.
func (a *Assembly) Start(container value.Value, at diag.Pos) {
	s := a.span(container)
	s.at = placeOf(at)
	a.spans[container] = s
}

// Key says where a key of m stands, and its value.
func (a *Assembly) Key(m *value.Dict, key string, keyAt, valueAt diag.Pos) {
	s := a.span(m)
	s.parts = append(s.parts, entry{key: key, keyAt: placeOf(keyAt), valueAt: placeOf(valueAt)})
	a.spans[m] = s
}

// Item says where the next item of l stands.
func (a *Assembly) Item(l *value.List, at diag.Pos) {
	s := a.span(l)
	s.parts = append(s.parts, entry{valueAt: placeOf(at)})
	a.spans[l] = s
}

// Doc ends the assembly.
func (a *Assembly) Doc(v value.Value) *Doc {
	a.doc.Value = v
	for _, of := range a.order {
		a.doc.spans = append(a.doc.spans, a.spans[of])
	}
	return a.doc
}

func (a *Assembly) span(container value.Value) span {
	s, ok := a.spans[container]
	if !ok {
		s.of = container
		a.order = append(a.order, container)
	}
	return s
}

func placeOf(p diag.Pos) place { return place{line: int32(p.Line), col: int32(p.Col)} }
