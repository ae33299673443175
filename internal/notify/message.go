// Package notify tells people and services what happened: Slack, Datadog,
// PagerDuty, e-mail, Teams, signed webhooks. A message is stored in the outbox before
// anything is sent, so that none is lost; it is delivered by this process or the next.
//
// It knows channels, messages and the outbox; it knows nothing of hooks and nodes.
// Begin with Message and Sender. config.go and rule.go read dex.yml, each type of
// channel has a file of its name, outbox.go stores, deliver.go delivers, trouble.go
// remembers what is still broken.
package notify

import (
	"context"
	"encoding/json"
	"time"
)

// Message is one thing to tell, before a channel gives it its form. Its JSON is what
// the outbox keeps.
type Message struct {
	Title    string `json:"title,omitempty"` // one line; "" is made from Text
	Text     string `json:"text,omitempty"`
	Severity string `json:"severity,omitempty"` // "info", "warning", "error", "critical"
	// Event is what happened: "success", "failure", "warning", "recovery", "skipped",
	// "message".
	Event string `json:"event,omitempty"`
	// Key names the trouble that a message is about, and is the same for its failure
	// and its recovery: PagerDuty's dedup_key. "" has no recovery.
	Key string `json:"key,omitempty"`
	// Effect names the message itself: a second one of the same effect and channel is
	// not stored. "" is made anew for each message.
	Effect string `json:"effect,omitempty"`

	Project    string `json:"project,omitempty"`
	Target     string `json:"target,omitempty"`
	Invocation string `json:"invocation_id,omitempty"`
	Node       string `json:"node,omitempty"`
	Operation  string `json:"operation,omitempty"`
	User       string `json:"user,omitempty"`
	Commit     string `json:"commit,omitempty"`
	URL        string `json:"url,omitempty"` // of the run, for people to open

	At      time.Time         `json:"at"`
	Details map[string]string `json:"details,omitempty"` // further facts, shown in order of their names
}

// The events that channels treat in ways of their own.
const (
	Success  = "success"
	Failure  = "failure"
	Warning  = "warning"
	Recovery = "recovery"
	Skipped  = "skipped"
	Plain    = "message"
)

// Severities are the words for how bad it is, least first.
var Severities = []string{"info", "warning", "error", "critical"}

// severityWords are further words that dex.yml and hooks may use.
var severityWords = map[string]string{"low": "info", "medium": "warning", "high": "error"}

// Severity reads a word for how bad it is: one of Severities, or low, medium, high.
// It is false for any other.
func Severity(word string) (string, bool) {
	if s, ok := severityWords[word]; ok {
		return s, true
	}
	for _, s := range Severities {
		if s == word {
			return s, true
		}
	}
	return "", false
}

// settled gives m the fields that it may leave out.
func (m Message) settled(now time.Time) Message {
	if m.Event == "" {
		m.Event = Plain
	}
	if s, ok := Severity(m.Severity); ok {
		m.Severity = s
	} else {
		m.Severity = severityOf(m.Event)
	}
	if m.At.IsZero() {
		m.At = now
	}
	return m
}

// severityOf is how bad an event is where nobody says.
func severityOf(event string) string {
	switch event {
	case Failure:
		return "error"
	case Warning:
		return "warning"
	}
	return "info"
}

// cleaned is m with clean applied to each of its texts.
func (m Message) cleaned(clean func(string) string) Message {
	if clean == nil {
		return m
	}
	for _, s := range []*string{&m.Title, &m.Text, &m.Key, &m.Effect, &m.Project, &m.Target, &m.Node, &m.Operation, &m.User, &m.Commit, &m.URL} {
		*s = clean(*s)
	}
	if m.Details != nil {
		details := make(map[string]string, len(m.Details))
		for k, v := range m.Details {
			details[clean(k)] = clean(v)
		}
		m.Details = details
	}
	return m
}

// parseMessage reads what the outbox keeps.
func parseMessage(body []byte) (Message, error) {
	var m Message
	err := json.Unmarshal(body, &m)
	return m, err
}

// Sender stores messages for delivery. It does not wait for the delivery.
type Sender interface {
	// Send stores m for each of the channels. An unknown channel is an error that
	// names those that there are; one that dex.yml has switched off is a
	// *DisabledError, once the others have theirs.
	Send(ctx context.Context, channels []string, m Message) error
	// Channel finds the channel that CALL notify_<kind>(...) means: the one of that
	// name, or the only one of that type. It is false where dex.yml has none.
	Channel(kind string) (name string, ok bool)
	// Check is an *UnknownChannelError where there is no channel of a name.
	Check(channel string) error
}
