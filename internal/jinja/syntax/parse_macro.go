package syntax

import "strings"

func (p *parser) macroStmt() Stmt {
	m := &Macro{Pos: p.advance().Off, Name: p.nameTarget().Name}
	m.Signature = p.signature()
	m.Body = p.blockTo("endmacro")
	return m
}

// testStmt is dbt's generic test, a macro whose name begins with test_. Its tag
// is test or data_test.
func (p *parser) testStmt() Stmt {
	tag := p.advance()
	m := &Macro{Pos: tag.Off, Kind: TestMacro}
	m.Name = "test_" + p.nameTarget().Name
	m.Signature = p.signature()
	m.Body = p.blockTo("end" + tag.Text)
	return m
}

func (p *parser) docsStmt() Stmt {
	m := &Macro{Pos: p.advance().Off, Kind: DocsMacro, Name: p.nameTarget().Name}
	m.Body = p.blockTo("enddocs")
	return m
}

// materializationStmt is {% materialization name, adapter='x' %}. Its one
// parameter, supported_languages, defaults to ['sql'].
func (p *parser) materializationStmt() Stmt {
	m := &Macro{Pos: p.advance().Off, Kind: Materialization, Adapter: "default"}
	name := p.nameTarget().Name
	for p.skip(Comma) {
		opt := p.nameTarget()
		switch opt.Name {
		case "default":
		case "adapter":
			p.expect(Assign)
			x := p.expr()
			c, ok := x.(*Const)
			if !ok || c.Kind != ConstStr {
				p.fail(x.At(), "the adapter of materialization %s must be a string", quote(name))
			}
			m.Adapter = c.Text
		case "supported_languages":
			p.expect(Assign)
			opt.Ctx = Param
			m.Params = append(m.Params, opt)
			m.Defaults = append(m.Defaults, p.expr())
		default:
			p.fail(opt.Pos, "materialization %s received unknown argument %s.", quote(name), quote(opt.Name))
		}
	}
	if len(m.Params) == 0 {
		m.Params = []*Name{{Pos: m.Pos, Name: "supported_languages", Ctx: Param}}
		m.Defaults = []Expr{&List{m.Pos, []Expr{&Const{m.Pos, ConstStr, "sql"}}}}
	}
	m.Name = "materialization_" + name + "_" + m.Adapter
	m.Body = p.blockTo("endmaterialization")
	return m
}

func (p *parser) signature() Signature {
	var s Signature
	p.expect(LParen)
	for p.cur.Kind != RParen {
		if len(s.Params) > 0 {
			p.expect(Comma)
		}
		n := p.nameTarget()
		n.Ctx = Param
		var typ *TypeName
		if p.skip(Colon) {
			typ = p.typeName()
		}
		if p.skip(Assign) {
			s.Defaults = append(s.Defaults, p.expr())
		} else if len(s.Defaults) > 0 {
			p.fail(p.cur.Off, "non-default argument follows default argument")
		}
		s.Params = append(s.Params, n)
		s.Types = append(s.Types, typ)
	}
	p.expect(RParen)
	return s
}

// typeName is a parameter's type, like Dict[str, str]. dbt checks its form alone.
func (p *parser) typeName() *TypeName {
	p.enter()
	defer p.leave()
	t := &TypeName{Name: p.expect(NameTok).Text}
	if !p.skip(LBracket) {
		return t
	}
	for p.cur.Kind != RBracket {
		if len(t.Params) > 0 {
			p.expect(Comma)
		}
		t.Params = append(t.Params, p.typeName())
	}
	p.expect(RBracket)
	return t
}

// String is the type as it is written.
func (t *TypeName) String() string {
	if t == nil {
		return ""
	}
	if t.Params == nil {
		return t.Name
	}
	params := make([]string, len(t.Params))
	for i, p := range t.Params {
		params[i] = p.String()
	}
	return t.Name + "[" + strings.Join(params, ", ") + "]"
}
