package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"dex/internal/store"
)

// Clock is what the deliverer takes for time.
type Clock interface {
	Now() time.Time
	// After gives a channel that is sent to after d, and what stops that.
	After(d time.Duration) (<-chan time.Time, func())
}

// MachineClock is the machine's.
type MachineClock struct{}

// Now implements Clock.
func (MachineClock) Now() time.Time { return time.Now() }

// After implements Clock.
func (MachineClock) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

const (
	// workers is how many messages are sent at once.
	workers = 4
	// leaseSpare is how much longer than an attempt a notice is held: when it is over,
	// the process that held it is taken for dead.
	leaseSpare = 20 * time.Second
	// storePause is how long a store that failed is left alone.
	storePause = 2 * time.Second
	// sendingMark begins the name of the mark that stands while a notice is sent. It
	// holds the number of the attempt, or unknown once that ended without an answer.
	sendingMark = "notify/sending/"
	unknown     = "?"
)

// Deliverer sends what the outbox holds. Its fields are set before Start and not
// changed after.
type Deliverer struct {
	Config *Config
	Store  store.Outbox
	Clock  Clock
	Clean  func(string) string
	// Jitter gives numbers from 0 to 1; nil is random.
	Jitter func() float64
	// Roots are the certificates that are trusted; nil is the system's.
	Roots *x509.CertPool
	// Settled is told of each attempt, Broken of a store that fails; both may be nil.
	Settled func(n store.Notice, a store.Attempt, to store.NoticeState)
	Broken  func(error)

	once          sync.Once
	guarded, open *network
	start, stop   sync.Once
	cancel        context.CancelFunc
	over          chan struct{}
	wake          chan struct{}
	drains        chan drain
	mu            sync.Mutex
	busy          int
}

// drain waits until nothing is left that is due before a time.
type drain struct {
	until time.Time
	done  chan struct{}
}

func (d *Deliverer) prepare() {
	d.once.Do(func() {
		d.guarded, d.open = newNetwork(false, d.Roots), newNetwork(true, d.Roots)
		d.wake, d.drains, d.over = make(chan struct{}, 1), make(chan drain), make(chan struct{})
		if d.Clean == nil {
			d.Clean = func(s string) string { return s }
		}
		if d.Jitter == nil {
			d.Jitter = rand.Float64
		}
		if d.Settled == nil {
			d.Settled = func(store.Notice, store.Attempt, store.NoticeState) {}
		}
		if d.Broken == nil {
			d.Broken = func(error) {}
		}
	})
}

// Start begins to deliver. It may be called several times.
func (d *Deliverer) Start(ctx context.Context) {
	d.start.Do(func() {
		d.prepare()
		ctx, d.cancel = context.WithCancel(ctx)
		go d.loop(ctx)
	})
}

// Wake tells that there may be something to deliver.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default: // it has been told
	}
}

// Stop ends the delivery: what is being sent is cut off and counts as an attempt
// without an answer. It may be called several times, and without Start.
func (d *Deliverer) Stop() {
	d.start.Do(func() { d.prepare(); close(d.over) })
	d.stop.Do(func() {
		if d.cancel != nil {
			d.cancel()
		}
	})
	<-d.over
}

// Drain waits until nothing is left that is due within limit, at most that long.
func (d *Deliverer) Drain(ctx context.Context, limit time.Duration) {
	up, stop := d.Clock.After(limit)
	defer stop()
	d.await(ctx, d.Clock.Now().Add(limit), up)
}

// Settle waits until nothing is left that is due now, however long its attempts take.
func (d *Deliverer) Settle(ctx context.Context) { d.await(ctx, d.Clock.Now(), nil) }

func (d *Deliverer) await(ctx context.Context, until time.Time, up <-chan time.Time) {
	w := drain{until: until, done: make(chan struct{})}
	select {
	case d.drains <- w:
	case <-up:
		return
	case <-ctx.Done():
		return
	case <-d.over:
		return
	}
	select {
	case <-w.done:
	case <-up:
	case <-ctx.Done():
	case <-d.over:
	}
}

// loop claims what is due, as far as workers are free, and waits for what comes
// next.
func (d *Deliverer) loop(ctx context.Context) {
	var waiting []drain
	var flying sync.WaitGroup
	defer close(d.over)
	defer flying.Wait()
	for ctx.Err() == nil {
		pause, err := d.round(ctx, &flying)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			d.Broken(err)
			pause = storePause
		}
		waiting = d.release(waiting, pause, err)
		timer, stop := d.Clock.After(pause)
		select {
		case <-ctx.Done():
		case <-d.wake:
		case w := <-d.drains:
			waiting = append(waiting, w)
		case <-timer:
		}
		stop()
	}
}

