package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/audit"
	"dex/internal/store"
	"dex/internal/store/sqlite"
)

var (
	kills    = flag.Int("kills", 12, "how many processes TestKills kills")
	killSeed = flag.Uint64("kill-seed", 0, "the seed of TestKills; 0 takes one of chance, and prints it")
)

// killFiles is a project with hooks of all kinds, notifications, and operations in SQL
// and Python, as hooks and by hand. One model fails each time: a trouble that is to be
// told once.
var killFiles = map[string]string{
	"dbt_project.yml": "name: shop\nprofile: shop\non-run-start: \"create table if not exists done (invocation varchar, what varchar)\"\n",
	"profiles.yml":    "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, threads: 2}\n",
	"models/m1.sql": `{{ config(materialized='table',
  pre_hook=[{'name': 'wrote', 'sql': "insert into done values ('{{ invocation_id }}', 'sql m1')"}],
  post_hook=[{'name': 'tell', 'notify': ['hook', 'oncall'], 'message': 'tell m1'}, {'operation': 'note', 'params': {'what': 'hook m1'}}]) }}
select 1 as id`,
	"models/m2.sql": `{{ config(materialized='table', post_hook=[{'operation': 'note', 'params': {'what': 'hook m2'}, 'transaction': false}, {'name': 'call', 'sql': "call notify_webhook('call m2')"}]) }}
select * from {{ ref('m1') }}`,
	"models/m3.sql": `{{ config(materialized='incremental', post_hook=[{'name': 'tell', 'notify': 'hook', 'message': 'tell m3', 'on': 'always'}, SCRIPT]) }}
select id, '{{ invocation_id }}' as run from {{ ref('m1') }}`,
	"models/bad.sql":      "select 1 / 0 as id from nowhere, {{ ref('m2') }}",
	"operations/note.sql": "{{ config(params=[{'name': 'what'}], pre_hook=\"create table if not exists done (invocation varchar, what varchar)\",\n  post_hook=[{'name': 'told', 'notify': 'hook', 'message': 'note {{ params.what }}', 'transaction': false}]) }}\ninsert into done values ('{{ invocation_id }}', {{ params.what }})",
	"operations/safe.sql": "{{ config(idempotent=true) }}\ncreate table if not exists done (invocation varchar, what varchar);\ninsert into done values ('{{ invocation_id }}', 'safe')",
	"operations/sync.py": `# /// script
# [tool.dex]
# params = [{name = "what"}]
# ///
import dex

def main(what):
    dex.execute("create table if not exists done (invocation varchar, what varchar)")
    with dex.transaction():
        dex.execute("insert into done values (?, ?)", [dex.invocation_id, "sync " + what])
    dex.progress(1, 1)
    return {"what": what}
`,
}

// killDex is the dex.yml of it.
const killDex = `audit: {relation: dex_audit}
notifications:
  allow_private_addresses: true
  channels:
    hook: {type: webhook, url: "URL/hook"}
    oncall: {type: pagerduty, url: "URL", routing_key: "0123456789abcdef0123456789abcdef"}
  rules:
    - {name: troubles, on: [failure, recovery], select: "bad", channels: [hook, oncall]}
    - {name: runs, on: [success, failure, recovery], channel: hook}
`

// receivers are a webhook and PagerDuty: what has come, by the keys that tell
// repetitions from new effects.
type receivers struct {
	url  string
	mu   sync.Mutex
	hook map[string][]string // by Idempotency-Key: the bodies
	page map[string]int      // by event_action and dedup_key
	all  int
	// next is called once, with a request that has come and has no answer yet.
	next func()
	left int
}

