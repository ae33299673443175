package parse

import (
	"errors"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// readTemplate renders a draft's text and takes down what it refers to and how
// it is configured.
func (p *parser) readTemplate(d *draft) {
	n := d.node
	c, err := p.base(d.pkg, n.Kind, n.FQN)
	if err != nil {
		p.report(p.spread(d, p.configFault(d, err), err, false)...)
		return
	}
	n.Config = c
	d.notes = &render.Notes{}
	if hasTags(d.src.text) && !p.renderDraft(d) {
		return
	}
	p.ownConfig(d)
}

// renderDraft is false after a fault, which has been reported.
func (p *parser) renderDraft(d *draft) bool {
	if had, ok := p.recall(d); ok {
		d.notes, d.call, d.raw, d.hooksAt = &had.notes, had.call, had.raw, had.hooksAt
		return true
	}
	n := d.node
	t, err := p.compile(d.src)
	if err != nil {
		p.report(p.renderFault(n, d.src, err))
		return false
	}
	_, d.notes, err = p.inv.ParseNode(p.ctx, n, t)
	if err != nil {
		p.report(p.renderFault(n, d.src, err))
		return false
	}
	if len(d.notes.Configs) == 0 {
		return true
	}
	if !p.calledConfig(d) {
		return false
	}
	d.placeCalls(t.Tree())
	if n.Kind != manifest.KindModel || !staticText(t.Tree(), d.src.text) {
		d.raw = configOf(t.Tree())
	}
	return true
}

// calledConfig merges what calls of config() gave, in the order of the calls.
// It is false after a fault, which has been reported.
func (p *parser) calledConfig(d *draft) bool {
	d.call = value.NewDict(4)
	for _, c := range d.notes.Configs {
		if err := manifest.MergeCall(d.call, c); err != nil {
			p.report(p.spread(d, p.configFault(d, err), err, false)...)
			return false
		}
	}
	return true
}

// compile compiles a text under its file's name.
func (p *parser) compile(src source) (*jinja.Template, error) {
	return jinja.Compile(src.file, src.text)
}

// staticText reports whether dbt reads a model without rendering it: its tags
// are calls of ref, source and config with literals and nothing else. Then its
// unrendered_config shows values, otherwise expressions. dbt: dbt_extractor.
func staticText(t *syntax.Template, src string) bool {
	for _, s := range t.Body {
		o, ok := s.(*syntax.Output)
		if !ok {
			return false
		}
		for _, part := range o.Parts {
			switch x := part.(type) {
			case *syntax.Text:
				if strings.ContainsRune(x.Text, '{') {
					return false
				}
			case *syntax.Call:
				if !staticCall(x, src) {
					return false
				}
			default:
				return false
			}
		}
	}
	return !strings.Contains(src, "{{-") && !strings.Contains(src, "-}}") && !strings.Contains(src, "{%")
}

func staticCall(c *syntax.Call, src string) bool {
	fn, ok := c.Fn.(*syntax.Name)
	if !ok || c.Star != nil || c.StarStar != nil {
		return false
	}
	switch fn.Name {
	case "ref", "source":
		_, ok := render.ConstTexts(c.Args.Pos)
		return ok
	case "config":
		if len(c.Args.Pos) > 0 {
			return false
		}
		for _, k := range c.Kw {
			if strings.HasSuffix(k.Name, "_hook") || !staticValue(k.Value, src) {
				return false
			}
		}
		return true
	}
	return false
}

// staticValue reports whether dbt's extractor takes a value of config(): texts,
// True, False, and lists and dicts of them.
func staticValue(x syntax.Expr, src string) bool {
	switch n := x.(type) {
	case *syntax.Const:
		switch n.Kind {
		case syntax.ConstStr:
			return true
		case syntax.ConstTrue, syntax.ConstFalse:
			at := int(n.At())
			return at < len(src) && (src[at] == 'T' || src[at] == 'F')
		}
		return false
	case *syntax.List:
		return !slices.ContainsFunc(n.Items, func(e syntax.Expr) bool { return !staticValue(e, src) })
	case *syntax.Dict:
		bad := func(e syntax.Expr) bool { return !staticValue(e, src) }
		return !slices.ContainsFunc(n.Keys, bad) && !slices.ContainsFunc(n.Values, bad)
	}
	return false
}

// textBlock is a top-level block of a file.
type textBlock struct {
	kind, name string
	full, body source
}

// blocksOf cuts a file into its top-level blocks of some kinds. Tags outside of
// them have no effect: each gives a warning.
func blocksOf(src source, kinds ...string) ([]textBlock, diag.List, error) {
	found, tags, err := jinja.Blocks(src.file, src.text, jinja.BlockOptions{Kinds: kinds})
	if err != nil {
		return nil, nil, err
	}
	var outside diag.List
	for _, w := range tags {
		f := warning(src.pos(w.Line, w.Col), "block-unexpected", w.Msg+" in file `"+src.file+"`")
		f.Source = w.Source
		outside.Add(f)
	}
	out := make([]textBlock, len(found))
	for i, b := range found {
		line := src.line + b.Line - 1
		inside := strings.Index(b.Full, b.Contents)
		if inside < 0 {
			inside = 0
		}
		out[i] = textBlock{
			kind: b.Kind, name: b.Name, full: source{file: src.file, text: b.Full, line: line},
			body: source{file: src.file, text: b.Contents, line: line + strings.Count(b.Full[:inside], "\n")},
		}
	}
	return out, outside, nil
}

// renderFault words an error of a template as a fault of the node that it stands
// in. src says where the text lies that was rendered; without a text of its own
// only the file is known.
func (p *parser) renderFault(n *manifest.Node, src source, err error) diag.Diagnostic {
	f := nodeFault(n, diag.Compilation, "render", err.Error())
	p.refine(&f, src, err)
	return f
}

// fileFault is renderFault for a file that makes no node.
func (p *parser) fileFault(file *project.File, src source, err error) diag.Diagnostic {
	f := diag.Diagnostic{
		Class: diag.Compilation, Code: "render", Summary: err.Error(),
		Pos: diag.Pos{File: p.display(file)}, Where: file.Kind.String() + " " + fileName(file.Rel) + " (" + file.Path + ")",
	}
	p.refine(&f, src, err)
	return f
}

// refine takes class, message, place and macro stack from the error.
func (p *parser) refine(f *diag.Diagnostic, src source, err error) {
	var fault *render.Fault
	if errors.As(err, &fault) {
		f.Summary = fault.Msg
		if fault.Class != "" {
			f.Class = fault.Class
		}
		if fault.Where != "" {
			f.Where = fault.Where
		}
		for _, m := range fault.Macros {
			f.Stack = append(f.Stack, diag.Frame{Name: "macro " + m.Name + " (" + m.OriginalFilePath + ")", Pos: m.Pos})
		}
		if fault.Undefined {
			f.Hint = `This can happen when calling a macro that does not exist. Check for typos and/or install package dependencies with "dbt deps".`
		}
	}
	var j *jinja.Error
	if !errors.As(err, &j) {
		return
	}
	if fault == nil {
		f.Summary = j.Msg
	}
	f.Source = j.Source
	switch {
	case src.made:
		f.Source = ""
	case j.Template == src.file && src.text != "":
		f.Pos = src.pos(j.Line, j.Col)
	case p.macroPlaces[j.Template].file != "":
		f.Pos = p.macroPlaces[j.Template].pos(j.Line, j.Col)
	default:
		// A text of dbt_project.yml or of properties: its own lines mean nothing.
		f.Source = ""
	}
}
