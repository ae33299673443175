package jinja

import (
	"math/big"
	"strconv"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// expr compiles an expression.
func (c *compiler) expr(n syntax.Expr) expr {
	switch n := n.(type) {
	case *syntax.Name:
		return c.readName(n.Name)
	case *syntax.Const:
		return constant(c.constant(n))
	case *syntax.Getattr:
		return c.getattr(n)
	case *syntax.Call:
		return c.call(n)
	case *syntax.Filter:
		return c.filter(n, c.expr(n.X))
	case *syntax.Test:
		return c.test(n)
	case *syntax.Concat:
		return c.concat(n)
	case *syntax.Compare:
		return c.compare(n)
	case *syntax.Logic:
		return c.logic(n)
	case *syntax.Not:
		return c.not(n)
	case *syntax.Binary:
		return c.binary(n)
	case *syntax.Unary:
		return c.unary(n)
	case *syntax.Getitem:
		return c.getitem(n)
	case *syntax.Cond:
		return c.cond(n)
	case *syntax.List:
		items := c.exprs(n.Items)
		return func(f *frame) (value.Value, error) {
			vs, err := evalAll(f, items)
			return value.NewList(vs...), err
		}
	case *syntax.Tuple:
		return c.tuple(n)
	case *syntax.Dict:
		return c.dict(n)
	case *syntax.Slice:
		c.fail(n.At(), "SyntaxError", "a slice cannot stand among the parts of a tuple")
	}
	panic("jinja: an expression that the compiler does not know")
}

func (c *compiler) exprs(list []syntax.Expr) []expr {
	out := make([]expr, len(list))
	for i, n := range list {
		out[i] = c.expr(n)
	}
	return out
}

// exprOr compiles an expression that may be absent.
func (c *compiler) exprOr(n syntax.Expr) expr {
	if n == nil {
		return nil
	}
	return c.expr(n)
}

func constant(v value.Value) expr {
	return func(*frame) (value.Value, error) { return v, nil }
}

func (c *compiler) constant(n *syntax.Const) value.Value {
	switch n.Kind {
	case syntax.ConstTrue:
		return value.Bool(true)
	case syntax.ConstFalse:
		return value.Bool(false)
	case syntax.ConstStr:
		return value.Str(n.Text)
	case syntax.ConstFloat:
		f, _ := strconv.ParseFloat(n.Text, 64) // out of range is infinite, as in Python
		return value.Float(f)
	case syntax.ConstInt:
		return c.integer(n)
	}
	return value.None
}

// maxDigits is Python's limit on the digits of an integer literal.
const maxDigits = 4300

func (c *compiler) integer(n *syntax.Const) value.Value {
	if i, err := strconv.ParseInt(n.Text, 0, 64); err == nil {
		return value.Int(i)
	}
	if len(n.Text) > maxDigits {
		c.fail(n.At(), "ValueError", "Exceeds the limit (4300 digits) for integer string conversion: value has "+
			strconv.Itoa(len(n.Text))+" digits; use sys.set_int_max_str_digits() to increase the limit")
	}
	base := 0
	if len(n.Text) > 1 && n.Text[0] == '0' && n.Text[1] == '0' {
		base = 10
	}
	b, ok := new(big.Int).SetString(n.Text, base)
	if !ok {
		c.fail(n.At(), "TemplateSyntaxError", "invalid integer "+n.Text)
	}
	return value.NewBigInt(b)
}

func evalAll(f *frame, list []expr) ([]value.Value, error) {
	if len(list) == 0 {
		return nil, nil
	}
	vs := make([]value.Value, len(list))
	for i, e := range list {
		v, err := e(f)
		if err != nil {
			return nil, err
		}
		vs[i] = v
	}
	return vs, nil
}

func (c *compiler) tuple(n *syntax.Tuple) expr {
	items := c.exprs(n.Items)
	return func(f *frame) (value.Value, error) {
		vs, err := evalAll(f, items)
		return value.NewTuple(vs...), err
	}
}

func (c *compiler) dict(n *syntax.Dict) expr {
	keys, vals := c.exprs(n.Keys), c.exprs(n.Values)
	return func(f *frame) (value.Value, error) {
		d := value.NewDict(len(keys))
		for i := range keys {
			k, err := keys[i](f)
			if err != nil {
				return nil, err
			}
			v, err := vals[i](f)
			if err != nil {
				return nil, err
			}
			if s, ok := k.(value.Str); ok {
				d.SetStr(string(s), v)
			} else if err := d.Set(k, v); err != nil {
				return nil, f.fail(err, n.Keys[i].At())
			}
		}
		return d, nil
	}
}

func (c *compiler) cond(n *syntax.Cond) expr {
	soft := c.soft
	c.soft = true
	test, then, els := c.expr(n.Test), c.expr(n.Then), c.exprOr(n.Else)
	c.soft = soft
	if els == nil {
		line, _ := syntax.Position(c.prog.src, n.At())
		undef := &value.Undefined{Hint: "the inline if-expression on line " + strconv.Itoa(line) +
			" evaluated to false and no else section was defined."}
		els = constant(undef)
	}
	return func(f *frame) (value.Value, error) {
		v, err := test(f)
		if err != nil {
			return nil, err
		}
		if v.Truth() {
			return then(f)
		}
		return els(f)
	}
}

func (c *compiler) logic(n *syntax.Logic) expr {
	left, right, and := c.expr(n.Left), c.expr(n.Right), n.And
	return func(f *frame) (value.Value, error) {
		v, err := left(f)
		if err != nil || v.Truth() != and {
			return v, err
		}
		return right(f)
	}
}

func (c *compiler) not(n *syntax.Not) expr {
	x := c.expr(n.X)
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		return value.Bool(!v.Truth()), nil
	}
}