func startReceivers(t *testing.T) *receivers {
	r := &receivers{hook: map[string][]string{}, page: map[string]int{}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // its sender was killed: it has not arrived
		}
		r.took(t, req, body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

func (r *receivers) took(t *testing.T, req *http.Request, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all++
	var m struct {
		Action string `json:"event_action"`
		Dedup  string `json:"dedup_key"`
		Type   string
		Data   struct{ Text string }
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Errorf("%s got %q: %v", req.URL.Path, body, err)
	}
	if req.URL.Path == "/hook" {
		key := req.Header.Get("Idempotency-Key")
		r.hook[key] = append(r.hook[key], string(body))
	} else {
		r.page[m.Action+" "+m.Dedup]++
	}
	if r.left--; r.left == 0 && r.next != nil {
		r.next()
	}
}

// atRequest has f called by the nth request from now on.
func (r *receivers) atRequest(n int, f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left, r.next = n, f
}

// killing is the project with what has become of it so far.
type killing struct {
	t      *testing.T
	dir    string
	far    *receivers
	random *rand.Rand
	python bool
	out    strings.Builder // of the commands since the last kill
	ended  map[string]bool // invocations that came to their end
	hits   map[string]int  // kills by how their moment was chosen
	lost   int
	stray  int
}

// TestKills kills dex with SIGKILL at moments of chance of runs with hooks,
// notifications and operations: by the clock, behind a line of the log, while a receiver
// has a request and has not answered. Then the same command is called until it ends.
// Nothing that was stored to be told is lost, or told under two keys; the chain is
// whole; no operation is repeated without a word; and nothing that was left behind
// stops the next command.
func TestKills(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("LEFT OUT: kill -9 as Unix has it")
	}
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kills %d -kill-seed %d", *kills, seed)
	k := &killing{t: t, dir: t.TempDir(), far: startReceivers(t), random: rand.New(rand.NewPCG(seed, 1)), ended: map[string]bool{}, hits: map[string]int{}}
	k.write()
	commands := [][]string{{"build"}, {"build"}, {"operation", "run", "note", "--param", "what=hand"}, {"operation", "run", "safe"}}
	if k.python {
		commands = append(commands, []string{"operation", "run", "sync", "--param", "what=hand"})
	}
	shape := map[string]*course{}
	for _, c := range commands {
		if name := strings.Join(c, " "); shape[name] == nil {
			shape[name] = k.undisturbed(c)
		}
	}
	for n := 1; n <= *kills; n++ {
		c := commands[k.random.IntN(len(commands))]
		if !k.round(c, shape[strings.Join(c, " ")]) {
			n-- // it came to its end before
		}
		if t.Failed() {
			t.Fatalf("after kill %d of dex %s (%v); the commands since said\n%s", n, strings.Join(c, " "), k.hits, k.out.String())
		}
	}
	k.atTheEnd()
	t.Logf("%d killed (%v), %d lost runs of operations, %d requests with %d keys, %d files left beside target/*.json", *kills, k.hits, k.lost, k.far.all, len(k.far.hook)+len(k.far.page), k.stray)
}

func (k *killing) write() {
	b := &build{t: k.t, dir: k.dir}
	python := os.Getenv("DEX_PYTHON")
	if python == "" {
		python = "python3"
	}
	k.python = exec.Command(python, "-c", "").Run() == nil
	script := "{'operation': 'sync', 'params': {'what': 'hook m3'}, 'transaction': false}"
	if !k.python {
		k.t.Log("LEFT OUT: operations in Python: there is no " + python)
		script = "'select 1'"
	}
	for name, text := range killFiles {
		b.write(name, strings.ReplaceAll(text, "SCRIPT", script))
	}
	b.write("dex.yml", strings.ReplaceAll(killDex, "URL", k.far.url))
}

// course is how a command goes that nobody disturbs.
type course struct {
	took            time.Duration
	lines, requests int
}

func (k *killing) undisturbed(c []string) *course {
	before := k.far.all
	began := time.Now()
	out := k.call(append([]string{"--log-format", "json"}, c...)...)
	if !k.ends(c) {
		k.t.Fatalf("undisturbed, it does not come to its end:\n%s", k.out.String())
	}
	return &course{time.Since(began), strings.Count(out, "\n"), k.far.all - before}
}

// call runs a command, and keeps what it says.
func (k *killing) call(args ...string) string {
	k.t.Helper()
	cmd := exec.Command("dex", args...)
	cmd.Dir = k.dir
	out, _ := cmd.CombinedOutput() // callers look at the code where it matters
	fmt.Fprintf(&k.out, "$ dex %s\n%s[exit code %d]\n", strings.Join(args, " "), out, cmd.ProcessState.ExitCode())
	return string(out)
}

// round kills a command once, brings it to its end, and looks at what has come of it.
// It reports whether there was something left to kill.
func (k *killing) round(c []string, s *course) bool {
	k.out.Reset()
	hit := k.kill(c, s)
	k.wholeArtifacts()
	k.nobodyLeft()
	k.leasesEnd()
	open := k.openRuns()
	for _, r := range open {
		if !store.Gone(r.Owner) {
			k.t.Errorf("the owner of the run %s was killed, and is not found gone", r.ID)
		}
	}
	k.again(c)
	k.wholeArtifacts()
	k.foundLost(open)
	k.chain()
	if k.pending() > 0 {
		k.call("notify", "flush")
	}
	k.allArrived()
	return hit
}

// kill starts a command and kills it: each third by the clock, by the log, by a request.
func (k *killing) kill(c []string, s *course) bool {
	cmd := exec.Command("dex", append([]string{"--log-format", "json"}, c...)...)
	cmd.Dir = k.dir
	out, err := cmd.StdoutPipe()
	must(k.t, err)
	line, how := 0, "clock"
	stop := func() { _ = cmd.Process.Kill() } // it may have ended
	switch which := k.random.IntN(3); {
	case which == 0, which == 2 && s.requests == 0:
		at := time.Duration(k.random.Int64N(int64(s.took)))
		must(k.t, cmd.Start())
		timer := time.AfterFunc(at, stop)
		defer timer.Stop()
	case which == 1:
		how, line = "log", 1+k.random.IntN(s.lines)
		must(k.t, cmd.Start())
	default:
		how = "request"
		k.far.atRequest(1+k.random.IntN(s.requests), stop)
		defer k.far.atRequest(0, nil)
		must(k.t, cmd.Start())
	}
	in := bufio.NewReader(out)
	for n := 1; ; n++ {
		if _, err := in.ReadString('\n'); err != nil {
			break
		}
		if n == line {
			stop()
		}
	}
	_ = cmd.Wait()
	hit := cmd.ProcessState.ExitCode() < 0
	if !hit {
		how = "came to its end"
	}
	k.hits[how]++
	return hit
}

// again calls the command until it comes to its end, as its user would: an operation
// that is to be confirmed is, once its being lost has been read.
func (k *killing) again(c []string) {
	out := k.call(c...)
	if strings.Contains(out, "has to be confirmed") {
		if !strings.Contains(out, "ended without a word") {
			k.t.Error("an operation wants to be confirmed, and says not why")
		}
		k.call(append(c, "--yes")...)
	}
	if !k.ends(c) {
		k.t.Fatalf("the command does not come to its end:\n%s", k.out.String())
	}
	all := k.records()
	k.ended[all[len(all)-1].Entry.Invocation] = true
}

// ends reports whether the last command that was called came to its proper end.
func (k *killing) ends(c []string) bool {
	want := "[exit code 0]\n"
	if c[0] == "build" {
		want = "[exit code 1]\n" // by the model that fails
	}
	all := k.out.String()
	return strings.HasSuffix(all, want) && !strings.Contains(all, "panic")
}

// store opens the project's store for f.
func (k *killing) store(f func(ctx context.Context, s *sqlite.Store)) {
	k.t.Helper()
	s, err := sqlite.OpenBelow(k.t.Context(), k.dir)
	must(k.t, err)
	f(k.t.Context(), s)
	must(k.t, s.Close())
}

func (k *killing) openRuns() (all []store.OperationRun) {
	k.store(func(ctx context.Context, s *sqlite.Store) {
		var err error
		all, err = s.OperationRuns(ctx, store.OperationFilter{State: store.Running})
		must(k.t, err)
	})
	return all
}

func (k *killing) records() []audit.Found { return records(k.t, k.dir) }

func (k *killing) notices(f store.NoticeFilter) (all []store.Notice) {
	k.store(func(ctx context.Context, s *sqlite.Store) {
		var err error
		all, err = s.Notices(ctx, f)
		must(k.t, err)
	})
	return all
}

func (k *killing) pending() int { return len(k.notices(store.NoticeFilter{State: store.Pending})) }

// leasesEnd lets the time go by for which killed processes hold notices.
func (k *killing) leasesEnd() {
	if sqlite.Exists(k.dir) {
		alter(k.t, k.dir, "update notices set next_at = 1 where state = 'pending'")
	}
}

// wholeArtifacts holds every file of target/*.json to be JSON, and counts what killed
// processes have left beside them.
func (k *killing) wholeArtifacts() {
	names, err := filepath.Glob(filepath.Join(k.dir, "target", "*.json"))
	must(k.t, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		must(k.t, err)
		if !json.Valid(text) {
			k.t.Errorf("%s is no JSON: %d bytes", filepath.Base(name), len(text))
		}
	}
	k.stray = 0
	must(k.t, filepath.WalkDir(k.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			k.stray++
		}
		return err
	}))
}

