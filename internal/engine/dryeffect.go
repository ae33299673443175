package engine

import (
	"context"
	"strconv"
	"strings"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/notify"
	"dex/internal/run"
	"dex/internal/session"
)

// dryNotifier tells of notifications and sends none.
type dryNotifier struct {
	real notify.Sender // which knows the channels
	r    *recorder
}

// Check implements notify.Sender.
func (n *dryNotifier) Check(channel string) error { return n.real.Check(channel) }

// Channel implements notify.Sender.
func (n *dryNotifier) Channel(kind string) (string, bool) { return n.real.Channel(kind) }

// Send implements notify.Sender.
func (n *dryNotifier) Send(_ context.Context, channels []string, m notify.Message) error {
	s := &session.Session{Info: &event.NodeInfo{UniqueID: m.Key}}
	s.Hook = hookOfEffect(m.Effect)
	text := "to " + strings.Join(channels, ", ")
	if m.Severity != "" {
		text += " (" + m.Severity + ")"
	}
	n.r.record(session.Statement{Session: s, Language: "notification", Text: text + ": " + m.Text, Response: adapter.Response{Rows: -1}})
	return nil
}

// hookOfEffect reads which hook an effect is of: …/event/index/attempt.
func hookOfEffect(effect string) *session.Hook {
	parts := strings.Split(effect, "/")
	if len(parts) < 3 {
		return nil
	}
	at, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		return nil
	}
	return &session.Hook{Event: parts[len(parts)-3], Index: at}
}

// dryOperator tells of operations and runs none.
type dryOperator struct {
	real run.Operator
	r    *recorder
}

// CheckOperation implements run.Operator.
func (o *dryOperator) CheckOperation(name string) error { return o.real.CheckOperation(name) }

// RunOperation implements run.Operator.
func (o *dryOperator) RunOperation(_ context.Context, c run.OperationCall) run.OperationDone {
	text := c.Name
	if c.Params != nil && c.Params.Len() > 0 {
		text += " " + value.Repr(c.Params)
	}
	o.r.record(session.Statement{Session: c.Session, Language: "operation", Text: text, Response: adapter.Response{Rows: -1}})
	return run.OperationDone{SQL: text, Rows: -1}
}
