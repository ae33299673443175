package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dex/internal/manifest"
	"dex/internal/notify"
	"dex/internal/result"
	"dex/internal/sqlparam"
	"dex/internal/sqltext"
)

// notifiers are the procedures that dex stands in for: CALL notify_slack('…').
var notifiers = []string{"slack", "datadog", "pagerduty", "webhook", "email", "teams"}

// severities are the words that a second argument of such a call may be.
var severities = []string{"info", "warning", "error", "critical"}

// delivery is a notification that could not be handed over.
type delivery struct{ err error }

func (d *delivery) Error() string { return d.err.Error() }

// Unwrap gives the sender's error.
func (d *delivery) Unwrap() error { return d.err }

// notice is a notification that a statement calls for.
type notice struct {
	sqltext.Call
	channel string
}

// notifies reads sql as a call of a procedure that dex stands in for, because dex.yml
// has a channel for it. Without one the statement is the database's.
func (a *Around) notifies(sql string) (notice, bool) {
	if a.e.Notifier == nil || len(sql) < 4 {
		return notice{}, false
	}
	if a.Frame != nil && a.Frame.Guard.Marked(sql) { // of an operation's hook: parameters become literals
		text, err := sqlparam.Resolve(sql, a.Frame.Guard, a.dialect())
		if err != nil {
			return notice{}, false // as the session will say, which is asked next
		}
		sql = text.Text
	}
	call, ok := sqltext.ParseCall(sql, a.dialect())
	if !ok {
		return notice{}, false
	}
	kind, ok := strings.CutPrefix(call.Name, "notify_")
	if !ok || !slices.Contains(notifiers, kind) {
		return notice{}, false
	}
	channel, ok := a.e.Notifier.Channel(kind)
	return notice{call, channel}, ok
}

// sendCall sends the notification of CALL notify_x('message'[, 'severity']).
func (a *Around) sendCall(ctx context.Context, d *declared, n notice) error {
	if !n.Plain || len(n.Args) == 0 || len(n.Args) > 2 || len(n.Args) == 2 && !slices.Contains(severities, n.Args[1]) {
		return a.fault(fmt.Sprintf("dex sends CALL %s by itself, since dex.yml has the channel '%s'; it takes one message as a text literal, "+
			"and behind it one of %s", n.Name, n.channel, strings.Join(severities, ", ")))
	}
	severity := d.hook.Severity
	if len(n.Args) == 2 {
		severity = n.Args[1]
	}
	d.rec.Kind = "notify"
	return a.deliver(ctx, d, []string{n.channel}, n.Args[0], severity)
}

// notify sends the notification of a hook with the key notify.
func (a *Around) notify(ctx context.Context, d *declared) error {
	text, err := a.frame().RenderHook(d.hook.Message)
	if err != nil {
		return err
	}
	text = a.frame().Guard.Reveal(text)
	if text == "" {
		if d.hook.Message != "" {
			d.leave(result.RenderedEmpty, "")
			d.left = false // another time there may be something to tell
			return nil
		}
		text = a.id + ": " + string(a.view.outcome())
	}
	d.rec.SQL = text
	if a.e.Notifier == nil {
		return &delivery{fmt.Errorf("dex.yml has no channel %s: notifications are told there under notifications: channels:", strings.Join(d.hook.Notify, ", "))}
	}
	return a.deliver(ctx, d, d.hook.Notify, text, d.hook.Severity)
}

// deliver hands a message over to the outbox. Its effect is the hook in this
// invocation, so that a second attempt tells nobody twice.
func (a *Around) deliver(ctx context.Context, d *declared, channels []string, text, severity string) error {
	m := notify.Message{
		Text: text, Severity: severity, Event: "message", Key: a.id,
		Effect:  fmt.Sprintf("%s/%s/%s%s/%d/%d", a.e.Inv.ID, a.id, d.rec.From, d.rec.Event, d.rec.Index, a.Attempt),
		Project: a.e.Inv.Project, Target: a.e.targetName(), Invocation: a.e.Inv.ID, At: d.rec.StartedAt,
		Details: map[string]string{"hook": d.rec.Name, "event": d.rec.Event},
	}
	if a.Node != nil && a.Node.Kind != manifest.KindOperation {
		m.Node = a.id
	}
	switch out := a.view.outcome(); out {
	case result.Error:
		m.Event = "failure"
	case result.Success:
		if d.rec.Event == postHook {
			m.Event = "success"
		}
	}
	if m.Severity == "" {
		m.Severity = severityOf(a.view.outcome())
	}
	if e := a.view.err; e != nil {
		m.Details["error"], m.Details["class"] = e.Message, e.Class
	}
	err := a.e.Notifier.Send(ctx, channels, m)
	var off *notify.DisabledError
	switch {
	case err == nil:
	case !errors.As(err, &off):
		return &delivery{err}
	case len(off.Names) == len(channels):
		d.leave(result.Disabled, off.Error())
	default: // the others have got it
		d.rec.Because = off.Error()
	}
	return nil
}

func severityOf(s result.Status) string {
	switch s {
	case result.Error:
		return "error"
	case result.Skipped:
		return "warning"
	}
	return "info"
}

// targetName is the target's name in profiles.yml.
func (e *Executor) targetName() string {
	if e.Inv.Target == nil {
		return ""
	}
	return textOf(e.Inv.Target, "name")
}
