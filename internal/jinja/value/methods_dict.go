package value

func init() {
	dictMethods = table("dict", dictRows)
	viewMethods = table("dict_keys", viewRows)
}

// changingDict wraps a method that changes its dict: a frozen one refuses.
func changingDict(f func(d *Dict, a []Value) (Value, error)) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		d := self.(*Dict)
		if d.frozen {
			return nil, frozenError(d)
		}
		return f(d, a)
	}
}

func dictView(kind viewKind) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, _ []Value) (Value, error) {
		return &DictView{self.(*Dict), kind}, nil
	}
}

var dictRows = []method{
	{name: "get", min: 1, max: 2, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		d := self.(*Dict)
		i, err := d.find(a[0])
		switch {
		case err != nil:
			return nil, err
		case i >= 0:
			return d.entries[i].value, nil
		case len(a) == 2:
			return a[1], nil
		}
		return None, nil
	}},
	{name: "keys", fn: dictView(keysView)},
	{name: "values", fn: dictView(valuesView)},
	{name: "items", fn: dictView(itemsView)},
	{name: "copy", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return self.(*Dict).Clone(), nil
	}},
	{name: "update", free: dictUpdate},
	{name: "pop", min: 1, max: 2, fn: changingDict(dictPop)},
	{name: "popitem", fn: changingDict(func(d *Dict, _ []Value) (Value, error) {
		if d.Len() == 0 {
			return nil, Errorf("KeyError", "'popitem(): dictionary is empty'")
		}
		k, v := d.At(d.Len() - 1)
		d.Delete(k)
		return NewTuple(k, v), nil
	})},
	{name: "setdefault", min: 1, max: 2, fn: changingDict(func(d *Dict, a []Value) (Value, error) {
		i, err := d.find(a[0])
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			return d.entries[i].value, nil
		}
		v := None
		if len(a) == 2 {
			v = a[1]
		}
		return v, d.Set(a[0], v)
	})},
	{name: "clear", fn: changingDict(func(d *Dict, _ []Value) (Value, error) {
		*d = Dict{}
		return None, nil
	})},
	{name: "fromkeys", min: 1, max: 2, fn: dictFromkeys},
}

func dictPop(d *Dict, a []Value) (Value, error) {
	if d.Len() > 0 {
		i, err := d.find(a[0])
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			v := d.entries[i].value
			d.Delete(a[0])
			return v, nil
		}
	}
	if len(a) == 2 {
		return a[1], nil
	}
	return nil, Errorf("KeyError", "%s", Repr(a[0]))
}

func dictFromkeys(_ *Thread, _ Value, a []Value) (Value, error) {
	keys, err := ToSlice(a[0])
	if err != nil {
		return nil, err
	}
	v := None
	if len(a) == 2 {
		v = a[1]
	}
	d := NewDict(len(keys))
	for _, k := range keys {
		if err := d.Set(k, v); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func dictUpdate(_ *Thread, self Value, args []Value, kw []Arg) (Value, error) {
	d := self.(*Dict)
	if d.frozen {
		return nil, frozenError(d)
	}
	if len(args) > 1 {
		return nil, TypeErrorf("update expected at most 1 argument, got %d", len(args))
	}
	if len(args) == 1 {
		if err := d.Update(args[0]); err != nil {
			return nil, err
		}
	}
	for _, a := range kw {
		d.SetStr(a.Name, a.Value)
	}
	return None, nil
}

// Update is d.update(v): a dict's entries, or an iterable's pairs.
func (d *Dict) Update(v Value) error {
	if o, ok := v.(*Dict); ok {
		return d.merge(o)
	}
	it, err := Iterate(v)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		v, ok, err := it.Next()
		if err != nil || !ok {
			return err
		}
		pair, err := ToSlice(v)
		if err != nil {
			return TypeErrorf("cannot convert dictionary update sequence element #%d to a sequence", n)
		}
		if len(pair) != 2 {
			return Errorf("ValueError", "dictionary update sequence element #%d has length %d; 2 is required", n, len(pair))
		}
		if err := d.Set(pair[0], pair[1]); err != nil {
			return err
		}
	}
}

var viewRows = []method{
	{name: "isdisjoint", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		v := self.(*DictView)
		if v.kind == valuesView {
			return nil, Errorf("AttributeError", "'dict_values' object has no attribute 'isdisjoint'")
		}
		s, err := v.set()
		if err != nil {
			return nil, err
		}
		return disjoint(s, a[0])
	}},
}