var binaryOps = map[syntax.Kind]func(a, b value.Value) (value.Value, error){
	syntax.Add: value.Add, syntax.Sub: value.Sub, syntax.Mul: value.Mul, syntax.Div: value.Div,
	syntax.FloorDiv: value.FloorDiv, syntax.Mod: value.Mod, syntax.Pow: value.Pow,
}

// guardedOps are the operators of which guarded values have rules of their own.
var guardedOps = map[syntax.Kind]value.Op{
	syntax.Add: value.OpAdd, syntax.Sub: value.OpSub, syntax.Mul: value.OpMul, syntax.Div: value.OpDiv,
	syntax.FloorDiv: value.OpFloorDiv, syntax.Mod: value.OpMod, syntax.Pow: value.OpPow,
}

func (c *compiler) binary(n *syntax.Binary) expr {
	left, right, op, name, pos := c.expr(n.Left), c.expr(n.Right), binaryOps[n.Op], guardedOps[n.Op], n.At()
	return func(f *frame) (value.Value, error) {
		a, err := left(f)
		if err != nil {
			return nil, err
		}
		b, err := right(f)
		if err != nil {
			return nil, err
		}
		var v value.Value
		if g := f.m.th.Guard; g != nil {
			v, err = g.Binary(op, name, a, b)
		} else {
			v, err = op(a, b)
		}
		if err != nil {
			return nil, f.fail(err, pos)
		}
		return v, nil
	}
}

func (c *compiler) unary(n *syntax.Unary) expr {
	x, op, pos := c.expr(n.X), value.Neg, n.At()
	if n.Op == syntax.Add {
		op = value.Pos
	}
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		if g := f.m.th.Guard; g != nil {
			v, err = g.Binary(func(x, _ value.Value) (value.Value, error) { return op(x) }, value.OpSub, v, value.None)
		} else {
			v, err = op(v)
		}
		if err != nil {
			return nil, f.fail(err, pos)
		}
		return v, nil
	}
}

// concat joins as str does: Markup becomes plain text, for dbt escapes nothing.
func (c *compiler) concat(n *syntax.Concat) expr {
	items, pos := c.exprs(n.Items), n.At()
	return func(f *frame) (value.Value, error) {
		// The end of the output serves as scratch space. An item that writes and
		// cuts there, like a macro, leaves what stands before it alone.
		m := f.m
		start := len(m.out)
		for _, e := range items {
			v, err := e(f)
			if err != nil {
				m.out = m.out[:start]
				return nil, err
			}
			if s, ok := v.(value.Str); ok {
				m.out = append(m.out, s...)
			} else {
				m.out = v.AppendStr(m.out)
			}
			if err := m.checkOutput(); err != nil {
				m.out = m.out[:start]
				return nil, f.fail(err, pos)
			}
		}
		if m.th.Guard != nil {
			v, err := m.textFrom(start)
			m.out = m.out[:start]
			return v, err
		}
		s := value.Str(m.out[start:])
		m.out = m.out[:start]
		return s, nil
	}
}

