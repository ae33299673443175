package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// errPreview is the database asked by a hook that is only shown.
var errPreview = errors.New("a preview does not ask the database: what this hook asks by run_query, statement or adapter is answered only with --introspect, which lets it read")

// shownHook is a hook as it is rendered for this target.
type shownHook struct {
	listedHook
	text   string // what would be sent, or told
	reason result.Reason
	why    string // it would not run; or it could not be rendered
	failed bool
}

// showHooks renders the hooks of the selected nodes in the order in which they would
// run. Nothing is sent: no statement, no notification, no operation.
func showHooks(ctx context.Context, w *work) error {
	if err := w.filterHooks(); err != nil {
		return err
	}
	hooks, err := w.selectedHooks()
	if err != nil {
		return err
	}
	if len(hooks) == 0 {
		return w.warn(event.Note{Msg: "There are no hooks on what was selected."})
	}
	if err := w.deferRelations(); err != nil {
		return err
	}
	p := &hookPreview{work: w, options: w.sessions(), run: map[manifest.ID]*render.Frame{}}
	defer p.close()
	p.options.Sink, p.options.Offline, p.options.OfflineWord = event.Discard, !w.inv.Looking, errPreview
	p.options.Record, p.options.ReadOnly = nil, true
	shown := make([]shownHook, len(hooks))
	for i, h := range hooks {
		shown[i] = p.show(ctx, h)
		w.out.Refused = w.out.Refused || shown[i].failed
	}
	return w.printHooks(shown)
}

// hookPreview renders hooks, those of a node in one frame, as a run does.
type hookPreview struct {
	*work
	options session.Options
	run     map[manifest.ID]*render.Frame
}

func (p *hookPreview) close() {
	for _, f := range p.run {
		f.Session.Close()
	}
}

func (p *hookPreview) frame(ctx context.Context, h *hookAt) *render.Frame {
	f := p.run[h.node.ID]
	if f != nil {
		return f
	}
	f = p.render.NewFrame(ctx, render.Run, h.node)
	f.Session, f.Thread = session.New(p.adapter, string(h.node.ID), &p.options), "MainThread"
	f.Hooks = sampleHooks{}
	if h.event == "on-run-end" {
		// Of a run that is none, there are no results.
		f.Extra = map[string]value.Value{"results": value.NewList(), "schemas": value.NewList(), "database_schemas": value.NewList()}
	}
	p.run[h.node.ID] = f
	return f
}

func (p *hookPreview) show(ctx context.Context, l listedHook) shownHook {
	out := shownHook{listedHook: l}
	if out.reason, out.why = p.idle(l.hookAt); out.reason != "" {
		return out
	}
	f := p.frame(ctx, l.hookAt)
	if l.hook.When != "" {
		v, err := f.RenderNative("when", render.Expression(l.hook.When))
		if err != nil {
			return out.refused(f, err)
		}
		if !v.Truth() {
			out.reason, out.why = result.ConditionFalse, "when: "+l.hook.When
			return out
		}
	}
	text, err := p.text(f, l.hookAt)
	if err != nil {
		return out.refused(f, err)
	}
	out.text = p.clean(text)
	if text == "" && l.hook.Kind() == "sql" {
		out.reason, out.why = result.RenderedEmpty, "it renders to nothing"
	}
	return out
}

func (s shownHook) refused(f *render.Frame, err error) shownHook {
	s.failed, s.why = true, f.Message(err)
	if errors.Is(err, errPreview) {
		s.why = errPreview.Error()
	}
	return s
}

// text is what a hook would send or tell.
func (p *hookPreview) text(f *render.Frame, h *hookAt) (string, error) {
	k := &h.hook
	switch k.Kind() {
	case "macro":
		entry := p.render.Macros.Named(h.node.Package, k.Macro)
		if entry == nil {
			return "", fmt.Errorf("there is no macro '%s'", k.Macro)
		}
		args, err := f.RenderValues(k.Args)
		if err != nil {
			return "", err
		}
		got, err := f.Call(entry, nil, keywords(args))
		if err != nil {
			return "", err
		}
		text, _ := value.AsString(got)
		return strings.TrimSpace(text), nil
	case "operation":
		params, err := f.RenderValues(k.Params)
		if err != nil || params == nil {
			return k.Operation, err
		}
		return k.Operation + " " + value.Repr(params), nil
	case "notify":
		text, err := f.RenderHook(k.Message)
		return "to " + strings.Join(k.Notify, ", ") + ": " + text, err
	}
	return f.RenderHook(k.SQL)
}

