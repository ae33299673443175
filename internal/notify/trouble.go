package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"dex/internal/store"
)

// Troubles remembers which troubles have been told, so that each is told once, and
// its end once, over many runs. A process that is killed between two of its steps
// leaves a state from which the next one goes on: nothing is told twice, since what is
// told has an effect key, and nothing is left out, since the state is written first.
type Troubles struct {
	Marks  func(ctx context.Context) (store.Outbox, error)
	Sender Sender
	Now    func() time.Time
}

// The states of a trouble that are written down.
const (
	opening = "opening" // about to be told
	opened  = "open"
	closing = "closing" // its end is about to be told
)

// Trouble is one that is written down.
type Trouble struct {
	State string    `json:"state"`
	ID    string    `json:"id"` // begins the effect keys of its messages
	Since time.Time `json:"since"`
	// Member is set for one that was told as part of another: that one's end is told.
	Member bool `json:"member,omitempty"`
}

// Told reports whether it has been told.
func (t *Trouble) Told() bool { return t.State == opened }

// Get gives the trouble of a name; nil where there is none.
func (t *Troubles) Get(ctx context.Context, name string) (*Trouble, error) {
	s, err := t.Marks(ctx)
	if err != nil {
		return nil, err
	}
	marks, err := s.Marks(ctx, name)
	if err != nil {
		return nil, err
	}
	return parseTrouble(marks[name])
}

func parseTrouble(text string) (*Trouble, error) {
	if text == "" {
		return nil, nil
	}
	var tr Trouble
	if err := json.Unmarshal([]byte(text), &tr); err != nil {
		return nil, fmt.Errorf("read a trouble of the store: %w", err)
	}
	return &tr, nil
}

// Members lists the troubles whose names begin with prefix and that are members.
func (t *Troubles) Members(ctx context.Context, prefix string) (int, error) {
	s, err := t.Marks(ctx)
	if err != nil {
		return 0, err
	}
	marks, err := s.Marks(ctx, prefix)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, text := range marks {
		if tr, err := parseTrouble(text); err == nil && tr != nil && tr.Member {
			n++
		}
	}
	return n, nil
}

func (t *Troubles) put(ctx context.Context, name string, tr *Trouble) error {
	s, err := t.Marks(ctx)
	if err != nil {
		return err
	}
	text := ""
	if tr != nil {
		b, err := json.Marshal(tr)
		if err != nil {
			return err
		}
		text = string(b)
	}
	_, err = s.Mark(ctx, name, text)
	return err
}

// Raise tells of a trouble, unless it is known. m's Key and Effect are set here. It
// gives whether it has told.
func (t *Troubles) Raise(ctx context.Context, name string, channels []string, m Message) (bool, error) {
	tr, err := t.Get(ctx, name)
	if err != nil {
		return false, err
	}
	if tr != nil && tr.State == opened {
		return false, nil
	}
	if tr == nil || tr.State == closing {
		// One that was closing has come back: where its end has not been told by now, it is
		// no more true.
		tr = &Trouble{State: opening, ID: uuid.NewString(), Since: t.Now()}
		if err := t.put(ctx, name, tr); err != nil {
			return false, err
		}
	}
	m.Key, m.Effect = name, tr.ID+"/failure"
	if err := t.send(ctx, channels, m); err != nil {
		return false, err
	}
	tr.State = opened
	return true, t.put(ctx, name, tr)
}

// Extend tells more of a trouble that is known, or of a new one: each effect is told
// once.
func (t *Troubles) Extend(ctx context.Context, name string, channels []string, m Message, effect string) error {
	tr, err := t.Get(ctx, name)
	if err != nil {
		return err
	}
	if tr == nil || tr.State != opened {
		_, err := t.Raise(ctx, name, channels, m)
		return err
	}
	m.Key, m.Effect = name, tr.ID+"/"+effect
	return t.send(ctx, channels, m)
}

// Join notes a trouble that has been told as part of another.
func (t *Troubles) Join(ctx context.Context, name string) error {
	return t.put(ctx, name, &Trouble{State: opened, ID: uuid.NewString(), Since: t.Now(), Member: true})
}

// Clear tells that a trouble is over, where it is known. m is given when it began; a
// nil m tells nothing. It gives whether it was known.
func (t *Troubles) Clear(ctx context.Context, name string, channels []string, m func(since time.Time) Message) (bool, error) {
	tr, err := t.Get(ctx, name)
	if err != nil || tr == nil {
		return false, err
	}
	if m != nil && !tr.Member {
		if tr.State != closing {
			tr.State = closing
			if err := t.put(ctx, name, tr); err != nil {
				return true, err
			}
		}
		over := m(tr.Since)
		over.Key, over.Effect = name, tr.ID+"/recovery"
		if err := t.send(ctx, channels, over); err != nil {
			return true, err
		}
	}
	return true, t.put(ctx, name, nil)
}

// send is the Sender's; a channel that is switched off is no reason to forget the
// trouble.
func (t *Troubles) send(ctx context.Context, channels []string, m Message) error {
	err := t.Sender.Send(ctx, channels, m)
	var off *DisabledError
	if errors.As(err, &off) {
		return nil
	}
	return err
}
