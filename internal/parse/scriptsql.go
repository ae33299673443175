package parse

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/operation"
	"dex/internal/render"
	"dex/internal/yamldoc"
)

// readScriptSQL renders an operation's text as a model's is: ref, source and config
// take notes, and parameters have samples of their types.
func (s *scripts) readScriptSQL(o *script) {
	if !hasTags(o.src.text) {
		return
	}
	t, err := s.compile(o.src)
	if err != nil {
		o.faults.Add(s.renderFault(o.node, o.src, err))
		return
	}
	notes, samples, err := s.renderScript(o, t)
	s.judge(o, o.src, err, samples)
	s.layCalls(o, t.Tree(), notes.Configs)
	o.note(notes)
	s.checkParams(o, t.Tree())
}

func (s *scripts) renderScript(o *script, t *jinja.Template) (*render.Notes, *sampled, error) {
	f := s.inv.NewFrame(s.ctx, render.Parse, o.node)
	samples := &sampled{declared: func() []*operation.Param { return o.declared(f.Notes().Configs) }}
	f.Extra = scriptNames(samples)
	_, err := f.Render(t)
	return f.Notes(), samples, err
}

// scriptNames are the names that an operation's template sees beside all others.
func scriptNames(params value.Value) map[string]value.Value {
	return map[string]value.Value{
		"params": params, "dry_run": value.Bool(false),
		"return_value": value.NewFunc("return_value", func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) {
			return value.Str(""), nil
		}),
	}
}

// declared gives the parameters that are known while the text is rendered: those of
// the layers below, and of config() calls up to here.
func (o *script) declared(calls []*value.Dict) []*operation.Param {
	op := operation.New()
	op.Language = o.op.Language
	var dropped diag.List // told once the text has been rendered
	for _, l := range o.layers {
		op.Lay(l, &dropped)
	}
	for _, c := range calls {
		doc := yamldoc.Assemble(o.src.file, nil).Doc(c)
		op.Lay(operation.Layer{Doc: doc, Dict: c, What: "config"}, &dropped)
	}
	op.Settle()
	return op.Params
}

// layCalls lays the arguments of config(), with the places that they have in the
// text.
func (s *scripts) layCalls(o *script, t *syntax.Template, given []*value.Dict) {
	calls := configCalls(t)
	for i, args := range given {
		a := yamldoc.Assemble(o.src.file, []byte(strings.Repeat("\n", o.src.line)+o.src.text))
		a.Start(args, o.src.pos(1, 1))
		if len(calls) == len(given) || len(calls) == 1 {
			o.placeCall(a, args, calls[min(i, len(calls)-1)])
		}
		o.lay(operation.Layer{Doc: a.Doc(args), Dict: args, What: "config()"})
	}
}

// configCalls lists the calls of config() in the order of the text.
func configCalls(t *syntax.Template) []*syntax.Call {
	var out []*syntax.Call
	syntax.Walk(t, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.Call); ok {
			if fn, ok := c.Fn.(*syntax.Name); ok && fn.Name == "config" {
				out = append(out, c)
				return false
			}
		}
		return true
	})
	return out
}

func (o *script) at(n syntax.Pos) diag.Pos {
	pos, _ := o.src.place(min(int(n), len(o.src.text)))
	return pos
}

func (o *script) placeCall(a *yamldoc.Assembly, args *value.Dict, c *syntax.Call) {
	a.Start(args, o.at(c.At()))
	if len(c.Args.Pos) == 1 {
		o.placeValue(a, args, c.Args.Pos[0])
	}
	for _, k := range c.Kw {
		key := k.Name
		if key == "pre_hook" || key == "post_hook" {
			key = strings.Replace(key, "_", "-", 1) // as config() notes them
		}
		if v, ok := args.GetStr(key); ok {
			a.Key(args, key, o.at(k.At), o.at(k.Value.At()))
			o.placeValue(a, v, k.Value)
		}
	}
}

