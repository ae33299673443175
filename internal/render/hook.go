package render

import (
	"context"
	"strings"
	"time"

	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Hooks is told of the hooks of a frame's node as its materialization comes to
// them. A hook is named by its event ("pre-hook", "post-hook") and its place among the
// hooks of that event, from 0.
type Hooks interface {
	// Begin is told that the turn of a hook has come. It is true where the macro
	// run_hooks is to carry it out, as dbt does; else Begin has done, or has left out,
	// what there was to do. The error is one that fails the node.
	Begin(event string, index int, inside bool) (plain bool, err error)
	// Send is asked what becomes of the text of a hook that Begin left to the macro. It
	// gives the text that the macro is to send; "" where there is nothing to send, as for
	// a notification that dex has sent.
	Send(sql string) (text string, err error)
	// End is told that such a hook is done.
	End()
	// Rendered is told of a text that was rendered by render(), and of what it became.
	Rendered(src, text string)
	// Inlined tells of the hooks that ephemeral models lend to the frame's node at an
	// event: for each, in order, whether it runs inside of the transaction. Begin is told
	// of the i-th with the index -1-i, and does all there is to do.
	Inlined(event string) []bool
	// Name gives what hooks see beside all other names: error, status, rows_affected.
	Name(name string) (value.Value, bool)
}

// hookFunctions are what the macro run_hooks tells dex.
var hookFunctions = map[string]function{
	"dex__begin_hook": {[]string{"hook", "inside_transaction"}, callBeginHook},
	"dex__send_hook":  {[]string{"sql"}, callSendHook},
	"dex__end_hook":   {nil, callEndHook},
	"dex__committed":  {nil, callCommitted},
}

func callBeginHook(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	d, _ := v[0].(*value.Dict)
	at, declared := f.declared[d]
	if f.Hooks == nil || !declared {
		return value.Bool(true), nil // one that a macro has made
	}
	plain, err := f.Hooks.Begin(at.event, at.index, v[1].Truth())
	return value.Bool(plain), err
}

func callSendHook(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	if f.Hooks == nil || !v[0].Truth() {
		return v[0], nil
	}
	text, err := f.Hooks.Send(value.ToStr(v[0]))
	return value.Str(text), err
}

func callEndHook(f *Frame, _ *value.Thread, _ []value.Value) (value.Value, error) {
	if f.Hooks != nil {
		f.Hooks.End()
	}
	return value.None, nil
}

// callCommitted is told of the commit that run_hooks sends as a statement before
// hooks outside of the transaction. dbt goes on as if the transaction were open, so that
// nothing opens one for the rest of the node; with `transactions: strict` in dex.yml the
// next statement inside of it begins one.
func callCommitted(f *Frame, _ *value.Thread, _ []value.Value) (value.Value, error) {
	if f.Inv.Strict && f.Session != nil {
		f.Session.Committed()
	}
	return value.None, nil
}

// hookPlace names a hook of a node.
type hookPlace struct {
	event string
	index int
}

// hooks gives pre_hooks and post_hooks: a list of {sql, transaction, index}, with
// those of ephemeral models before the node's pre-hooks and behind its post-hooks.
// run_hooks in package builtin walks it.
func (f *Frame) hooks(key string) value.Value {
	out := value.NewList()
	if f.Node == nil {
		return out
	}
	var lent []value.Value
	if f.Hooks != nil {
		lent = f.lentHooks(key)
	}
	if key == "pre-hook" {
		out.Elems = append(out.Elems, lent...)
	}
	v, _ := f.Node.Config.Get(key)
	if l, ok := v.(*value.List); ok {
		for i, h := range l.Elems {
			h = value.Copy(h)
			out.Elems = append(out.Elems, h)
			if d, isDict := h.(*value.Dict); isDict && f.Hooks != nil {
				if manifest.ExtendedHook(d) {
					d.SetStr("sql", value.Str("")) // a run_hooks of the project's own must not run it
				}
				f.declare(d, hookPlace{key, i})
			}
		}
	}
	if key != "pre-hook" {
		out.Elems = append(out.Elems, lent...)
	}
	return out
}

// lentHooks stand for the hooks of ephemeral models in the node's lists.
func (f *Frame) lentHooks(key string) []value.Value {
	var out []value.Value
	for i, inside := range f.Hooks.Inlined(key) {
		d := manifest.Hook{Transaction: inside}.Dict()
		f.declare(d, hookPlace{key, -1 - i})
		out = append(out, d)
	}
	return out
}

func (f *Frame) declare(d *value.Dict, at hookPlace) {
	if f.declared == nil {
		f.declared = map[*value.Dict]hookPlace{}
	}
	f.declared[d] = at
}

// Expression gives a Jinja expression as a template; one that has braces already
// stays as it is.
func Expression(src string) string {
	if jinja.HasTags(src) {
		return src
	}
	return "{{ " + src + " }}"
}

// RenderHook is render() for a text that dex sends by itself.
func (f *Frame) RenderHook(src string) (string, error) {
	f.rendering = src
	s, err := f.RenderText("hook", src)
	if err != nil {
		return "", err
	}
	f.rendering, f.rendered = "", [2]string{src, s}
	return strings.TrimSpace(s), nil
}

// RenderValues renders the texts inside of a hook's arguments, each to a text; what
// has no template stays what it is.
func (f *Frame) RenderValues(d *value.Dict) (*value.Dict, error) {
	if d == nil {
		return nil, nil
	}
	v, err := mapText(d, func(s string) (value.Value, error) {
		text, err := f.RenderText("hook", s)
		return value.Str(text), err
	})
	if err != nil {
		return nil, err
	}
	return v.(*value.Dict), nil
}

// Within makes ctx end the frame's statements until the function that it gives is
// called.
func (f *Frame) Within(ctx context.Context) (back func()) {
	old := f.ctx
	f.ctx = ctx
	return func() { f.ctx = old }
}

// Forget takes a failed hook out of what FailedHook tells: its failure was not the
// node's.
func (f *Frame) Forget() { f.rendering, f.rendered = "", [2]string{} }

// Record is a dict whose items are attributes as well: error.message.
func Record(d *value.Dict) value.Value { return &attrDict{d} }

// OwnRunHooks reports whether the macro run_hooks that the frame's node sees is none
// of dex's.
func (f *Frame) OwnRunHooks() bool {
	e := f.Inv.Macros.Find(f.pkg, "run_hooks")
	return e != nil && !f.Inv.Macros.isInternal(e.Macro.Package)
}

// ParseHook is ParseText for a hook: the names that tell how its node ended stand for
// something, so that expressions with them go through.
func (inv *Invocation) ParseHook(ctx context.Context, n *manifest.Node, src string) (string, *Notes, error) {
	f := inv.NewFrame(ctx, Parse, n)
	f.Hooks = unborn{}
	text, err := f.RenderText("hook", src)
	return text, f.notes, err
}

// unborn answers for a node that has not run yet.
type unborn struct{}

// Begin implements Hooks.
func (unborn) Begin(string, int, bool) (bool, error) { return true, nil }

// Send implements Hooks.
func (unborn) Send(sql string) (string, error) { return sql, nil }

// Inlined implements Hooks.
func (unborn) Inlined(string) []bool { return nil }

// End implements Hooks.
func (unborn) End() {}

// Rendered implements Hooks.
func (unborn) Rendered(string, string) {}

// Name implements Hooks.
func (unborn) Name(name string) (value.Value, bool) {
	switch name {
	case "status":
		return value.Str("success"), true
	case "rows_affected":
		return value.Int(0), true
	case "attempt":
		return value.Int(1), true
	case "started_at", "completed_at":
		return TimeValue(time.Unix(0, 0).UTC()), true
	case "timing":
		d := value.NewDict(3)
		d.SetStr("started_at", TimeValue(time.Unix(0, 0).UTC()))
		d.SetStr("completed_at", TimeValue(time.Unix(0, 0).UTC()))
		d.SetStr("seconds", value.Float(0))
		return Record(d), true
	case "error":
		d := value.NewDict(4)
		for _, key := range [...]string{"message", "class", "statement", "hook"} {
			d.SetStr(key, value.Str(""))
		}
		return Record(d), true
	}
	return nil, false
}
