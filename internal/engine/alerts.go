package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"dex/internal/alert"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/notify"
	"dex/internal/result"
	"dex/internal/selector"
	"dex/internal/store"
	"dex/internal/store/sqlite"
)

// alerts is what tells people of an invocation: the outbox, its delivery, and the
// rules of dex.yml. It is there where dex.yml has channels.
type alerts struct {
	w         *work
	config    *notify.Config
	outbox    *notify.Outbox
	watch     *alert.Watch
	mu        sync.Mutex
	deliverer *notify.Deliverer // once there is something to deliver
	lastError string            // of an attempt that failed
	stored    bool              // something was, in this invocation
}

// openAlerts makes w's alerts once dex.yml is read.
func (w *work) openAlerts() {
	c := w.project.Dex.Notifications
	if c == nil || len(c.Channels) == 0 {
		return
	}
	a := &alerts{w: w, config: c}
	a.outbox = &notify.Outbox{Config: c, Open: a.open, Clean: w.clean, Now: w.engine.now, Stored: a.kept, Filed: a.w.auditNotice}
	troubles := &notify.Troubles{Marks: a.open, Sender: a.outbox, Now: w.engine.now}
	a.watch = &alert.Watch{
		Config: c, Sender: a.outbox, Troubles: troubles, Now: w.engine.now, Failed: a.failed,
		Stored: func() bool { return sqlite.Exists(w.dir()) },
		Facts: alert.Facts{
			Project: w.raw.Name(), Target: w.profile.TargetName, Command: w.inv.Command, Invocation: w.inv.ID,
			User: userName(), Scope: w.scope(), StartedAt: w.started,
			Commit: sync.OnceValue(func() string { return gitCommit(context.Background(), w.dir()) }), TargetValue: w.render.Target,
		},
	}
	w.alerts = a
}

// notifier is what takes the notifications of hooks; nil where dex.yml has no
// channels.
func (w *work) notifier() notify.Sender {
	if w.alerts == nil {
		return nil
	}
	return w.alerts.outbox
}

func (a *alerts) open(ctx context.Context) (store.Outbox, error) { return a.w.store(ctx) }

// kept begins the delivery of what has been stored.
func (a *alerts) kept() {
	a.mu.Lock()
	a.stored = true
	a.mu.Unlock()
	if d := a.delivery(context.Background()); d != nil {
		d.Wake()
	}
}

