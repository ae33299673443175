package jinja

import (
	"context"
	"sort"
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// Options change how a template is compiled.
type Options struct {
	// Loader finds the templates that include, import and extends name. Without
	// one they are an error, as in dbt.
	Loader Loader
}

// Loader finds templates by name. The error for one that is not there has the
// Kind TemplateNotFound.
type Loader interface {
	Load(name string) (*Template, error)
}

// Template is a compiled template. It never changes, and many goroutines may
// render it at once, each with its own Thread.
type Template struct {
	prog     *program
	tree     *syntax.Template
	root     *unit
	blocks   map[string]*block
	context  bool // it includes, imports, has blocks or extends
	extends  bool
	constant bool
	text     string

	storesLoop bool // some target is the name loop
}

// Compile compiles a template. Its error is an *Error.
func Compile(name, src string) (*Template, error) { return CompileWith(name, src, Options{}) }

// CompileWith is Compile with options.
func CompileWith(name, src string, opt Options) (t *Template, err error) {
	src = syntax.Normalize(src)
	tree, err := parse(name, src)
	if err != nil {
		return nil, err
	}
	defer recoverCompile(&err)
	t = &Template{prog: &program{name, src}, tree: tree}
	t.scan()
	c := &compiler{prog: t.prog, opt: opt, muted: t.extends, storesLoop: t.storesLoop, hasBlocks: t.context, blocks: map[string]*block{}}
	t.root = c.compileRoot(tree.Body)
	c.compileBlocks(tree)
	c.finish()
	t.blocks = c.blocks
	return t, nil
}

// scan notes what kind of template this is.
func (t *Template) scan() {
	t.constant = true
	var text strings.Builder
	for _, s := range t.tree.Body {
		o, ok := s.(*syntax.Output)
		if !ok {
			t.constant = false
			break
		}
		for _, p := range o.Parts {
			if x, ok := p.(*syntax.Text); ok {
				text.WriteString(x.Text)
			} else {
				t.constant = false
			}
		}
	}
	if t.constant {
		t.text = text.String()
		return
	}
	syntax.Walk(t.tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Name:
			t.storesLoop = t.storesLoop || n.Ctx == syntax.Store && n.Name == "loop"
		case *syntax.Extends:
			t.extends, t.context = true, true
		case *syntax.Block, *syntax.Include, *syntax.Import:
			t.context = true
		}
		return true
	})
}

// Const gives the text of a template that is the same in every render.
func (t *Template) Const() (string, bool) { return t.text, t.constant }

// Tree is what the template was parsed to. Nobody may change it.
func (t *Template) Tree() *syntax.Template { return t.tree }

// Name is the name the template was compiled under.
func (t *Template) Name() string { return t.prog.name }

// Render renders the template to text. A fault of the template is an *Error.
func (t *Template) Render(th *value.Thread, sc Scope) (string, error) {
	if t.constant {
		return t.text, nil
	}
	m := newMachine(th)
	defer m.release()
	if err := t.run(m, sc, nil); err != nil {
		return "", err
	}
	return string(m.out), nil
}

// Origin says that what is written from byte Out of a rendered text on comes from
// byte At of its template.
type Origin struct{ Out, At int }

// RenderTraced is Render with the origins of the text, in its order. What a macro
// writes comes from where the template calls it.
func (t *Template) RenderTraced(th *value.Thread, sc Scope) (string, []Origin, error) {
	m := newMachine(th)
	defer m.release()
	m.trace = &origins{root: t.prog}
	if err := t.run(m, sc, nil); err != nil {
		return "", nil, err
	}
	return string(m.out), m.trace.list, nil
}

// Line is the line of the template, from 1, that byte `out` of its text comes from.
func (t *Template) Line(text string, origins []Origin, out int) int {
	i := sort.Search(len(origins), func(i int) bool { return origins[i].Out > out }) - 1
	if i < 0 {
		return 1
	}
	o := origins[i]
	line, _ := syntax.Position(t.prog.src, syntax.Pos(o.At))
	if rest := t.prog.src[min(o.At, len(t.prog.src)):]; strings.HasPrefix(rest, text[o.Out:out]) {
		line += strings.Count(text[o.Out:out], "\n")
	}
	return line
}

