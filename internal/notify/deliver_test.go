package notify

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/store"
)

// An effect is stored once for each channel, and sent once.
func TestOneEffectIsSentOnce(t *testing.T) {
	far := newFarEnd(t, nil)
	r := faulty(t, far)
	for range 3 {
		r.send(aFailure(), "hook")
	}
	r.deliver()
	r.send(aFailure(), "hook") // after it was delivered, too
	r.deliv.Wake()
	r.deliver()
	far.only(t)
	other := aFailure()
	other.Effect = ""
	r.send(other, "hook")
	r.send(other, "hook")
	r.deliv.Wake()
	r.deliver()
	if n := len(far.requests()); n != 3 {
		t.Errorf("%d requests; a message without an effect is one of its own", n)
	}
}

func TestUnknownAndDisabledChannels(t *testing.T) {
	r := newRig(t, config(t, `{allow_private_addresses: true, channels: {slack: {type: slack, webhook_url: "http://127.0.0.1:1/x"}, silent: {type: pagerduty, routing_key: "", enabled: false}}}`))
	err := r.out.Send(t.Context(), []string{"slack", "slak"}, aFailure())
	var unknown *UnknownChannelError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "Did you mean 'slack'?") {
		t.Error(err)
	}
	if all, _ := r.store.Notices(t.Context(), store.NoticeFilter{}); len(all) != 0 {
		t.Errorf("%d notices although one channel is unknown", len(all))
	}
	var off *DisabledError
	if err := r.out.Send(t.Context(), []string{"slack", "silent"}, aFailure()); !errors.As(err, &off) || off.Names[0] != "silent" {
		t.Error(err)
	}
	r.notice("slack")
	for kind, want := range map[string]string{"slack": "slack", "pagerduty": "silent", "silent": "silent", "datadog": ""} {
		if got, ok := r.out.Channel(kind); got != want || ok != (want != "") {
			t.Errorf("CALL notify_%s: %q %v", kind, got, ok)
		}
	}
}

// Secrets are taken out before a message is stored: what is sent has none, nor has
// the error of an attempt.
func TestSecretsAreNotSent(t *testing.T) {
	far := newFarEnd(t, func(_ int, w http.ResponseWriter, g got) {
		w.WriteHeader(400)
		w.Write([]byte("you sent hunter22"))
	})
	r := faulty(t, far)
	clean := func(s string) string { return strings.ReplaceAll(s, "hunter22", "*****") }
	r.out.Clean, r.deliv.Clean = clean, clean
	m := aFailure()
	m.Effect = "e2"
	m.Text, m.Details["x"] = "password hunter22", "hunter22"
	r.send(m, "hook")
	r.deliver()
	for _, g := range far.requests() {
		if strings.Contains(string(g.body), "hunter22") {
			t.Errorf("sent: %s", g.body)
		}
	}
	all, err := r.store.Notices(t.Context(), store.NoticeFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		if strings.Contains(string(n.Body)+n.Error, "hunter22") {
			t.Errorf("stored: %s %s", n.Body, n.Error)
		}
	}
}

// A recovery waits for its failure: a resolve that overtakes its trigger would leave an
// alert open.
func TestRecoveryDoesNotOvertake(t *testing.T) {
	fail := true
	var mu sync.Mutex
	far := newFarEnd(t, func(_ int, w http.ResponseWriter, g got) {
		mu.Lock()
		defer mu.Unlock()
		if fail {
			w.WriteHeader(500)
		}
	})
	r := faulty(t, far)
	r.deliver()
	well := aFailure()
	well.Event, well.Effect = Recovery, "e1/recovery"
	r.clock.turn(time.Second)
	r.send(well, "hook")
	r.deliv.Wake()
	r.deliv.Settle(t.Context())
	far.only(t) // the recovery was not tried
	mu.Lock()
	fail = false
	mu.Unlock()
	for range 5 {
		r.clock.turn(time.Minute)
		r.deliv.Settle(t.Context())
	}
	all := far.requests()
	if len(all) != 3 || all[1].json(t)["type"] != "dex.failure" || all[2].json(t)["type"] != "dex.recovery" {
		t.Errorf("%d requests", len(all))
	}
}

