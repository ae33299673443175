package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"dex/internal/store"
)

// Outbox is the Sender: it stores messages for the channels of dex.yml. It may be
// used by many goroutines.
type Outbox struct {
	Config *Config
	// Open gives the store; it is asked for when there is something to store.
	Open func(ctx context.Context) (store.Outbox, error)
	// Clean takes secrets out of a text; nil leaves it as it is. What is stored and sent
	// has gone through it.
	Clean func(string) string
	Now   func() time.Time
	// Stored is told once messages have been stored; nil tells nobody.
	Stored func()
	// Filed is told of each notice that was stored anew; nil tells nobody.
	Filed func(store.Notice)
}

// UnknownChannelError is a channel that dex.yml does not have.
type UnknownChannelError struct {
	Name  string
	Known []string
}

// Error implements error.
func (e *UnknownChannelError) Error() string {
	return fmt.Sprintf("there is no channel '%s'. %s", e.Name, suggestion(e.Name, e.Known))
}

// DisabledError are channels that dex.yml has switched off: nothing was sent to
// them.
type DisabledError struct{ Names []string }

// Error implements error.
func (e *DisabledError) Error() string {
	return "switched off in dex.yml (enabled: false): " + strings.Join(e.Names, ", ")
}

// namespace makes ids of keys: the id of a notice is the Idempotency-Key of its
// effect, so that it stays the same even where the store is lost.
var namespace = uuid.MustParse("5b8f1f0e-6c0c-4a53-9d3b-0f8f6d6f3a57")

// Send implements Sender.
func (o *Outbox) Send(ctx context.Context, channels []string, m Message) error {
	var on []*Channel
	var off []string
	for _, name := range channels {
		switch c := o.Config.Find(name); {
		case c == nil:
			return &UnknownChannelError{name, o.Config.Names()}
		case !c.Enabled:
			off = append(off, name)
		default:
			on = append(on, c)
		}
	}
	if len(on) > 0 {
		if err := o.store(ctx, on, m); err != nil {
			return err
		}
	}
	if off != nil {
		return &DisabledError{off}
	}
	return nil
}

func (o *Outbox) store(ctx context.Context, channels []*Channel, m Message) error {
	now := o.Now()
	if m.Effect == "" {
		m.Effect = uuid.NewString()
	}
	m = m.settled(now).cleaned(o.Clean)
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	s, err := o.Open(ctx)
	if err != nil {
		return fmt.Errorf("keep a notification: %w", err)
	}
	for _, c := range channels {
		key := m.Effect + "|" + c.Name
		n := store.Notice{
			ID: uuid.NewSHA1(namespace, []byte(key)).String(), Key: key, Channel: c.Name, Body: body,
			Invocation: m.Invocation, Node: first(m.Node, m.Operation), CreatedAt: now, NextAt: now,
		}
		put, err := s.PutNotice(ctx, n)
		if err != nil {
			return err
		}
		if put && o.Filed != nil {
			o.Filed(n)
		}
	}
	if o.Stored != nil {
		o.Stored()
	}
	return nil
}

// Check implements Sender.
func (o *Outbox) Check(channel string) error {
	switch {
	case o.Config == nil:
		return &UnknownChannelError{Name: channel}
	case o.Config.Find(channel) == nil:
		return &UnknownChannelError{channel, o.Config.Names()}
	}
	return nil
}

// Channel implements Sender.
func (o *Outbox) Channel(kind string) (string, bool) {
	if o.Config == nil {
		return "", false
	}
	if c := o.Config.Find(kind); c != nil {
		return c.Name, true
	}
	found := ""
	for _, c := range o.Config.Channels {
		if c.Type != kind {
			continue
		}
		if found != "" {
			return "", false // two of the type: neither is meant
		}
		found = c.Name
	}
	return found, found != ""
}

// errAmbiguous is the beginning of an id that several notices have.
var errAmbiguous = errors.New("more than one notification has an id that begins so")

// Resolve finds the notice of an id, or of the beginning of one.
func Resolve(ctx context.Context, s store.Outbox, id string) (store.Notice, error) {
	all, err := s.Notices(ctx, store.NoticeFilter{})
	if err != nil {
		return store.Notice{}, err
	}
	var found []store.Notice
	for _, n := range all {
		if n.ID == id {
			return n, nil
		}
		if len(id) >= 4 && strings.HasPrefix(n.ID, id) {
			found = append(found, n)
		}
	}
	switch len(found) {
	case 0:
		return store.Notice{}, store.ErrNotFound
	case 1:
		return found[0], nil
	}
	return store.Notice{}, errAmbiguous
}

// Headline is the one line of a stored notice.
func Headline(n store.Notice) string {
	m, err := parseMessage(n.Body)
	if err != nil {
		return ""
	}
	return m.headline()
}
