package syntax

import "strings"

// statements maps a tag to its parser. The tag's name is current when it is
// called; it leaves the end of the (last) tag to its caller.
var statements map[string]func(*parser) Stmt

func init() {
	statements = map[string]func(*parser) Stmt{
		"for": (*parser).forStmt, "if": (*parser).ifStmt, "set": (*parser).setStmt,
		"with": (*parser).withStmt, "call": (*parser).callBlock, "filter": (*parser).filterBlock,
		"print": (*parser).printStmt, "do": (*parser).doStmt,
		"break": (*parser).breakStmt, "continue": (*parser).continueStmt,
		"block": (*parser).blockStmt, "extends": (*parser).extendsStmt, "include": (*parser).includeStmt,
		"import": (*parser).importStmt, "from": (*parser).fromStmt, "autoescape": (*parser).autoescapeStmt,
		"macro": (*parser).macroStmt, "test": (*parser).testStmt, "data_test": (*parser).testStmt, "docs": (*parser).docsStmt,
		"materialization": (*parser).materializationStmt,
	}
}

func (p *parser) statement() Stmt {
	t := p.cur
	if t.Kind != NameTok {
		p.fail(t.Off, "tag name expected")
	}
	parse := statements[t.Text]
	if parse == nil {
		p.failEnd(t.Text, t.Off)
	}
	p.tags = append(p.tags, t.Text)
	s := parse(p)
	p.tags = p.tags[:len(p.tags)-1]
	return s
}

// nameTarget is a target that can be a name alone.
func (p *parser) nameTarget() *Name {
	t := p.expect(NameTok)
	if constName(t) != nil {
		p.fail(t.Off, "can't assign to 'const'")
	}
	return &Name{t.Off, t.Text, Store}
}

// target is what an assignment or a loop writes to.
func (p *parser) target(o tupleOpts) Expr {
	o.simple = true
	x := p.tuple(o)
	p.setStore(x, x)
	return x
}

// setStore turns the names of a target into stores; whole is the target that an
// error names.
func (p *parser) setStore(x, whole Expr) {
	switch x := x.(type) {
	case *Name:
		x.Ctx = Store
	case *NSRef:
	case *Tuple:
		for _, it := range x.Items {
			p.setStore(it, whole)
		}
	default:
		p.fail(whole.At(), "can't assign to %s", quote(className(whole)))
	}
}

// className is the name of Jinja's class of node.
func className(x Expr) string {
	switch x.(type) {
	case *Tuple:
		return "tuple"
	case *List:
		return "list"
	case *Dict:
		return "dict"
	}
	return "const"
}

func (p *parser) setStmt() Stmt {
	pos := p.advance().Off
	t := p.target(tupleOpts{nsref: true})
	if p.skip(Assign) {
		return &Set{pos, t, p.tuple(tupleOpts{})}
	}
	s := &SetBlock{Pos: pos, Target: t}
	if f, ok := p.filter(nil, false).(*Filter); ok {
		s.Filter = f
	}
	s.Body = p.blockTo("endset")
	return s
}

func (p *parser) forStmt() Stmt {
	f := &For{Pos: p.advance().Off}
	f.Target = p.target(tupleOpts{})
	p.expectName("in")
	f.Iter = p.tuple(tupleOpts{noCond: true})
	if p.skipName("if") {
		f.Test = p.expr()
	}
	f.Recursive = p.skipName("recursive")
	f.Body = p.block("endfor", "else")
	if p.advance().Text == "else" {
		f.Else = p.blockTo("endfor")
	}
	return f
}

func (p *parser) ifStmt() Stmt {
	first := &If{Pos: p.advance().Off}
	n := first
	for {
		n.Test = p.tuple(tupleOpts{noCond: true})
		n.Body = p.block("elif", "else", "endif")
		switch t := p.advance(); t.Text {
		case "elif":
			n = &If{Pos: p.cur.Off}
			first.Elifs = append(first.Elifs, n)
			continue
		case "else":
			first.Else = p.blockTo("endif")
		}
		return first
	}
}

func (p *parser) withStmt() Stmt {
	w := &With{Pos: p.advance().Off}
	for p.cur.Kind != BlockEnd {
		if len(w.Targets) > 0 {
			p.expect(Comma)
		}
		t := p.target(tupleOpts{})
		setParam(t)
		w.Targets = append(w.Targets, t)
		p.expect(Assign)
		w.Values = append(w.Values, p.expr())
	}
	w.Body = p.blockTo("endwith")
	return w
}