// What a process was sending when it was killed is sent once more by the next one:
// with the same key where the receiver drops repetitions, said to be a repetition where
// it does not, or given up where the channel says so.
func TestKilledWhileSending(t *testing.T) {
	far := newFarEnd(t, nil)
	c := config(t, strings.ReplaceAll(`{allow_private_addresses: true, channels: {
		hook: {type: webhook, url: "URL/hook"}, slack: {type: slack, webhook_url: "URL/slack"}, once: {type: slack, webhook_url: "URL/once", uncertain: drop}}}`, "URL", far.URL))
	r := newRig(t, c)
	r.send(aFailure(), "hook", "slack", "once")
	claimed, err := r.store.ClaimNotices(t.Context(), r.clock.Now(), r.clock.Now().Add(30*time.Second), 9)
	if err != nil || len(claimed) != 3 {
		t.Fatal(claimed, err)
	}
	for _, n := range claimed { // as deliver does before it sends
		if _, err := r.store.Mark(t.Context(), sendingMark+n.ID, "1"); err != nil {
			t.Fatal(err)
		}
	}
	r.deliver() // the next process
	if n := len(far.requests()); n != 0 {
		t.Fatalf("%d requests while another process has the lease", n)
	}
	due, held, err := r.deliv.Hasten(t.Context())
	if err != nil || due != 0 || held != 3 {
		t.Errorf("flush takes %d and leaves %d, %v", due, held, err)
	}
	r.clock.turn(30 * time.Second)
	r.deliv.Settle(t.Context())
	r.want("hook", store.Delivered, 1, "")
	r.want("slack", store.Delivered, 1, "")
	r.want("once", store.Dead, 1, "may have arrived")
	for _, g := range far.requests() {
		said := strings.Contains(string(g.body), "may be a repetition")
		if said != (g.path == "/slack") {
			t.Errorf("%s says that it is a repetition: %v", g.path, said)
		}
	}
	if marks, _ := r.store.Marks(t.Context(), sendingMark+r.notice("slack").ID); len(marks) != 0 {
		t.Errorf("marks stay behind: %v", marks)
	}
}

// Flush tries what is in its pause between attempts.
func TestHasten(t *testing.T) {
	far := newFarEnd(t, func(n int, w http.ResponseWriter, _ got) {
		if n == 1 {
			w.WriteHeader(500)
		}
	})
	r := faulty(t, far)
	r.deliver()
	r.want("hook", store.Pending, 1, "500")
	if due, held, err := r.deliv.Hasten(t.Context()); due != 1 || held != 0 || err != nil {
		t.Error(due, held, err)
	}
	r.deliv.Wake()
	r.deliv.Settle(t.Context())
	r.want("hook", store.Delivered, 2, "")
}

// The end of a run waits for deliveries, and no longer than it may.
func TestDrain(t *testing.T) {
	let, arrived := make(chan struct{}), make(chan struct{}, 1)
	far := newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) {
		arrived <- struct{}{}
		<-let
	})
	c := config(t, strings.ReplaceAll(strings.Replace(hooked, "300ms", "1m", 1), "URL", far.URL))
	r := newRig(t, c)
	r.send(aFailure(), "hook")
	r.deliv.Start(context.WithoutCancel(t.Context()))
	<-arrived
	done := make(chan struct{})
	go func() { r.deliv.Drain(t.Context(), 5*time.Second); close(done) }()
	r.clock.waiting(5 * time.Second)
	r.clock.turn(5 * time.Second)
	<-done
	r.want("hook", store.Pending, 0, "")
	close(let)
	r.deliv.Settle(t.Context())
	r.want("hook", store.Delivered, 1, "")
	r.deliv.Drain(t.Context(), time.Hour) // nothing is left: no clock has to be turned
}

// Stop cuts off what is being sent, and may be called by anyone at any time.
func TestStop(t *testing.T) {
	let, arrived := make(chan struct{}), make(chan struct{}, 1)
	far := newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) {
		arrived <- struct{}{}
		<-let
	})
	defer close(let)
	r := newRig(t, config(t, strings.ReplaceAll(strings.Replace(hooked, "300ms", "1m", 1), "URL", far.URL)))
	r.send(aFailure(), "hook")
	r.deliv.Start(context.WithoutCancel(t.Context()))
	r.deliv.Start(context.WithoutCancel(t.Context()))
	<-arrived
	var all sync.WaitGroup
	for range 3 {
		all.Go(r.deliv.Stop)
	}
	all.Wait()
	r.want("hook", store.Pending, 1, "may have arrived")
	r.deliv.Drain(t.Context(), time.Hour) // after the end: no wait
	r.deliv.Settle(t.Context())
	unused := &Deliverer{Config: r.out.Config, Store: r.store, Clock: r.clock}
	unused.Stop()
	unused.Stop()
}

// Two deliverers of one store share the work: nothing is sent twice.
func TestManyProcesses(t *testing.T) {
	far := newFarEnd(t, nil)
	r := newRig(t, config(t, strings.ReplaceAll(hooked, "URL", far.URL)))
	const many = 60
	for range many {
		m := aFailure()
		m.Effect, m.Key = "", ""
		r.send(m, "hook")
	}
	var all sync.WaitGroup
	for range 3 {
		d := &Deliverer{Config: r.out.Config, Store: r.store, Clock: r.clock, Broken: func(err error) { t.Error(err) }}
		t.Cleanup(d.Stop)
		d.Start(context.WithoutCancel(t.Context()))
		all.Go(func() { d.Settle(t.Context()) })
	}
	all.Wait()
	seen := map[string]int{}
	for _, g := range far.requests() {
		seen[g.header.Get("Idempotency-Key")]++
	}
	if len(seen) != many {
		t.Errorf("%d of %d have arrived", len(seen), many)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s has arrived %d times", id, n)
		}
	}
}