var compareKinds = [...]value.Op{
	syntax.CmpLt: value.OpLt, syntax.CmpLe: value.OpLe, syntax.CmpGt: value.OpGt, syntax.CmpGe: value.OpGe,
}

// compareOnce is one comparison.
func compareOnce(op syntax.CompareOp, a, b value.Value) (bool, error) {
	switch op {
	case syntax.CmpEq:
		return value.Equal(a, b), nil
	case syntax.CmpNe:
		return !value.Equal(a, b), nil
	case syntax.CmpIn:
		return value.Contains(b, a)
	case syntax.CmpNotIn:
		ok, err := value.Contains(b, a)
		return !ok, err
	}
	return value.Compare(compareKinds[op], a, b)
}

func (c *compiler) compare(n *syntax.Compare) expr {
	type link struct {
		op syntax.CompareOp
		x  expr
	}
	first, pos := c.expr(n.X), n.At()
	links := make([]link, len(n.Ops))
	for i, o := range n.Ops {
		links[i] = link{o.Op, c.expr(o.X)}
	}
	return func(f *frame) (value.Value, error) {
		a, err := first(f)
		if err != nil {
			return nil, err
		}
		for i := range links {
			b, err := links[i].x(f)
			if err != nil {
				return nil, err
			}
			if f.m.th.Guard != nil {
				a, b = value.Plain(a), value.Plain(b)
			}
			ok, err := compareOnce(links[i].op, a, b)
			if err != nil {
				return nil, f.fail(err, pos)
			}
			if !ok {
				return value.Bool(false), nil
			}
			a = b
		}
		return value.Bool(true), nil
	}
}

func (c *compiler) getattr(n *syntax.Getattr) expr {
	x, name, pos := c.expr(n.X), n.Attr, n.At()
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		switch x := v.(type) {
		case *loop:
			v, err = x.attr(name)
		case *namespace:
			v = x.attr(f.m.th, name)
		default:
			v, err = f.m.th.Attr(v, name)
			if s, ok := v.(value.Str); ok && f.m.th.Guard != nil && err == nil {
				v, err = f.m.th.Guard.Lift(string(s))
			}
		}
		if err != nil {
			return nil, f.fail(err, pos)
		}
		return v, nil
	}
}

func (c *compiler) getitem(n *syntax.Getitem) expr {
	if s, ok := n.Key.(*syntax.Slice); ok {
		return c.slice(n, s)
	}
	x, key, pos := c.expr(n.X), c.expr(n.Key), n.At()
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		k, err := key(f)
		if err != nil {
			return nil, err
		}
		if f.m.th.Guard != nil {
			k = value.Plain(k)
		}
		if v, err = f.m.th.Item(v, k); err != nil {
			return nil, f.fail(err, pos)
		}
		return v, nil
	}
}

func (c *compiler) slice(n *syntax.Getitem, s *syntax.Slice) expr {
	x, pos := c.expr(n.X), n.At()
	parts := [3]expr{c.exprOr(s.Lo), c.exprOr(s.Hi), c.exprOr(s.Step)}
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		b := [3]value.Value{value.None, value.None, value.None}
		for i, p := range parts {
			if p == nil {
				continue
			}
			if b[i], err = p(f); err != nil {
				return nil, err
			}
		}
		if u, ok := v.(*value.Undefined); ok && f.m.th.Chain {
			return u, nil
		}
		if g := f.m.th.Guard; g != nil {
			v, err = g.Slice(v, b[0], b[1], b[2])
		} else {
			v, err = value.GetSlice(v, b[0], b[1], b[2])
		}
		if err != nil {
			return nil, f.fail(err, pos)
		}
		return v, nil
	}
}
