package value

import "fmt"

// Func is a function written in Go.
type Func struct {
	Name string
	fn   func(t *Thread, args []Value, kw []Arg) (Value, error)
	mode CallMode
}

// NewFunc returns a function for templates.
func NewFunc(name string, fn func(t *Thread, args []Value, kw []Arg) (Value, error)) *Func {
	return &Func{Name: name, fn: fn}
}

// Type is "function".
func (*Func) Type() string { return "function" }

// Truth is true.
func (*Func) Truth() bool { return true }

// AppendStr appends <function name at 0x...>.
func (f *Func) AppendStr(b []byte) []byte { return f.AppendRepr(b) }

// AppendRepr appends <function name at 0x...>.
func (f *Func) AppendRepr(b []byte) []byte { return fmt.Appendf(b, "<function %s at %p>", f.Name, f) }

// Call calls the function.
func (f *Func) Call(t *Thread, args []Value, kw []Arg) (Value, error) { return f.fn(t, args, kw) }

// Call is fn(*args, **kw).
func Call(t *Thread, fn Value, args []Value, kw []Arg) (Value, error) {
	switch f := fn.(type) {
	case Callable:
		return f.Call(t, args, kw)
	case *Undefined:
		if t != nil && t.Chain {
			return f, nil
		}
		return nil, f.Error()
	}
	return nil, TypeErrorf("'%s' object is not callable", fn.Type())
}

// CallMethod is recv.name(*args, **kw) without making the bound method first.
// It looks the name up as t.Attr does.
func CallMethod(t *Thread, recv Value, name string, args []Value, kw []Arg) (Value, error) {
	if m := methodOf(recv, name); m != nil && !m.property {
		return m.call(t, recv, args, kw)
	}
	fn, err := t.Attr(recv, name)
	if err != nil {
		return nil, err
	}
	return Call(t, fn, args, kw)
}
