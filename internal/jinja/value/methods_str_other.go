package value

// strOtherRows is a function, for format reaches the tables by way of attributes.
func strOtherRows() []method {
	return []method{
		{name: "format", free: formatString},
		{name: "format_map", min: 1, max: 1, fn: strFormatMap},
		{name: "encode", max: 2, params: []string{"encoding", "errors"}, fn: strEncode},
		{name: "translate", min: 1, max: 1, fn: strTranslate},
		{name: "maketrans", min: 1, max: 3, fn: strMaketrans},
	}
}

func strFormatMap(t *Thread, self Value, a []Value) (Value, error) {
	return newFormat(t, self, nil, func(name string) (Value, error) { return GetItem(a[0], Str(name)) })
}

func strTranslate(_ *Thread, self Value, a []Value) (Value, error) {
	var b []byte
	for _, r := range textOf(self) {
		v, err := GetItem(a[0], Int(r))
		if err != nil {
			if e, ok := err.(*Error); ok && (e.Kind == "KeyError" || e.Kind == "IndexError") {
				b = append(b, string(r)...)
				continue
			}
			return nil, err
		}
		if s, ok := AsString(v); ok {
			b = append(b, s...)
			continue
		}
		if _, none := v.(NoneType); none {
			continue
		}
		n, ok := asIndex(v)
		if !ok {
			return nil, TypeErrorf("character mapping must return integer, None or str")
		}
		if n < 0 || n > 0x10ffff {
			return nil, Errorf("ValueError", "character mapping must be in range(0x110000)")
		}
		b = append(b, string(rune(n))...)
	}
	return Str(b), nil
}

func strMaketrans(_ *Thread, _ Value, a []Value) (Value, error) {
	if len(a) == 1 {
		return transFromDict(a[0])
	}
	from, ok := AsString(a[0])
	if !ok {
		return nil, TypeErrorf("first maketrans argument must be a string if there is a second argument")
	}
	to, err := needText(a[1], "maketrans() argument 2 must be str, not %s")
	if err != nil {
		return nil, err
	}
	x, y := []rune(from), []rune(to)
	if len(x) != len(y) {
		return nil, Errorf("ValueError", "the first two maketrans arguments must have equal length")
	}
	d := NewDict(len(x))
	for i := range x {
		if err := d.Set(Int(x[i]), Int(y[i])); err != nil {
			return nil, err
		}
	}
	if len(a) == 3 {
		drop, err := needText(a[2], "maketrans() argument 3 must be str, not %s")
		if err != nil {
			return nil, err
		}
		for _, r := range drop {
			if err := d.Set(Int(r), None); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

func transFromDict(v Value) (Value, error) {
	src, ok := v.(*Dict)
	if !ok {
		return nil, TypeErrorf("if you give only one argument to maketrans it must be a dict")
	}
	d := NewDict(src.Len())
	var err error
	src.Each(func(k, v Value) bool {
		if s, ok := AsString(k); ok {
			r := []rune(s)
			if len(r) != 1 {
				err = Errorf("ValueError", "string keys in translate table must be of length 1")
				return false
			}
			k = Int(r[0])
		} else if _, ok := asIndex(k); !ok {
			err = TypeErrorf("keys in translate table must be strings or integers")
			return false
		}
		err = d.Set(k, v)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}
