package parse

import (
	"errors"
	"regexp"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/yamldoc"
)

// resolve turns every node's references into edges and renders descriptions,
// which may name docs blocks.
func (p *parser) resolve() {
	nodes := p.allNodes()
	p.parallel(len(nodes), func(i int) {
		p.resolveNode(nodes[i])
		p.describe(nodes[i])
	})
	p.resolveSemantics()
	p.describeMacros()
}

// allNodes lists the enabled nodes in the order in which they were made.
func (p *parser) allNodes() []*manifest.Node {
	out := make([]*manifest.Node, 0, len(p.m.Nodes)+len(p.m.Sources))
	for _, list := range [...][]*draft{p.drafts, p.tests, p.sources, p.others} {
		for _, d := range list {
			if p.m.Node(d.node.ID) == d.node {
				out = append(out, d.node)
			}
		}
	}
	return out
}

// resolveNode finds what a node refers to: sources first, then nodes, as dbt
// lists them.
func (p *parser) resolveNode(n *manifest.Node) {
	if n.Kind == manifest.KindSource || n.Kind == manifest.KindUnitTest {
		return
	}
	if n.Kind == manifest.KindSeed {
		p.seedRefs(n)
		return
	}
	for _, s := range n.Sources {
		to, err := p.m.ResolveSource(n.Package, s[0], s[1])
		if err != nil {
			p.unresolved(n, err, "source", s[1])
			continue
		}
		n.Parents = appendNew(n.Parents, to.ID)
	}
	for _, r := range n.Refs {
		to, err := p.m.ResolveRef(n.Package, r)
		if err != nil {
			p.unresolved(n, err, "ref", r.Name)
			continue
		}
		restricted := false
		if pkg, ok := p.proj.Package(to.Package); ok && !p.root(pkg) {
			restricted = pkg.RestrictAccess
		}
		if err := manifest.CheckAccess(n, to, restricted); err != nil {
			f := nodeFault(n, diag.Parsing, "ref-access", err.Error())
			f.Where = ""
			p.place(&f, n, "ref", r.Name)
			p.report(f)
			continue
		}
		n.Parents = appendNew(n.Parents, to.ID)
	}
	for _, call := range n.Metrics {
		p.resolveOther(n, manifest.KindMetric, call)
	}
	for _, call := range n.Functions {
		p.resolveOther(n, manifest.KindFunction, call)
	}
}

// resolveOther finds what a call of metric() or function() names.
func (p *parser) resolveOther(n *manifest.Node, kind manifest.Kind, call []string) {
	pkg, name := "", call[len(call)-1]
	if len(call) == 2 {
		pkg = call[0]
	}
	to, err := p.m.ResolveOther(kind, n.Package, pkg, name)
	if err != nil {
		p.unresolved(n, err, string(kind), name)
		return
	}
	n.Parents = appendNew(n.Parents, to.ID)
}

// disabledMiss reports whether a name was not found because what has it is
// disabled.
func disabledMiss(err error) bool {
	var miss *manifest.LookupError
	return errors.As(err, &miss) && miss.Disabled != nil
}

// seedRefs refuses references in the hooks of a seed, which cannot have edges.
func (p *parser) seedRefs(n *manifest.Node) {
	if len(n.Refs)+len(n.Sources) == 0 {
		return
	}
	var hooks strings.Builder
	for _, key := range hookKeys {
		list, _ := n.Config.Hooks(key) // normalised before
		for _, h := range list {
			hooks.WriteString("\n- " + underscored(key) + `: "` + h.SQL + `"`)
		}
	}
	f := nodeFault(n, diag.Parsing, "seed-ref", "Seeds cannot depend on other nodes. dbt detected a seed with a pre- or post-hook\n"+
		"that calls 'ref', 'source', or 'metric', either directly or indirectly via other macros.\n\n"+
		"Error raised for '"+string(n.ID)+"', which has these hooks defined: "+hooks.String())
	f.Where = ""
	p.report(f)
}

// unresolved reports a reference to nothing. dbt: for a test it is a warning and
// disables the test.
func (p *parser) unresolved(n *manifest.Node, err error, call, name string) {
	var miss *manifest.LookupError
	if !errors.As(err, &miss) {
		p.report(nodeFault(n, diag.Compilation, "ref-invalid", err.Error()))
		return
	}
	f := miss.Diagnostic(n, n.Pos)
	p.place(&f, n, call, name)
	if near := p.similar(call, miss.Name); near != "" && miss.Disabled == nil && miss.Several == nil {
		f.Hint = "Did you mean '" + near + "'?"
	}
	if n.Kind == manifest.KindTest && miss.Several == nil {
		n.Config.Set("enabled", value.Bool(false))
		f = asWarning(f)
		f.Event = "NodeNotFoundOrDisabled"
		if miss.Disabled != nil {
			// dbt: of a test of a disabled node nothing is said.
			return
		}
		f.Summary = strings.Replace(f.Summary, "in package or project '", "in package '", 1)
	}
	p.report(f)
}

