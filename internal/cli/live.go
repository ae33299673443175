package cli

import (
	"strings"
	"sync"
	"time"

	"dex/internal/event"
)

// liveCommands are the commands that have a live view: those that build.
var liveCommands = map[string]bool{"run": true, "build": true, "test": true, "seed": true, "snapshot": true}

// frameEvery is how often the live view draws.
const frameEvery = 100 * time.Millisecond

// liveOptions are what a live view is made from.
type liveOptions struct {
	filter
	screen  screen
	style   style
	clean   func(string) string
	version string
	now     func() time.Time
}

// live shows a run on a terminal: what has ended scrolls up, and below it stands
// what runs now, with a bar of how far things are. Events only change its state;
// a ticker of its own draws, in one write each time, so many quick nodes cost a
// terminal no more than one slow one.
//
// live.go keeps the state, frame.go draws it, ending.go shows the summary.
type live struct {
	liveOptions

	mu      sync.Mutex
	waiting []string // lines that scroll up with the next frame
	running []activity
	ended   tally
	total   int
	phase   string // what happens before nodes run
	began   time.Time
	drawn   []int // cells of each line of the region on the screen
	hidden  bool  // the cursor is
	closed  bool

	stop chan struct{}
	done chan struct{}
}

// activity is a node or an on-run hook under way.
type activity struct {
	id, kind, name string
	since          time.Time
}

// tally counts ended nodes.
type tally struct{ ok, warn, failed, skipped int }

func (t tally) all() int { return t.ok + t.warn + t.failed + t.skipped }

// newLive makes a live view that does not draw yet.
func newLive(o liveOptions) *live {
	return &live{liveOptions: o, began: o.now(), phase: "reading the project"}
}

// Start begins drawing.
func (v *live) Start() {
	v.stop, v.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(v.done)
		tick := time.NewTicker(frameEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				v.draw()
			case <-v.stop:
				return
			}
		}
	}()
}

