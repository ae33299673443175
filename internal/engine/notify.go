package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"dex/internal/diag"
	"dex/internal/notify"
	"dex/internal/project"
	"dex/internal/store"
)

// loadNotifications reads dex.yml, and of the project what that may depend on: no
// model is read, and no database is opened.
func loadNotifications(ctx context.Context, w *work) error {
	if err := w.readRoot(); err != nil {
		return err
	}
	w.render = w.newRender()
	if err := w.loadProfile(); err != nil {
		return err
	}
	p, faults, err := project.Load(ctx, project.Options{
		Raw: w.raw, Renderer: w.projectRenderer(), SkipInstalled: true, SkipFiles: true,
		SecretRenderer: w.secretRenderer(false), OwnRenderer: w.secretRenderer(true), Learn: w.engine.Learn,
	})
	w.secretsKnown()
	if lerr := w.take(faults); lerr != nil {
		return lerr
	}
	w.project = p
	return err
}

// notifications are those of dex.yml; none are none.
func (w *work) notifications() *notify.Config {
	if c := w.project.Dex.Notifications; c != nil {
		return c
	}
	return &notify.Config{Delivery: notify.DefaultDelivery}
}

// say adds a line to what the command prints.
func (w *work) say(format string, args ...any) {
	w.out.Lines = append(w.out.Lines, w.clean(fmt.Sprintf(format, args...)))
}

// testChannel sends a message to a channel, past the outbox.
func testChannel(ctx context.Context, w *work) error {
	c := w.notifications()
	ch := c.Find(w.inv.Word)
	if ch == nil {
		return notifyFault("unknown-channel", &notify.UnknownChannelError{Name: w.inv.Word, Known: c.Names()})
	}
	text := w.inv.Notify.Message
	if text == "" {
		text = "This is a test of the channel '" + ch.Name + "'. Nothing is wrong."
	}
	id := uuid.NewString()
	m := notify.Message{
		Title: fmt.Sprintf("[%s] %s: test of channel %s", w.profile.TargetName, w.raw.Name(), ch.Name), Text: text, Event: notify.Plain, Severity: "info",
		Effect: "test/" + id, Project: w.raw.Name(), Target: w.profile.TargetName, Invocation: w.inv.ID, User: userName(), At: w.engine.now(),
	}
	if !ch.Enabled {
		w.out.Undelivered = true
		w.say("%s (%s) is switched off in dex.yml: enabled is false for this target. Nothing was sent.", ch.Name, ch.Type)
		return nil
	}
	status, took, err := w.deliverer(c, nil).Now(ctx, ch, id, m)
	answer := "no status"
	if status > 0 {
		answer = fmt.Sprintf("status %d", status)
	}
	if err != nil {
		w.out.Undelivered = true
		w.say("%s (%s, %s): not delivered, %s after %s: %s", ch.Name, ch.Type, ch.Target(), answer, took.Round(time.Millisecond), err)
		return nil
	}
	w.say("%s (%s, %s): delivered, %s after %s", ch.Name, ch.Type, ch.Target(), answer, took.Round(time.Millisecond))
	return nil
}

// notifyFault makes an error of what was asked for one of dex's faults.
func notifyFault(code string, err error) error {
	return &diag.ListError{List: diag.List{{Class: diag.Runtime, Code: code, Summary: err.Error()}}}
}

// listChannels lists channels and the rules that use them.
func listChannels(_ context.Context, w *work) error {
	c := w.notifications()
	rows := [][]string{{"CHANNEL", "TYPE", "RECEIVER", "RULES", "ENABLED"}}
	for _, ch := range c.Channels {
		rules := rulesUsing(c, ch.Name)
		if w.inv.Output == "json" {
			w.sayJSON(map[string]any{"name": ch.Name, "type": ch.Type, "receiver": ch.Target(), "enabled": ch.Enabled, "drops_repetitions": ch.Dedups(), "rules": rules})
			continue
		}
		enabled := "yes"
		if !ch.Enabled {
			enabled = "no"
		}
		rows = append(rows, []string{ch.Name, ch.Type, ch.Target(), strings.Join(rules, ", "), enabled})
	}
	if w.inv.Output != "json" {
		w.sayTable(rows, "dex.yml has no channels: notifications: {channels: {…}}.")
	}
	return nil
}

func rulesUsing(c *notify.Config, channel string) []string {
	out := []string{}
	for _, r := range c.Rules {
		for _, name := range r.Channels {
			if name == channel {
				out = append(out, r.Name)
			}
		}
	}
	return out
}

// listDeliveries lists what the outbox holds.
func listDeliveries(ctx context.Context, w *work) error {
	if name := w.inv.Notify.Channel; name != "" && w.notifications().Find(name) == nil {
		return notifyFault("unknown-channel", &notify.UnknownChannelError{Name: name, Known: w.notifications().Names()})
	}
	s, err := w.storeThere(ctx)
	if err != nil {
		return err
	}
	var notices []store.Notice
	if s != nil {
		notices, err = s.Notices(ctx, store.NoticeFilter{Channel: w.inv.Notify.Channel, State: store.NoticeState(w.inv.Notify.State), Limit: max(w.inv.Notify.Limit, 0)})
		if err != nil {
			return err
		}
	}
	rows := [][]string{{"ID", "CREATED", "CHANNEL", "STATE", "ATTEMPTS", "MESSAGE", "ERROR"}}
	for _, n := range notices {
		if w.inv.Output != "json" {
			rows = append(rows, []string{n.ID[:8], n.CreatedAt.Local().Format(time.DateTime), n.Channel, string(n.State), fmt.Sprint(n.Attempts), firstRunes(notify.Headline(n), 60), firstRunes(n.Error, 80)})
			continue
		}
		if err := w.sayNotice(ctx, s, n); err != nil {
			return err
		}
	}
	if w.inv.Output != "json" {
		w.sayTable(rows, "No notifications.")
	}
	return nil
}

