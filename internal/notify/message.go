// Package notify tells people and services what happened: Slack, Datadog,
// PagerDuty, e-mail, Teams, signed webhooks. A message is stored in the outbox before
// anything is sent, so that none is lost; it is delivered by this process or the next.
//
// It knows channels, messages and the outbox; it knows nothing of hooks and nodes.
// Begin with Message and Sender.
package notify

import (
	"context"
	"time"
)

// Message is one thing to tell, before a channel gives it its form.
type Message struct {
	Title    string // one line; "" is made from Text
	Text     string
	Severity string // "info", "warning", "error", "critical"
	// Event is what happened: "success", "failure", "recovery", "message".
	Event string
	// Key names the trouble that a message is about, and is the same for its failure
	// and its recovery: PagerDuty's dedup_key. "" has no recovery.
	Key string
	// Effect names the message itself: a second one of the same effect and channel is
	// not stored. "" is made anew for each message.
	Effect string

	Project, Target, Invocation, Node, Operation, User, Commit string

	At      time.Time
	Details map[string]string // further facts, shown in order of their names
}

// Sender stores messages for delivery. It does not wait for the delivery.
type Sender interface {
	// Send stores m for each of the channels. An unknown channel is an error that
	// names those that there are.
	Send(ctx context.Context, channels []string, m Message) error
	// Channel finds the channel that CALL notify_<kind>(...) means: the one of that
	// name, or the only one of that type. It is false where dex.yml has none.
	Channel(kind string) (name string, ok bool)
}
