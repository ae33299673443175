package event

import (
	"fmt"
	"strings"
)

// NotificationAttempt is one try to deliver a notification.
type NotificationAttempt struct {
	ID, Channel, State string // the state that it leaves the notification in
	Number, Status     int    // 0 where no answer came
	Elapsed            float64
	Error              string
}

// NotificationDead is a notification that is not tried again.
type NotificationDead struct{ ID, Channel, Error string }

// NotificationsLeft are those that the end of a run leaves to the next process.
type NotificationsLeft struct {
	Count    int
	Channels []string
	Error    string // of the last attempt at one of them; "" where none was made
}

// NotificationNotKept is something that could not be told: the store or a template
// fails.
type NotificationNotKept struct{ Error string }

// Name implements Data.
func (NotificationAttempt) Name() string { return "NotificationAttempt" }

// Code implements Data.
func (NotificationAttempt) Code() string { return "" }

// Message implements Data.
func (e NotificationAttempt) Message() string {
	s := fmt.Sprintf("Notification %s to %s: %s after attempt %d", e.ID, e.Channel, e.State, e.Number)
	if e.Status > 0 {
		s += fmt.Sprintf(" (%d)", e.Status)
	}
	if e.Error != "" {
		s += ": " + e.Error
	}
	return s
}

// Name implements Data.
func (NotificationDead) Name() string { return "NotificationDead" }

// Code implements Data.
func (NotificationDead) Code() string { return "" }

// Message implements Data.
func (e NotificationDead) Message() string {
	return fmt.Sprintf("A notification was not delivered to %s: %s. Once that is put right: dex notify redeliver %s", e.Channel, strings.TrimSuffix(e.Error, "."), short(e.ID))
}

// Name implements Data.
func (NotificationsLeft) Name() string { return "NotificationsLeft" }

// Code implements Data.
func (NotificationsLeft) Code() string { return "" }

// Message implements Data.
func (e NotificationsLeft) Message() string {
	what := fmt.Sprintf("%d notifications are", e.Count)
	if e.Count == 1 {
		what = "1 notification is"
	}
	s := fmt.Sprintf("%s not delivered yet (%s)", what, strings.Join(e.Channels, ", "))
	if e.Error != "" {
		s += ": " + strings.TrimSuffix(e.Error, ".")
	}
	return s + ". The next run of dex goes on with it, or: dex notify flush"
}

// Name implements Data.
func (NotificationNotKept) Name() string { return "NotificationNotKept" }

// Code implements Data.
func (NotificationNotKept) Code() string { return "" }

// Message implements Data.
func (e NotificationNotKept) Message() string { return "A notification goes wrong: " + e.Error }

// short is the beginning of an id, enough to name it.
func short(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}
