package value

// CallMode says what a function of Go's does with guarded values.
type CallMode uint8

// The modes. A function that says nothing gets texts with marks in place of the
// values: it can pass them on and cannot read them.
const (
	CallMarked CallMode = iota
	CallAsIs            // it hands its arguments on untouched: return, zip
	CallPure            // it gets the plain values, and its result is guarded: re.sub
	CallPlain           // it gets the plain values, and its result is the project's own: ref, log
	CallNames           // as CallPlain, but texts have to be plain names: get_relation
)

// Moded is a callable that says what it does with guarded values.
type Moded interface{ CallMode() CallMode }

// Guarding sets what f does with guarded values.
func (f *Func) Guarding(m CallMode) *Func {
	f.mode = m
	return f
}

// CallMode implements Moded.
func (f *Func) CallMode() CallMode { return f.mode }

// CallMode implements Moded: methods of containers keep their arguments as they are, so
// that list.append(params.x) keeps a guarded value.
func (m *Method) CallMode() CallMode {
	if textual(m.recv) {
		return CallPure
	}
	return CallAsIs
}

func textual(v Value) bool {
	switch v.(type) {
	case *List, *Dict, *Set, *Tuple, *DictView, *Range:
		return false
	}
	return true
}

// Plain is a value without guards, however deep they are.
func Plain(v Value) Value {
	if !hasGuarded(v, 0) {
		return v
	}
	switch x := v.(type) {
	case *Guarded:
		return Plain(x.V)
	case *List:
		return NewList(plainAll(x.Elems)...)
	case *Tuple:
		return NewTuple(plainAll(x.Elems)...)
	case *Dict:
		out := NewDict(x.Len())
		x.Each(func(k, e Value) bool { return out.Set(Plain(k), Plain(e)) == nil })
		return out
	case *Set:
		out := &Set{fix: x.fix}
		for _, e := range x.Elems() {
			_ = out.d.Set(Plain(e), None) // it was hashed before
		}
		return out
	case *DictView:
		return NewList(plainAll(x.slice())...)
	}
	return v
}

func plainAll(vs []Value) []Value {
	out := make([]Value, len(vs))
	for i, v := range vs {
		out[i] = Plain(v)
	}
	return out
}

// hasGuarded looks for a guarded value. Containers deeper than it looks count as
// having one where a member is one.
func hasGuarded(v Value, depth int) bool {
	if depth > 8 {
		return false
	}
	switch x := v.(type) {
	case *Guarded:
		return true
	case *List:
		return anyGuarded(x.Elems, depth+1)
	case *Tuple:
		return anyGuarded(x.Elems, depth+1)
	case *Set:
		return anyGuarded(x.Elems(), depth+1)
	case *DictView:
		return anyGuarded(x.slice(), depth+1)
	case *Dict:
		found := false
		x.Each(func(k, e Value) bool {
			found = hasGuarded(k, depth+1) || hasGuarded(e, depth+1)
			return !found
		})
		return found
	}
	return false
}

func anyGuarded(vs []Value, depth int) bool {
	for _, v := range vs {
		if v != nil && hasGuarded(v, depth) {
			return true
		}
	}
	return false
}

// HasGuarded reports whether any argument of a call is guarded or holds what is.
func HasGuarded(args []Value, kw []Arg) bool {
	if anyGuarded(args, 0) {
		return true
	}
	for _, a := range kw {
		if hasGuarded(a.Value, 0) {
			return true
		}
	}
	return false
}

// kindOf is the kind that a result has which was made of args.
func kindOf(args []Value) string {
	for _, a := range args {
		if x, ok := a.(*Guarded); ok {
			return keptKind(x.Kind)
		}
	}
	return ""
}

// guarded makes a result guarded: whole, but for truths, nothing and undefined
// values, which carry no text.
func (g *Guard) guarded(v Value, kind string) Value {
	switch x := v.(type) {
	case nil:
		return nil
	case *Guarded, *Undefined:
		return v
	case *Iterator:
		it := x.Iterate()
		return NewIterator(x.kind, IterFunc(func() (Value, bool, error) {
			e, ok, err := it.Next()
			if e == nil {
				return nil, ok, err
			}
			return g.guarded(e, kind), ok, err
		}))
	case *List:
		if kind != "" {
			kind = ListKind + kind
		}
		return &Guarded{g: g, V: Plain(x), Kind: kind}
	}
	if _, text := AsString(v); !text {
		kind = ""
	}
	return &Guarded{g: g, V: Plain(v), Kind: kind}
}