// delivery is the deliverer, started by who first needs it; nil where there is no
// store.
func (a *alerts) delivery(ctx context.Context) *notify.Deliverer {
	s, err := a.w.store(ctx)
	if err != nil {
		a.failed(err)
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.deliverer == nil {
		a.deliverer = a.w.deliverer(a.config, s)
		a.deliverer.Settled = a.settled
		a.deliverer.Start(context.WithoutCancel(ctx))
	}
	return a.deliverer
}

// deliverer makes one for a store.
func (w *work) deliverer(c *notify.Config, s store.Outbox) *notify.Deliverer {
	return &notify.Deliverer{Config: c, Store: s, Clock: notify.MachineClock{}, Clean: w.clean, Broken: w.notKept}
}

// settled tells the log of each attempt, and people of those that were the last.
func (a *alerts) settled(n store.Notice, at store.Attempt, to store.NoticeState) {
	a.w.tellAttempt(n, at, to)
	if to != store.Pending {
		a.w.auditDelivery(n, at, to)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if at.Error != "" {
		a.lastError = at.Error
	}
}

func (w *work) tellAttempt(n store.Notice, at store.Attempt, to store.NoticeState) {
	w.engine.emit(event.Debug, event.NotificationAttempt{
		ID: n.ID, Channel: n.Channel, State: string(to), Number: at.Number, Status: at.Status, Elapsed: at.Elapsed.Seconds(), Error: at.Error,
	})
	if to == store.Dead {
		w.engine.emit(event.Warn, event.NotificationDead{ID: n.ID, Channel: n.Channel, Error: at.Error})
	}
}

func (a *alerts) failed(err error) { a.w.notKept(err) }

// notKept warns of something that could not be told. It fails no run.
func (w *work) notKept(err error) {
	w.engine.emit(event.Warn, event.NotificationNotKept{Error: w.clean(err.Error())})
}

// begin finds the nodes of each rule, and starts to listen and to deliver what an
// earlier process has left. A rule that selects what cannot be is an error.
func (a *alerts) begin(ctx context.Context) error {
	a.watch.Manifest = a.w.out.Manifest
	selected := map[*notify.Rule]map[string]bool{}
	for _, r := range a.config.Rules {
		if !r.Nodes || !r.Covers(a.w.profile.TargetName, a.w.inv.Command) {
			continue
		}
		ids, err := a.w.ruleNodes(r)
		if err != nil {
			return err
		}
		selected[r] = ids
	}
	a.watch.Selected = selected
	a.watch.Begin(ctx)
	if sqlite.Exists(a.w.dir()) {
		a.delivery(ctx)
	}
	return nil
}

// ruleNodes are the nodes that a rule is about, of the kinds of the command.
func (w *work) ruleNodes(r *notify.Rule) (map[string]bool, error) {
	kinds, err := selector.Kinds(w.inv.Command, nil, nil)
	if err != nil {
		return nil, selectionFault(err)
	}
	named, err := selector.ParseSelectors(w.project.Selectors, selector.Eager)
	if err != nil {
		return nil, selectionFault(err)
	}
	spec, err := selector.Parse(r.Select, r.Exclude, selector.Eager)
	if err != nil {
		return nil, w.ruleFault(r, err)
	}
	s := selector.New(w.out.Manifest, selector.Options{Kinds: kinds, Selectors: named, Glob: w.glob, History: w.comparison()})
	set, warnings, err := s.Select(spec)
	if err != nil {
		return nil, w.ruleFault(r, err)
	}
	for _, warning := range warnings {
		d := diag.Diagnostic{
			Severity: diag.Warning, Class: diag.Runtime, Code: "rule-selects-nothing", Pos: r.Pos,
			Summary: fmt.Sprintf("Notification rule %s selects nothing by '%s'", r.Name, warning.Criterion),
		}
		if err := w.warnOf(d); err != nil {
			return nil, err
		}
	}
	out := map[string]bool{}
	for i := range set.All {
		out[string(w.out.Manifest.Graph().Nodes[i].ID)] = true
	}
	return out, nil
}

// ruleFault is a selection of a rule that cannot be.
func (w *work) ruleFault(r *notify.Rule, err error) error {
	return &diag.ListError{List: diag.List{{
		Class: diag.Runtime, Code: "selection", Pos: r.Pos, Summary: fmt.Sprintf("The selection of notification rule %s cannot be: %s", r.Name, err),
	}}}
}

// refused reports that an operation was not begun: what was typed was wrong, and whoever
// typed it has been told.
func (a *alerts) refused() bool {
	return a.w.inv.Command == "operation run" && len(a.w.out.OperationRuns) == 0
}

// results are those of nodes, and of an operation that was run by itself.
func (a *alerts) results() []result.Result {
	out := a.w.out.Results
	for i := range a.w.out.OperationRuns {
		r := &a.w.out.OperationRuns[i]
		res := result.Result{Node: r.Node, Status: r.Status}
		if r.Err != nil {
			res.Message = r.Err.Message
		}
		out = append(out[:len(out):len(out)], res)
	}
	return out
}

// end tells how the invocation ended and waits for deliveries, for a bounded time.
func (a *alerts) end(ctx context.Context, err error) {
	kept := context.WithoutCancel(ctx)
	if slices.Contains(notify.Commands, a.w.inv.Command) && !a.refused() {
		run := alert.Run{Results: a.results(), Err: err, Cancelled: ctx.Err() != nil, Elapsed: a.w.engine.now().Sub(a.w.started)}
		if a.w.out.Fatal != nil && err == nil {
			run.Err = a.w.out.Fatal
		}
		a.watch.Manifest = a.w.out.Manifest
		a.watch.End(kept, run)
	}
	a.mu.Lock()
	d := a.deliverer
	a.mu.Unlock()
	if d == nil {
		return
	}
	d.Drain(kept, a.config.Delivery.Drain)
	d.Stop()
	a.tellLeft(kept)
}

// tellLeft tells what is left to the next process.
func (a *alerts) tellLeft(ctx context.Context) {
	s, err := a.w.store(ctx)
	if err != nil {
		a.failed(err)
		return
	}
	pending, err := s.Notices(ctx, store.NoticeFilter{State: store.Pending})
	if err != nil {
		a.failed(err)
		return
	}
	e := event.NotificationsLeft{Error: a.lastError}
	for _, n := range pending {
		if c := a.config.Find(n.Channel); c == nil || c.Enabled {
			e.Count++
			if !slices.Contains(e.Channels, n.Channel) {
				e.Channels = append(e.Channels, n.Channel)
			}
		}
	}
	slices.Sort(e.Channels)
	if e.Count > 0 {
		a.w.engine.emit(event.Warn, e)
	}
}

// scope is what was selected, as the command line would say it.
func (w *work) scope() string {
	var parts []string
	add := func(flag string, words []string) {
		if len(words) > 0 {
			parts = append(parts, flag+" "+strings.Join(words, " "))
		}
	}
	add("--select", w.inv.Select)
	add("--exclude", w.inv.Exclude)
	if w.inv.Selector != "" {
		add("--selector", []string{w.inv.Selector})
	}
	add("--resource-type", w.inv.ResourceTypes)
	add("--exclude-resource-type", w.inv.NoTypes)
	if w.inv.Command == "operation run" {
		parts = append(parts, w.inv.Operation)
	}
	if w.inv.Command == "run-operation" {
		add("", []string{w.inv.Macro + w.inv.SQL})
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// tap adds the alerts to what hears of nodes.
func (w *work) tap(sink event.Sink) event.Sink {
	if w.alerts == nil || len(w.alerts.watch.Selected) == 0 {
		return sink
	}
	return event.Fan{sink, w.alerts.watch}
}

func (e *Engine) getenv(name string) (string, bool) {
	if e.Getenv != nil {
		return e.Getenv(name)
	}
	return os.LookupEnv(name)
}