// AppendRender is Render for callers that keep a buffer: it appends the text.
func (t *Template) AppendRender(b []byte, th *value.Thread, sc Scope) ([]byte, error) {
	if t.constant {
		return append(b, t.text...), nil
	}
	m := newMachine(th)
	defer m.release()
	if err := t.run(m, sc, nil); err != nil {
		return b, err
	}
	return append(b, m.out...), nil
}

// run runs the template, writing to m or to nat.
func (t *Template) run(m *machine, sc Scope, nat *nativeSink) error {
	var ctx *templateContext
	if t.context {
		ctx = newTemplateContext(t)
	}
	return t.runIn(m, sc, ctx, nat)
}

func (t *Template) runIn(m *machine, sc Scope, ctx *templateContext, nat *nativeSink) error {
	f := m.frame(len(t.root.fn.slots))
	f.prog, f.scope, f.ctx, f.nat = t.prog, sc, ctx, nat
	f.enter(t.root.enter)
	err := t.root.body(f)
	m.drop(f)
	if err == nil && ctx != nil && ctx.parent != nil {
		parent := ctx.parent
		ctx.parent = nil
		return parent.runIn(m, sc, ctx, nat)
	}
	return err
}

// HasTags reports whether a text holds anything that Jinja would act on: dbt
// renders no others.
func HasTags(src string) bool {
	for i := 0; i+1 < len(src); i++ {
		switch src[i] {
		case '{':
			if c := src[i+1]; c == '{' || c == '%' || c == '#' {
				return true
			}
		case '#', '}', '%':
			if src[i+1] == '}' {
				return true
			}
		}
	}
	return false
}

// fold evaluates an expression of constants when it is compiled. An expression
// that fails is left to fail when it is rendered.
func (c *compiler) fold(n syntax.Expr) (value.Value, bool) {
	if !foldable(n) {
		return nil, false
	}
	if k, ok := n.(*syntax.Const); ok {
		return c.constant(k), true
	}
	m := newMachine(value.NewThread(context.Background(), nil))
	defer m.release()
	fn := &function{}
	var x expr
	c.inFrame(newSymbols(nil, fn), func() { x = c.expr(n) })
	f := m.frame(len(fn.slots))
	f.prog = c.prog
	v, err := x(f)
	m.drop(f)
	if err != nil || !plainValue(v) {
		return nil, false
	}
	return v, true
}

// contextFilters are those that Jinja does not evaluate before the render.
var contextFilters = map[string]bool{
	"select": true, "reject": true, "selectattr": true, "rejectattr": true, "map": true, "random": true,
}

// foldable reports whether Jinja would evaluate an expression when it compiles
// it: constants, and operators, filters and tests of constants.
func foldable(n syntax.Expr) bool {
	ok := true
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Name, *syntax.Call:
			ok = false
		case *syntax.Filter:
			_, known := lookupFilter(n.Name)
			ok = ok && known && !contextFilters[n.Name] && nativeMarks[n.Name] == 0
		case *syntax.Test:
			_, known := lookupTest(n.Name)
			ok = ok && known
		case *syntax.Cond:
			ok = ok && n.Else != nil
		}
		return ok
	})
	return ok
}

// plainValue reports values that Jinja can write into its compiled code.
func plainValue(v value.Value) bool {
	switch v := v.(type) {
	case value.NoneType, value.Bool, value.Int, *value.BigInt, value.Float, value.Str, value.Markup, *value.Range:
		return true
	case *value.List:
		return allPlain(v.Elems)
	case *value.Tuple:
		return allPlain(v.Elems)
	case *value.Set:
		return allPlain(v.Elems())
	case *value.Dict:
		for i := range v.Len() {
			if k, x := v.At(i); !plainValue(k) || !plainValue(x) {
				return false
			}
		}
		return true
	}
	return false
}

func allPlain(vs []value.Value) bool {
	for _, v := range vs {
		if !plainValue(v) {
			return false
		}
	}
	return true
}