func keywords(args *value.Dict) []value.Arg {
	var kw []value.Arg
	if args != nil {
		args.Each(func(k, v value.Value) bool {
			kw = append(kw, value.Arg{Name: value.ToStr(k), Value: v})
			return true
		})
	}
	return kw
}

// sampleHooks gives hooks the names that they see of how their node ended.
type sampleHooks struct{}

// Begin implements render.Hooks.
func (sampleHooks) Begin(string, int, bool) (bool, error) { return true, nil }

// Send implements render.Hooks.
func (sampleHooks) Send(sql string) (string, error) { return sql, nil }

// Inlined implements render.Hooks.
func (sampleHooks) Inlined(string) []bool { return nil }

// End implements render.Hooks.
func (sampleHooks) End() {}

// Rendered implements render.Hooks.
func (sampleHooks) Rendered(string, string) {}

// Name implements render.Hooks: what is not known before a run stands in angle
// brackets.
func (sampleHooks) Name(name string) (value.Value, bool) {
	switch name {
	case "status", "started_at", "completed_at", "rows_affected":
		return value.Str("<" + name + ">"), true
	case "attempt":
		return value.Int(1), true
	case "timing":
		return sample("timing", "started_at", "completed_at", "seconds"), true
	case "error":
		return sample("error", "message", "class", "statement", "hook"), true
	}
	return nil, false
}

func sample(of string, keys ...string) value.Value {
	d := value.NewDict(len(keys))
	for _, k := range keys {
		d.SetStr(k, value.Str("<"+of+"."+k+">"))
	}
	return render.Record(d)
}

// printHooks writes hooks as SQL with comments, or a line of JSON for each.
func (w *work) printHooks(shown []shownHook) error {
	if w.inv.Output == "json" {
		for _, s := range shown {
			d := w.hookDict(s.listedHook)
			d.SetStr("rendered", optional(s.text))
			d.SetStr("left_out", optional(string(s.reason)))
			d.SetStr("because", optional(s.why))
			d.SetStr("refused", value.Bool(s.failed))
			b, err := value.AppendJSON(nil, d, value.JSONOptions{EnsureASCII: true})
			if err != nil {
				return err
			}
			w.out.Lines = append(w.out.Lines, string(b))
		}
		return nil
	}
	t, head := &dryText{}, ""
	for _, s := range shown {
		if now := hookHead(s.hookAt); now != head {
			if head != "" {
				t.line("")
			}
			head = now
			t.comment("", head)
		}
		w.printHook(t, s)
	}
	w.out.Lines = t.lines
	return nil
}

func (w *work) printHook(t *dryText, s shownHook) {
	side := "outside of the transaction"
	if s.hook.Transaction && !s.onRun() {
		side = "in the transaction"
	}
	words := []string{s.event + " " + strings.TrimPrefix(s.name(), s.event+"."), s.at.String(), side}
	t.line("")
	t.comment("", strings.Join(append(words, w.policy(s.hookAt)...), ", "))
	switch {
	case s.failed:
		t.comment("", "not shown: "+s.why)
	case s.reason != "":
		t.comment("", "would not run: "+string(s.reason)+": "+s.why)
	case s.hook.Kind() == "operation" || s.hook.Kind() == "notify":
		t.comment("", s.hook.Kind()+" "+s.text)
	default:
		for _, l := range strings.Split(strings.TrimRight(dedent(s.text), "; \n")+";", "\n") {
			t.line("%s", l)
		}
	}
}

// needHookModel refuses to show the hooks of everything.
func needHookModel(_ context.Context, w *work) error {
	if len(w.inv.Select) == 0 && w.inv.Selector == "" {
		return &diag.ListError{List: diag.List{{
			Class: diag.Runtime, Code: "nothing-to-show", Summary: "hooks show needs the name of a node, or a selection",
			Hint: "dex hooks show MODEL; `dex hooks list` shows all hooks.",
		}}}
	}
	return nil
}

// openToLook opens the database for hooks that may read.
func openToLook(ctx context.Context, w *work) error {
	if !w.inv.Looking {
		w.gc.restore()
		return nil
	}
	return openDatabase(ctx, w)
}
