package value

// Attr is v.name in a template: the attribute, then the item, then an
// Undefined that says what was missing. Under Chain an undefined v gives an
// undefined value again.
func (t *Thread) Attr(v Value, name string) (Value, error) {
	if u, ok := v.(*Undefined); ok {
		return t.missing(u, name)
	}
	a, ok, err := GetAttr(v, name)
	if ok {
		return a, err
	}
	if err != nil {
		return unsafeUndefined(name, err)
	}
	if d, ok := v.(*Dict); ok {
		if a, ok := d.GetStr(name); ok {
			return a, nil
		}
	} else if ix, ok := v.(Indexer); ok {
		a, err := ix.Item(Str(name))
		if err == nil {
			return a, nil
		}
		if !lookupFailed(err) {
			return nil, err
		}
	}
	return t.undefinedAttr(v, Str(name)), nil
}

// Item is v[key] in a template: the item, then (for text) the attribute, then
// an Undefined.
func (t *Thread) Item(v, key Value) (Value, error) {
	if u, ok := v.(*Undefined); ok {
		return t.missing(u, "")
	}
	a, err := GetItem(v, key)
	if err == nil {
		return a, nil
	}
	if !lookupFailed(err) {
		return nil, err
	}
	if name, ok := AsString(key); ok {
		a, ok, err := GetAttr(v, name)
		if ok {
			return a, err
		}
		if err != nil {
			return unsafeUndefined(name, err)
		}
	}
	return t.undefinedAttr(v, key), nil
}

// undefinedAttr is the value of an attribute or item that v does not have.
// Under Chain it knows the name alone, as dbt's Undefined does.
func (t *Thread) undefinedAttr(v, key Value) Value {
	if name, ok := AsString(key); ok && t != nil && t.Chain {
		return NewUndefined(name)
	}
	return undefinedAttr(v, key)
}

// missing answers an attribute or item of an undefined value.
func (t *Thread) missing(u *Undefined, name string) (Value, error) {
	if t == nil || !t.Chain {
		return nil, u.Error()
	}
	if name == "" {
		return u, nil
	}
	return &Undefined{Name: name, Hint: u.Hint}, nil
}

// lookupFailed is whether an item is simply not there, for which a template
// gets an Undefined.
func lookupFailed(err error) bool {
	e, ok := err.(*Error)
	if !ok {
		return false
	}
	switch e.Kind {
	case "KeyError", "IndexError", "TypeError", "AttributeError", "LookupError":
		return true
	}
	return false
}

// unsafeUndefined is the value of an attribute that the sandbox refuses: an
// Undefined whose use is the SecurityError.
func unsafeUndefined(name string, err error) (Value, error) {
	e, ok := err.(*Error)
	if !ok || e.Kind != "SecurityError" {
		return nil, err
	}
	return &Undefined{Name: name, Hint: e.Msg, kind: e.Kind}, nil
}
