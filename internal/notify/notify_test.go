package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/store"
	"dex/internal/store/sqlite"
	"dex/internal/yamldoc"
)

// noon is when the tests' clock begins.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// handClock is a clock that tests turn.
type handClock struct {
	mu     sync.Mutex
	at     time.Time
	timers map[chan time.Time]time.Time
	asked  *sync.Cond // a timer was asked for
}

func newClock() *handClock {
	c := &handClock{at: noon, timers: map[chan time.Time]time.Time{}}
	c.asked = sync.NewCond(&c.mu)
	return c
}

// waiting returns once somebody waits for a time in d.
func (c *handClock) waiting(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for _, at := range c.timers {
			if at.Equal(c.at.Add(d)) {
				return
			}
		}
		c.asked.Wait()
	}
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *handClock) After(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d <= 0 {
		ch <- c.at
	} else {
		c.timers[ch] = c.at.Add(d)
		c.asked.Broadcast()
	}
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, ch)
	}
}

func (c *handClock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	for ch, at := range c.timers {
		if !at.After(c.at) {
			ch <- c.at
			delete(c.timers, ch)
		}
	}
}

// read reads a section notifications; faults come as text.
func read(t *testing.T, text string) (*Config, diag.List) {
	t.Helper()
	doc, faults := yamldoc.Decode("dex.yml", []byte(text))
	if faults.HasErrors() {
		t.Fatal(faults.Err())
	}
	return Read(doc.Mapping(doc.Value.(*value.Dict), nil, "notifications", &faults), nil), faults
}

// config is a section without faults.
func config(t *testing.T, text string) *Config {
	t.Helper()
	c, faults := read(t, text)
	if faults.HasErrors() {
		t.Fatal(faults.Err())
	}
	return c
}

// got is a request that a receiver has had.
type got struct {
	path   string
	header http.Header
	body   []byte
}

func (g got) json(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(g.body, &m); err != nil {
		t.Fatalf("%v: %s", err, g.body)
	}
	return m
}

// receiver is the far end of a channel. answer is what it does; nil takes all.
type farEnd struct {
	*httptest.Server
	mu     sync.Mutex
	all    []got
	answer func(n int, w http.ResponseWriter, g got)
}

func newFarEnd(t *testing.T, answer func(n int, w http.ResponseWriter, g got)) *farEnd {
	r := &farEnd{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Server.Close)
	return r
}

func (r *farEnd) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	g := got{q.URL.RequestURI(), q.Header, body}
	r.mu.Lock()
	r.all = append(r.all, g)
	n := len(r.all)
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(n, w, g)
	}
}

func (r *farEnd) requests() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]got(nil), r.all...)
}

func (r *farEnd) only(t *testing.T) got {
	t.Helper()
	all := r.requests()
	if len(all) != 1 {
		t.Fatalf("%d requests, want one", len(all))
	}
	return all[0]
}

// rig is an outbox, its store and its deliverer, on a clock turned by hand.
type rig struct {
	t      *testing.T
	clock  *handClock
	store  *sqlite.Store
	out    *Outbox
	deliv  *Deliverer
	broken []error
}

func newRig(t *testing.T, c *Config) *rig {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "dex.db"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, clock: newClock(), store: s}
	t.Cleanup(func() { s.Close() })
	r.out = &Outbox{Config: c, Now: r.clock.Now, Open: func(context.Context) (store.Outbox, error) { return s, nil }}
	r.deliverer(c)
	return r
}

// deliverer makes another one, as a new process would.
func (r *rig) deliverer(c *Config) {
	d := &Deliverer{Config: c, Store: r.store, Clock: r.clock, Jitter: func() float64 { return 1 }}
	d.Broken = func(err error) { r.t.Errorf("the store: %v", err) }
	r.t.Cleanup(d.Stop)
	r.deliv = d
}

func (r *rig) send(m Message, channels ...string) {
	r.t.Helper()
	if err := r.out.Send(r.t.Context(), channels, m); err != nil {
		r.t.Fatal(err)
	}
}

// deliver makes all attempts that are due.
func (r *rig) deliver() {
	r.t.Helper()
	r.deliv.Start(context.WithoutCancel(r.t.Context()))
	r.deliv.Settle(r.t.Context())
}

// notice is the only notice, or the one of a channel.
func (r *rig) notice(channel string) store.Notice {
	r.t.Helper()
	all, err := r.store.Notices(r.t.Context(), store.NoticeFilter{Channel: channel})
	if err != nil || len(all) != 1 {
		r.t.Fatalf("%d notices, %v", len(all), err)
	}
	return all[0]
}

// want holds the only notice of a channel against a state, a number of attempts and a
// part of the error.
func (r *rig) want(channel string, state store.NoticeState, attempts int, err string) store.Notice {
	r.t.Helper()
	n := r.notice(channel)
	if n.State != state || n.Attempts != attempts || !strings.Contains(n.Error, err) || err == "" && n.Error != "" {
		r.t.Errorf("%s: %s after %d attempts, %q; want %s after %d, %q", channel, n.State, n.Attempts, n.Error, state, attempts, err)
	}
	return n
}

// aFailure is a message with everything in it.
func aFailure() Message {
	return Message{
		Title: "[prod] shop: model orders failed", Text: "Binder Error: <a> & <b>", Severity: "critical", Event: Failure, Key: "dex/shop/prod/r/model.shop.orders",
		Effect: "e1/failure", Project: "shop", Target: "prod", Invocation: "inv-1", Node: "model.shop.orders", User: "ada", Commit: "abc123",
		URL: "https://runs.example.com/inv-1", At: noon.Add(-time.Minute), Details: map[string]string{"File": "models/orders.sql"},
	}
}

func one(t *testing.T, section string, m Message, name string, far *farEnd) got {
	t.Helper()
	r := newRig(t, config(t, strings.ReplaceAll(section, "URL", far.URL)))
	r.send(m, name)
	r.deliver()
	r.want(name, store.Delivered, 1, "")
	return far.only(t)
}
