package lint

import (
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/sqltext"
)

// text is what can be told of a template without rendering it: the statements that
// stand in it, with the macros of the project that it calls written out. What an
// expression prints is a name, thisName or exprName.
type text struct {
	statements []statement
	does       bool   // it has {% do %} or calls: it may act without printing
	broken     bool   // it is no template
	reads      string // the template and the macros written out, for names that occur in it
	ignored    []string
}

// statement is one statement as words: keywords and names in upper case, signs one
// by one, literals as ” and numbers as 0.
type statement struct {
	words []string
	text  string
}

const (
	thisName = "JINJA_THIS"
	exprName = "JINJA_EXPR"
	// ignoreMark stands before codes of rules in a comment of a hook.
	ignoreMark = "dex-lint: ignore"
	// maxDepth and maxCalls bound how macros that call macros are written out.
	maxDepth = 8
	maxCalls = 200
)

// read tells what can be told of a template of package pkg.
func (c *check) read(pkg, src string) *text {
	t := &text{reads: src, ignored: ignored(src)}
	tree, err := syntax.Parse(syntax.Normalize(src))
	if err != nil {
		t.broken = true
		return t
	}
	w := &writer{c: c, t: t, pkg: pkg}
	w.stmts(tree.Body, 0)
	for _, s := range sqltext.Split(w.b.String(), c.Dialect) {
		t.statements = append(t.statements, statement{words: words(s.Text, c.Dialect), text: s.Text})
	}
	return t
}

// ignored lists the codes behind ignoreMark: `-- dex-lint: ignore HK01, HK03`.
func ignored(src string) []string {
	var out []string
	for _, line := range strings.Split(src, "\n") {
		_, rest, ok := strings.Cut(line, ignoreMark)
		if !ok {
			continue
		}
		for _, code := range strings.FieldsFunc(rest, func(r rune) bool {
			return !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
		}) {
			out = append(out, code)
		}
	}
	return out
}

func (t *text) ignores(code string) bool {
	for _, c := range t.ignored {
		if c == code {
			return true
		}
	}
	return false
}

// writer writes a template out as SQL.
type writer struct {
	c   *check
	t   *text
	pkg string
	b   strings.Builder
	// calls are the macros written out so far.
	calls int
}

func (w *writer) stmts(body []syntax.Stmt, depth int) {
	for _, s := range body {
		w.stmt(s, depth)
	}
}

func (w *writer) stmt(s syntax.Stmt, depth int) {
	switch x := s.(type) {
	case *syntax.Output:
		for _, p := range x.Parts {
			w.part(p, depth)
		}
	case *syntax.Macro, *syntax.Set, *syntax.SetBlock:
		// What it holds is printed where it is used.
	case *syntax.Do:
		w.t.does = true
		w.call(x.X, depth)
	case *syntax.CallBlock:
		w.t.does = true
		w.children(x, depth)
	default:
		w.children(x, depth)
	}
	w.b.WriteByte(' ')
}

// children writes the statements inside of a block, of all branches.
func (w *writer) children(n syntax.Node, depth int) {
	syntax.Children(n, func(child syntax.Node) {
		switch child.(type) {
		case *syntax.Output, *syntax.For, *syntax.If, *syntax.CallBlock, *syntax.Do, *syntax.Set, *syntax.SetBlock:
			w.stmt(child, depth)
		}
	})
}

func (w *writer) part(p syntax.Expr, depth int) {
	switch x := p.(type) {
	case *syntax.Text:
		w.b.WriteString(x.Text)
	case *syntax.Const:
		w.b.WriteString(x.Text)
	default:
		if n, ok := p.(*syntax.Name); ok && n.Name == "this" {
			w.b.WriteString(thisName)
			return
		}
		if !w.call(p, depth) {
			w.b.WriteString(exprName)
		}
	}
}

// call writes out the macro of the project that x calls; false where it calls none.
func (w *writer) call(x syntax.Expr, depth int) bool {
	call, ok := x.(*syntax.Call)
	if !ok || depth >= maxDepth || w.calls >= maxCalls {
		return false
	}
	pkg, name := w.pkg, ""
	switch fn := call.Fn.(type) {
	case *syntax.Name:
		if fn.Name == "config" {
			return true // it prints nothing
		}
		name = fn.Name
	case *syntax.Getattr:
		owner, ok := fn.X.(*syntax.Name)
		if !ok {
			return false
		}
		pkg, name = owner.Name, fn.Attr
	}
	if w.c.Macro == nil {
		return false
	}
	m := w.c.Macro(pkg, name)
	if m == nil {
		return false
	}
	w.calls++
	tree, err := syntax.Parse(syntax.Normalize(m.Raw))
	if err != nil {
		return false
	}
	for _, s := range tree.Body {
		if def, ok := s.(*syntax.Macro); ok {
			w.t.reads += "\n" + m.Raw
			w.stmts(def.Body, depth+1)
			return true
		}
	}
	return false
}

// words cuts a statement into words.
func words(sql string, d sqltext.Dialect) []string {
	sql = sqltext.StripComments(sql, d)
	var out []string
	for i := 0; i < len(sql); {
		c := sql[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'' || c == '"' || c == '`':
			end := quoteEnd(sql, i)
			if c == '\'' {
				out = append(out, "''")
			} else {
				out = append(out, strings.ToUpper(strings.Trim(sql[i:end], string(c))))
			}
			i = end
		case c >= '0' && c <= '9':
			for i < len(sql) && (nameByte(sql[i]) || sql[i] == '.') {
				i++
			}
			out = append(out, "0")
		case nameByte(c):
			from := i
			for i < len(sql) && nameByte(sql[i]) {
				i++
			}
			out = append(out, strings.ToUpper(sql[from:i]))
		default:
			out = append(out, sql[i:i+1])
			i++
		}
	}
	return out
}

// quoteEnd is the end of the literal that begins at i; a doubled quote is part of it.
func quoteEnd(sql string, i int) int {
	q := sql[i]
	for i++; i < len(sql); i++ {
		if sql[i] != q {
			continue
		}
		if i+1 < len(sql) && sql[i+1] == q {
			i++
			continue
		}
		return i + 1
	}
	return len(sql)
}

func nameByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// starts reports whether the statement begins with these words.
func (s *statement) starts(want ...string) bool {
	if len(s.words) < len(want) {
		return false
	}
	for i, w := range want {
		if s.words[i] != w {
			return false
		}
	}
	return true
}

// has reports whether the words stand in the statement one behind the other.
func (s *statement) has(want ...string) bool {
	for i := range s.words {
		if len(s.words)-i < len(want) {
			return false
		}
		if (&statement{words: s.words[i:]}).starts(want...) {
			return true
		}
	}
	return false
}
