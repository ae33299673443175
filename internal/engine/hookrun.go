package engine

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/result"
)

// needHookChoice refuses to run all hooks of everything.
func needHookChoice(_ context.Context, w *work) error {
	if w.inv.OnlyHooks != "" || w.inv.HookName != "" {
		return nil
	}
	return &diag.ListError{List: diag.List{{
		Class: diag.Runtime, Code: "which-hooks", Summary: "hooks run needs to know which: --only pre, --only post or --name NAME",
		Hint: "`dex hooks list` shows the hooks that there are, with their names.",
	}}}
}

// runHooks runs hooks of the selected nodes by themselves, node by node in the order
// of dependence.
func runHooks(ctx context.Context, w *work) error {
	if err := w.filterHooks(); err != nil {
		return err
	}
	if err := w.deferRelations(); err != nil {
		return err
	}
	which := ""
	if w.inv.OnlyHooks != "" {
		which = w.inv.OnlyHooks + "-hook"
	}
	e := w.executor()
	e.LeaveOut = w.leaveOut()
	nodes := w.inOrder()
	names, err := e.HooksNamed(nodes, which, w.inv.HookName)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return w.noSuchHook(nodes, which)
	}
	if err := w.beginAudit(ctx); err != nil {
		return err
	}
	if err := w.audited(e); err != nil {
		return err
	}
	if err := w.fillAll(ctx, e); err != nil {
		return err
	}
	w.engine.emit(event.Info, event.RunStarted{NumThreads: 1, TargetName: w.profile.TargetName, NodeCount: len(nodes)})
	e.Sink = louder{e.Sink}
	w.out.Results = e.RunHooks(ctx, nodes, which, w.inv.HookName)
	w.placeHooks(w.out.Results)
	if err := w.writeHookResults(); err != nil {
		return err
	}
	return ctx.Err()
}

// inOrder are the selected nodes, each behind those that it depends on.
func (w *work) inOrder() []*manifest.Node {
	g := w.out.Manifest.Graph()
	var out []*manifest.Node
	for _, i := range g.Order() {
		if n := g.Nodes[i]; w.selected.set.Has(i) && !n.Ephemeral() {
			out = append(out, n)
		}
	}
	return out
}

// noSuchHook tells that there is nothing to run: a name that no hook has is an error.
func (w *work) noSuchHook(nodes []*manifest.Node, which string) error {
	if w.inv.HookName == "" {
		return w.warn(event.Note{Msg: "There are no hooks on what was selected."})
	}
	names, err := w.executor().HooksNamed(nodes, which, "")
	if err != nil {
		return err
	}
	hint := "There are none on what was selected."
	if len(names) > 0 {
		hint = "There are: " + strings.Join(once(names), ", ")
	}
	return &diag.ListError{List: diag.List{{
		Class: diag.Runtime, Code: "hook-missing", Summary: fmt.Sprintf("no hook of what was selected has the name '%s'", w.inv.HookName), Hint: hint,
	}}}
}

func once(list []string) []string {
	var out []string
	for _, s := range list {
		if !contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// louder shows the end of each hook: in a run that is a detail, here it is all that
// is done.
type louder struct{ sink event.Sink }

// Emit implements event.Sink.
func (s louder) Emit(e event.Event) {
	if d, ok := e.Data.(event.HookEnd); ok && e.Level == event.Debug {
		e.Level = event.Info
		if d.Status == string(result.Error) {
			e.Level = event.Error
		}
	}
	s.sink.Emit(e)
}
