package run

import (
	"time"

	"dex/internal/jinja/value"
	"dex/internal/render"
	"dex/internal/result"
)

// view is what hooks see of the body that they stand around.
type view struct {
	shown              bool // a post-hook is at work
	status             result.Status
	started, completed time.Time
	err                *result.HookError
	hook               string // whose error that is; "" is the body's own
	rows               int64
}

// outcome is how the body ended; "" while it has not.
func (v *view) outcome() result.Status { return v.status }

// over notes how the body ended. The first word counts.
func (a *Around) over(status result.Status, err *result.HookError) {
	v := &a.view
	if v.status != "" && (v.status != result.Success || status == result.Success) {
		return
	}
	v.status, v.err, v.rows = status, err, -1
	if v.completed.IsZero() {
		v.completed = time.Now()
	}
	if a.failed != nil {
		v.hook = a.failed.rec.Name
	}
	if a.Frame == nil {
		return
	}
	if main, ok := a.Frame.Result("main"); ok {
		if resp, err := value.GetItem(main, value.Str("response")); err == nil {
			if r, isResponse := resp.(*render.Response); isResponse {
				v.rows = r.Rows
			}
		}
	}
}

// see shows a hook what it may see, until the function that it gives is called.
func (a *Around) see(d *declared) func() {
	old := a.view.shown
	a.view.shown = d.rec.Event != preHook && d.rec.Event != "on-run-start"
	return func() { a.view.shown = old }
}

// Name implements render.Hooks: the names that post-hooks see beside all others.
func (a *Around) Name(name string) (value.Value, bool) {
	v := &a.view
	if !v.shown && (a.running == nil || a.running.rec.Event != postHook) {
		return nil, false
	}
	switch name {
	case "status":
		return value.Str(v.status), true
	case "rows_affected":
		if v.rows < 0 {
			return value.None, true
		}
		return value.Int(v.rows), true
	case "started_at":
		return render.TimeValue(v.started), true
	case "completed_at":
		return render.TimeValue(v.completed), true
	case "attempt":
		return value.Int(max(1, a.Attempt)), true
	case "timing":
		d := value.NewDict(3)
		d.SetStr("started_at", render.TimeValue(v.started))
		d.SetStr("completed_at", render.TimeValue(v.completed))
		d.SetStr("seconds", value.Float(v.completed.Sub(v.started).Seconds()))
		return render.Record(d), true
	case "error":
		return v.errorValue(), true
	}
	return nil, false
}

// errorValue is `error`: none where nothing failed.
func (v *view) errorValue() value.Value {
	if v.err == nil {
		return value.None
	}
	d := value.NewDict(4)
	d.SetStr("message", value.Str(v.err.Message))
	d.SetStr("class", value.Str(v.err.Class))
	d.SetStr("statement", orNone(v.err.Statement))
	d.SetStr("hook", orNone(v.hook))
	return render.Record(d)
}

func orNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}
