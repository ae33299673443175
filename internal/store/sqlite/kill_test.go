package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"dex/internal/store"
	"dex/internal/store/storetest"
)

// The writes of one round of the child, in their order. Each puts one thing into the
// store, named by the round.
var writes = []func(ctx context.Context, s *Store, round string) error{
	func(ctx context.Context, s *Store, round string) error {
		_, err := s.PutNotice(ctx, storetest.Notice(round))
		return err
	},
	func(ctx context.Context, s *Store, round string) error {
		return s.SettleNotice(ctx, store.Attempt{Notice: round, At: time.Now(), Status: 200}, store.Delivered, time.Time{})
	},
	func(ctx context.Context, s *Store, round string) error {
		return s.AppendRecords(ctx, func(seq int64, hash string) []store.Record {
			return []store.Record{
				{Seq: seq + 1, Kind: "node", Body: []byte(round), Prev: hash, Hash: round + "/1"},
				{Seq: seq + 2, Kind: "hook", Body: []byte(round), Prev: round + "/1", Hash: round + "/2"},
			}
		})
	},
	func(ctx context.Context, s *Store, round string) error {
		return s.BeginOperation(ctx, storetest.Run(round, "script.shop.grant", time.Now()))
	},
	func(ctx context.Context, s *Store, round string) error {
		r := storetest.Run(round, "script.shop.grant", time.Now())
		r.State = store.Succeeded
		return s.EndOperation(ctx, r)
	},
	func(ctx context.Context, s *Store, round string) error {
		_, err := s.Mark(ctx, round, "open")
		return err
	},
}

// TestMain is the child too: it makes a write for each line that it reads, and
// answers with a line when the write has returned.
func TestMain(m *testing.M) {
	project := os.Getenv("DEX_TEST_STORE")
	if project == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	s, err := OpenBelow(ctx, project)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	round := os.Getenv("DEX_TEST_ROUND")
	fmt.Println("open")
	in := bufio.NewScanner(os.Stdin)
	for i := 0; in.Scan(); i++ {
		if err := writes[i](ctx, s, round); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("done", i)
	}
}

// TestKilled kills a process that writes: after each of its writes, and in the midst
// of each, at a moment of chance. What it was told to be done is there; what it was doing
// is there as a whole or not at all; nothing is there twice.
func TestKilled(t *testing.T) {
	project := t.TempDir()
	openBelow(t, project)
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for r := range rounds {
		for k := range len(writes) + 1 {
			for _, amid := range []bool{false, true} {
				if amid && k == len(writes) {
					continue
				}
				round := fmt.Sprintf("r%d-%d-%v", r, k, amid)
				killAt(t, project, round, k, amid)
				check(t, project, round, k, amid)
			}
		}
	}
	chainIsOne(t, project)
}

// killAt runs a child for k writes, and kills it then, or while it does one more.
func killAt(t *testing.T, project, round string, k int, amid bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "DEX_TEST_STORE="+project, "DEX_TEST_ROUND="+round)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	answer := func(want string) {
		t.Helper()
		if line, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(line) != want {
			t.Fatalf("the child says %q (%v), not %q", line, err, want)
		}
	}
	answer("open")
	for i := range k {
		if _, err := io.WriteString(in, "go\n"); err != nil {
			t.Fatal(err)
		}
		answer(fmt.Sprint("done ", i))
	}
	if amid {
		if _, err := io.WriteString(in, "go\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond) // the moment of the kill, not a wait for something
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // "signal: killed"
}

// check looks for what a child of k writes has left.
func check(t *testing.T, project, round string, k int, amid bool) {
	t.Helper()
	ctx, s := t.Context(), openBelow(t, project)
	notices, err := s.Notices(ctx, store.NoticeFilter{ID: round})
	must(t, err)
	tries, err := s.NoticeAttempts(ctx, round)
	must(t, err)
	all, err := s.Records(ctx, 1, 0)
	must(t, err)
	records := 0
	for _, r := range all {
		if string(r.Body) == round {
			records++
		}
	}
	runs, err := s.OperationRuns(ctx, store.OperationFilter{ID: round})
	must(t, err)
	ended := len(runs) == 1 && runs[0].State == store.Succeeded
	marks, err := s.Marks(ctx, round)
	must(t, err)
	delivered := len(notices) == 1 && notices[0].State == store.Delivered
	if delivered != (len(tries) == 1) {
		t.Errorf("%s: half a write: delivered %v with %d attempts", round, delivered, len(tries))
	}
	for i, got := range []int{len(notices), len(tries), records, len(runs), count(ended), len(marks)} {
		full := 1
		if i == 2 {
			full = 2
		}
		switch {
		case i < k && got != full:
			t.Errorf("%s: write %d was done, and has left %d of %d", round, i, got, full)
		case i == k && amid && got != 0 && got != full:
			t.Errorf("%s: write %d is there by half: %d of %d", round, i, got, full)
		case (i > k || i == k && !amid) && got != 0:
			t.Errorf("%s: write %d was never begun, and has left %d", round, i, got)
		}
	}
	must(t, s.Close())
}

func chainIsOne(t *testing.T, project string) {
	t.Helper()
	s := openBelow(t, project)
	all, err := s.Records(t.Context(), 1, 0)
	must(t, err)
	prev := ""
	for i, r := range all {
		if r.Seq != int64(i+1) || r.Prev != prev {
			t.Fatalf("record %d has number %d and follows %q, not %q", i+1, r.Seq, r.Prev, prev)
		}
		prev = r.Hash
	}
	if head, err := s.Head(t.Context()); err != nil || head.Hash != prev {
		t.Errorf("the head is %+v (%v), the last record %q", head, err, prev)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