func setParam(x Expr) {
	switch x := x.(type) {
	case *Name:
		x.Ctx = Param
	case *Tuple:
		for _, it := range x.Items {
			setParam(it)
		}
	}
}

func (p *parser) autoescapeStmt() Stmt {
	pos := p.advance().Off
	p.expr() // dbt never escapes
	return &Scope{pos, p.blockTo("endautoescape")}
}

func (p *parser) printStmt() Stmt {
	o := &Output{Pos: p.advance().Off}
	for p.cur.Kind != BlockEnd {
		if len(o.Parts) > 0 {
			p.expect(Comma)
		}
		o.Parts = append(o.Parts, p.expr())
	}
	return o
}

func (p *parser) doStmt() Stmt {
	pos := p.advance().Off
	return &Do{pos, p.tuple(tupleOpts{})}
}

func (p *parser) breakStmt() Stmt {
	return &Break{p.advance().Off}
}

func (p *parser) continueStmt() Stmt {
	return &Continue{p.advance().Off}
}

func (p *parser) callBlock() Stmt {
	c := &CallBlock{Pos: p.advance().Off}
	if p.cur.Kind == LParen {
		c.Signature = p.signature()
	}
	call, ok := p.expr().(*Call)
	if !ok {
		p.fail(c.Pos, "expected call")
	}
	c.Call = call
	c.Body = p.blockTo("endcall")
	return c
}

func (p *parser) filterBlock() Stmt {
	f := &FilterBlock{Pos: p.advance().Off}
	f.Filter = p.filter(nil, true).(*Filter)
	f.Body = p.blockTo("endfilter")
	return f
}

func (p *parser) blockStmt() Stmt {
	b := &Block{Pos: p.advance().Off, Name: p.expect(NameTok).Text}
	b.Scoped = p.skipName("scoped")
	b.Required = p.skipName("required")
	if p.cur.Kind == Sub {
		p.fail(p.cur.Off, "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.")
	}
	b.Body = p.blockTo("endblock")
	if b.Required && !blank(b.Body) {
		p.fail(p.cur.Off, "Required blocks can only contain comments or whitespace")
	}
	p.skipName(b.Name)
	return b
}

// blank reports whether a body is white space.
func blank(body []Stmt) bool {
	for _, s := range body {
		o, ok := s.(*Output)
		if !ok {
			return false
		}
		for _, part := range o.Parts {
			if t, ok := part.(*Text); !ok || strings.TrimFunc(t.Text, isSpace) != "" {
				return false
			}
		}
	}
	return true
}

func (p *parser) extendsStmt() Stmt {
	pos := p.advance().Off
	return &Extends{pos, p.expr()}
}

func (p *parser) includeStmt() Stmt {
	i := &Include{Pos: p.advance().Off, Template: p.expr(), WithContext: true}
	if p.cur.is("ignore") && p.look().is("missing") {
		i.IgnoreMissing = true
		p.advance()
		p.advance()
	}
	p.context(&i.WithContext)
	return i
}

// context takes "with context" and "without context".
func (p *parser) context(with *bool) bool {
	if !p.cur.is("with") && !p.cur.is("without") || !p.look().is("context") {
		return false
	}
	*with = p.advance().Text == "with"
	p.advance()
	return true
}

func (p *parser) importStmt() Stmt {
	i := &Import{Pos: p.advance().Off, Template: p.expr()}
	p.expectName("as")
	i.Target = p.nameTarget().Name
	p.context(&i.WithContext)
	return i
}

func (p *parser) fromStmt() Stmt {
	i := &Import{Pos: p.advance().Off, Template: p.expr()}
	p.expectName("import")
	for {
		if len(i.Names) > 0 {
			p.expect(Comma)
		}
		if p.cur.Kind != NameTok {
			p.expect(NameTok)
		}
		if p.context(&i.WithContext) {
			break
		}
		t := p.nameTarget()
		if strings.HasPrefix(t.Name, "_") {
			panic(&Error{"TemplateAssertionError", "names starting with an underline can not be imported", t.Pos})
		}
		n := ImportName{t.Name, t.Name}
		if p.skipName("as") {
			n.Alias = p.nameTarget().Name
		}
		i.Names = append(i.Names, n)
		if p.context(&i.WithContext) || p.cur.Kind != Comma {
			break
		}
	}
	return i
}
