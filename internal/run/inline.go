package run

import (
	"context"

	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
	"dex/internal/sqltext"
)

// lend adds the hooks of the ephemeral models that n inlines to those of n: where
// dex.yml says so they travel with their SQL, the deepest first, and once for each
// node that inlines them. They run on n's session, and see their own model.
func (w *worker) lend(ctx context.Context, n *manifest.Node, ctes []sqltext.CTE, s *session.Session) error {
	if !w.InlineEphemeral || w.Clone || w.CompileOnly || n.Kind != manifest.KindModel && n.Kind != manifest.KindSnapshot {
		return nil
	}
	for _, cte := range ctes {
		if err := w.lendOf(ctx, n, w.Inv.Manifest.Nodes[manifest.ID(cte.ID)], s); err != nil {
			return err
		}
	}
	return nil
}

// lendOf adds the hooks of one ephemeral model.
func (w *worker) lendOf(ctx context.Context, n, eph *manifest.Node, s *session.Session) error {
	if eph == nil {
		return nil
	}
	from, err := w.aroundNode(eph)
	if from == nil {
		return err
	}
	a := w.around
	if a == nil {
		a = w.Around(string(n.ID), nil, nil)
		a.Node, a.Session, a.Thread = n, s, w.name
		w.around = a
	}
	code, _ := w.Compiler.compiled(eph.ID)
	f := w.Inv.NewFrame(ctx, render.Run, eph)
	f.Hooks, f.Thread, f.Code, f.Limit = a, w.name, code.Code, w.Compiler.Limit
	for _, d := range from.hooks {
		d.rec.Origin = w.hookPlace(eph, &d.rec)
		d.frame, d.rec.From, d.rec.Node = f, string(eph.ID), a.id
		if d.hook.Name == "" {
			d.rec.Name = eph.Name + "." + d.rec.Name
		}
		a.hooks = append(a.hooks, d)
	}
	return nil
}

// Inlined implements render.Hooks.
func (a *Around) Inlined(event string) []bool {
	var out []bool
	for _, d := range a.hooks {
		if d.frame != nil && d.rec.Event == event {
			out = append(out, d.hook.Transaction)
		}
	}
	return out
}

// inlined finds the i-th hook that ephemeral models lend at an event.
func (a *Around) inlined(event string, i int) *declared {
	for _, d := range a.hooks {
		if d.frame == nil || d.rec.Event != event {
			continue
		}
		if i == 0 {
			return d
		}
		i--
	}
	return nil
}

// in has a hook see its own model, until the function that it gives is called.
func (a *Around) in(d *declared) (back func()) {
	if d.frame == nil {
		return func() {}
	}
	node, frame := a.Node, a.Frame
	d.frame.Session = a.Session
	a.Node, a.Frame = d.frame.Node, d.frame
	return func() { a.Node, a.Frame = node, frame }
}

// lentOut tells which ephemeral models had their hooks run, or left out, with a node
// that inlines them.
func (e *Executor) lentOut() map[string]bool {
	out := map[string]bool{}
	for _, h := range e.Hooks() {
		if h.From != "" {
			out[h.From] = true
		}
	}
	return out
}

// uninlined is why the hooks of an ephemeral model did not run.
func (e *Executor) uninlined() (result.Reason, string) {
	if e.InlineEphemeral {
		return result.Ephemeral, "no model or snapshot of this run inlines it"
	}
	return result.Ephemeral, ""
}
