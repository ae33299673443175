package alert

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dex/internal/notify"
	"dex/internal/result"
)

// node holds a node that has ended against the rules about nodes.
func (w *Watch) node(ctx context.Context, n ended) {
	for _, r := range w.rulesOf(n.id) {
		w.nodeRule(ctx, r, n)
	}
}

// nodeRule is one rule. A warning is a trouble of its own: a test that goes from
// warning to failing is told again.
func (w *Watch) nodeRule(ctx context.Context, r *notify.Rule, n ended) {
	name := w.prefix() + r.Name + "/" + n.id
	warned := name + "#warning"
	switch event := eventOf(result.Status(n.status)); event {
	case notify.Failure:
		w.nodeFailed(ctx, r, name, n)
	case notify.Warning:
		w.wellAgain(ctx, r, name, n)
		if r.Wants(notify.Warning) {
			w.raise(ctx, r, warned, event, w.nodeMessage(r, event, n, time.Time{}))
		}
	case notify.Success:
		again := w.wellAgain(ctx, r, name, n)
		again = w.wellAgain(ctx, r, warned, n) || again
		if r.Wants(notify.Success) && !again { // that it is well has been said
			w.once(ctx, r, event, n)
		}
	case notify.Skipped:
		if r.Wants(notify.Skipped) {
			w.once(ctx, r, event, n)
		}
	}
}

// once tells of an event that is no trouble: each run has its own.
func (w *Watch) once(ctx context.Context, r *notify.Rule, event string, n ended) {
	m := w.nodeMessage(r, event, n, time.Time{})
	m.Effect = strings.Join([]string{w.Facts.Invocation, r.Name, n.id, event}, "/")
	w.send(ctx, r, m)
}

// nodeFailed tells of a failure, or keeps it for the end where there are many.
func (w *Watch) nodeFailed(ctx context.Context, r *notify.Rule, name string, n ended) {
	p := w.states[r]
	if p.told < r.SummarizeAfter || !r.Wants(notify.Failure) {
		if w.raise(ctx, r, name, notify.Failure, w.nodeMessage(r, notify.Failure, n, time.Time{})) {
			p.told++
		}
		return
	}
	if w.known[name] {
		tr, err := w.Troubles.Get(ctx, name)
		if err != nil {
			w.Failed(err)
		}
		if tr != nil && tr.Told() {
			return
		}
	}
	p.rest = append(p.rest, n)
}

// wellAgain tells the end of a trouble. One that was told with others ends with them.
func (w *Watch) wellAgain(ctx context.Context, r *notify.Rule, name string, n ended) bool {
	return w.clear(ctx, r, name, func(since time.Time) notify.Message { return w.nodeMessage(r, notify.Recovery, n, since) })
}

// others is the trouble of the failures that a rule tells together.
func (w *Watch) others(r *notify.Rule) string { return w.prefix() + r.Name + "/+others" }

// endNodes tells what was kept for the end of the run: failures in one message, and
// that all of an earlier one are well again.
func (w *Watch) endNodes(ctx context.Context) {
	for _, r := range w.Config.Rules {
		p := w.states[r]
		if p == nil {
			continue
		}
		if len(p.rest) > 0 {
			w.tellRest(ctx, r, p)
		} else if w.known[w.others(r)] {
			w.restOver(ctx, r)
		}
	}
}

// tellRest tells many failures in one message. They are noted after it has been
// stored: a kill between the two has it told again, never left out.
func (w *Watch) tellRest(ctx context.Context, r *notify.Rule, p *progress) {
	m := w.restMessage(r, p.told, p.rest)
	if err := w.Troubles.Extend(ctx, w.others(r), r.Channels, m, w.Facts.Invocation); err != nil {
		w.Failed(err)
		return
	}
	w.known[w.others(r)] = true
	for _, n := range p.rest {
		if err := w.Troubles.Join(ctx, w.prefix()+r.Name+"/"+n.id); err != nil {
			w.Failed(err)
		}
	}
}

func (w *Watch) restOver(ctx context.Context, r *notify.Rule) {
	left, err := w.Troubles.Members(ctx, w.prefix()+r.Name+"/")
	if err != nil {
		w.Failed(err)
		return
	}
	if left > 0 {
		return
	}
	w.clear(ctx, r, w.others(r), func(since time.Time) notify.Message {
		m := w.message(r, notify.Recovery)
		m.Title = fmt.Sprintf("%s: the other failures of %s are over", w.place(), r.Name)
		m.Text = "All nodes that failed together since " + since.UTC().Format(time.DateTime) + " UTC are well again."
		return m
	})
}
