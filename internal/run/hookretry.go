package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
)

// The waits between the attempts of a hook where it does not say.
const (
	defaultBackoff    = time.Second
	defaultMaxBackoff = time.Minute
)

// passing are the classes of errors that pass by themselves: those that `retries`
// means where it names none.
var passing = []adapter.ErrorClass{adapter.ClassConnection, adapter.ClassLock, adapter.ClassTimeout, adapter.ClassResource, adapter.ClassDelivery}

// attempts runs a hook until it goes well or there is no sense in trying again.
func (a *Around) attempts(ctx context.Context, d *declared) error {
	for {
		d.rec.Attempts++
		err := a.once(ctx, d)
		if err == nil || ctx.Err() != nil || !a.again(d, err) {
			return err
		}
		wait := backoff(d.hook.Retries, d.rec.Attempts)
		a.e.Sink.Emit(event.Event{Time: time.Now(), Level: event.Info, Thread: a.Thread, Data: event.HookRetried{
			UniqueID: a.id, Hook: d.rec.Name, Event: d.rec.Event, Attempt: d.rec.Attempts, Attempts: d.hook.Retries.Attempts,
			Class: string(a.e.classOf(err)), Wait: wait.Seconds(), Msg: messageOf(err),
		}})
		if a.e.pause(ctx, wait) != nil {
			return err
		}
		a.Session.Renew() // again has seen that nothing is missed
		if a.Frame != nil {
			a.Frame.Forget()
		}
	}
}

// again reports whether a hook that failed is tried once more.
func (a *Around) again(d *declared, err error) bool {
	r := d.hook.Retries
	if d.rec.Attempts >= r.Attempts || a.spoiled(err) {
		return false
	}
	class := a.e.classOf(err)
	if r.On == nil {
		return slices.Contains(passing, class)
	}
	return slices.Contains(r.On, string(class))
}

// once is one attempt, within the hook's time and, where the database has them,
// behind a savepoint.
func (a *Around) once(ctx context.Context, d *declared) error {
	ctx, cancel := limited(ctx, d.hook.Timeout)
	defer cancel()
	defer a.frame().Within(ctx)()
	back, err := a.savepoint(ctx, d)
	if err != nil {
		return err
	}
	err = a.act(ctx, d)
	if err != nil && d.hook.Timeout > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = overdue(err, d.hook.Timeout)
	}
	return back(err)
}

