package syntax

import "strings"

func (p *parser) expr() Expr { return p.cond() }

func (p *parser) cond() Expr {
	p.enter()
	defer p.leave()
	pos := p.cur.Off
	x := p.or()
	n := 0
	for p.skipName("if") {
		p.chain(&n)
		c := &Cond{Pos: pos, Then: x, Test: p.or()}
		if p.skipName("else") {
			c.Else = p.cond()
		}
		x = c
		pos = p.cur.Off
	}
	return x
}

func (p *parser) or() Expr {
	x, n := p.and(), 0
	for p.cur.is("or") {
		p.chain(&n)
		pos := p.advance().Off
		x = &Logic{Pos: pos, Left: x, Right: p.and()}
	}
	return x
}

func (p *parser) and() Expr {
	x, n := p.not(), 0
	for p.cur.is("and") {
		p.chain(&n)
		pos := p.advance().Off
		x = &Logic{Pos: pos, And: true, Left: x, Right: p.not()}
	}
	return x
}

func (p *parser) not() Expr {
	if !p.cur.is("not") {
		return p.compare()
	}
	p.enter()
	defer p.leave()
	pos := p.advance().Off
	return &Not{pos, p.not()}
}

var compareOps = map[Kind]CompareOp{Eq: CmpEq, Ne: CmpNe, Lt: CmpLt, LtEq: CmpLe, Gt: CmpGt, GtEq: CmpGe}

func (p *parser) compare() Expr {
	x := p.sum()
	var c *Compare
	for {
		pos := p.cur.Off
		op, ok := CmpIn, true
		switch {
		case p.cur.Kind >= Eq && p.cur.Kind <= LtEq:
			op = compareOps[p.cur.Kind]
			p.advance()
		case p.cur.is("in"):
			p.advance()
		case p.cur.is("not") && p.look().is("in"):
			op = CmpNotIn
			p.advance()
			p.advance()
		default:
			ok = false
		}
		if !ok {
			break
		}
		if c == nil {
			c = &Compare{Pos: pos, X: x}
		}
		c.Ops = append(c.Ops, Operand{op, p.sum()})
	}
	if c == nil {
		return x
	}
	return c
}

func (p *parser) sum() Expr {
	x, n := p.concat(), 0
	for p.cur.Kind == Add || p.cur.Kind == Sub {
		p.chain(&n)
		op := p.advance()
		x = &Binary{op.Off, op.Kind, x, p.concat()}
	}
	return x
}

func (p *parser) concat() Expr {
	pos := p.cur.Off
	x := p.product()
	if p.cur.Kind != Tilde {
		return x
	}
	c := &Concat{pos, []Expr{x}}
	for p.skip(Tilde) {
		c.Items = append(c.Items, p.product())
	}
	return c
}

func (p *parser) product() Expr {
	x, n := p.power(), 0
	for p.cur.Kind == Mul || p.cur.Kind == Div || p.cur.Kind == FloorDiv || p.cur.Kind == Mod {
		p.chain(&n)
		op := p.advance()
		x = &Binary{op.Off, op.Kind, x, p.power()}
	}
	return x
}

// power is left-associative and binds weaker than a sign, unlike Python's.
func (p *parser) power() Expr {
	x, n := p.unary(true), 0
	for p.cur.Kind == Pow {
		p.chain(&n)
		op := p.advance()
		x = &Binary{op.Off, Pow, x, p.unary(true)}
	}
	return x
}

func (p *parser) unary(filters bool) Expr {
	var x Expr
	if p.cur.Kind == Sub || p.cur.Kind == Add {
		p.enter()
		op := p.advance()
		x = &Unary{op.Off, op.Kind, p.unary(false)}
		p.leave()
	} else {
		x = p.primary(false)
	}
	x = p.postfix(x)
	if filters {
		x = p.filters(x)
	}
	return x
}

