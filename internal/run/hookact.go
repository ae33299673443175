package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// carryOut runs a hook by itself, as all its keys say, and ends its account. inside
// begins a transaction first. The error is nil where the failure of the hook is not one
// of the body.
func (a *Around) carryOut(ctx context.Context, d *declared, inside bool) error {
	d.inside, d.rec.StartedAt = inside, time.Now()
	if a.Session == nil {
		a.Session = session.New(a.e.Inv.Adapter, a.id, &a.e.Sessions)
		a.Session.Thread, a.own = a.Thread, true
	}
	defer a.see(d)()
	a.mark(d)
	defer a.mark(nil)
	defer a.in(d)()
	ok, err := a.condition(ctx, d)
	switch {
	case err != nil:
	case !ok:
		d.leave(result.ConditionFalse, "when: "+d.hook.When)
		return nil
	default:
		err = a.attempts(ctx, d)
	}
	if err == nil && d.ended() {
		return nil // left out on the way
	}
	if err == nil {
		rows := int64(-1)
		if d.rec.Kind != "notify" {
			rows = a.Session.Last.Rows
		}
		d.wentWell(rows)
		return nil
	}
	return a.failedHook(ctx, d, err)
}

// failedHook applies the policy of a hook that failed.
func (a *Around) failedHook(ctx context.Context, d *declared, err error) error {
	d.rec.Elapsed, d.rec.Err = time.Since(d.rec.StartedAt), a.errorOf(err)
	d.rec.Status = result.Error
	spoiled := a.spoiled(err)
	if d.hook.OnError == manifest.Fail || spoiled || ctx.Err() != nil {
		if spoiled && (d.hook.OnError != manifest.Fail || d.hook.Retries.Attempts > 1) {
			err = a.unsalvageable(d, err)
			d.rec.Err.Message = messageOf(err)
		}
		if a.failed == nil && (a.view.status == "" || a.view.status == result.Success) {
			a.failed = d // else it is one that runs because the body failed
		}
		return err
	}
	a.Session.Renew() // what is not spoiled misses nothing
	if a.Frame != nil {
		a.Frame.Forget()
	}
	d.rec.Status = result.Warn
	return nil
}

// condition evaluates `when`.
func (a *Around) condition(ctx context.Context, d *declared) (bool, error) {
	if d.hook.When == "" {
		return true, nil
	}
	f := a.frame()
	defer f.Within(ctx)() // it may ask the database
	v, err := f.RenderNative("when", render.Expression(d.hook.When))
	if err != nil {
		return false, err
	}
	if s, ok := v.(value.Str); ok { // a template may write its answer as a text
		switch strings.ToLower(strings.TrimSpace(string(s))) {
		case "", "false", "none", "0", "no":
			return false, nil
		}
		return true, nil
	}
	return v.Truth(), nil
}

// frame is where the hook's templates are rendered.
func (a *Around) frame() *render.Frame {
	if a.Frame == nil {
		f := a.e.Inv.NewFrame(context.Background(), render.Run, a.Node)
		f.Session, f.Thread, f.Hooks = a.Session, a.Thread, a
		a.Frame = f
	}
	return a.Frame
}

// act does what the hook is there for, once.
func (a *Around) act(ctx context.Context, d *declared) error {
	a.Session.Last = adapter.Response{Rows: -1}
	switch d.rec.Kind {
	case "macro":
		return a.callMacro(ctx, d)
	case "operation":
		return a.operate(ctx, d)
	case "notify":
		return a.notify(ctx, d)
	}
	text, err := a.frame().RenderHook(d.hook.SQL)
	if err != nil {
		return err
	}
	return a.send(ctx, d, text)
}

// send sends a hook's text: to the database, or as the notification that it calls
// for.
func (a *Around) send(ctx context.Context, d *declared, text string) error {
	d.rec.SQL = text
	if text == "" {
		return nil
	}
	if call, ok := a.notifies(text); ok {
		return a.sendCall(ctx, d, call)
	}
	text, skip := a.firstRun(ctx, d, text)
	if skip != "" {
		a.leaveFirst(d, skip)
		return nil
	}
	d.rec.SQL = text
	_, _, err := a.Session.Execute(ctx, text, d.inside, false, 0)
	return err
}

// callMacro calls the hook's macro; what it renders to is sent as {{ macro() }} in a
// text would be.
func (a *Around) callMacro(ctx context.Context, d *declared) error {
	f := a.frame()
	entry := a.e.Inv.Macros.Named(a.pkg(), d.hook.Macro)
	if entry == nil {
		return a.fault(fmt.Sprintf("there is no macro '%s'", d.hook.Macro))
	}
	args, err := f.RenderValues(d.hook.Args)
	if err != nil {
		return err
	}
	var kw []value.Arg
	if args != nil {
		args.Each(func(k, v value.Value) bool {
			kw = append(kw, value.Arg{Name: value.ToStr(k), Value: v})
			return true
		})
	}
	got, err := f.Call(entry, nil, kw)
	if err != nil {
		return err
	}
	text, ok := value.AsString(got)
	if !ok {
		return nil // it gave a value of its own by return()
	}
	return a.send(ctx, d, strings.TrimSpace(text))
}

func (a *Around) pkg() string {
	if a.Node != nil {
		return a.Node.Package
	}
	return a.e.Inv.Project
}

// operate runs the hook's operation.
func (a *Around) operate(ctx context.Context, d *declared) error {
	if a.e.Operator == nil {
		return a.fault("the project has no operations: there is no '" + d.hook.Operation + "'")
	}
	params, err := a.frame().RenderValues(d.hook.Params)
	if err != nil {
		return err
	}
	if g := a.frame().Guard; g != nil && params != nil { // the values of one operation for the parameters of another
		params = revealed(g, params).(*value.Dict)
	}
	done := a.e.Operator.RunOperation(ctx, OperationCall{
		Name: d.hook.Operation, Params: params, Session: a.Session, Begin: d.inside, Thread: a.Thread, Node: a.Node, Names: a.Name,
	})
	d.rec.SQL = done.SQL
	a.Session.Last.Rows = done.Rows
	return done.Err
}

// revealed is v with plain values in place of marks in its texts.
func revealed(g *value.Guard, v value.Value) value.Value {
	switch x := v.(type) {
	case value.Str:
		return value.Str(g.Reveal(string(x)))
	case *value.List:
		out := value.NewList()
		for _, e := range x.Elems {
			out.Elems = append(out.Elems, revealed(g, e))
		}
		return out
	case *value.Dict:
		out := value.NewDict(x.Len())
		x.Each(func(k, e value.Value) bool {
			_ = out.Set(k, revealed(g, e)) // k was a key before
			return true
		})
		return out
	}
	return v
}

// fault is an error of a hook that is neither the database's nor a template's.
func (a *Around) fault(msg string) error {
	f := &render.Fault{Class: diag.Runtime, Msg: msg}
	if a.Node != nil {
		f.Where = a.Node.Where()
	}
	return f
}
