package syntax

// Children calls visit with the direct children of n, in Jinja's order: dbt
// records the macros that a template calls in this order.
func Children(n Node, visit func(Node)) {
	switch n := n.(type) {
	case *Tuple:
		each(n.Items, visit)
	case *List:
		each(n.Items, visit)
	case *Dict:
		for i := range n.Keys {
			visit(n.Keys[i])
			visit(n.Values[i])
		}
	case *Cond:
		some(visit, n.Test, n.Then, n.Else)
	case *Binary:
		some(visit, n.Left, n.Right)
	case *Unary:
		visit(n.X)
	case *Logic:
		some(visit, n.Left, n.Right)
	case *Not:
		visit(n.X)
	case *Compare:
		visit(n.X)
		for i := range n.Ops {
			visit(n.Ops[i].X)
		}
	case *Concat:
		each(n.Items, visit)
	case *Getattr:
		visit(n.X)
	case *Getitem:
		some(visit, n.X, n.Key)
	case *Slice:
		some(visit, n.Lo, n.Hi, n.Step)
	case *Call:
		visit(n.Fn)
		n.Args.visit(visit)
	case *Filter:
		some(visit, n.X)
		n.Args.visit(visit)
	case *Test:
		visit(n.X)
		n.Args.visit(visit)
	default:
		stmtChildren(n, visit)
	}
}

func stmtChildren(n Node, visit func(Node)) {
	switch n := n.(type) {
	case *Template:
		each(n.Body, visit)
	case *Output:
		each(n.Parts, visit)
	case *For:
		some(visit, n.Target, n.Iter)
		each(n.Body, visit)
		each(n.Else, visit)
		some(visit, n.Test)
	case *If:
		visit(n.Test)
		each(n.Body, visit)
		for _, e := range n.Elifs {
			visit(e)
		}
		each(n.Else, visit)
	case *Set:
		some(visit, n.Target, n.Value)
	case *SetBlock:
		visit(n.Target)
		if n.Filter != nil {
			visit(n.Filter)
		}
		each(n.Body, visit)
	case *Macro:
		n.Signature.visit(visit)
		each(n.Body, visit)
	case *CallBlock:
		visit(n.Call)
		n.Signature.visit(visit)
		each(n.Body, visit)
	case *FilterBlock:
		each(n.Body, visit)
		visit(n.Filter)
	case *With:
		each(n.Targets, visit)
		each(n.Values, visit)
		each(n.Body, visit)
	case *Scope:
		each(n.Body, visit)
	case *Block:
		each(n.Body, visit)
	case *Extends:
		visit(n.Template)
	case *Include:
		visit(n.Template)
	case *Import:
		visit(n.Template)
	case *Do:
		visit(n.X)
	}
}

// Walk visits n and everything below it, parents first. A visit that returns
// false keeps Walk out of the node's children.
func Walk(n Node, visit func(Node) bool) {
	if visit(n) {
		Children(n, func(c Node) { Walk(c, visit) })
	}
}

func each(list []Node, visit func(Node)) {
	for _, n := range list {
		visit(n)
	}
}

func some(visit func(Node), list ...Node) {
	for _, n := range list {
		if n != nil {
			visit(n)
		}
	}
}

func (a *Args) visit(visit func(Node)) {
	each(a.Pos, visit)
	for i := range a.Kw {
		visit(a.Kw[i].Value)
	}
	some(visit, a.Star, a.StarStar)
}

func (s *Signature) visit(visit func(Node)) {
	for _, p := range s.Params {
		visit(p)
	}
	each(s.Defaults, visit)
}
