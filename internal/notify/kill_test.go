package notify

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/store"
	"dex/internal/store/sqlite"
)

// stepping is a store that waits for a line before and after each of its writes: the
// places at which the parent kills.
type stepping struct {
	store.Outbox
	mu sync.Mutex // one step at a time
	in *bufio.Reader
}

func (s *stepping) step(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Println(what)
	if _, err := s.in.ReadString('\n'); err != nil {
		os.Exit(3) // the parent is gone
	}
}

func (s *stepping) PutNotice(ctx context.Context, n store.Notice) (bool, error) {
	s.step("before put " + n.Channel)
	ok, err := s.Outbox.PutNotice(ctx, n)
	s.step("after put " + n.Channel)
	return ok, err
}

func (s *stepping) ClaimNotices(ctx context.Context, now, until time.Time, limit int) ([]store.Notice, error) {
	all, err := s.Outbox.ClaimNotices(ctx, now, until, 1) // one at a time: steps in one order
	if len(all) > 0 {
		s.step("claimed " + all[0].Channel)
	}
	return all, err
}

func (s *stepping) SettleNotice(ctx context.Context, a store.Attempt, to store.NoticeState, next time.Time) error {
	s.step("before settle")
	err := s.Outbox.SettleNotice(ctx, a, to, next)
	s.step("after settle")
	return err
}

func (s *stepping) Mark(ctx context.Context, name, v string) (string, error) {
	s.step("before mark")
	was, err := s.Outbox.Mark(ctx, name, v)
	s.step("after mark")
	return was, err
}

// laterClock is the machine's, ahead by hours: leases of those that were killed are
// over.
type laterClock struct {
	MachineClock
	ahead time.Duration
}

func (c laterClock) Now() time.Time { return c.MachineClock.Now().Add(c.ahead) }

// TestMain is the child too.
func TestMain(m *testing.M) {
	if os.Getenv("DEX_TEST_NOTIFY") == "" {
		os.Exit(m.Run())
	}
	if err := child(context.Background()); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println("done")
}

// child does what a run of dex does: it raises a trouble or clears it, and delivers.
func child(ctx context.Context) error {
	s, err := sqlite.Open(ctx, os.Getenv("DEX_TEST_NOTIFY"))
	if err != nil {
		return err
	}
	defer s.Close()
	hours, err := time.ParseDuration(os.Getenv("DEX_TEST_AHEAD"))
	if err != nil {
		return err
	}
	clock := laterClock{ahead: hours}
	var box store.Outbox = s
	if os.Getenv("DEX_TEST_STEPS") != "" {
		box = &stepping{Outbox: s, in: bufio.NewReader(os.Stdin)}
	}
	c := killConfig(os.Getenv("DEX_TEST_URL"))
	out := &Outbox{Config: c, Now: clock.Now, Open: func(context.Context) (store.Outbox, error) { return box, nil }}
	troubles := &Troubles{Marks: out.Open, Sender: out, Now: clock.Now}
	for _, what := range strings.Fields(os.Getenv("DEX_TEST_DO")) {
		m := aFailure()
		m.Title, m.At = what, clock.Now()
		switch what {
		case "fail":
			_, err = troubles.Raise(ctx, "dex/shop/prod/r/model.shop.orders", killChannels, m)
		case "recover":
			m.Event = Recovery
			_, err = troubles.Clear(ctx, "dex/shop/prod/r/model.shop.orders", killChannels, func(time.Time) Message { return m })
		}
		if err != nil {
			return err
		}
	}
	d := &Deliverer{Config: c, Store: box, Clock: clock, Broken: func(err error) { fmt.Println("failed", err) }}
	d.Start(ctx)
	d.Settle(ctx)
	d.Stop()
	return nil
}

var killChannels = []string{"oncall", "hook"}

func killConfig(url string) *Config {
	c := &Config{Delivery: DefaultDelivery}
	c.Channels = []*Channel{
		{Name: "oncall", Type: "pagerduty", Enabled: true, AllowPrivate: true, far: &pagerDuty{api: url, key: "k"}},
		{Name: "hook", Type: "webhook", Enabled: true, AllowPrivate: true, far: &webhook{address: url + "/hook", key: []byte("k")}},
	}
	return c
}