// release lets those go that wait for nothing more: all is quiet, and the next
// notice is due after their time. A store that cannot be read has nothing to wait for.
func (d *Deliverer) release(waiting []drain, pause time.Duration, err error) []drain {
	next := d.Clock.Now().Add(pause)
	var rest []drain
	for _, w := range waiting {
		if err != nil || d.working() == 0 && next.After(w.until) {
			close(w.done)
		} else {
			rest = append(rest, w)
		}
	}
	return rest
}

func (d *Deliverer) working() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.busy
}

// round starts what is due and gives the time until something else is.
func (d *Deliverer) round(ctx context.Context, flying *sync.WaitGroup) (time.Duration, error) {
	const never = 10 * 365 * 24 * time.Hour // somebody wakes the loop
	free := workers - d.working()
	if free == 0 {
		return never, nil
	}
	now := d.Clock.Now()
	claimed, err := d.Store.ClaimNotices(ctx, now, now.Add(d.Config.Delivery.Timeout+leaseSpare), free)
	if err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	for _, n := range claimed {
		d.mu.Lock()
		d.busy++
		d.mu.Unlock()
		flying.Add(1)
		go func() {
			defer flying.Done()
			if err := d.deliver(ctx, n); err != nil && !errors.Is(err, context.Canceled) {
				d.Broken(err)
			}
			d.mu.Lock()
			d.busy--
			d.mu.Unlock()
			d.Wake()
		}()
	}
	if len(claimed) > 0 {
		return never, nil
	}
	pending, err := d.Store.Notices(ctx, store.NoticeFilter{State: store.Pending})
	if err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	pause := never
	for _, n := range pending {
		pause = min(pause, max(n.NextAt.Sub(now), time.Millisecond))
	}
	return pause, nil
}

// deliver makes one attempt for a claimed notice. The error is the store's.
func (d *Deliverer) deliver(ctx context.Context, n store.Notice) error {
	kept := context.WithoutCancel(ctx) // what happened is recorded whatever ends the process
	m, err := parseMessage(n.Body)
	c := d.Config.Find(n.Channel)
	switch {
	case err != nil:
		return d.settle(kept, n, attempt{outcome: outcome{err: errors.New("the stored message cannot be read"), final: true}})
	case c == nil:
		return d.settle(kept, n, attempt{outcome: outcome{err: &UnknownChannelError{n.Channel, d.Config.Names()}, final: true}})
	case !c.Enabled:
		return nil // another target of the project may have it switched on
	}
	if wait, err := d.behind(ctx, n, m); err != nil || wait {
		return err
	}
	repeat, err := d.unsure(ctx, n)
	if err != nil {
		return err
	}
	repeat = repeat && !c.Dedups()
	if repeat && c.Drop {
		return d.settle(kept, n, attempt{outcome: outcome{err: errors.New("it may have arrived: dex was stopped, or got no answer, while it sent it; the channel says uncertain: drop"), final: true}})
	}
	// From here on a kill leaves the mark: the next process knows that this attempt may
	// have arrived.
	if _, err := d.Store.Mark(ctx, sendingMark+n.ID, strconv.Itoa(n.Attempts+1)); err != nil {
		return err
	}
	a := d.attempt(ctx, c, parcel{Message: m, id: n.ID, repeat: repeat})
	if a.uncertain {
		if _, err := d.Store.Mark(kept, sendingMark+n.ID, unknown); err != nil {
			return err
		}
	}
	if err := d.settle(kept, n, a); err != nil || a.uncertain {
		return err
	}
	_, err = d.Store.Mark(kept, sendingMark+n.ID, "")
	return err
}

// attempt is an outcome with its time.
type attempt struct {
	outcome
	at      time.Time
	elapsed time.Duration
}

// attempt sends once.
func (d *Deliverer) attempt(ctx context.Context, c *Channel, p parcel) attempt {
	ctx, cancel := context.WithTimeout(ctx, d.Config.Delivery.Timeout)
	defer cancel()
	n := d.guarded
	if c.AllowPrivate {
		n = d.open
	}
	a := attempt{at: d.Clock.Now()}
	p.sending = a.at
	a.outcome = c.far.send(ctx, n, p)
	a.elapsed = d.Clock.Now().Sub(a.at)
	return a
}

