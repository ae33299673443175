package parse

import (
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// written gives an expression back as text, in one way of writing it.
// dbt: _reconstruct_node; what it does not know it shows as Python's repr of
// the tree, which nobody can want, so here the rest is written too.
func written(x syntax.Expr) string {
	switch n := x.(type) {
	case *syntax.Const:
		return writtenConst(n)
	case *syntax.Name:
		return n.Name
	case *syntax.Call:
		return written(n.Fn) + "(" + writtenArgs(n.Args) + ")"
	case *syntax.List:
		return "[" + writtenList(n.Items) + "]"
	case *syntax.Tuple:
		if len(n.Items) == 1 {
			return "(" + written(n.Items[0]) + ",)"
		}
		return "(" + writtenList(n.Items) + ")"
	case *syntax.Dict:
		pairs := make([]string, len(n.Keys))
		for i := range n.Keys {
			pairs[i] = written(n.Keys[i]) + ": " + written(n.Values[i])
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case *syntax.Getattr:
		return written(n.X) + "." + n.Attr
	case *syntax.Getitem:
		return written(n.X) + "[" + written(n.Key) + "]"
	case *syntax.Concat:
		parts := make([]string, len(n.Items))
		for i, e := range n.Items {
			parts[i] = written(e)
		}
		return strings.Join(parts, " ~ ")
	}
	return writtenOp(x)
}

func writtenOp(x syntax.Expr) string {
	switch n := x.(type) {
	case *syntax.Compare:
		s := written(n.X)
		for i, op := range n.Ops {
			if i > 0 {
				s += " "
			} else {
				s += " "
			}
			s += compareOps[op.Op] + " " + written(op.X)
		}
		return s
	case *syntax.Not:
		return "not " + written(n.X)
	case *syntax.Unary:
		return "-" + written(n.X)
	case *syntax.Logic:
		op := " or "
		if n.And {
			op = " and "
		}
		return written(n.Left) + op + written(n.Right)
	case *syntax.Cond:
		s := written(n.Then) + " if " + written(n.Test)
		if n.Else != nil {
			s += " else " + written(n.Else)
		}
		return s
	case *syntax.Filter:
		s := n.Name
		if args := writtenArgs(n.Args); args != "" {
			s += "(" + args + ")"
		}
		if n.X == nil {
			return s
		}
		return written(n.X) + " | " + s
	}
	return "<expression>"
}

var compareOps = map[syntax.CompareOp]string{
	syntax.CmpEq: "==", syntax.CmpNe: "!=", syntax.CmpLt: "<", syntax.CmpLe: "<=", syntax.CmpGt: ">", syntax.CmpGe: ">=",
	syntax.CmpIn: "in", syntax.CmpNotIn: "not in",
}

func writtenConst(c *syntax.Const) string {
	switch c.Kind {
	case syntax.ConstNone:
		return "None"
	case syntax.ConstTrue:
		return "True"
	case syntax.ConstFalse:
		return "False"
	case syntax.ConstStr:
		return value.Repr(value.Str(c.Text))
	}
	return c.Text
}

func writtenList(list []syntax.Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = written(e)
	}
	return strings.Join(parts, ", ")
}

func writtenArgs(a syntax.Args) string {
	parts := make([]string, 0, len(a.Pos)+len(a.Kw))
	for _, e := range a.Pos {
		parts = append(parts, written(e))
	}
	for _, k := range a.Kw {
		parts = append(parts, k.Name+"="+written(k.Value))
	}
	if a.Star != nil {
		parts = append(parts, "*"+written(a.Star))
	}
	if a.StarStar != nil {
		parts = append(parts, "**"+written(a.StarStar))
	}
	return strings.Join(parts, ", ")
}
