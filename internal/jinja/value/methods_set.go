package value

func init() {
	setMethods = table("set", setRows(), setChangeRows)
	frozensetMethods = table("frozenset", setRows())
}

// setRows are the methods that leave the set as it is: those of both types.
func setRows() []method {
	return []method{
		{name: "union", max: -1, fn: setMany(OpOr)},
		{name: "intersection", max: -1, fn: setMany(OpAnd)},
		{name: "difference", max: -1, fn: setMany(OpSub)},
		{name: "symmetric_difference", min: 1, max: 1, fn: setMany(OpXor)},
		{name: "issubset", min: 1, max: 1, fn: withSet(func(s, o *Set) Value { return Bool(s.subsetOf(o)) })},
		{name: "issuperset", min: 1, max: 1, fn: withSet(func(s, o *Set) Value { return Bool(o.subsetOf(s)) })},
		{name: "isdisjoint", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
			return disjoint(self.(*Set), a[0])
		}},
		{name: "copy", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
			return self.(*Set).clone(), nil
		}},
	}
}

func (s *Set) clone() *Set { return &Set{d: *s.d.Clone(), fix: s.fix} }

// iterableSet is any iterable as a set.
func iterableSet(v Value) (*Set, error) {
	if s, ok := v.(*Set); ok {
		return s, nil
	}
	vs, err := ToSlice(v)
	if err != nil {
		return nil, err
	}
	return setOf(vs)
}

func withSet(f func(s, o *Set) Value) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		o, err := iterableSet(a[0])
		if err != nil {
			return nil, err
		}
		return f(self.(*Set), o), nil
	}
}

func disjoint(s *Set, v Value) (Value, error) {
	o, err := iterableSet(v)
	if err != nil {
		return nil, err
	}
	return Bool(s.combine(OpAnd, o).Len() == 0), nil
}

// setMany applies an operator with every argument in turn.
func setMany(op Op) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		out := self.(*Set).clone()
		for _, v := range a {
			o, err := iterableSet(v)
			if err != nil {
				return nil, err
			}
			fix := out.fix
			out = out.combine(op, o)
			out.fix = fix
		}
		return out, nil
	}
}

// changingSet wraps a method that changes its set: a frozen one refuses.
func changingSet(f func(s *Set, a []Value) (Value, error)) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		s := self.(*Set)
		if s.d.frozen {
			return nil, frozenError(s)
		}
		return f(s, a)
	}
}

var setChangeRows = []method{
	{name: "add", min: 1, max: 1, fn: changingSet(func(s *Set, a []Value) (Value, error) {
		return None, s.Add(a[0])
	})},
	{name: "remove", min: 1, max: 1, fn: changingSet(func(s *Set, a []Value) (Value, error) {
		ok, err := s.Contains(a[0])
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, Errorf("KeyError", "%s", Repr(a[0]))
		}
		s.Delete(a[0])
		return None, nil
	})},
	{name: "discard", min: 1, max: 1, fn: changingSet(func(s *Set, a []Value) (Value, error) {
		ok, err := s.Contains(a[0])
		if ok {
			s.Delete(a[0])
		}
		return None, err
	})},
	{name: "pop", fn: changingSet(func(s *Set, _ []Value) (Value, error) {
		if s.Len() == 0 {
			return nil, Errorf("KeyError", "'pop from an empty set'")
		}
		v, _ := s.d.At(0)
		s.Delete(v)
		return v, nil
	})},
	{name: "clear", fn: changingSet(func(s *Set, _ []Value) (Value, error) {
		s.d = Dict{}
		return None, nil
	})},
	{name: "update", max: -1, fn: setAssign(OpOr)},
	{name: "intersection_update", max: -1, fn: setAssign(OpAnd)},
	{name: "difference_update", max: -1, fn: setAssign(OpSub)},
	{name: "symmetric_difference_update", min: 1, max: 1, fn: setAssign(OpXor)},
}

func setAssign(op Op) func(*Thread, Value, []Value) (Value, error) {
	many := setMany(op)
	return func(t *Thread, self Value, a []Value) (Value, error) {
		s := self.(*Set)
		if s.d.frozen {
			return nil, frozenError(s)
		}
		v, err := many(t, self, a)
		if err != nil {
			return nil, err
		}
		s.d = v.(*Set).d
		return None, nil
	}
}
