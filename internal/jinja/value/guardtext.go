package value

import "context"

// layoutMethods are the methods of text that keep the author's text and the values
// in it apart: they work on the author's text and carry values along as they are.
// Any other method or filter gives a text that is guarded as a whole.
var layoutMethods = map[string]bool{
	"strip": true, "lstrip": true, "rstrip": true, "replace": true, "format": true, "join": true,
	"upper": true, "lower": true,
}

// layout calls a method that keeps the author's text and values apart. It is false
// where the method is none, or the text is a single value: then the method is one of
// the plain value.
func (g *Guard) layout(t *Thread, name string, recv Value, args []Value, kw []Arg) (Value, bool, error) {
	x, guarded := recv.(*Guarded)
	if !layoutMethods[name] || guarded && x.Parts == nil {
		return nil, false, nil
	}
	if name == "upper" || name == "lower" {
		if !guarded {
			return nil, false, nil
		}
		v, err := g.eachPart(t, x, name)
		return v, true, err
	}
	text := Str(recv.AppendStr(nil))
	switch name {
	case "replace":
		low := g.loweredAll(args)
		if len(args) > 0 {
			low[0] = Plain(args[0])
		}
		args = low
	case "join":
		args = g.joinable(args)
	case "strip", "lstrip", "rstrip":
		args = plainAll(args)
	}
	v, err := CallMethod(t, text, name, args, kw)
	if err != nil && name == "format" { // a directive that asks for a number
		v, err = CallMethod(t, Plain(recv), name, plainAll(args), plainKw(kw))
		if err == nil {
			v = g.guarded(v, "")
		}
		return v, true, err
	}
	v, err = g.lifted(v, err)
	return v, true, err
}

// joinable is the one argument of join, as a list whose texts have marks.
func (g *Guard) joinable(args []Value) []Value {
	if len(args) != 1 {
		return args
	}
	elems, err := ToSlice(args[0])
	if err != nil {
		return args
	}
	return []Value{NewList(g.loweredAll(elems)...)}
}

// eachPart calls a method without arguments on the author's texts and on the values
// of a mixed text.
func (g *Guard) eachPart(t *Thread, x *Guarded, name string) (Value, error) {
	parts := make([]Value, len(x.Parts))
	for i, p := range x.Parts {
		v, err := CallMethod(t, Str(ToStr(Plain(p))), name, nil, nil)
		if err != nil {
			return nil, err
		}
		if single, ok := p.(*Guarded); ok {
			v = g.guarded(v, keptKind(single.Kind))
		}
		parts[i] = v
	}
	return g.mixed(parts), nil
}

// CallMethod is CallMethod for a thread that guards.
func (g *Guard) CallMethod(t *Thread, recv Value, name string, args []Value, kw []Arg) (Value, error) {
	if x, ok := recv.(*Guarded); ok {
		fn, err := t.Attr(x, name)
		if err != nil {
			return nil, err
		}
		return g.Call(t, fn, args, kw)
	}
	if !textual(recv) || !HasGuarded(args, kw) {
		v, err := CallMethod(t, recv, name, args, kw)
		return g.lifted(v, err)
	}
	if methodOf(recv, name) == nil { // not a method of ours
		fn, err := t.Attr(recv, name)
		if err != nil {
			return nil, err
		}
		return g.Call(t, fn, args, kw)
	}
	if _, text := AsString(recv); text {
		if v, ok, err := g.layout(t, name, recv, args, kw); ok {
			return v, err
		}
	}
	v, err := CallMethod(t, recv, name, plainAll(args), plainKw(kw))
	if err != nil {
		return nil, err
	}
	return g.guarded(v, kindOf(args)), nil
}

// Binary is an operator of two values of which one is guarded or holds what is.
// Texts that are joined keep their parts; so do texts that % fills in. Sequences keep
// their members. All else is guarded as a whole.
func (g *Guard) Binary(op func(a, b Value) (Value, error), name Op, a, b Value) (Value, error) {
	if !hasGuarded(a, 0) && !hasGuarded(b, 0) {
		return op(a, b)
	}
	x, aGuarded := a.(*Guarded)
	y, bGuarded := b.(*Guarded)
	_, aText := AsString(Plain(a))
	_, bText := AsString(Plain(b))
	switch {
	case name == OpAdd && aText && bText:
		return g.mixed([]Value{a, b}), nil
	case name == OpMod && aText && !(aGuarded && x.Parts == nil):
		if v, err := op(Str(a.AppendStr(nil)), b); err == nil {
			return g.lifted(v, nil)
		}
	case !aGuarded && !bGuarded:
		return op(a, b)
	}
	v, err := op(Plain(a), Plain(b))
	if err != nil {
		return nil, err
	}
	kind := ""
	if aGuarded {
		kind = x.Kind
	} else if bGuarded {
		kind = y.Kind
	}
	return g.guarded(v, keptKind(itemKind(kind))), nil
}

