package jinja

import (
	"strconv"

	"dex/internal/jinja/value"
)

// loop is the value of the name loop. It looks one item ahead where it must
// and counts the items where it is asked to, no sooner.
type loop struct {
	it     value.Iter
	sized  value.Sized // nil where the length is found by walking
	code   *forCode
	home   *frame // of a recursive loop
	depth  int
	index  int // of the present item, from 0
	length int // -1 while unknown

	current, before, after value.Value // after is set once it was looked at
	changed                []value.Value
	asked                  bool // changed was called
}

func (lo *loop) next() (value.Value, bool, error) {
	v := lo.after
	lo.after = nil
	if v == nil {
		var ok bool
		var err error
		if v, ok, err = lo.it.Next(); err != nil || !ok {
			return nil, false, err
		}
	}
	lo.index++
	lo.before, lo.current = lo.current, v
	return v, true, nil
}

// peek gives the next item without taking it; nil at the end.
func (lo *loop) peek() (value.Value, error) {
	if lo.after == nil {
		v, ok, err := lo.it.Next()
		if err != nil {
			return nil, err
		}
		if ok {
			lo.after = v
		}
	}
	return lo.after, nil
}

func (lo *loop) len() (int, error) {
	if lo.length >= 0 {
		return lo.length, nil
	}
	if lo.sized != nil {
		lo.length = lo.sized.Len()
		return lo.length, nil
	}
	rest := value.NewList()
	for {
		v, ok, err := lo.it.Next()
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		rest.Elems = append(rest.Elems, v)
	}
	lo.it = rest.Iterate()
	lo.length = len(rest.Elems) + lo.index + 1
	if lo.after != nil {
		lo.length++
	}
	return lo.length, nil
}

// attr is loop.name.
func (lo *loop) attr(name string) (value.Value, error) {
	switch name {
	case "index":
		return value.Int(lo.index + 1), nil
	case "index0":
		return value.Int(lo.index), nil
	case "first":
		return value.Bool(lo.index == 0), nil
	case "last":
		v, err := lo.peek()
		return value.Bool(v == nil), err
	case "length":
		return lo.fromEnd(0)
	case "revindex":
		return lo.fromEnd(lo.index)
	case "revindex0":
		return lo.fromEnd(lo.index + 1)
	case "depth":
		return value.Int(lo.depth + 1), nil
	case "depth0":
		return value.Int(lo.depth), nil
	case "previtem":
		if lo.index == 0 {
			return &value.Undefined{Hint: "there is no previous item"}, nil
		}
		return lo.before, nil
	case "nextitem":
		v, err := lo.peek()
		if v == nil && err == nil {
			v = &value.Undefined{Hint: "there is no next item"}
		}
		return v, err
	case "cycle":
		return value.NewFunc("cycle", lo.cycle).Guarding(value.CallAsIs), nil
	case "changed":
		return value.NewFunc("changed", lo.isChanged).Guarding(value.CallAsIs), nil
	}
	return &value.Undefined{Name: name, Hint: "'jinja2.runtime.LoopContext object' has no attribute " + value.Repr(value.Str(name))}, nil
}

// fromEnd counts the items behind the i-th.
func (lo *loop) fromEnd(i int) (value.Value, error) {
	n, err := lo.len()
	return value.Int(n - i), err
}

func (lo *loop) cycle(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	if len(kw) > 0 {
		return nil, value.TypeErrorf("LoopContext.cycle() got an unexpected keyword argument '%s'", kw[0].Name)
	}
	if len(args) == 0 {
		return nil, value.TypeErrorf("no items for cycling given")
	}
	return args[lo.index%len(args)], nil
}

func (lo *loop) isChanged(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	if len(kw) > 0 {
		return nil, value.TypeErrorf("LoopContext.changed() got an unexpected keyword argument '%s'", kw[0].Name)
	}
	same := lo.asked && len(args) == len(lo.changed)
	for i := 0; same && i < len(args); i++ {
		same = value.Equal(args[i], lo.changed[i])
	}
	if !same {
		lo.asked = true
		lo.changed = append([]value.Value(nil), args...)
	}
	return value.Bool(!same), nil
}

// run renders one level of a recursive loop: loop(items).
func (lo *loop) run(m *machine, args []value.Value, kw []value.Arg) (value.Value, error) {
	if lo.home == nil {
		return nil, value.TypeErrorf("The loop must have the 'recursive' marker to be called recursively.")
	}
	bound, err := value.Bind("LoopContext.__call__", args, kw, "iterable")
	if err != nil {
		return nil, err
	}
	return nil, lo.code.level(m, lo.home, bound[0], lo.depth+1)
}

// Call is loop(items).
func (lo *loop) Call(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	return callWriter(t, lo, args, kw)
}

// Type is LoopContext.
func (lo *loop) Type() string { return "LoopContext" }

// Truth is whether the loop has items, as for everything with a length.
func (lo *loop) Truth() bool {
	n, err := lo.len()
	return err != nil || n > 0
}

// Len is the number of items.
func (lo *loop) Len() int {
	n, _ := lo.len() // an iterator that fails fails again where the loop takes its next item
	return n
}

// Attr is loop.name for filters and hosts.
func (lo *loop) Attr(name string) (value.Value, bool) {
	v, err := lo.attr(name)
	if err != nil {
		return nil, false
	}
	_, missing := v.(*value.Undefined)
	return v, !missing || name == "previtem" || name == "nextitem"
}

// AppendStr appends <LoopContext 1/3>.
func (lo *loop) AppendStr(b []byte) []byte {
	b = strconv.AppendInt(append(b, "<LoopContext "...), int64(lo.index+1), 10)
	return append(strconv.AppendInt(append(b, '/'), int64(lo.Len()), 10), '>')
}

// AppendRepr appends <LoopContext 1/3>.
func (lo *loop) AppendRepr(b []byte) []byte { return lo.AppendStr(b) }
