package value

// Set is Python's set. Its members keep the order in which they came; Python's
// own order differs from run to run.
type Set struct {
	d   Dict
	fix bool // a frozenset
}

// NewSet returns an empty set.
func NewSet() *Set { return &Set{} }

// NewFrozenSet returns a frozenset of vs.
func NewFrozenSet(vs ...Value) (*Set, error) {
	s, err := setOf(vs)
	if err != nil {
		return nil, err
	}
	s.fix = true
	return s, nil
}

func setOf(vs []Value) (*Set, error) {
	s := &Set{}
	for _, v := range vs {
		if err := s.Add(v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Add adds a member; an unhashable one and a frozen set are TypeErrors.
func (s *Set) Add(v Value) error {
	if s.d.frozen {
		return frozenError(s)
	}
	i, err := s.d.find(v)
	if err != nil || i >= 0 {
		return err
	}
	s.d.insert(v, None)
	return nil
}

// Has says whether v is a member.
func (s *Set) Has(v Value) bool {
	i, err := s.d.find(v)
	return err == nil && i >= 0
}

// Delete removes a member and says whether it was there.
func (s *Set) Delete(v Value) bool { return s.d.Delete(v) }

// Elems returns the members in order.
func (s *Set) Elems() []Value {
	out := make([]Value, 0, s.d.Len())
	s.d.Each(func(k, _ Value) bool { out = append(out, k); return true })
	return out
}

// Type is "set" or "frozenset".
func (s *Set) Type() string {
	if s.fix {
		return "frozenset"
	}
	return "set"
}

// Truth is whether the set is not empty.
func (s *Set) Truth() bool { return s.d.Len() > 0 }

// AppendStr appends {a, b}.
func (s *Set) AppendStr(b []byte) []byte { return s.AppendReprIn(b, nil) }

// AppendRepr appends {a, b}.
func (s *Set) AppendRepr(b []byte) []byte { return s.AppendReprIn(b, nil) }

// AppendReprIn appends {a, b}, set() when empty.
func (s *Set) AppendReprIn(b []byte, in *Nesting) []byte {
	if s.d.Len() == 0 {
		return append(append(b, s.Type()...), "()"...)
	}
	if in = in.enter(s); in == nil {
		return append(append(b, s.Type()...), "(...)"...)
	}
	if s.fix {
		b = append(b, "frozenset("...)
	}
	b = append(in.appendMembers(append(b, '{'), s.Elems()), '}')
	if s.fix {
		b = append(b, ')')
	}
	return b
}

// Len is the number of members.
func (s *Set) Len() int { return s.d.Len() }

// Iterate yields the members.
func (s *Set) Iterate() Iter { return &setIter{*s.d.iter(keysView)} }

type setIter struct{ dictIter }

func (it *setIter) Next() (Value, bool, error) {
	v, ok, err := it.dictIter.Next()
	if err != nil {
		err = Errorf("RuntimeError", "Set changed size during iteration")
	}
	return v, ok, err
}

// Contains is `x in s`.
func (s *Set) Contains(x Value) (bool, error) {
	i, err := s.d.find(x)
	return i >= 0, err
}

// Equal holds for a set, frozenset or dict view with the same members.
func (s *Set) Equal(other Value) bool {
	o, ok := asSetLike(other)
	return ok && s.d.Len() == o.d.Len() && s.subsetOf(o)
}

func (s *Set) subsetOf(o *Set) bool {
	for _, e := range s.d.entries {
		if e.key != nil && !o.Has(e.key) {
			return false
		}
	}
	return true
}

// asSetLike is v as a set, where Python's set operators take it: sets and the
// keys and items of a dict.
func asSetLike(v Value) (*Set, bool) {
	switch v := v.(type) {
	case *Set:
		return v, true
	case *DictView:
		if v.kind == valuesView {
			return nil, false
		}
		s, err := v.set()
		return s, err == nil
	}
	return nil, false
}