func (p *parser) primary(nsref bool) Expr {
	t := p.cur
	switch t.Kind {
	case NameTok:
		p.advance()
		if c := constName(t); c != nil {
			return c
		}
		if nsref && p.skip(Dot) {
			return &NSRef{t.Off, t.Text, p.expect(NameTok).Text}
		}
		return &Name{Pos: t.Off, Name: t.Text}
	case StringTok:
		return p.strings()
	case IntTok:
		p.advance()
		return &Const{t.Off, ConstInt, t.Text}
	case FloatTok:
		p.advance()
		return &Const{t.Off, ConstFloat, t.Text}
	case LParen:
		p.advance()
		x := p.tuple(tupleOpts{parens: true})
		p.expect(RParen)
		return x
	case LBracket:
		return p.list()
	case LBrace:
		return p.dict()
	}
	p.fail(t.Off, "unexpected %s", quote(t.describe()))
	return nil
}

func constName(t token) Expr {
	switch t.Text {
	case "true", "True":
		return &Const{Pos: t.Off, Kind: ConstTrue}
	case "false", "False":
		return &Const{Pos: t.Off, Kind: ConstFalse}
	case "none", "None":
		return &Const{Pos: t.Off, Kind: ConstNone}
	}
	return nil
}

// strings joins adjacent string literals.
func (p *parser) strings() Expr {
	t := p.advance()
	if p.cur.Kind != StringTok {
		return &Const{t.Off, ConstStr, t.Text}
	}
	var b strings.Builder
	b.WriteString(t.Text)
	for p.cur.Kind == StringTok {
		b.WriteString(p.advance().Text)
	}
	return &Const{t.Off, ConstStr, b.String()}
}

type tupleOpts struct {
	simple bool // names and literals alone, as in a target
	noCond bool // no inline if
	parens bool // written in parentheses: may be empty
	nsref  bool // a.b is a target
}

// tuple parses expressions with commas between them: a Tuple, or the expression
// itself where there is no comma.
func (p *parser) tuple(o tupleOpts) Expr {
	p.enter()
	defer p.leave()
	pos := p.cur.Off
	var items []Expr
	comma := false
	for {
		if len(items) > 0 {
			p.expect(Comma)
		}
		if p.tupleEnd() {
			break
		}
		items = append(items, p.tupleItem(o))
		if p.cur.Kind != Comma {
			break
		}
		comma = true
	}
	if !comma {
		if len(items) > 0 {
			return items[0]
		}
		if !o.parens {
			p.fail(p.cur.Off, "Expected an expression, got %s", quote(p.cur.describe()))
		}
	}
	return &Tuple{pos, items}
}

func (p *parser) tupleItem(o tupleOpts) Expr {
	switch {
	case o.simple:
		return p.primary(o.nsref)
	case o.noCond:
		return p.or()
	}
	return p.expr()
}

func (p *parser) tupleEnd() bool {
	switch p.cur.Kind {
	case VarEnd, BlockEnd, RParen:
		return true
	}
	return false
}

func (p *parser) list() Expr {
	l := &List{Pos: p.expect(LBracket).Off}
	for p.cur.Kind != RBracket {
		if len(l.Items) > 0 {
			p.expect(Comma)
		}
		if p.cur.Kind == RBracket {
			break
		}
		l.Items = append(l.Items, p.expr())
	}
	p.expect(RBracket)
	return l
}

func (p *parser) dict() Expr {
	d := &Dict{Pos: p.expect(LBrace).Off}
	for p.cur.Kind != RBrace {
		if len(d.Keys) > 0 {
			p.expect(Comma)
		}
		if p.cur.Kind == RBrace {
			break
		}
		k := p.expr()
		p.expect(Colon)
		d.Keys = append(d.Keys, k)
		d.Values = append(d.Values, p.expr())
	}
	p.expect(RBrace)
	return d
}

func (p *parser) postfix(x Expr) Expr {
	n := 0
	for {
		switch p.cur.Kind {
		case Dot, LBracket:
			x = p.subscript(x)
		case LParen:
			x = p.call(x)
		default:
			return x
		}
		p.chain(&n)
	}
}

func (p *parser) filters(x Expr) Expr {
	n := 0
	for {
		switch {
		case p.cur.Kind == Pipe:
			x = p.filter(x, false)
		case p.cur.is("is"):
			x = p.test(x)
		case p.cur.Kind == LParen:
			x = p.call(x)
		default:
			return x
		}
		p.chain(&n)
	}
}

