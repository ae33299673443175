package render

import (
	"context"
	"regexp"

	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// ParseNode renders a node's template in the Parse phase and gives what it took
// down beside the text.
func (inv *Invocation) ParseNode(ctx context.Context, n *manifest.Node, t *jinja.Template) (string, *Notes, error) {
	f := inv.NewFrame(ctx, Parse, n)
	text, err := f.Render(t)
	return text, f.notes, err
}

// ParseText is ParseNode for a text, such as a hook. what names it in faults.
func (inv *Invocation) ParseText(ctx context.Context, n *manifest.Node, src, what string) (string, *Notes, error) {
	f := inv.NewFrame(ctx, Parse, n)
	text, err := f.RenderText(what, src)
	return text, f.notes, err
}

// CallMacro calls a macro in the Parse phase, as a node of package pkg sees it:
// generate_schema_name and its like. config is readable, as dbt's
// GenerateNameProvider has it.
func (inv *Invocation) CallMacro(ctx context.Context, n *manifest.Node, pkg string, e *Entry, args []value.Value, kw []value.Arg) (value.Value, *Notes, error) {
	f := inv.NewFrame(ctx, Parse, n).In(pkg)
	v, err := f.Call(e, args, kw)
	return v, f.notes, err
}

// Native renders every text inside v natively, with the names of properties
// files: target, var, env_var and the functions without a node. notes, which may
// be nil, takes down the variables read.
func (inv *Invocation) Native(ctx context.Context, v value.Value, pkg string, notes *Notes) (value.Value, error) {
	f := inv.NewFrame(ctx, Parse, nil).In(pkg)
	f.strict = true // dbt captures undefined names in nodes alone
	f.properties = true
	if notes != nil {
		f.notes = notes
	}
	return mapText(v, func(s string) (value.Value, error) {
		if !jinja.HasTags(s) {
			return value.Str(s), nil
		}
		return f.RenderNative("yaml", s)
	})
}

// Description renders a description: doc() gives a docs block's text.
func (inv *Invocation) Description(ctx context.Context, src string, n *manifest.Node, pkg string) (string, error) {
	if !jinja.HasTags(src) {
		return src, nil
	}
	f := inv.NewFrame(ctx, Parse, n).In(pkg)
	f.strict = true
	return f.RenderText("description", src)
}

// looksLikeCall tells test arguments that are calls without braces.
var looksLikeCall = regexp.MustCompile(`^\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*$`)

// TestKwargs renders a generic test's arguments natively and puts them into the
// frame under the name that its code uses. dbt: add_rendered_test_kwargs.
func (f *Frame) TestKwargs() error {
	if f.Node.Test == nil || f.Node.Test.Kwargs == nil {
		return nil
	}
	out := value.NewDict(f.Node.Test.Kwargs.Len())
	var fail error
	f.Node.Test.Kwargs.Each(func(k, v value.Value) bool {
		if value.ToStr(k) == "column_name" { // a name is never a number
			fail = out.Set(k, v)
			return fail == nil
		}
		got, err := mapText(v, func(s string) (value.Value, error) {
			if looksLikeCall.MatchString(s) {
				s = "{{ " + s + " }}"
			}
			return f.RenderNative("test argument", s)
		})
		if err != nil {
			fail = err
			return false
		}
		fail = out.Set(k, got)
		return fail == nil
	})
	if f.Extra == nil {
		f.Extra = map[string]value.Value{}
	}
	f.Extra["_dbt_generic_test_kwargs"] = out
	return fail
}

// Notes gives what a frame of the Parse phase took down.
func (f *Frame) Notes() *Notes { return f.notes }

// mapText applies fn to every text inside lists and maps; keys stay.
func mapText(v value.Value, fn func(string) (value.Value, error)) (value.Value, error) {
	switch x := v.(type) {
	case value.Str:
		return fn(string(x))
	case *value.List:
		out := value.NewList()
		for _, e := range x.Elems {
			m, err := mapText(e, fn)
			if err != nil {
				return nil, err
			}
			out.Elems = append(out.Elems, m)
		}
		return out, nil
	case *value.Dict:
		out := value.NewDict(x.Len())
		for i := 0; i < x.Len(); i++ {
			k, e := x.At(i)
			m, err := mapText(e, fn)
			if err != nil {
				return nil, err
			}
			if err := out.Set(k, m); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// NativeWith renders one text natively with the names of profiles.yml and
// dbt_project.yml. secret gives what stands for a secret variable; nil refuses
// such variables.
func (inv *Invocation) NativeWith(ctx context.Context, src string, secret func(name string) string) (value.Value, error) {
	f := inv.NewFrame(ctx, Parse, nil)
	f.secret = secret
	f.configuring, f.strict = true, true // dbt: get_rendered without a node has no forgiving Undefined
	return f.RenderNative("yaml", src)
}

// NativeOwn is NativeWith for dex.yml: it sees the target.
func (inv *Invocation) NativeOwn(ctx context.Context, src string, secret func(name string) string) (value.Value, error) {
	f := inv.NewFrame(ctx, Parse, nil)
	f.secret = secret
	f.configuring, f.strict, f.own = true, true, true
	return f.RenderNative("yaml", src)
}

// Merged lays a project's `quoting:` over q.
func (q Quoting) Merged(over *value.Dict) Quoting {
	if over != nil {
		mergePolicy(&q, over)
	}
	return q
}
