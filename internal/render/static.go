package render

import (
	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// StaticRef reads an expression that is nothing but a call of ref() or source()
// with constant arguments.
func StaticRef(expr string) (ref manifest.Ref, source []string, ok bool) {
	t, err := syntax.Parse("{{ " + expr + " }}")
	if err != nil || len(t.Body) != 1 {
		return ref, nil, false
	}
	out, ok := t.Body[0].(*syntax.Output)
	if !ok || len(out.Parts) != 1 {
		return ref, nil, false
	}
	call, ok := out.Parts[0].(*syntax.Call)
	if !ok || call.Star != nil || call.StarStar != nil {
		return ref, nil, false
	}
	fn, ok := call.Fn.(*syntax.Name)
	if !ok {
		return ref, nil, false
	}
	args, ok := ConstTexts(call.Args.Pos)
	if !ok {
		return ref, nil, false
	}
	switch {
	case fn.Name == "source" && len(args) == 2 && len(call.Kw) == 0:
		return ref, args, true
	case fn.Name == "ref" && (len(args) == 1 || len(args) == 2):
		ref.Name = args[len(args)-1]
		if len(args) == 2 {
			ref.Package = args[0]
		}
		ref.Version, ok = constVersion(call.Kw)
		return ref, nil, ok
	}
	return ref, nil, false
}

// ConstTexts reads expressions that are all constant strings.
func ConstTexts(list []syntax.Expr) ([]string, bool) {
	out := make([]string, len(list))
	for i, x := range list {
		c, ok := x.(*syntax.Const)
		if !ok || c.Kind != syntax.ConstStr {
			return nil, false
		}
		out[i] = c.Text
	}
	return out, true
}

// constVersion reads version= or v= of a ref; nil where there is none.
func constVersion(kw []syntax.Keyword) (value.Value, bool) {
	var out value.Value
	for _, k := range kw {
		c, ok := k.Value.(*syntax.Const)
		if !ok || k.Name != "version" && k.Name != "v" {
			return nil, false
		}
		switch c.Kind {
		case syntax.ConstStr:
			out = value.Str(c.Text)
		case syntax.ConstInt, syntax.ConstFloat:
			v, err := value.ParseJSON([]byte(c.Text))
			if err != nil {
				return nil, false
			}
			out = v
		default:
			return nil, false
		}
	}
	return out, true
}

// foreignKeys puts relations where the foreign keys of a compiled model name
// what they refer to: to: ref('x'). dbt: _compile_relation_for_foreign_key_constraint_to.
func (f *Frame) foreignKeys(model *value.Dict) {
	f.eachForeignKey(model, "constraints")
	cols, _ := model.GetStr("columns")
	if d, ok := cols.(*value.Dict); ok {
		d.Each(func(_, c value.Value) bool {
			if col, ok := c.(*value.Dict); ok {
				f.eachForeignKey(col, "constraints")
			}
			return true
		})
	}
}

func (f *Frame) eachForeignKey(owner *value.Dict, key string) {
	v, _ := owner.GetStr(key)
	list, ok := v.(*value.List)
	if !ok {
		return
	}
	for _, k := range list.Elems {
		d, ok := k.(*value.Dict)
		if !ok || itemText(d, "type") != "foreign_key" {
			continue
		}
		if r, ok := f.staticRelation(itemText(d, "to")); ok {
			d.SetStr("to", value.Str(r))
		}
	}
}

// References gives what the foreign keys of the frame's model refer to: for each
// `to: ref('x')` or `to: source('s', 'x')` the relation. Nil where there is none.
func (f *Frame) References() map[string]string {
	var out map[string]string
	add := func(list []value.Value) {
		for _, k := range list {
			if itemText(k, "type") != "foreign_key" {
				continue
			}
			to := itemText(k, "to")
			if r, ok := f.staticRelation(to); ok {
				if out == nil {
					out = map[string]string{}
				}
				out[to] = r
			}
		}
	}
	add(f.Node.Constraints)
	for _, c := range f.Node.Columns() {
		add(c.Constraints)
	}
	return out
}

// staticRelation is the relation that an expression refers to. Parsing has
// refused what cannot be resolved, so that a miss leaves the text as it is.
func (f *Frame) staticRelation(expr string) (string, bool) {
	ref, source, ok := StaticRef(expr)
	if !ok {
		return "", false
	}
	var n *manifest.Node
	var err error
	if source != nil {
		n, err = f.manifest().ResolveSource(f.pkg, source[0], source[1])
	} else {
		n, err = f.manifest().ResolveRef(f.pkg, ref)
	}
	if err != nil {
		return "", false
	}
	return f.constraintRelation(n).Render(), true
}
