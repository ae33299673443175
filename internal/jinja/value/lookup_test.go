package value

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// lookups are attribute and item look-ups as jinja2's sandbox answers them; an
// answer with ? in front is an Undefined, and what follows is the error of its use.
func TestLookups(t *testing.T) {
	d := NewDict(0)
	d.SetStr("a", Int(1))
	d.SetStr("items", Int(2))
	d.SetStr("_p", Int(3))
	thread := testThread()
	attr := func(v Value, name string) string { return shownUndefined(thread.Attr(v, name)) }
	item := func(v, key Value) string { return shownUndefined(thread.Item(v, key)) }
	cases := []struct{ got, want string }{
		{attr(d, "a"), "1"},
		{attr(d, "_p"), "3"},
		{item(d, Str("items")), "2"},
		{attr(d, "b"), "?UndefinedError: 'dict object' has no attribute 'b'"},
		{item(d, Str("b")), "?UndefinedError: 'dict object' has no attribute 'b'"},
		{item(d, Int(1)), "?UndefinedError: dict object has no element 1"},
		{attr(None, "x"), "?UndefinedError: 'None' has no attribute 'x'"},
		{item(None, Int(0)), "?UndefinedError: None has no element 0"},
		{attr(Str(""), "_foo"), "?UndefinedError: 'str object' has no attribute '_foo'"},
		{attr(Str(""), "__class__"), "?SecurityError: access to attribute '__class__' of 'str' object is unsafe."},
		{item(NewList(), Str("__class__")), "?SecurityError: access to attribute '__class__' of 'list' object is unsafe."},
		{item(NewList(Int(5)), Int(0)), "5"},
		{item(NewList(Int(5)), Int(1)), "?UndefinedError: list object has no element 1"},
		{attr(Int(5), "real"), "5"},
		{attr(NewUndefined("x"), "y"), "!UndefinedError: 'x' is undefined"},
		{item(NewUndefined("x"), Int(0)), "!UndefinedError: 'x' is undefined"},
		{answer(Call(thread, NewUndefined("x"), nil, nil)), "!UndefinedError: 'x' is undefined"},
		{answer(CallMethod(thread, d, "nope", nil, nil)), "!UndefinedError: 'dict object' has no attribute 'nope'"},
		{answer(CallMethod(thread, Str("a"), "__len__", nil, nil)), "!SecurityError: access to attribute '__len__' of 'str' object is unsafe."},
		{answer(CallMethod(thread, Int(5), "real", nil, nil)), "!TypeError: 'int' object is not callable"},
		{answer(Call(thread, None, nil, nil)), "!TypeError: 'NoneType' object is not callable"},
	}
	for i, c := range cases {
		if c.got != c.want {
			t.Errorf("case %d: got %s, want %s", i, c.got, c.want)
		}
	}
}

func shownUndefined(v Value, err error) string {
	if u, ok := v.(*Undefined); ok && err == nil {
		return "?" + u.Error().Kind + ": " + u.Error().Msg
	}
	return answer(v, err)
}

// While dbt parses, what is undefined answers everything with itself.
func TestChain(t *testing.T) {
	thread := testThread()
	thread.Chain = true
	u := NewUndefined("x")
	v, err := thread.Attr(u, "y")
	if err != nil || ToStr(v) != "" || v.(*Undefined).Name != "y" {
		t.Errorf("x.y gives %v, %v", v, err)
	}
	if v, err := thread.Item(u, Int(1)); v != Value(u) || err != nil {
		t.Errorf("x[1] gives %v, %v", v, err)
	}
	if v, err := Call(thread, u, nil, nil); v != Value(u) || err != nil {
		t.Errorf("x() gives %v, %v", v, err)
	}
	if v, err := CallMethod(thread, u, "y", nil, nil); err != nil || ToStr(v) != "" {
		t.Errorf("x.y() gives %v, %v", v, err)
	}
	if _, err := Add(u, Int(1)); err == nil {
		t.Error("x + 1 is no error")
	}
}

func TestMethodValue(t *testing.T) {
	l := NewList(Int(1))
	m, ok, err := GetAttr(l, "append")
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := Call(testThread(), m, []Value{Int(2)}, nil); err != nil {
		t.Fatal(err)
	}
	if got := Repr(l); got != "[1, 2]" {
		t.Errorf("the list is %s", got)
	}
}

func TestThreadLimits(t *testing.T) {
	thread := testThread()
	thread.Fuel = 2
	for i := range 3 {
		if err := thread.Step(); (err != nil) != (i == 2) {
			t.Errorf("step %d: %v", i, err)
		}
	}
	thread = testThread()
	thread.MaxDepth = 1
	if err := thread.Enter(); err != nil {
		t.Fatal(err)
	}
	if err := thread.Enter(); err == nil || err.(*Error).Kind != "RecursionError" {
		t.Errorf("the second level gives %v", err)
	}
	thread.Leave()
	if err := thread.Enter(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	thread = NewThread(ctx, nil)
	var err error
	for range 256 {
		if err = thread.Step(); err != nil {
			break
		}
	}
	if err != context.Canceled {
		t.Errorf("a cancelled thread goes on: %v", err)
	}
}

// Values that grow without end meet an error before the machine's memory ends.
func TestGrowth(t *testing.T) {
	half := Str(strings.Repeat("a", maxSequence/2+1))
	elems := make([]Value, maxElements/2+1)
	for _, c := range [][2]Value{{half, half}, {Markup(half), half}, {half, Markup(half)}, {Bytes(half), Bytes(half)}, {NewList(elems...), NewList(elems...)}, {NewTuple(elems...), NewTuple(elems...)}} {
		_, err := Add(c[0], c[1])
		var e *Error
		if !errors.As(err, &e) || e.Kind != "MemoryError" {
			t.Errorf("%s + %s: %v", c[0].Type(), c[1].Type(), err)
		}
	}
}

// A list that holds one list twice, forty times over, is text of 2^40 elements:
// behind the limit nothing of it is written.
func TestSharedWithoutEnd(t *testing.T) {
	var v Value = NewList(Int(1))
	for range 40 {
		v = NewList(v, v)
	}
	full := make([]byte, maxSequence+1, maxSequence+1000)
	if n := len(v.AppendRepr(full)); n > maxSequence+1000 {
		t.Errorf("%d bytes of text", n)
	}
	var e *Error
	if _, err := AppendJSON(full, v, JSONOptions{}); !errors.As(err, &e) || e.Kind != "MemoryError" {
		t.Errorf("JSON: %v", err)
	}
}

// What cannot be written out as a tree is refused as a configuration.
func TestCheckTree(t *testing.T) {
	self := NewList()
	self.Elems = append(self.Elems, self)
	var shared, deep Value = NewList(Int(1)), NewList()
	for range 40 {
		d := NewDict(2)
		d.SetStr("a", shared)
		d.SetStr("b", shared)
		shared = d
	}
	for range maxNesting + 1 {
		deep = NewTuple(deep)
	}
	for name, v := range map[string]Value{"self": self, "shared": shared, "deep": deep} {
		if CheckTree(v) == nil {
			t.Errorf("%s is let through", name)
		}
	}
	if err := CheckTree(NewList(Int(1), NewTuple(Str("x")))); err != nil {
		t.Error(err)
	}
}
