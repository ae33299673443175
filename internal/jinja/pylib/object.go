package pylib

import (
	"fmt"
	"strings"

	"dex/internal/jinja/value"
)

// member is an attribute or a method of a type: exactly one of get and call.
type member[T any] struct {
	get    func(self T) value.Value
	params []string // of call, as value.Bind takes them
	call   func(t *value.Thread, self T, a []value.Value) (value.Value, error)
}

// members is what the values of a type have.
type members[T any] map[string]member[T]

func property[T any](get func(self T) value.Value) member[T] { return member[T]{get: get} }

func method[T any](call func(t *value.Thread, self T, a []value.Value) (value.Value, error), params ...string) member[T] {
	return member[T]{params: params, call: call}
}

// plain is a method without arguments that cannot fail.
func plain[T any](get func(self T) value.Value) member[T] {
	return method(func(_ *value.Thread, self T, _ []value.Value) (value.Value, error) { return get(self), nil })
}

// attr finds a member; a method comes bound to self.
func (ms members[T]) attr(self T, name string) (value.Value, bool) {
	m, ok := ms[name]
	if !ok {
		return nil, false
	}
	if m.get != nil {
		return m.get(self), true
	}
	return value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		bound, err := bindBuiltin(name+"()", name, args, kw, m.params)
		if err != nil {
			return nil, err
		}
		return m.call(t, self, bound)
	}).Guarding(value.CallPure), true
}

// bindBuiltin is value.Bind for what Python has in C, which words a missing
// argument differently; label is the function as that error shows it.
func bindBuiltin(label, name string, args []value.Value, kw []value.Arg, params []string) ([]value.Value, error) {
	bound, err := value.Bind(name, args, kw, params...)
	if err == nil {
		return bound, nil
	}
	given := map[string]bool{}
	for _, a := range kw {
		given[a.Name] = true
	}
	for i, p := range params {
		if i >= len(args) && !strings.ContainsAny(p, "*?") && !given[p] {
			return nil, value.TypeErrorf("%s missing required argument '%s' (pos %d)", label, p, i+1)
		}
	}
	return nil, err
}

// function makes a function of a module with its parameters.
func function(name string, fn func(t *value.Thread, a []value.Value) (value.Value, error), params ...string) *value.Func {
	return value.NewFunc(name, func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		bound, err := value.Bind(name, args, kw, params...)
		if err != nil {
			return nil, err
		}
		return fn(t, bound)
	}).Guarding(value.CallPure)
}

// constructor is a class of Python's that is written in C, as a function.
func constructor(fn func(t *value.Thread, a []value.Value) (value.Value, error), params ...string) *value.Func {
	return value.NewFunc("function", func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		bound, err := bindBuiltin("function", "function", args, kw, params)
		if err != nil {
			return nil, err
		}
		return fn(t, bound)
	}).Guarding(value.CallPure)
}

// CallMode implements value.Moded.
func (c *Class) CallMode() value.CallMode { return value.CallPure }

// Class is a Python class: it can be called, and has attributes.
type Class struct {
	name  string // with its module: "datetime.date"
	make  *value.Func
	attrs map[string]value.Value
}

// Type is "type".
func (*Class) Type() string { return "type" }

// Truth is true.
func (*Class) Truth() bool { return true }

// AppendStr appends <class 'name'>.
func (c *Class) AppendStr(b []byte) []byte { return c.AppendRepr(b) }

// AppendRepr appends <class 'name'>.
func (c *Class) AppendRepr(b []byte) []byte { return fmt.Appendf(b, "<class '%s'>", c.name) }

// Attr is a class method or constant.
func (c *Class) Attr(name string) (value.Value, bool) {
	v, ok := c.attrs[name]
	return v, ok
}

// Call makes an instance.
func (c *Class) Call(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	return c.make.Call(t, args, kw)
}

// needInt is an argument that must be an int.
func needInt(v value.Value) (int, error) {
	switch v := v.(type) {
	case value.Int:
		return int(v), nil
	case value.Bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case *value.BigInt:
		return 0, value.Errorf("OverflowError", "Python int too large to convert to C int")
	case *value.Undefined:
		return 0, v.Error()
	}
	return 0, value.TypeErrorf("'%s' object cannot be interpreted as an integer", v.Type())
}

// needStr is an argument that must be a str; what names it in the TypeError.
func needStr(v value.Value, what string) (string, error) {
	if u, ok := v.(*value.Undefined); ok {
		return "", u.Error()
	}
	s, ok := value.AsString(v)
	if !ok {
		return "", value.TypeErrorf("%s must be str, not %s", what, v.Type())
	}
	return s, nil
}

// absent reports an argument that was not given, or None.
func absent(v value.Value) bool { return v == nil || v == value.None }

func valueErrorf(format string, args ...any) error {
	return value.Errorf("ValueError", format, args...)
}