// Close draws what is left, takes the region away and gives the cursor back. It
// may be called twice. Events that come later are printed as they come.
func (v *live) Close() {
	v.mu.Lock()
	already := v.closed
	v.closed = true
	v.mu.Unlock()
	if already {
		return
	}
	if v.stop != nil {
		close(v.stop)
		<-v.done
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.write(v.lastFrame())
}

// Emit implements event.Sink.
func (v *live) Emit(e event.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.take(e)
	if v.closed && len(v.waiting) > 0 {
		v.write(v.lastFrame())
	}
}

// take changes the state by an event.
func (v *live) take(e event.Event) {
	switch d := e.Data.(type) {
	case event.MainReportVersion, event.Formatting:
		// The first frame says it better; the region sets itself apart.
	case event.FoundStats:
		v.phase = "preparing the run"
		v.say(v.style.in(dim, fit("dex "+v.version+" · "+v.text(d.StatLine), v.cols())))
	case event.RunStarted:
		v.runStarted(d)
	case event.LogStartLine:
		v.phase = ""
		kind, name := split(d.Description)
		v.start(d.NodeInfo, kind, v.text(name), e.Time)
	case event.NodeResult:
		v.result(d)
	case event.LogStartBatch: // the model stands among what runs
	case event.NodeSkipped:
		v.ended.skipped++
	case event.LogHookStartLine:
		v.phase = ""
		v.start(d.NodeInfo, "hook", v.text(d.Statement), e.Time)
	case event.LogHookEndLine:
		v.hookEnd(d)
	case event.HookEnd:
		if v.shows(e) {
			v.hooked(d)
		}
	case event.PrintEvent, event.NodeOutput:
		if v.shows(e) {
			v.say(v.clean(d.Message()))
		}
	case event.CommandFailed:
		v.say("")
		v.say(v.tint(event.Bad, strings.Join(wrap(v.text(d.Msg), v.cols()), "\n")))
	default:
		if v.shows(e) {
			v.message(e)
		}
	}
}

// text makes a text from outside fit to be shown.
func (v *live) text(s string) string { return harmless(v.clean(s)) }

func (v *live) say(line string) { v.waiting = append(v.waiting, line) }

func (v *live) runStarted(d event.RunStarted) {
	v.total = d.NodeCount
	v.say(v.style.in(dim, fit("target "+v.text(d.TargetName)+", "+counted(d.NumThreads, "thread"), v.cols())))
	v.say("")
}

func (v *live) start(n *event.NodeInfo, kind, name string, at time.Time) {
	if n != nil {
		v.running = append(v.running, activity{n.UniqueID, kind, name, at})
	}
}

func (v *live) end(n *event.NodeInfo) {
	if n == nil {
		return
	}
	for i := range v.running {
		if v.running[i].id == n.UniqueID {
			v.running = append(v.running[:i], v.running[i+1:]...)
			return
		}
	}
}

func (v *live) result(d event.NodeResult) {
	v.end(d.NodeInfo)
	kind, name := split(d.Description)
	r := row{kind: kind, name: v.text(name), seconds: d.ExecutionTime, tone: d.Line().Tone}
	switch r.tone {
	case event.Bad:
		v.ended.failed++
		r.word = "error"
	case event.Doubtful:
		v.ended.warn++
		r.word = "warn"
	default:
		v.ended.ok++
		r.word = "ok"
	}
	switch {
	case kind == "test" && d.Status != "pass" && d.Status != "error":
		r.note = rowCount(d.NumFailures)
		if d.Status == "fail" {
			r.word = "fail"
		}
	case d.Status == "no-op":
		r.word = "no-op"
	case strings.HasPrefix(d.Status, "PARTIAL"):
		r.word, r.note = "partial", strings.ToLower(d.Status)
	case d.Rows >= 0 && r.tone == event.Good:
		r.note = rowCount(d.Rows)
	}
	v.say(r.format(v.cols(), v.style))
	if d.Hook != "" {
		v.say(v.style.in(dim, fit("        its hook: "+oneLine(v.text(d.Hook)), v.cols())))
	}
}

func (v *live) hookEnd(d event.LogHookEndLine) {
	v.end(d.NodeInfo)
	r := row{kind: "hook", name: v.text(d.Statement), seconds: d.ExecutionTime, word: "ok", tone: event.Good}
	switch d.Status {
	case "success":
	case "skipped":
		r.word, r.tone = "skip", event.Doubtful
	default:
		r.word, r.tone = "error", event.Bad
	}
	v.say(r.format(v.cols(), v.style))
}

// hooked is a line below a node: one of its hooks.
func (v *live) hooked(d event.HookEnd) {
	text := "        " + d.Label() + v.style.pick(" … ", " ... ") + d.Outcome()
	tone := event.Plain
	switch d.Status {
	case "skipped":
		text += " (" + d.Reason + ")"
	case "error":
		tone = event.Bad
	case "warn":
		tone = event.Doubtful
	}
	if d.Status != "skipped" {
		text += " in " + span(d.ExecutionTime)
	}
	line := fit(v.text(text), v.cols())
	if tone == event.Plain {
		v.say(v.style.in(dim, line))
		return
	}
	v.say(v.tint(tone, line))
}

// message shows an event that has no form of its own.
func (v *live) message(e event.Event) {
	msg := strings.Join(wrap(v.text(e.Data.Message()), v.cols()), "\n")
	if v.style.colour {
		msg = paintTag(msg, paint)
	}
	if msg != "" {
		v.say(msg)
	}
}

// cols is how wide lines may be: one cell less than the terminal, where a full
// line would make some terminals wrap.
func (v *live) cols() int {
	cols, _ := v.screen.size()
	return max(8, cols-1)
}

// split tells kind and name of a description such as "sql table model
// main.orders", "seed file main.codes" or "test unique_id".
func split(description string) (kind, name string) {
	words := strings.Fields(description)
	if len(words) == 0 {
		return "", ""
	}
	kind, name = words[0], words[len(words)-1]
	if len(words) > 2 && words[len(words)-2] == "model" {
		kind = words[len(words)-3]
	}
	return kind, name
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