func (p *parser) subscript(x Expr) Expr {
	t := p.advance()
	if t.Kind == Dot {
		attr := p.advance()
		switch attr.Kind {
		case NameTok:
			return &Getattr{attr.Off, x, attr.Text}
		case IntTok:
			return &Getitem{t.Off, x, &Const{attr.Off, ConstInt, attr.Text}}
		}
		p.fail(attr.Off, "expected name or number")
	}
	var keys []Expr
	for p.cur.Kind != RBracket {
		if len(keys) > 0 {
			p.expect(Comma)
		}
		keys = append(keys, p.subscribed())
	}
	p.expect(RBracket)
	if len(keys) == 1 {
		return &Getitem{t.Off, x, keys[0]}
	}
	return &Getitem{t.Off, x, &Tuple{t.Off, keys}}
}

// subscribed is what stands in brackets: an expression or a slice.
func (p *parser) subscribed() Expr {
	s := &Slice{Pos: p.cur.Off}
	if p.cur.Kind != Colon {
		x := p.expr()
		if p.cur.Kind != Colon {
			return x
		}
		s.Lo = x
	}
	p.advance()
	s.Hi = p.slicePart()
	if p.skip(Colon) {
		s.Step = p.slicePart()
	}
	return s
}

func (p *parser) slicePart() Expr {
	switch p.cur.Kind {
	case Colon, RBracket, Comma:
		return nil
	}
	return p.expr()
}

func (p *parser) call(fn Expr) *Call {
	pos := p.cur.Off
	c := &Call{Pos: pos, Fn: fn}
	p.args(&c.Args)
	return c
}

func (p *parser) args(a *Args) {
	pos := p.expect(LParen).Off
	ensure := func(ok bool) {
		if !ok {
			p.fail(pos, "invalid syntax for function call expression")
		}
	}
	for comma := false; p.cur.Kind != RParen; comma = true {
		if comma {
			p.expect(Comma)
			if p.cur.Kind == RParen {
				break
			}
		}
		switch {
		case p.skip(Mul):
			ensure(a.Star == nil && a.StarStar == nil)
			a.Star = p.expr()
		case p.skip(Pow):
			ensure(a.StarStar == nil)
			a.StarStar = p.expr()
		case p.cur.Kind == NameTok && p.look().Kind == Assign:
			ensure(a.StarStar == nil)
			p.keyword(a)
		default:
			ensure(a.Star == nil && a.StarStar == nil && len(a.Kw) == 0)
			a.Pos = append(a.Pos, p.expr())
		}
	}
	p.expect(RParen)
}

func (p *parser) keyword(a *Args) {
	t := p.advance()
	p.advance()
	a.Kw = append(a.Kw, Keyword{t.Off, t.Text, p.expr()})
}

// filter parses a chain of filters; inline is the form of a filter tag, which
// has no bar before the first.
func (p *parser) filter(x Expr, inline bool) Expr {
	n := 0
	for p.cur.Kind == Pipe || inline {
		p.chain(&n)
		if !inline {
			p.advance()
		}
		inline = false
		pos := p.cur.Off
		f := &Filter{Pos: pos, X: x, Name: p.dotted()}
		if p.cur.Kind == LParen {
			p.args(&f.Args)
		}
		x = f
	}
	return x
}

func (p *parser) dotted() string {
	name := p.expect(NameTok).Text
	for p.skip(Dot) {
		name += "." + p.expect(NameTok).Text
	}
	return name
}

func (p *parser) test(x Expr) Expr {
	is := p.advance()
	negated := p.skipName("not")
	t := &Test{Pos: is.Off, X: x, Name: p.dotted()}
	switch p.cur.Kind {
	case LParen:
		p.args(&t.Args)
	case NameTok, StringTok, IntTok, FloatTok, LBracket, LBrace:
		if p.cur.is("else") || p.cur.is("or") || p.cur.is("and") {
			break
		}
		if p.cur.is("is") {
			p.fail(p.cur.Off, "You cannot chain multiple tests with is")
		}
		p.enter()
		t.Args.Pos = []Expr{p.postfix(p.primary(false))}
		p.leave()
	}
	if negated {
		return &Not{is.Off, t}
	}
	return t
}
