package syntax

import (
	"strings"
	"sync"
)

const (
	// maxNesting bounds how deep tags, brackets and operators nest, so that no
	// source overflows a stack. CPython refuses 200 nested brackets.
	maxNesting = 400
	// maxChain bounds a chain of operators or subscripts, which nests to the left.
	maxChain = 2000
)

type parser struct {
	toks  []token
	cur   token
	next_ int      // index in toks of the token behind cur
	tags  []string // open tags, innermost last
	ends  [][]string
	depth int
}

// tokenPool keeps token lists: a tree does not refer to them.
var tokenPool = sync.Pool{New: func() any { t := make([]token, 0, 512); return &t }}

// Parse parses a source that Normalize has seen.
func Parse(src string) (t *Template, err error) {
	buf := tokenPool.Get().(*[]token)
	p := &parser{toks: lex(src, (*buf)[:0])}
	defer func() {
		clear(p.toks)
		*buf = p.toks[:0]
		tokenPool.Put(buf)
	}()
	defer recoverParse(&err)
	p.advance()
	return &Template{Body: p.body(nil)}, nil
}

// recoverParse turns the panic of fail into an error.
func recoverParse(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}

// fail ends parsing; Parse turns the panic into its error. Nothing outside this
// package ever sees it.
func (p *parser) fail(pos Pos, format string, args ...any) { panic(Errorf(pos, format, args...)) }

// advance goes one token ahead and returns the one that was current.
func (p *parser) advance() token {
	old := p.cur
	if p.next_ < len(p.toks) {
		p.cur = p.toks[p.next_]
		p.next_++
		if p.cur.Kind == Bad {
			panic(&Error{Kind: "TemplateSyntaxError", Msg: p.cur.Text, Pos: p.cur.Off})
		}
	}
	return old
}

// look is the token behind the current one.
func (p *parser) look() token {
	if p.next_ >= len(p.toks) {
		return p.cur
	}
	t := p.toks[p.next_]
	if t.Kind == Bad {
		panic(&Error{Kind: "TemplateSyntaxError", Msg: t.Text, Pos: t.Off})
	}
	return t
}

func (p *parser) skip(k Kind) bool {
	if p.cur.Kind != k {
		return false
	}
	p.advance()
	return true
}

func (p *parser) skipName(s string) bool {
	if !p.cur.is(s) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(k Kind) token {
	if p.cur.Kind != k {
		p.unexpected(k.String())
	}
	return p.advance()
}

func (p *parser) expectName(s string) token {
	if !p.cur.is(s) {
		p.unexpected(s)
	}
	return p.advance()
}

func (p *parser) unexpected(want string) {
	if p.cur.Kind == EOF {
		p.fail(p.cur.Off, "unexpected end of template, expected %s.", quote(want))
	}
	p.fail(p.cur.Off, "expected token %s, got %s", quote(want), quote(p.cur.describe()))
}

// enter counts one level of nesting; the caller calls leave.
func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.fail(p.cur.Off, "too many nested tags, brackets or operators: at most %d are allowed", maxNesting)
	}
}

func (p *parser) leave() { p.depth-- }

// chain counts one link of a chain.
func (p *parser) chain(n *int) {
	if *n++; *n > maxChain {
		p.fail(p.cur.Off, "too many operators in one expression: at most %d are allowed", maxChain)
	}
}

// failEnd reports a tag that does not belong here (name is set) or the end of
// the template, and says what was expected instead.
func (p *parser) failEnd(name string, pos Pos) {
	msg := "Unexpected end of template."
	if name != "" {
		msg = "Encountered unknown tag " + quote(name) + "."
	}
	if n := len(p.ends); n > 0 {
		looking := orList(p.ends[n-1])
		if name != "" && p.expectedSomewhere(name) {
			msg += " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for " + looking + "."
		} else {
			msg += " Jinja was looking for the following tags: " + looking + "."
		}
	}
	if n := len(p.tags); n > 0 {
		msg += " The innermost block that needs to be closed is " + quote(p.tags[n-1]) + "."
	}
	p.fail(pos, "%s", msg)
}

func (p *parser) expectedSomewhere(name string) bool {
	for _, end := range p.ends {
		for _, e := range end {
			if e == name {
				return true
			}
		}
	}
	return false
}

func orList(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = quote(n)
	}
	return strings.Join(q, " or ")
}

// body parses up to one of the end tags, whose name is then current, or to the
// end of the template where there are none.
func (p *parser) body(ends []string) []Stmt {
	p.enter()
	defer p.leave()
	if ends != nil {
		p.ends = append(p.ends, ends)
		defer func() { p.ends = p.ends[:len(p.ends)-1] }()
	}
	var body []Stmt
	var out *Output
	add := func(e Expr) {
		if out == nil {
			out = &Output{Pos: e.At()}
			body = append(body, out)
		}
		out.Parts = append(out.Parts, e)
	}
	for p.cur.Kind != EOF {
		switch p.cur.Kind {
		case Data:
			add(&Text{p.cur.Off, p.cur.Text})
			p.advance()
		case VarBegin:
			p.advance()
			add(p.tuple(tupleOpts{}))
			p.expect(VarEnd)
		default:
			out = nil
			p.expect(BlockBegin)
			for _, e := range ends {
				if p.cur.is(e) {
					return body
				}
			}
			body = append(body, p.statement())
			p.expect(BlockEnd)
		}
	}
	return body
}

// block parses the rest of a tag and the body up to one of the end tags, which
// is current afterwards.
func (p *parser) block(ends ...string) []Stmt {
	p.skip(Colon)
	p.expect(BlockEnd)
	body := p.body(ends)
	if p.cur.Kind == EOF {
		p.ends = append(p.ends, ends)
		p.failEnd("", p.cur.Off)
	}
	return body
}

// blockTo is block, and drops the end tag's name.
func (p *parser) blockTo(end string) []Stmt {
	body := p.block(end)
	p.advance()
	return body
}

// ParseExpr parses a text that is one expression, or several with commas.
func ParseExpr(src string) (x Expr, err error) {
	l := lexer{src: src}
	for l.pos = spaceEnd(src, 0); l.pos < len(src); l.skipSpace() {
		if !l.token() {
			break
		}
	}
	l.emit(VarEnd, len(src), "")
	p := &parser{toks: append(l.toks, token{Kind: EOF, Off: Pos(len(src))})}
	defer recoverParse(&err)
	p.advance()
	x = p.tuple(tupleOpts{})
	p.expect(VarEnd)
	return x, nil
}
