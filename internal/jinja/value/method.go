package value

import "fmt"

// method is one row of a table of methods. A call checks the arguments against
// the row and hands them to fn; none of that allocates for positional ones.
type method struct {
	name     string
	min, max int // positional arguments; max -1 is any number
	fn       func(t *Thread, self Value, a []Value) (Value, error)
	// params are the parameters that may be named; fn then gets a value or nil
	// for each of them.
	params []string
	// free replaces fn where any keyword goes.
	free func(t *Thread, self Value, args []Value, kw []Arg) (Value, error)
	// brief selects the shorter of Python's two wordings for a wrong number.
	brief bool
	// property marks an attribute: its value is fn's result.
	property bool

	of string // the type's name
}

// table indexes rows by name.
func table(of string, rows ...[]method) map[string]*method {
	out := map[string]*method{}
	for _, rs := range rows {
		for i := range rs {
			m := &rs[i]
			m.of = of
			out[m.name] = m
		}
	}
	return out
}

// The tables are filled by init functions beside the rows: the rows reach, by
// way of format and sort, the code that reads the tables.
var (
	strMethods, markupMethods, bytesMethods  map[string]*method
	listMethods, tupleMethods, rangeMethods  map[string]*method
	dictMethods, viewMethods                 map[string]*method
	setMethods, frozensetMethods             map[string]*method
	intMethods, floatMethods, decimalMethods map[string]*method
)

// methodOf finds a method of a built-in type.
func methodOf(v Value, name string) *method {
	switch x := v.(type) {
	case Str:
		return strMethods[name]
	case Markup:
		return markupMethods[name]
	case Bytes:
		return bytesMethods[name]
	case *List:
		return listMethods[name]
	case *Tuple:
		return tupleMethods[name]
	case *Dict:
		return dictMethods[name]
	case *DictView:
		return viewMethods[name]
	case *Set:
		if x.fix {
			return frozensetMethods[name]
		}
		return setMethods[name]
	case *Range:
		return rangeMethods[name]
	case Int, Bool, *BigInt:
		return intMethods[name]
	case Float:
		return floatMethods[name]
	case *Decimal:
		return decimalMethods[name]
	}
	return nil
}

func (m *method) call(t *Thread, self Value, args []Value, kw []Arg) (Value, error) {
	if m.free != nil {
		return m.free(t, self, args, kw)
	}
	if m.params != nil {
		bound, err := m.bind(args, kw)
		if err != nil {
			return nil, err
		}
		return m.fn(t, self, bound)
	}
	if len(kw) > 0 {
		return nil, TypeErrorf("%s.%s() takes no keyword arguments", m.of, m.name)
	}
	if len(args) < m.min || m.max >= 0 && len(args) > m.max {
		return nil, m.wrongCount(len(args))
	}
	return m.fn(t, self, args)
}

// bind places arguments on params, of which the first max may be positional.
func (m *method) bind(args []Value, kw []Arg) ([]Value, error) {
	if len(args) > m.max {
		if m.max == 0 {
			return nil, TypeErrorf("%s() takes no positional arguments", m.name)
		}
		return nil, TypeErrorf("%s() takes at most %s (%d given)", m.name, plural(m.max, "argument"), len(args)+len(kw))
	}
	out := make([]Value, len(m.params))
	copy(out, args)
	for _, a := range kw {
		at := -1
		for i, p := range m.params {
			if p == a.Name {
				at = i
			}
		}
		if at < 0 {
			return nil, TypeErrorf("'%s' is an invalid keyword argument for %s()", a.Name, m.name)
		}
		if out[at] != nil {
			return nil, TypeErrorf("argument for %s() given by name ('%s') and position (%d)", m.name, a.Name, at+1)
		}
		out[at] = a.Value
	}
	for i := range m.min {
		if out[i] == nil {
			return nil, TypeErrorf("%s() missing required argument '%s' (pos %d)", m.name, m.params[i], i+1)
		}
	}
	return out, nil
}

func plural(n int, noun string) string {
	return fmt.Sprintf("%d %s%s", n, noun, pluralS(n))
}

// wrongCount is the TypeError for a wrong number of arguments, in the wording
// that CPython has for the method's kind of signature.
func (m *method) wrongCount(n int) error {
	switch {
	case m.max == 0:
		return TypeErrorf("%s.%s() takes no arguments (%d given)", m.of, m.name, n)
	case m.min == 1 && m.max == 1:
		return TypeErrorf("%s.%s() takes exactly one argument (%d given)", m.of, m.name, n)
	case m.brief && n < m.min:
		return TypeErrorf("%s() takes at least %s (%d given)", m.name, plural(m.min, "argument"), n)
	case m.brief:
		return TypeErrorf("%s() takes at most %s (%d given)", m.name, plural(m.max, "argument"), n)
	case m.min == m.max:
		return TypeErrorf("%s expected %s, got %d", m.name, plural(m.min, "argument"), n)
	case n < m.min:
		return TypeErrorf("%s expected at least %s, got %d", m.name, plural(m.min, "argument"), n)
	}
	return TypeErrorf("%s expected at most %s, got %d", m.name, plural(m.max, "argument"), n)
}

// Method is a method bound to its value: x.upper without the call.
type Method struct {
	recv Value
	row  *method
}

// Type is "builtin_function_or_method".
func (*Method) Type() string { return "builtin_function_or_method" }

// Truth is true.
func (*Method) Truth() bool { return true }

// AppendStr appends <built-in method name of T object at 0x...>.
func (m *Method) AppendStr(b []byte) []byte { return m.AppendRepr(b) }

// AppendRepr appends <built-in method name of T object at 0x...>.
func (m *Method) AppendRepr(b []byte) []byte {
	return fmt.Appendf(b, "<built-in method %s of %s object at %p>", m.row.name, m.recv.Type(), m)
}

// Call calls the method.
func (m *Method) Call(t *Thread, args []Value, kw []Arg) (Value, error) {
	return m.row.call(t, m.recv, args, kw)
}

// Equal holds for the same method of the same value.
func (m *Method) Equal(other Value) bool {
	o, ok := other.(*Method)
	return ok && o.row == m.row && identical(o.recv, m.recv)
}