// Lowered are arguments with marks in place of guarded texts, for functions that
// pass texts on: numbers and truths among them are plain.
func (g *Guard) lowered(v Value) Value {
	switch x := v.(type) {
	case *Guarded:
		switch x.V.(type) {
		case Bool, NoneType, Int, *BigInt, Float, *Decimal:
			if x.Parts == nil {
				return x.V
			}
		}
		return Str(x.AppendStr(nil))
	case *List:
		return NewList(g.loweredAll(x.Elems)...)
	case *Tuple:
		return NewTuple(g.loweredAll(x.Elems)...)
	}
	return v
}

func (g *Guard) loweredAll(vs []Value) []Value {
	out := make([]Value, len(vs))
	for i, v := range vs {
		if v != nil {
			out[i] = g.lowered(v)
		}
	}
	return out
}

// Call is Call for a thread that guards: what the callee gets and what its result
// counts for is its CallMode.
func (g *Guard) Call(t *Thread, fn Value, args []Value, kw []Arg) (Value, error) {
	mode := CallMarked
	if m, ok := fn.(Moded); ok {
		mode = m.CallMode()
	}
	if mode == CallAsIs || !HasGuarded(args, kw) {
		v, err := Call(t, fn, args, kw)
		return g.lifted(v, err)
	}
	switch mode {
	case CallPure, CallPlain:
		v, err := Call(t, fn, plainAll(args), plainKw(kw))
		if err != nil || mode == CallPlain {
			return v, err
		}
		return g.guarded(v, kindOf(args)), nil
	case CallNames:
		if err := plainNames(args, kw); err != nil {
			return nil, err
		}
		return Call(t, fn, plainAll(args), plainKw(kw))
	}
	low := make([]Arg, len(kw))
	for i, a := range kw {
		low[i] = Arg{Name: a.Name, Value: g.lowered(a.Value)}
	}
	v, err := Call(t, fn, g.loweredAll(args), low)
	return g.lifted(v, err)
}

// lifted makes a text with marks, which a function gave, a value again.
func (g *Guard) lifted(v Value, err error) (Value, error) {
	if s, ok := v.(Str); ok && err == nil && g.Marked(string(s)) {
		return g.Lift(string(s))
	}
	return v, err
}

func plainKw(kw []Arg) []Arg {
	out := make([]Arg, len(kw))
	for i, a := range kw {
		out[i] = Arg{Name: a.Name, Value: Plain(a.Value)}
	}
	return out
}

// plainNames refuses guarded texts that are no plain names: what a look-up finds
// under them is printed by macros that quote nothing.
func plainNames(args []Value, kw []Arg) error {
	check := func(v Value) error {
		if v == nil || !hasGuarded(v, 0) {
			return nil
		}
		if s, ok := AsString(Plain(v)); ok && !plainName(s) {
			return Errorf("ParameterError", "%s comes from a parameter and is no plain name (letters, digits, underscores): it cannot be looked up in the database", Repr(Str(s)))
		}
		return nil
	}
	for _, a := range args {
		if err := check(a); err != nil {
			return err
		}
	}
	for _, a := range kw {
		if err := check(a.Value); err != nil {
			return err
		}
	}
	return nil
}

func plainName(s string) bool {
	for _, c := range s {
		if c != '_' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return s != ""
}

// guardedMethod is a method of a guarded value.
type guardedMethod struct {
	recv *Guarded
	name string
	fn   Value
}

func (*guardedMethod) Type() string                { return "builtin_function_or_method" }
func (*guardedMethod) Truth() bool                 { return true }
func (m *guardedMethod) AppendStr(b []byte) []byte { return m.AppendRepr(b) }

// AppendRepr appends <built-in method name>.
func (m *guardedMethod) AppendRepr(b []byte) []byte {
	return append(append(append(b, "<built-in method "...), m.name...), '>')
}

// CallMode implements Moded.
func (*guardedMethod) CallMode() CallMode { return CallAsIs }

// Call calls the method of the plain value; of a text of parts, see layout.
func (m *guardedMethod) Call(t *Thread, args []Value, kw []Arg) (Value, error) {
	if v, ok, err := m.recv.g.layout(t, m.name, m.recv, args, kw); ok {
		return v, err
	}
	v, err := Call(t, m.fn, plainAll(args), plainKw(kw))
	if err != nil {
		return nil, err
	}
	return m.recv.g.guarded(v, keptKind(itemKind(m.recv.Kind))), nil
}