// similar finds the name most like one that was not found.
func (p *parser) similar(call, name string) string {
	var names []string
	switch call {
	case "source":
		for _, n := range p.m.Sources {
			names = append(names, n.SearchName())
		}
	case "metric":
		for _, n := range p.m.Others {
			if n.Kind == manifest.KindMetric {
				names = append(names, n.Name)
			}
		}
	default:
		for _, n := range p.m.Nodes {
			if n.Refable() {
				names = append(names, n.Name)
			}
		}
	}
	return yamldoc.Nearest(name, sortedUnique(names))
}

// place gives a fault the place in the node's text where a call names something.
func (p *parser) place(f *diag.Diagnostic, n *manifest.Node, call, name string) {
	d := p.draftOf(n)
	if d == nil || d.src.text == "" || d.src.made {
		return
	}
	at := callPlace(d.src.text, call, name)
	if at < 0 {
		return
	}
	f.Pos, f.Source = d.src.place(at)
}

// draftOf finds the draft that became a node.
func (p *parser) draftOf(n *manifest.Node) *draft {
	for _, list := range [...][]*draft{p.drafts, p.tests} {
		for _, d := range list {
			if d.node == n {
				return d
			}
		}
	}
	return nil
}

// callPlace is the offset of the first call of a function that has a text among
// its arguments, -1 where there is none.
func callPlace(text, call, name string) int {
	re, err := regexp.Compile(`\b` + call + `\s*\([^()]*['"]` + regexp.QuoteMeta(name) + `['"]`)
	if err != nil {
		return -1
	}
	if m := re.FindStringIndex(text); m != nil {
		return m[0]
	}
	return -1
}

// describe renders a node's descriptions.
func (p *parser) describe(n *manifest.Node) {
	n.Description, n.DocBlocks = p.description(n, n.Description)
	for _, c := range n.Columns() {
		c.Description, c.DocBlocks = p.description(n, c.Description)
	}
	if n.Source != nil {
		n.Source.SourceDescription, _ = p.description(n, n.Source.SourceDescription)
	}
	if p.m.Others[n.ID] == n {
		p.describeSemantics(n)
	}
}

func (p *parser) description(n *manifest.Node, src string) (string, []manifest.ID) {
	if !hasTags(src) {
		return src, nil
	}
	if name, ok := soleDoc(src); ok {
		if d := p.m.ResolveDoc(n.Package, "", name); d != nil {
			return d.Contents, []manifest.ID{d.ID}
		}
	}
	text, docs, err := p.inv.Description(p.ctx, src, n, n.Package)
	if err != nil {
		f := p.renderFault(n, source{file: n.Pos.File, made: true}, err)
		if d := p.draftOf(n); d != nil && d.patch != nil {
			e := d.patch.e
			f.Pos = e.props.doc.ValuePos(e.d, "description")
			f.Source = e.props.doc.Line(f.Pos.Line)
		}
		p.report(f)
		return src, nil
	}
	return text, docs
}

// soleDoc reads a description that is nothing but {{ doc("name") }}: most are.
func soleDoc(src string) (string, bool) {
	s, ok := strings.CutPrefix(strings.TrimSpace(src), "{{")
	if !ok || len(src) > 200 {
		return "", false
	}
	s, ok = strings.CutSuffix(s, "}}")
	if !ok {
		return "", false
	}
	s, ok = strings.CutPrefix(strings.TrimSpace(s), "doc(")
	if !ok {
		return "", false
	}
	s, ok = strings.CutSuffix(s, ")")
	s = strings.TrimSpace(s)
	if !ok || len(s) < 3 || s[0] != s[len(s)-1] || s[0] != '"' && s[0] != '\'' {
		return "", false
	}
	s = s[1 : len(s)-1]
	return s, !strings.ContainsAny(s, `"'\{}(),`)
}

// WrittenConfig is what the first config() call of a template was given, as
// written: a text constant as its text, all else as its expression. nil where
// there is no such call with keywords. dbt: statically_parse_unrendered_config.
func WrittenConfig(src string) *value.Dict {
	if !strings.Contains(src, "config(") {
		return nil
	}
	t, err := syntax.Parse(syntax.Normalize(src))
	if err != nil {
		return nil
	}
	return configOf(t)
}

func configOf(t *syntax.Template) *value.Dict {
	var call *syntax.Call
	syntax.Walk(t, func(n syntax.Node) bool {
		c, ok := n.(*syntax.Call)
		if !ok || call != nil {
			return call == nil
		}
		if fn, ok := c.Fn.(*syntax.Name); ok && fn.Name == "config" {
			call = c
			return false
		}
		return true
	})
	if call == nil {
		return nil
	}
	out := value.NewDict(len(call.Kw))
	for _, k := range call.Kw {
		if c, ok := k.Value.(*syntax.Const); ok && c.Kind == syntax.ConstStr {
			out.SetStr(k.Name, value.Str(c.Text))
		} else {
			out.SetStr(k.Name, value.Str(written(k.Value)))
		}
	}
	return out
}
