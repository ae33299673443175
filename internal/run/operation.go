package run

import (
	"cmp"
	"context"
	"time"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// RunMacro is run-operation: it calls a macro with keyword arguments. Text that
// the macro returns is not executed.
func (e *Executor) RunMacro(ctx context.Context, entry *render.Entry, args *value.Dict) result.Result {
	s := session.New(e.Inv.Adapter, "macro_"+entry.Macro.Name, &e.Sessions)
	s.Thread = mainThread
	defer s.Close()
	f := e.Inv.NewFrame(ctx, render.Run, nil).In(entry.Macro.Package)
	f.Session, f.Thread, f.Macro = s, mainThread, entry.Macro
	var kw []value.Arg
	if args != nil {
		args.Each(func(k, v value.Value) bool {
			kw = append(kw, value.Arg{Name: value.ToStr(k), Value: v})
			return true
		})
	}
	start := time.Now()
	err := s.Clear(ctx)
	if err == nil {
		_, err = f.Call(entry, nil, kw)
	}
	return operationResult(f, string(entry.Macro.ID), start, err)
}

// RunSQL is run-operation --sql: it renders and sends a statement in a
// transaction that is rolled back unless the statement commits it.
func (e *Executor) RunSQL(ctx context.Context, n *manifest.Node) result.Result {
	s := session.New(e.Inv.Adapter, n.Name, &e.Sessions)
	s.Thread = mainThread
	defer s.Close()
	start := time.Now()
	f := e.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread, f.Bare = s, mainThread, true
	code, cf, err := e.Compiler.Compile(ctx, n, s, mainThread, nil)
	if err != nil {
		f = cf
		f.Bare = true
	}
	if err == nil {
		err = s.Clear(ctx)
	}
	resp := adapter.Response{Rows: -1}
	if err == nil {
		e.tellQuery(event.Info, event.InlineQuery{Text: "START executing", Status: "RUN", Seconds: -1})
		if !isBlank(code.Code) {
			resp, _, err = s.Execute(ctx, code.Code, true, false, 0)
		}
	}
	res := operationResult(f, string(n.ID), start, err)
	line := event.InlineQuery{Text: "ERROR executing", Status: "ERROR", Tone: event.Bad, Seconds: res.Elapsed.Seconds()}
	if err != nil {
		e.tellQuery(event.Error, line)
		return res
	}
	if resp.Message != "" {
		r := render.Response{Response: resp}
		res.Adapter = r.Dict()
	}
	line.Text, line.Status, line.Tone = "OK executed", cmp.Or(resp.Message, "OK"), event.Good
	e.tellQuery(event.Info, line)
	return res
}

func (e *Executor) tellQuery(level event.Level, line event.InlineQuery) {
	e.Sink.Emit(event.Event{Time: time.Now(), Level: level, Thread: mainThread, Data: line})
}

// operationResult is the one row that run-operation leaves. dbt: failures is 0
// or 1, and there is no message where all went well.
func operationResult(f *render.Frame, id string, start time.Time, err error) result.Result {
	end := time.Now()
	failures := int64(0)
	res := result.Result{Node: id, Status: result.Success, Thread: mainThread, Rows: -1, Elapsed: end.Sub(start), Failures: &failures}
	if err != nil {
		failures = 1
		res.Status, res.Err, res.Message = result.Error, err, f.Message(err)
	}
	res.Timing = []result.Timing{{Name: "compile", Start: start, End: start}, {Name: "execute", Start: start, End: end}}
	return res
}