// nobodyLeft waits for the end of all processes that work in the project: those that a
// killed dex has started end by themselves.
func (k *killing) nobodyLeft() {
	deadline := time.Now().Add(20 * time.Second)
	for {
		left := processesIn(k.dir)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			k.t.Errorf("processes are left behind: %v", left)
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// processesIn lists the processes whose folder is dir or below it. proc(5).
func processesIn(dir string) (found []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && (cwd == dir || strings.HasPrefix(cwd, dir+"/")) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline"))
			found = append(found, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// foundLost holds runs of operations: none runs any more, those of the killed process
// are lost, and each of them was named aloud.
func (k *killing) foundLost(open []store.OperationRun) {
	k.store(func(ctx context.Context, s *sqlite.Store) {
		for _, r := range open {
			now, err := s.OperationRuns(ctx, store.OperationFilter{ID: r.ID})
			must(k.t, err)
			if now[0].State != store.Lost {
				k.t.Errorf("the run %s of %s was killed, and is recorded as %s", r.ID, r.Operation, now[0].State)
			}
			if !strings.Contains(k.out.String(), r.ID) || !strings.Contains(k.out.String(), "ended without a word") {
				k.t.Errorf("nobody said that the run %s of %s is lost", r.ID, r.Operation)
			}
			k.lost++
		}
		left, err := s.OperationRuns(ctx, store.OperationFilter{State: store.Running})
		must(k.t, err)
		if len(left) > 0 {
			k.t.Errorf("%d runs are recorded as running, and nobody runs", len(left))
		}
	})
}

// chain verifies the audit.
func (k *killing) chain() {
	k.store(func(ctx context.Context, s *sqlite.Store) {
		rep, err := audit.Verify(ctx, s, "")
		must(k.t, err)
		if rep.Break != nil {
			k.t.Errorf("the chain is broken: %+v", rep.Break)
		}
	})
}

// allArrived holds what the store says was sent against what has come, each way.
func (k *killing) allArrived() {
	told := map[string]int{} // notifications by invocation and node
	keys := map[string]bool{}
	for _, n := range k.notices(store.NoticeFilter{}) {
		if n.State != store.Delivered {
			k.t.Errorf("a notification for %s is %s: %s", n.Channel, n.State, n.Error)
		}
		told[n.Invocation+" "+n.Node+" "+n.Channel]++
		if n.Channel == "hook" {
			keys[n.ID] = true
		}
	}
	k.far.mu.Lock()
	defer k.far.mu.Unlock()
	for id := range keys {
		if len(k.far.hook[id]) == 0 {
			k.t.Errorf("the notification %s is recorded as delivered, and never came", id)
		}
	}
	texts := map[string]string{}
	for id, bodies := range k.far.hook {
		if !keys[id] {
			k.t.Errorf("%s came, and the store does not know it: %s", id, bodies[0])
		}
		text := effectOf(k.t, bodies[0])
		if other := texts[text]; other != "" {
			k.t.Errorf("one effect came under the keys %s and %s: %s", other, id, text)
		}
		texts[text] = id
	}
	k.declaredWasStored(told)
	k.troubleOnce()
}

// effectOf is what a notification tells, without when.
func effectOf(t *testing.T, body string) string {
	var m struct {
		Type string
		Data map[string]any
	}
	must(t, json.Unmarshal([]byte(body), &m))
	return fmt.Sprint(m.Type, " ", m.Data["invocation_id"], " ", m.Data["node"], " ", m.Data["operation"], " ", m.Data["title"], " ", m.Data["text"])
}

// declaredWasStored holds hooks that the audit says went well to have told.
func (k *killing) declaredWasStored(told map[string]int) {
	for _, r := range k.records() {
		if e := r.Entry; r.Kind == audit.Hook && e.Status == "success" && (e.Name == "tell" || e.Name == "call") && told[e.Invocation+" "+e.Node+" hook"] == 0 {
			k.t.Errorf("record %d: the hook %s of %s has told, and nothing is stored", r.Seq, e.Name, e.Node)
		}
	}
}

// troubleOnce holds PagerDuty to one open trouble of the model that fails, and one page
// for each message of the hook.
func (k *killing) troubleOnce() {
	troubles := 0
	for key := range k.far.page {
		if strings.HasPrefix(key, "resolve") {
			k.t.Errorf("resolved, while the model fails: %s", key)
		}
		if strings.Contains(key, "model.shop.bad") {
			troubles++
		}
	}
	if troubles != 1 {
		k.t.Errorf("%d troubles of one model", troubles)
	}
}

// atTheEnd mends the model: its trouble ends once. Then it holds the warehouse against
// the records: what a run of an operation did was done once, and not at all where it
// failed.
func (k *killing) atTheEnd() {
	b := &build{t: k.t, dir: k.dir}
	b.write("models/bad.sql", "select 1 as id")
	for range 2 {
		dex(k.t, k.dir, 0, "build")
	}
	for pages, want := range map[string]int{"resolve": 1} {
		n := 0
		for key := range k.far.page {
			if strings.HasPrefix(key, pages) {
				n++
			}
		}
		if n != want {
			k.t.Errorf("%d keys to %s, not %d", n, pages, want)
		}
	}
	k.chain()
	seen, n := map[string]int64{}, len(k.records())
	connect(k.t, k.dir, "shop.duckdb", func(ctx context.Context, c adapter.Conn) {
		_, rows, err := c.Execute(ctx, "select invocation || ' ' || what, count(*) from done group by 1", true, 0)
		must(k.t, err)
		for _, r := range rows.Rows {
			seen[fmt.Sprint(r[0])] = 1
			if fmt.Sprint(r[1]) != "1" {
				k.t.Errorf("%v was done %v times", r[0], r[1])
			}
		}
		_, rows, err = c.Execute(ctx, "select count(*) || ' ' || count(distinct seq) || ' ' || max(seq) from dex_audit", true, 0)
		must(k.t, err)
		if got, want := fmt.Sprint(rows.Rows[0][0]), fmt.Sprintf("%d %d %d", n, n, n); got != want {
			k.t.Errorf("the warehouse has records %s (count, distinct, last), the store %s", got, want)
		}
	})
	k.store(func(ctx context.Context, s *sqlite.Store) {
		runs, err := s.OperationRuns(ctx, store.OperationFilter{})
		must(k.t, err)
		k.doneOnce(runs, seen)
	})
}

// doneOnce holds runs that ended well to have done what they say.
func (k *killing) doneOnce(runs []store.OperationRun, seen map[string]int64) {
	counted := map[string]int{}
	for _, r := range runs {
		what := strings.TrimPrefix(r.Operation, "script.shop.")
		var params struct{ What string }
		must(k.t, json.Unmarshal(r.Params, &params))
		switch what {
		case "note":
			what = params.What
		case "sync":
			what += " " + params.What
		}
		key := r.Invocation + " " + what
		if counted[key]++; counted[key] > 1 {
			k.t.Errorf("%s was run %d times in one invocation", key, counted[key])
		}
		inside := what == "hook m1" && !k.ended[r.Invocation] // its node's transaction may have been cut off behind it
		if r.State == store.Succeeded && !inside && seen[key] == 0 {
			k.t.Errorf("%s is recorded as success, and is not in the warehouse", key)
		}
		if r.State == store.Failed {
			k.t.Errorf("%s failed: %s", key, r.Error)
		}
	}
}
