package engine

import (
	"context"
	"strconv"
	"strings"
	"time"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/result"
)

// listHooks shows the hooks of the selected nodes, and those around a run, in the
// order in which they run.
func listHooks(_ context.Context, w *work) error {
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
	if w.inv.Output == "json" {
		for _, h := range hooks {
			b, err := value.AppendJSON(nil, w.hookDict(h), value.JSONOptions{EnsureASCII: true})
			if err != nil {
				return err
			}
			w.out.Lines = append(w.out.Lines, string(b))
		}
		return nil
	}
	w.out.Lines = w.hookTable(hooks)
	return nil
}

// listedHook is a hook with its place among those of its node.
type listedHook struct {
	*hookAt
	order int // from 1
	of    *manifest.Node
}

// selectedHooks are the hooks of what was selected, the on-run hooks among them
// where nodes are, since they run with whatever does.
func (w *work) selectedHooks() ([]listedHook, error) {
	var out []listedHook
	add := func(hooks []*hookAt) {
		for i, h := range hooks {
			out = append(out, listedHook{h, i + 1, h.node})
		}
	}
	if len(w.selected.ids) > 0 {
		add(w.onRunHooks("on-run-start"))
	}
	for _, id := range w.selected.ids {
		n := w.out.Manifest.Node(id)
		if n == nil || n.Kind == manifest.KindOperation {
			continue
		}
		of, err := w.hooksOf(n)
		if err != nil {
			return nil, err
		}
		add(of)
	}
	if len(w.selected.ids) > 0 {
		add(w.onRunHooks("on-run-end"))
	}
	return out, nil
}

// hookTable is a line for each hook below the name of its node, in columns.
func (w *work) hookTable(hooks []listedHook) []string {
	rows := make([][]string, len(hooks))
	for i, h := range hooks {
		side := "outside"
		if h.hook.Transaction {
			side = "in transaction"
		}
		rows[i] = []string{strconv.Itoa(h.order), h.event, side, h.hook.Kind(), h.name(), h.at.String(), strings.Join(w.policy(h.hookAt), ", "), w.standing(h.hookAt)}
	}
	width := make([]int, 8)
	for _, r := range rows {
		for k, cell := range r {
			width[k] = max(width[k], len([]rune(cell)))
		}
	}
	var out []string
	head := ""
	for i, h := range hooks {
		if now := hookHead(h.hookAt); now != head {
			if head != "" {
				out = append(out, "")
			}
			head = now
			out = append(out, head)
		}
		var b strings.Builder
		for k, cell := range rows[i] {
			if width[k] == 0 {
				continue
			}
			b.WriteString("  " + cell + strings.Repeat(" ", width[k]-len([]rune(cell))))
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

// hookHead is what the hooks of one body stand below.
func hookHead(h *hookAt) string {
	if h.onRun() {
		return h.event
	}
	if h.node.Kind == manifest.KindModel {
		return string(h.node.ID) + " (" + h.node.Config.Materialized() + ")"
	}
	return string(h.node.ID)
}

// policy says in words when a hook runs and what becomes of a failure.
func (w *work) policy(h *hookAt) []string {
	var out []string
	add := func(word, s string) {
		if s != "" {
			out = append(out, word+" "+s)
		}
	}
	k := &h.hook
	if h.node.Ephemeral() && w.neverRun(h) == "" {
		out = append(out, "with each node that inlines the model")
	}
	if k.On != manifest.OnSuccess {
		add("on", k.Outcome())
	}
	add("when", k.When)
	add("for target", strings.Join(k.Targets, ", "))
	add("for", strings.Join(k.Commands, ", "))
	if k.Timeout > 0 {
		add("timeout", k.Timeout.String())
	}
	if k.Retries.Attempts > 1 {
		s := strconv.Itoa(k.Retries.Attempts) + " attempts"
		if len(k.Retries.On) > 0 {
			s += " on " + strings.Join(k.Retries.On, ", ")
		}
		out = append(out, s)
	}
	if k.OnError != manifest.Fail {
		add("on_error", string(k.OnError))
	}
	return out
}

// standing tells why a hook would not run; "" where it would.
func (w *work) standing(h *hookAt) string {
	if reason, because := w.idle(h); reason != "" {
		return string(reason) + ": " + because
	}
	return ""
}

// idle is why a hook would not run, as far as that is known before a run.
func (w *work) idle(h *hookAt) (result.Reason, string) {
	if reason, because := w.hooks.leftOut(h); reason != "" {
		return reason, because
	}
	target := w.profile.TargetName
	if t := h.hook.Targets; t != nil && !contains(t, target) {
		return result.OtherTarget, "the target is " + target
	}
	if why := w.neverRun(h); why != "" {
		if h.node.Ephemeral() {
			return result.Ephemeral, why
		}
		return result.NotCalled, why
	}
	return "", ""
}

// contains reports whether list has s.
func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// hookDict is a hook for programs.
func (w *work) hookDict(h listedHook) *value.Dict {
	d := value.NewDict(20)
	text := func(key, s string) {
		if s == "" {
			d.SetStr(key, value.None)
			return
		}
		d.SetStr(key, value.Str(s))
	}
	k := &h.hook
	text("node", string(h.node.ID))
	text("event", h.event)
	d.SetStr("order", value.Int(h.order))
	d.SetStr("index", value.Int(h.index))
	text("kind", k.Kind())
	text("name", h.name())
	text("origin", h.at.String())
	d.SetStr("transaction", value.Bool(k.Transaction))
	text("sql", w.clean(k.SQL))
	text("macro", k.Macro)
	text("operation", k.Operation)
	d.SetStr("notify", texts(k.Notify))
	text("message", w.clean(k.Message))
	text("on", k.Outcome())
	text("when", k.When)
	d.SetStr("targets", texts(k.Targets))
	d.SetStr("commands", texts(k.Commands))
	text("timeout", seconds(k.Timeout))
	d.SetStr("retries", retriesDict(k.Retries))
	policy := k.OnError
	if policy == manifest.Fail {
		policy = "fail"
	}
	text("on_error", string(policy))
	reason, because := w.idle(h.hookAt)
	text("left_out", string(reason))
	text("because", because)
	return d
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func retriesDict(r manifest.Retries) value.Value {
	if r.Attempts <= 1 {
		return value.None
	}
	d := value.NewDict(4)
	d.SetStr("attempts", value.Int(r.Attempts))
	d.SetStr("backoff", optional(seconds(r.Backoff)))
	d.SetStr("max_backoff", optional(seconds(r.MaxBackoff)))
	d.SetStr("on", texts(r.On))
	return d
}