// placeValue gives a value and what is in it the places of the expression that it
// came of, as far as that is a literal.
func (o *script) placeValue(a *yamldoc.Assembly, v value.Value, x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Dict:
		d, ok := v.(*value.Dict)
		if !ok {
			return
		}
		a.Start(d, o.at(x.At()))
		for i, k := range x.Keys {
			c, ok := k.(*syntax.Const)
			if !ok || c.Kind != syntax.ConstStr {
				continue
			}
			if e, ok := d.GetStr(c.Text); ok {
				a.Key(d, c.Text, o.at(k.At()), o.at(x.Values[i].At()))
				o.placeValue(a, e, x.Values[i])
			}
		}
	case *syntax.List:
		l, ok := v.(*value.List)
		if !ok || len(l.Elems) != len(x.Items) {
			return
		}
		a.Start(l, o.at(x.At()))
		for i, e := range x.Items {
			a.Item(l, o.at(e.At()))
			o.placeValue(a, l.Elems[i], e)
		}
	}
}

// checkParams reports names behind `params.` that no parameter has.
func (s *scripts) checkParams(o *script, t *syntax.Template) {
	syntax.Walk(t, func(n syntax.Node) bool {
		name := ""
		switch x := n.(type) {
		case *syntax.Getattr:
			if of, ok := x.X.(*syntax.Name); ok && of.Name == "params" && !isDictMethod(x.Attr) {
				name = x.Attr
			}
		case *syntax.Getitem:
			of, ok := x.X.(*syntax.Name)
			if key, isConst := x.Key.(*syntax.Const); ok && isConst && of.Name == "params" && key.Kind == syntax.ConstStr {
				name = key.Text
			}
		}
		if name != "" && o.op.Param(name) == nil {
			o.unknownParam(name, int(n.At()))
		}
		return true
	})
}

func isDictMethod(name string) bool {
	_, ok, err := value.GetAttr(value.NewDict(0), name)
	return ok && err == nil
}

func (o *script) unknownParam(name string, offset int) {
	f := diag.Diagnostic{Class: diag.Compilation, Code: "param-unknown", Summary: fmt.Sprintf("operation %s declares no parameter '%s'", o.op.Name, name)}
	f.Pos, f.Source = o.src.place(min(offset, len(o.src.text)))
	var names []string
	for _, p := range o.op.Params {
		names = append(names, p.Name)
	}
	f.Hint = "Declare it: config(params=[{'name': '" + name + "'}])."
	if near := yamldoc.Nearest(name, names); near != "" {
		f.Hint = "Did you mean '" + near + "'?"
	}
	o.faults.Add(f)
}

// readScriptPython reads a Python file's script block and looks for calls of
// dex.ref and dex.source with literals.
func (s *scripts) readScriptPython(o *script) {
	whole := strings.Repeat("\n", o.src.line) + o.src.text
	c, faults := operation.ReadPython(o.src.file, whole)
	o.faults = append(o.faults, faults...)
	o.op.Dependencies, o.op.RequiresPython = c.Dependencies, c.RequiresPython
	if c.Tool != nil {
		rendered, more := c.Doc.Render(c.Tool, nil, yamldoc.Rendering{With: s, Skip: operation.Late})
		o.faults = append(o.faults, more...)
		o.lay(operation.Layer{Doc: c.Doc, Dict: rendered.(*value.Dict), Places: c.Tool, What: "[tool.dex]"})
	}
	o.scanReferences()
	if !o.op.Jinja {
		return
	}
	t, err := s.compile(o.src)
	if err != nil {
		o.faults.Add(s.renderFault(o.node, o.src, err))
		return
	}
	notes, samples, err := s.renderScript(o, t)
	s.judge(o, o.src, err, samples)
	o.note(notes)
}

var dexCall = regexp.MustCompile(`\bdex\.((?:ref|source)\s*\([^()]*\))`)

// scanReferences notes dex.ref('x') and dex.source('x', 'y').
func (o *script) scanReferences() {
	text := scanPython(o.src.text)
	for _, m := range dexCall.FindAllStringSubmatchIndex(text.code, -1) {
		ref, src, ok := render.StaticRef(text.plain[m[2]:m[3]])
		if !ok {
			continue // its arguments are computed
		}
		r := reference{ref: ref, source: src}
		r.pos, r.line = o.src.place(m[2])
		if !slices.ContainsFunc(o.reads, r.same) {
			o.reads = append(o.reads, r)
		}
	}
}
