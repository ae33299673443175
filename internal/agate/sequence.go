package agate

import (
	"dex/internal/jinja/value"
)

// sequence is what rows, columns, and the lists of both are: values by number,
// by slice, and by name. agate: MappedSequence.
type sequence struct {
	kind   string // "Row", "Column", "MappedSequence"
	values []value.Value
	keys   []string // nil where values have no names
	// keyValues are the keys of a TableSet, which need not be text.
	keyValues []value.Value
	// of a Column:
	name  string
	index int
	typ   DataType
}

func (t *Table) row(i int) *sequence {
	return &sequence{kind: "Row", values: t.rows[i], keys: t.names}
}

func (t *Table) rowValues() []value.Value {
	out := make([]value.Value, len(t.rows))
	for i := range t.rows {
		out[i] = t.row(i)
	}
	return out
}

func (t *Table) rowSeq() *sequence { return &sequence{kind: "MappedSequence", values: t.rowValues()} }

func (t *Table) column(j int) *sequence {
	c := &sequence{kind: "Column", name: t.names[j], index: j, typ: t.types[j], values: make([]value.Value, len(t.rows))}
	for i, r := range t.rows {
		c.values[i] = r[j]
	}
	return c
}

func (t *Table) columnSeq() *sequence {
	s := &sequence{kind: "MappedSequence", keys: t.names, values: make([]value.Value, len(t.names))}
	for j := range t.names {
		s.values[j] = t.column(j)
	}
	return s
}

// Type implements value.Value.
func (s *sequence) Type() string { return s.kind }

// Truth implements value.Value.
func (s *sequence) Truth() bool { return len(s.values) > 0 }

// Len implements value.Sized.
func (s *sequence) Len() int { return len(s.values) }

// AppendStr shows the first five values.
func (s *sequence) AppendStr(b []byte) []byte {
	b = append(append(append(b, "<agate."...), s.kind...), ": ("...)
	for i, v := range s.values {
		if i == 5 {
			b = append(b, ", ..."...)
			break
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = v.AppendRepr(b)
	}
	return append(b, ")>"...)
}

// AppendRepr implements value.Value.
func (s *sequence) AppendRepr(b []byte) []byte { return s.AppendStr(b) }

// Iterate implements value.Iterable.
func (s *sequence) Iterate() value.Iter { return value.SliceIter(s.values) }

// Contains implements value.Container.
func (s *sequence) Contains(x value.Value) (bool, error) {
	for _, v := range s.values {
		if value.Equal(v, x) {
			return true, nil
		}
	}
	return false, nil
}

// Equal implements value.Equaler.
func (s *sequence) Equal(o value.Value) bool {
	other, ok := o.(*sequence)
	if !ok {
		return value.Equal(value.NewTuple(s.values...), o)
	}
	return value.Equal(value.NewTuple(s.values...), value.NewTuple(other.values...))
}

// Item implements value.Indexer: by number or by name.
func (s *sequence) Item(key value.Value) (value.Value, error) {
	if _, ok := key.(value.Int); ok {
		return value.GetItem(value.NewTuple(s.values...), key)
	}
	if i := s.find(value.ToStr(key)); i >= 0 {
		return s.values[i], nil
	}
	return nil, value.Errorf("KeyError", "%s", value.Repr(key))
}

func (s *sequence) find(name string) int {
	for i, k := range s.keys {
		if k == name {
			return i
		}
	}
	return -1
}

// Attr implements value.Getter.
func (s *sequence) Attr(name string) (value.Value, bool) {
	if s.kind == "Column" {
		switch name {
		case "name":
			return value.Str(s.name), true
		case "index":
			return value.Int(s.index), true
		case "data_type":
			return s.typ, true
		}
	}
	m, ok := sequenceMethods[name]
	if !ok {
		return nil, false
	}
	return value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		v, err := value.Bind(name, args, kw, m.params...)
		if err != nil {
			return nil, err
		}
		return m.call(s, t, v)
	}), true
}

type sequenceMethod struct {
	params []string
	call   func(s *sequence, t *value.Thread, v []value.Value) (value.Value, error)
}

// plain makes a method without arguments that cannot fail.
func plain(f func(*sequence) value.Value) sequenceMethod {
	return sequenceMethod{nil, func(s *sequence, _ *value.Thread, _ []value.Value) (value.Value, error) { return f(s), nil }}
}

var sequenceMethods = map[string]sequenceMethod{
	"values": plain(func(s *sequence) value.Value { return value.NewTuple(s.values...) }),
	"keys": plain(func(s *sequence) value.Value {
		switch {
		case s.keyValues != nil:
			return value.NewTuple(s.keyValues...)
		case s.keys == nil:
			return value.None
		}
		return texts(s.keys)
	}),
	"items": plain(func(s *sequence) value.Value {
		var out []value.Value
		for i, k := range s.keys {
			key := value.Value(value.Str(k))
			if s.keyValues != nil {
				key = s.keyValues[i]
			}
			out = append(out, value.NewTuple(key, s.values[i]))
		}
		return value.NewTuple(out...)
	}),
	"dict":                 {nil, func(s *sequence, _ *value.Thread, _ []value.Value) (value.Value, error) { return s.dict() }},
	"get":                  {[]string{"key", "default?"}, getByName},
	"values_without_nulls": plain(func(s *sequence) value.Value { return value.NewTuple(s.withoutNulls()...) }),
	"values_distinct":      {nil, distinct},
	"values_sorted": {nil, func(s *sequence, t *value.Thread, _ []value.Value) (value.Value, error) {
		return sorted(t, s.withoutNulls(), len(s.values)-len(s.withoutNulls()))
	}},
	"values_without_nulls_sorted": {nil, func(s *sequence, t *value.Thread, _ []value.Value) (value.Value, error) {
		return sorted(t, s.withoutNulls(), 0)
	}},
}

func (s *sequence) dict() (value.Value, error) {
	if s.keys == nil {
		return nil, value.Errorf("KeyError", "")
	}
	d := value.NewDict(len(s.keys))
	for i, k := range s.keys {
		d.SetStr(k, s.values[i])
	}
	return d, nil
}

func getByName(s *sequence, _ *value.Thread, v []value.Value) (value.Value, error) {
	if i := s.find(value.ToStr(v[0])); i >= 0 {
		return s.values[i], nil
	}
	if v[1] != nil && v[1].Truth() {
		return v[1], nil
	}
	return value.None, nil
}

func (s *sequence) withoutNulls() []value.Value {
	out := make([]value.Value, 0, len(s.values))
	for _, v := range s.values {
		if !isNone(v) {
			out = append(out, v)
		}
	}
	return out
}

// distinct keeps the first of equal values; Python's set has no order of its own.
func distinct(s *sequence, _ *value.Thread, _ []value.Value) (value.Value, error) {
	seen := map[any]bool{}
	var out []value.Value
	for _, v := range s.values {
		k, err := value.HashKey(v)
		if err != nil {
			return nil, err
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, v)
		}
	}
	return value.NewTuple(out...), nil
}

// sorted orders values, nulls last.
func sorted(t *value.Thread, vs []value.Value, nulls int) (value.Value, error) {
	vs = append([]value.Value(nil), vs...)
	if err := value.Sort(t, vs, nil, false); err != nil {
		return nil, err
	}
	for range nulls {
		vs = append(vs, value.None)
	}
	return value.NewList(vs...), nil
}