func limited(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

// overdue words an error as what it is: the database only says that it was
// interrupted.
func overdue(err error, timeout time.Duration) error {
	msg := fmt.Sprintf("the hook was stopped after its timeout of %s", timeout)
	var db *adapter.DatabaseError
	if errors.As(err, &db) {
		late := *db
		late.Msg, late.Err = msg, errors.Join(context.DeadlineExceeded, err)
		return &late
	}
	return render.Caused(&render.Fault{Msg: msg, Class: "Runtime"}, errors.Join(context.DeadlineExceeded, err))
}

// savepoint keeps what the transaction holds from what the hook may break. The
// function that it gives ends it, and passes on how the hook ended.
func (a *Around) savepoint(ctx context.Context, d *declared) (func(error) error, error) {
	none := func(err error) error { return err }
	s, ok := a.e.Inv.Adapter.(adapter.Salvager)
	if !ok || !s.Savepoints() || d.hook.OnError == manifest.Fail && d.hook.Retries.Attempts < 2 {
		return none, nil
	}
	if d.inside {
		if err := a.Session.Begin(ctx); err != nil {
			return none, err
		}
	}
	if !a.Session.InTransaction() || a.Session.Autocommits() {
		return none, nil
	}
	if _, _, err := a.Session.Execute(ctx, "SAVEPOINT dex_hook", false, false, 0); err != nil {
		return none, unsaved{err}
	}
	return func(err error) error {
		end := "RELEASE SAVEPOINT dex_hook"
		if err != nil {
			end = "ROLLBACK TO SAVEPOINT dex_hook"
		}
		if a.Session.Dead() {
			return err
		}
		last := a.Session.Last
		_, _, fail := a.Session.Execute(context.WithoutCancel(ctx), end, false, false, 0)
		a.Session.Last = last
		if fail != nil {
			return unsaved{errors.Join(err, fail)}
		}
		return err
	}, nil
}

// unsaved is an error of a savepoint itself: nothing keeps the transaction from it.
type unsaved struct{ error }

// Unwrap gives the database's error.
func (u unsaved) Unwrap() error { return u.error }

// spoiled reports whether err has ended the transaction that is open, so that
// nothing but a rollback can follow; or has broken the connection, with something in it
// that another one would miss.
func (a *Around) spoiled(err error) bool {
	if a.Session.Dead() {
		return !a.Session.Renewable()
	}
	if a.Session == nil || !a.Session.InTransaction() || a.Session.Autocommits() {
		return false
	}
	if errors.As(err, new(unsaved)) {
		return true
	}
	var db *adapter.DatabaseError
	if !errors.As(err, &db) {
		return false
	}
	s, ok := a.e.Inv.Adapter.(adapter.Salvager)
	return !ok || !s.Savepoints() && s.Spoils(db)
}

// unsalvageable adds to an error why the policy of its hook could not be kept.
func (a *Around) unsalvageable(d *declared, err error) error {
	what := "on_error: " + string(d.hook.OnError)
	if d.hook.OnError == manifest.Fail {
		what = "retries"
	}
	why := "the error ended the transaction that the hook stands in; with transaction: false it runs outside of it"
	switch {
	case a.Session.Dead() && a.Session.InTransaction():
		why = "the connection broke, and what the transaction held is lost with it; with transaction: false the hook runs outside of it"
	case a.Session.Dead():
		why = "the connection broke, and the settings, temporary tables or locks that were made on it before are lost with it"
	}
	note := fmt.Sprintf("\n%s of the hook %s could not be kept: %s", what, d.rec.Name, why)
	var db *adapter.DatabaseError
	if errors.As(err, &db) {
		more := *db
		more.Msg += note
		return &more
	}
	return err
}

// backoff is how long to wait behind attempt n: twice as long each time, less a
// random part of up to half, so that many do not come back at once.
func backoff(r manifest.Retries, n int) time.Duration {
	wait, most := r.Backoff, r.MaxBackoff
	if wait == 0 {
		wait = defaultBackoff
	}
	if most == 0 {
		most = max(defaultMaxBackoff, wait)
	}
	for ; n > 1 && wait < most; n-- {
		wait *= 2
	}
	wait = min(wait, most)
	return wait - rand.N(wait/2+1)
}

// pause waits, or gives ctx's error.
func (e *Executor) pause(ctx context.Context, d time.Duration) error {
	if e.Pause != nil {
		return e.Pause(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// classOf sorts an error of a hook.
func (e *Executor) classOf(err error) adapter.ErrorClass {
	var sent *delivery
	var known interface{ ErrorClass() adapter.ErrorClass }
	var fault *render.Fault
	var tmpl *jinja.Error
	var val *value.Error
	switch class := adapter.ClassOf(e.Inv.Adapter, err); {
	case class != adapter.ClassOther:
		return class
	case errors.As(err, &sent):
		return adapter.ClassDelivery
	case errors.As(err, &known):
		return known.ErrorClass()
	case errors.As(err, new(*adapter.DatabaseError)):
		return class
	case errors.As(err, &fault), errors.As(err, &tmpl), errors.As(err, &val):
		return adapter.ClassTemplate
	}
	return adapter.ClassOther
}

// messageOf is an error in its own words, of the database's without what is around
// them.
func messageOf(err error) string {
	var db *adapter.DatabaseError
	if errors.As(err, &db) {
		return db.Msg
	}
	var f *render.Fault
	if errors.As(err, &f) {
		return f.Msg
	}
	return err.Error()
}
