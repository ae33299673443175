package run

import (
	"context"
	"time"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// overloads renders the bodies of a function's overloads, each as if it were the
// function's own. dbt: Compiler._compile_code.
func (w *worker) overloads(ctx context.Context, n *manifest.Node, s *session.Session) ([]string, error) {
	var out []string
	for _, o := range overloadsOf(n) {
		body := *n
		body.Raw = textOf(o, "raw_body")
		f := w.Inv.NewFrame(ctx, render.Compile, n)
		f.Session, f.Thread, f.Limit = s, w.name, w.Compiler.Limit
		t, err := w.Inv.Template(&body)
		if err != nil {
			return nil, err
		}
		code, err := f.Render(t)
		if err != nil {
			return nil, err
		}
		out = append(out, code)
	}
	return out, nil
}

func overloadsOf(n *manifest.Node) []*value.Dict {
	if n.Extra == nil {
		return nil
	}
	v, _ := n.Extra.GetStr("overloads")
	l, ok := v.(*value.List)
	if !ok {
		return nil
	}
	out := make([]*value.Dict, 0, len(l.Elems))
	for _, e := range l.Elems {
		if d, ok := e.(*value.Dict); ok {
			out = append(out, d)
		}
	}
	return out
}

func textOf(d *value.Dict, key string) string {
	v, _ := d.GetStr(key)
	s, _ := v.(value.Str)
	return string(s)
}

// function makes a function and then its overloads, whether or not one of them
// fails. dbt: FunctionRunner.execute.
func (w *worker) function(f *render.Frame, n *manifest.Node, res result.Result) result.Result {
	e, err := w.materialization(n)
	if err != nil {
		return failed(res, f, err)
	}
	got, err := f.CallUncounted(e)
	res.Macros = append(res.Macros, calledBy(f)...)
	if err == nil {
		_, err = w.remember(f, n, got)
	}
	if err != nil {
		return failed(res, f, err)
	}
	if res = w.mainResult(f, n, res); res.Status != result.Success {
		return res
	}
	overloads := overloadsOf(n)
	res.Overloads = make([]result.Overload, 0, len(overloads))
	for i, d := range overloads {
		o := result.Overload{Name: textOf(d, "defined_in")}
		what := "function " + n.Name + " overload " + o.Name
		w.emit(event.Info, event.LogStartOverload{Description: what, Index: i + 1, Total: len(overloads), NodeInfo: f.Session.Info})
		from := time.Now()
		g, err := w.overload(f, n, d, res.Bodies[i])
		end := event.LogOverloadResult{
			Description: what, Status: string(result.Success), Index: i + 1, Total: len(overloads),
			ExecutionTime: time.Since(from).Seconds(), NodeInfo: f.Session.Info,
		}
		level := event.Info
		if o.Failed = err != nil; o.Failed {
			end.Description, end.Status, level = what+": "+g.Message(err), string(result.Error), event.Error
			res.Status, res.Message = result.PartialSuccess, "PARTIAL SUCCESS "+n.Name
		}
		w.emit(level, end)
		res.Overloads = append(res.Overloads, o)
	}
	return res
}

// overload makes one overload: the function with other arguments and another
// body.
func (w *worker) overload(f *render.Frame, n *manifest.Node, d *value.Dict, code string) (*render.Frame, error) {
	part := *n
	part.Extra = n.Extra.Clone()
	if v, ok := d.GetStr("arguments"); ok {
		part.Extra.SetStr("arguments", v)
	}
	if v, ok := d.GetStr("returns"); ok && v != value.None {
		part.Extra.SetStr("returns", v)
	}
	g := w.Inv.NewFrame(f.Context(), render.Run, &part)
	g.Session, g.Thread, g.Code, g.Limit, g.Write = f.Session, f.Thread, code, f.Limit, f.Write
	g.Hooks = f.Hooks
	g.Bare = true // dbt: the message does not name the function once more
	e, err := w.materialization(n)
	if err == nil {
		_, err = g.CallUncounted(e)
	}
	return g, err
}
