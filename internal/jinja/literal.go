package jinja

import (
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// parseLiteral is Python's ast.literal_eval: strings, numbers, tuples, lists,
// dicts, sets, booleans and None, and nothing else. It reads the text as an
// expression of a template, which has the same literals, and refuses what
// Python does not know or has no literal for.
func parseLiteral(src string) (value.Value, bool) {
	src = strings.TrimLeft(src, " \t")
	x, err := syntax.ParseExpr(src)
	if err != nil {
		return nil, false
	}
	return literalValue(x)
}

func literalValue(n syntax.Expr) (value.Value, bool) {
	switch n := n.(type) {
	case *syntax.Const:
		return literalConst(n)
	case *syntax.Tuple:
		vs, ok := literalValues(n.Items)
		return value.NewTuple(vs...), ok
	case *syntax.List:
		vs, ok := literalValues(n.Items)
		return value.NewList(vs...), ok
	case *syntax.Dict:
		return literalDict(n)
	case *syntax.Unary:
		return literalSigned(n)
	}
	return nil, false
}

func literalConst(n *syntax.Const) (v value.Value, ok bool) {
	var err error
	defer func() { ok = ok && err == nil }()
	defer recoverCompile(&err)
	c := compiler{prog: &program{}}
	return c.constant(n), true
}

func literalSigned(n *syntax.Unary) (value.Value, bool) {
	v, ok := literalValue(n.X)
	if !ok {
		return nil, false
	}
	switch v.(type) {
	case value.Int, *value.BigInt, value.Float:
	default:
		return nil, false
	}
	op := value.Pos
	if n.Op == syntax.Sub {
		op = value.Neg
	}
	v, err := op(v)
	return v, err == nil
}

func literalDict(n *syntax.Dict) (value.Value, bool) {
	d := value.NewDict(len(n.Keys))
	for i := range n.Keys {
		k, ok := literalValue(n.Keys[i])
		if !ok {
			return nil, false
		}
		v, ok := literalValue(n.Values[i])
		if !ok || d.Set(k, v) != nil {
			return nil, false
		}
	}
	return d, true
}

func literalValues(list []syntax.Expr) ([]value.Value, bool) {
	vs := make([]value.Value, len(list))
	for i, n := range list {
		v, ok := literalValue(n)
		if !ok {
			return nil, false
		}
		vs[i] = v
	}
	return vs, true
}