// start begins a child; kill at is the step at which it is killed, 0 for none. It
// gives whether the child has come to its end.
func runChild(t *testing.T, db, url, do, ahead string, at int) bool {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "DEX_TEST_NOTIFY="+db, "DEX_TEST_URL="+url, "DEX_TEST_DO="+do, "DEX_TEST_AHEAD="+ahead)
	if at > 0 {
		cmd.Env = append(cmd.Env, "DEX_TEST_STEPS=1")
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	outPipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(outPipe)
	ended := false
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "done" {
			ended = true
			break
		}
		if strings.HasPrefix(line, "failed") {
			t.Errorf("the child %s", line)
			break
		}
		if n == at {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			break
		}
		io.WriteString(in, "\n")
	}
	in.Close()
	_ = cmd.Wait() // killed, or at its end: lines have told which
	return ended
}

// TestKilledBetweenSteps kills -9 a process at each of its steps in turn, while it tells
// of a failure and then of its end. The processes after it lose nothing and double
// nothing: by the keys that receivers drop repetitions by, each effect has arrived once.
func TestKilledBetweenSteps(t *testing.T) {
	for _, do := range []string{"fail", "recover"} {
		steps := 0
		for at := 1; ; at++ {
			far := newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) { w.WriteHeader(202) })
			db := filepath.Join(t.TempDir(), "dex.db")
			if do == "recover" && !runChild(t, db, far.URL, "fail", "0h", 0) {
				t.Fatal("the first run has not come to its end")
			}
			ended := runChild(t, db, far.URL, do, "1h", at)
			runChild(t, db, far.URL, do, "2h", 0)        // the same happens again
			runChild(t, db, far.URL, "recover", "3h", 0) // and it is well
			runChild(t, db, far.URL, "", "4h", 0)
			eachOnce(t, fmt.Sprintf("%s, killed at step %d", do, at), far.requests())
			if ended {
				break
			}
			steps++
		}
		t.Logf("%s: killed at %d steps", do, steps)
		if steps < 12 {
			t.Errorf("%s has %d steps only", do, steps)
		}
	}
}

// eachOnce holds what has arrived against one failure and one recovery for each
// channel, told apart by their keys.
func eachOnce(t *testing.T, when string, all []got) {
	t.Helper()
	hooks := map[string]map[string]int{} // by type, by key
	pages := map[string]map[string]int{}
	var order []string
	for _, g := range all {
		m := g.json(t)
		into, kind, key := hooks, fmt.Sprint(m["type"]), g.header.Get("Idempotency-Key")
		if g.path == "/v2/enqueue" {
			into, kind, key = pages, fmt.Sprint(m["event_action"]), fmt.Sprint(m["dedup_key"])
			order = append(order, kind)
		}
		if into[kind] == nil {
			into[kind] = map[string]int{}
		}
		into[kind][key]++
	}
	for _, kind := range []string{"dex.failure", "dex.recovery"} {
		if len(hooks[kind]) != 1 {
			t.Errorf("%s: %d effects %s", when, len(hooks[kind]), kind)
		}
		for key, n := range hooks[kind] {
			if n > 2 {
				t.Errorf("%s: %s has been sent %d times with key %s", when, kind, n, key)
			}
		}
	}
	if len(pages["trigger"]) != 1 || len(pages["resolve"]) != 1 {
		t.Errorf("%s: pages %v", when, pages)
	}
	if len(order) > 0 && order[len(order)-1] != "resolve" {
		t.Errorf("%s: the alert is left open: %v", when, order)
	}
}

// A process that is killed while the receiver has the message and has not answered.
func TestKilledBeforeTheAnswer(t *testing.T) {
	arrived, let := make(chan struct{}), make(chan struct{})
	far := newFarEnd(t, func(n int, w http.ResponseWriter, _ got) {
		if n == 1 {
			close(arrived)
			<-let
		}
		w.WriteHeader(202)
	})
	db := filepath.Join(t.TempDir(), "dex.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "DEX_TEST_NOTIFY="+db, "DEX_TEST_URL="+far.URL, "DEX_TEST_DO=fail", "DEX_TEST_AHEAD=0h")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	close(let)
	runChild(t, db, far.URL, "fail", "1h", 0)
	runChild(t, db, far.URL, "recover", "2h", 0)
	eachOnce(t, "killed before the answer", far.requests())
}