// Slice is v[lo:hi:step] of a value that is guarded, or has members that are. A slice
// of a mixed text keeps its parts.
func (g *Guard) Slice(v, lo, hi, step Value) (Value, error) {
	lo, hi, step = Plain(lo), Plain(hi), Plain(step)
	x, ok := v.(*Guarded)
	if !ok {
		return GetSlice(v, lo, hi, step)
	}
	if x.Parts == nil {
		out, err := GetSlice(x.V, lo, hi, step)
		if err != nil {
			return nil, err
		}
		if _, list := out.(*List); list {
			return &Guarded{g: g, V: out, Kind: x.Kind}, nil
		}
		return g.guarded(out, keptKind(x.Kind)), nil
	}
	n, _ := sliceable(x.V)
	sp, err := newSpan(lo, hi, step, n)
	if err != nil {
		return nil, err
	}
	if sp.step != 1 {
		return g.guarded(Str(sp.ofText(ToStr(x.V))), ""), nil
	}
	return g.cutParts(x, sp.start, sp.start+sp.n), nil
}

// cutParts is the text of x from the code point `from` up to `to`.
func (g *Guard) cutParts(x *Guarded, from, to int) Value {
	var parts []Value
	at := 0
	for _, p := range x.Parts {
		s := ToStr(Plain(p))
		n := runeLen(s)
		lo, hi := max(from-at, 0), min(to-at, n)
		at += n
		if lo >= hi {
			continue
		}
		if lo == 0 && hi == n {
			parts = append(parts, p)
			continue
		}
		cut := Value(Str(s[runeOffset(s, lo):runeOffset(s, hi)]))
		if single, ok := p.(*Guarded); ok {
			cut = g.guarded(cut, keptKind(single.Kind))
		}
		parts = append(parts, cut)
	}
	return g.mixed(parts)
}

// Format is format(v, spec) of the plain value, guarded.
func (x *Guarded) Format(spec string) (string, error) {
	if spec == "" {
		return string(x.AppendStr(nil)), nil
	}
	t := NewThread(context.Background(), nil)
	v, err := CallMethod(t, Str("{:"+spec+"}"), "format", []Value{Plain(x)}, nil)
	if err != nil {
		return "", err
	}
	return string(x.g.guarded(v, keptKind(x.Kind)).AppendStr(nil)), nil
}

// PlainArgs are the plain values of arguments.
func PlainArgs(args []Value) []Value { return plainAll(args) }

// layoutFilters are the filters that layoutMethods are for methods, with the method
// that each is where it is one.
var layoutFilters = map[string]string{"upper": "upper", "lower": "lower"}

// Filter calls a filter with arguments of which one is guarded or holds what is.
func (g *Guard) Filter(t *Thread, name string, f func(*Thread, []Value, []Arg) (Value, error), args []Value, kw []Arg) (Value, error) {
	x, guarded := args[0].(*Guarded)
	single := guarded && x.Parts == nil
	if m, ok := layoutFilters[name]; ok && guarded && !single {
		return g.eachPart(t, x, m)
	}
	switch name {
	case "string":
		if guarded {
			return g.mixed([]Value{x}), nil
		}
	case "join":
		return g.joinFilter(t, f, args, kw)
	case "trim", "indent", "replace", "format":
		if single {
			break
		}
		low := []Value{args[0]}
		if _, text := AsString(Plain(args[0])); text {
			low[0] = Str(args[0].AppendStr(nil))
		}
		for i, a := range args[1:] {
			switch {
			case name == "format":
				low = append(low, a)
			case name == "replace" && i == 1:
				low = append(low, g.lowered(a))
			default:
				low = append(low, Plain(a))
			}
		}
		if v, err := f(t, low, kw); err == nil || name != "format" {
			return g.lifted(v, err)
		}
	}
	v, err := f(t, plainAll(args), plainKw(kw))
	if err != nil {
		return nil, err
	}
	kind := ""
	if guarded {
		kind = x.Kind
	}
	return g.guarded(v, keptKind(itemKind(kind))), nil
}

// joinFilter joins members whose texts have marks. Without an attribute that is all:
// what attribute gives is looked up in the members as they are.
func (g *Guard) joinFilter(t *Thread, f func(*Thread, []Value, []Arg) (Value, error), args []Value, kw []Arg) (Value, error) {
	elems, err := ToSlice(args[0])
	if err != nil {
		return nil, err
	}
	low := append([]Value{NewList(elems...)}, args[1:]...)
	for i := 1; i < len(low); i++ {
		if low[i] != nil {
			low[i] = g.lowered(low[i])
		}
	}
	v, err := f(t, low, kw)
	if v, err = g.lifted(v, err); err != nil {
		return nil, err
	}
	if _, ok := args[0].(*Guarded); ok {
		return g.guarded(v, ""), nil // of no members, it would be the author's empty text
	}
	return v, nil
}