// settle records an attempt and what becomes of its notice.
func (d *Deliverer) settle(ctx context.Context, n store.Notice, a attempt) error {
	now := d.Clock.Now()
	if a.at.IsZero() {
		a.at = now
	}
	rec := store.Attempt{Notice: n.ID, Number: n.Attempts + 1, At: a.at, Elapsed: a.elapsed, Status: a.status}
	to, next := store.Delivered, now
	if a.err != nil {
		rec.Error = d.Clean(a.err.Error())
		if to = store.Pending; a.final || rec.Number >= d.Config.Delivery.Attempts {
			to = store.Dead
		}
		next = now.Add(max(d.backoff(rec.Number), a.retryAfter))
	}
	if err := d.Store.SettleNotice(ctx, rec, to, next); err != nil {
		return fmt.Errorf("record an attempt to deliver: %w", err)
	}
	d.Settled(n, rec, to)
	return nil
}

// backoff is how long to wait after the nth attempt: full jitter, which spreads those
// that failed together.
func (d *Deliverer) backoff(n int) time.Duration {
	most := float64(d.Config.Delivery.Backoff) * math.Pow(2, float64(n-1))
	most = min(most, float64(d.Config.Delivery.MaxBackoff))
	return time.Duration(d.Jitter() * most)
}

// behind reports whether a notice has to wait for an earlier one of the same trouble
// and channel: a resolve that overtakes its trigger leaves an alert open for ever, a
// trigger that overtakes the resolve before it is resolved by it.
func (d *Deliverer) behind(ctx context.Context, n store.Notice, m Message) (bool, error) {
	if m.Key == "" {
		return false, nil
	}
	pending, err := d.Store.Notices(ctx, store.NoticeFilter{Channel: n.Channel, State: store.Pending})
	if err != nil {
		return false, err
	}
	seen := false // they come newest first: those behind n in the list are older
	for _, o := range pending {
		if o.ID == n.ID {
			seen = true
			continue
		}
		if !seen {
			continue
		}
		if other, err := parseMessage(o.Body); err == nil && other.Key == m.Key && (m.Event == Recovery || other.Event == Recovery) {
			at := d.Clock.Now().Add(time.Second)
			if o.NextAt.After(at) {
				at = o.NextAt
			}
			return true, d.Store.ReviveNotice(ctx, n.ID, at)
		}
	}
	return false, nil
}

// unsure reports whether an earlier attempt may have arrived: its process was killed
// between sending and recording, or it got no answer.
func (d *Deliverer) unsure(ctx context.Context, n store.Notice) (bool, error) {
	name := sendingMark + n.ID
	marks, err := d.Store.Marks(ctx, name)
	if err != nil {
		return false, err
	}
	v := marks[name]
	return v == unknown || v == strconv.Itoa(n.Attempts+1), nil
}

// Now sends m to a channel at once, past the outbox: for trying a channel out. It
// gives the receiver's status, 0 where there was none, and what went wrong.
func (d *Deliverer) Now(ctx context.Context, c *Channel, id string, m Message) (int, time.Duration, error) {
	d.prepare()
	a := d.attempt(ctx, c, parcel{Message: m.settled(d.Clock.Now()).cleaned(d.Clean), id: id})
	if a.err != nil {
		return a.status, a.elapsed, errors.New(d.Clean(a.err.Error()))
	}
	return a.status, a.elapsed, nil
}

// Hasten makes all pending notices due now, but those that a living process may be
// sending at this moment: their leases are not over. It gives the numbers of both.
func (d *Deliverer) Hasten(ctx context.Context) (due, held int, err error) {
	pending, err := d.Store.Notices(ctx, store.NoticeFilter{State: store.Pending})
	if err != nil {
		return 0, 0, err
	}
	marks, err := d.Store.Marks(ctx, sendingMark)
	if err != nil {
		return 0, 0, err
	}
	now := d.Clock.Now()
	for _, n := range pending {
		if n.NextAt.After(now) && marks[sendingMark+n.ID] == strconv.Itoa(n.Attempts+1) {
			held++
			continue
		}
		if err := d.Store.ReviveNotice(ctx, n.ID, now); err != nil {
			return due, held, err
		}
		due++
	}
	return due, held, nil
}