// sayNotice prints a notice with its attempts as a line of JSON.
func (w *work) sayNotice(ctx context.Context, s store.Outbox, n store.Notice) error {
	attempts, err := s.NoticeAttempts(ctx, n.ID)
	if err != nil {
		return err
	}
	tries := []map[string]any{}
	for _, a := range attempts {
		tries = append(tries, map[string]any{"number": a.Number, "at": a.At.UTC(), "elapsed": a.Elapsed.Seconds(), "status": a.Status, "error": a.Error})
	}
	line := map[string]any{
		"id": n.ID, "channel": n.Channel, "state": n.State, "created_at": n.CreatedAt.UTC(), "invocation_id": n.Invocation, "node": n.Node,
		"message": json.RawMessage(n.Body), "attempts": tries,
	}
	if n.State == store.Pending {
		line["next_at"] = n.NextAt.UTC()
	}
	w.sayJSON(line)
	return nil
}

func (w *work) sayJSON(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.say("%s", err)
		return
	}
	w.out.Lines = append(w.out.Lines, w.clean(string(b)))
}

// sayTable prints rows below a heading, or what to say where there are none.
func (w *work) sayTable(rows [][]string, none string) {
	if len(rows) == 1 {
		w.say("%s", none)
		return
	}
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	t.Flush()
	for line := range strings.Lines(b.String()) {
		w.say("%s", strings.TrimRight(line, " \n"))
	}
}

func firstRunes(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// tries counts what became of the attempts of one command.
type tries struct{ delivered, failed, dead int }

// tryNow makes the attempts that are due, and says what became of each.
func (w *work) tryNow(ctx context.Context, s store.Outbox, prepare func(d *notify.Deliverer) error) (tries, error) {
	var t tries
	var lines []string
	d := w.deliverer(w.notifications(), s)
	settled := make(chan struct{}, 1)
	settled <- struct{}{}
	d.Settled = func(n store.Notice, a store.Attempt, to store.NoticeState) {
		w.tellAttempt(n, a, to)
		<-settled
		defer func() { settled <- struct{}{} }()
		switch to {
		case store.Delivered:
			t.delivered++
		case store.Dead:
			t.dead++
		default:
			t.failed++
			lines = append(lines, fmt.Sprintf("%s to %s: %s", n.ID[:8], n.Channel, a.Error))
		}
	}
	if err := prepare(d); err != nil {
		return t, err
	}
	d.Start(ctx)
	d.Settle(ctx)
	d.Stop()
	for _, l := range lines {
		w.say("%s", l)
	}
	return t, ctx.Err()
}

// flushNotices makes an attempt for each pending notice.
func flushNotices(ctx context.Context, w *work) error {
	s, err := w.storeThere(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		w.say("No notifications are pending.")
		return nil
	}
	due, held := 0, 0
	t, err := w.tryNow(ctx, s, func(d *notify.Deliverer) (err error) {
		due, held, err = d.Hasten(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if held > 0 {
		w.say("%d are being sent by another process, or were when it was stopped: they can be tried once their time is over.", held)
	}
	if due == 0 && held == 0 {
		w.say("No notifications are pending.")
		return nil
	}
	left, err := s.Notices(ctx, store.NoticeFilter{State: store.Pending})
	if err != nil {
		return err
	}
	w.say("%d delivered, %d pending, %d dead", t.delivered, len(left), t.dead)
	w.out.Undelivered = len(left) > 0 || t.dead > 0
	return nil
}

// redeliverNotice sends one notice once more.
func redeliverNotice(ctx context.Context, w *work) error {
	s, err := w.storeThere(ctx)
	if err != nil {
		return err
	}
	n, err := store.Notice{}, store.ErrNotFound
	if s != nil {
		n, err = notify.Resolve(ctx, s, w.inv.Word)
	}
	if errors.Is(err, store.ErrNotFound) {
		return notifyFault("no-notification", fmt.Errorf("there is no notification '%s'; dex notify deliveries lists them", w.inv.Word))
	}
	if err != nil {
		return notifyFault("no-notification", err)
	}
	if _, err := w.tryNow(ctx, s, func(*notify.Deliverer) error { return s.ReviveNotice(ctx, n.ID, w.engine.now()) }); err != nil {
		return err
	}
	now, err := s.Notices(ctx, store.NoticeFilter{ID: n.ID})
	if err != nil || len(now) != 1 {
		return errors.Join(err, store.ErrNotFound)
	}
	w.say("%s to %s: %s", n.ID[:8], n.Channel, now[0].State)
	w.out.Undelivered = now[0].State != store.Delivered
	return nil
}
