package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dex/internal/event"
	"dex/internal/secret"
)

func redacting(secrets ...string) *secret.Redactor {
	r := secret.New(nil)
	r.Add(secrets)
	return r
}

// text gives a plain view's output of the script.
func plainOutput(level event.Level, debug bool) string {
	var b bytes.Buffer
	c := newClock()
	v := &plainView{filter: filter{level: level, print: true}, w: &b, text: textLines{clean: redacting("hunter22").Clean, debug: debug, width: event.DefaultWidth}}
	l := newLayout(v)
	play(c, l, aRun(), nil)
	playSummary(c, l)
	return b.String()
}

func TestPlainView(t *testing.T) {
	golden(t, "plain.txt", plainOutput(event.Info, false))
	golden(t, "quiet.txt", plainOutput(event.Error, false))
	golden(t, "debug.txt", plainOutput(event.Debug, true))
}

func TestJSONView(t *testing.T) {
	var b bytes.Buffer
	c := newClock()
	lines := newJSONLines("inv-1", redacting("hunter22"))
	lines.context.PID = 42
	v := &jsonView{filter: filter{level: event.Debug, print: true}, w: &b, lines: lines}
	l := newLayout(v)
	play(c, l, aRun(), nil)
	playSummary(c, l)
	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	golden(t, "json.txt", b.String())
}

func liveOn(term *terminal, c *clock, st style) *live {
	return newLive(liveOptions{
		filter: filter{level: event.Info, print: true}, screen: screen{w: term, size: term.size}, style: st,
		clean: redacting("hunter22").Clean, version: "0.1.0", now: c.now,
	})
}

// TestLiveView shows two moments of the run and its end.
func TestLiveView(t *testing.T) {
	for _, cols := range []int{40, 80, 200} {
		t.Run(fmt.Sprint(cols), func(t *testing.T) {
			c, term := newClock(), newTerminal(cols)
			v := liveOn(term, c, style{colour: true})
			l := newLayout(v)
			var out strings.Builder
			play(c, l, aRun(), func(i int) {
				v.draw()
				if i == 11 || i == 19 {
					c.at = c.at.Add(500 * ms)
					v.draw()
					fmt.Fprintf(&out, "==== after event %d, cursor hidden: %v\n%s", i, term.hidden, term.text())
				}
			})
			v.Close()
			v.Summarize(aReport(l))
			fmt.Fprintf(&out, "==== at the end, cursor hidden: %v\n%s", term.hidden, term.text())
			golden(t, fmt.Sprintf("live%d.txt", cols), out.String())
			if len(term.faults) > 0 || term.wrapped > 0 {
				t.Errorf("wrapped %d times, faults %q", term.wrapped, term.faults)
			}
		})
	}
}

func TestLiveWritesOncePerFrame(t *testing.T) {
	c, term := newClock(), newTerminal(80)
	v := liveOn(term, c, style{})
	play(c, newLayout(v), aRun()[:8], nil)
	if term.writes != 0 {
		t.Errorf("events wrote %d times", term.writes)
	}
	v.draw()
	v.draw()
	if term.writes != 2 {
		t.Errorf("two frames, %d writes", term.writes)
	}
}

func TestLiveCloseTwiceAndLateEvents(t *testing.T) {
	c, term := newClock(), newTerminal(80)
	v := liveOn(term, c, style{})
	v.Start()
	play(c, newLayout(v), aRun()[:8], nil)
	v.draw()
	if !term.hidden {
		t.Fatal("the cursor is not hidden while the region stands")
	}
	v.Close()
	v.Close()
	if term.hidden {
		t.Error("the cursor is not given back")
	}
	v.Emit(event.Event{Time: c.at, Level: event.Error, Data: event.CommandFailed{Msg: "Runtime Error\n  it broke"}})
	got := term.text()
	if !strings.HasSuffix(got, "\nRuntime Error\n  it broke\n") || strings.Contains(got, "›") {
		t.Errorf("screen:\n%s", got)
	}
}

// A terminal that becomes narrower re-flows the region; nothing of it may stay.
func TestLiveResize(t *testing.T) {
	c, term := newClock(), newTerminal(80)
	v := liveOn(term, c, style{})
	play(c, newLayout(v), aRun()[:8], nil)
	v.draw()
	rows := 0
	for _, n := range v.drawn {
		rows += max(1, (n+29)/30)
	}
	term.cols = 30
	var b strings.Builder
	v.rewind(&b)
	if want := fmt.Sprintf("\r\x1b[%dA", rows-1); b.String() != want {
		t.Errorf("rewinds by %q, want %q", b.String(), want)
	}
}

// Names and messages from outside cannot steer the terminal.
func TestLiveIsHarmless(t *testing.T) {
	c, term := newClock(), newTerminal(80)
	v := liveOn(term, c, style{})
	n := info("model.shop.x", "model", "x")
	v.Emit(event.Event{Level: event.Info, Data: event.LogStartLine{Description: "sql view model main.x\x1b[2J\x07", NodeInfo: n}})
	v.Emit(event.Event{Level: event.Warn, Data: event.JinjaLogWarning{Msg: "beware\x1b]0;title\x07\r\x1b[10A"}})
	v.draw()
	v.Close()
	if len(term.faults) > 0 {
		t.Errorf("%q", term.faults)
	}
}

// TestLiveProperties: whatever happens in whatever order, in terminals of any
// width, no line of the view's own is wider than the terminal, the cursor never
// leaves what was drawn, and the end of it leaves no region behind.
func TestLiveProperties(t *testing.T) {
	name := rapid.StringMatching(`main\.[a-z_éß漢字🙂]{1,60}`)
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		term := newTerminal(rapid.IntRange(10, 220).Draw(t, "cols"))
		v := liveOn(term, c, style{colour: rapid.Bool().Draw(t, "colour"), ascii: rapid.Bool().Draw(t, "ascii")})
		total := rapid.IntRange(0, 40).Draw(t, "nodes")
		v.Emit(event.Event{Time: c.at, Level: event.Info, Data: event.RunStarted{NumThreads: 4, TargetName: "dev", NodeCount: total}})
		var running []event.LogStartLine
		scrolled := 0
		for i := range total {
			s := event.LogStartLine{Description: "sql table model " + name.Draw(t, "name"), Index: i + 1, Total: total, NodeInfo: info(fmt.Sprint(i), "model", "x")}
			v.Emit(event.Event{Time: c.at, Level: event.Info, Data: s})
			running = append(running, s)
			for len(running) > 0 && rapid.Bool().Draw(t, "end") {
				at := rapid.IntRange(0, len(running)-1).Draw(t, "which")
				status := rapid.SampledFrom([]string{"OK", "error", "no-op"}).Draw(t, "status")
				v.Emit(event.Event{Time: c.at, Level: event.Info, Data: event.NodeResult{
					Kind: "model", Description: running[at].Description, Status: status, NodeInfo: running[at].NodeInfo,
					ExecutionTime: rapid.Float64Range(0, 90000).Draw(t, "seconds"), Rows: rapid.Int64Range(-1, 1e15).Draw(t, "rows"),
				}})
				running = append(running[:at], running[at+1:]...)
				scrolled++
			}
			c.at = c.at.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "pause")) * ms)
			if rapid.Bool().Draw(t, "draw") {
				v.draw()
			}
			if len(v.running)+scrolled != i+1 {
				t.Fatalf("%d run, %d ended, of %d", len(v.running), scrolled, i+1)
			}
		}
		v.Close()
		if term.wrapped > 0 || len(term.faults) > 0 || term.hidden {
			t.Fatalf("wrapped %d times, faults %q, cursor hidden %v", term.wrapped, term.faults, term.hidden)
		}
		if rows := strings.Count(term.text(), "\n"); scrolled > 0 && rows != scrolled+2 {
			t.Fatalf("%d nodes ended, %d rows are left:\n%s", scrolled, rows, term.text())
		}
	})
}

func TestPrintIsFiltered(t *testing.T) {
	silentPrint := filter{level: event.Error, print: false}
	for _, c := range []struct {
		f    filter
		e    event.Event
		want bool
	}{
		{silentPrint, event.Event{Level: event.Info, Data: event.PrintEvent{Msg: "x"}}, false},
		{silentPrint, event.Event{Level: event.Info, Data: event.PrintEvent{Msg: "x", Output: true}}, true},
		{silentPrint, event.Event{Level: event.Info, Data: event.NodeOutput{}}, true},
		{filter{level: event.Error, print: true}, event.Event{Level: event.Info, Data: event.PrintEvent{Msg: "x"}}, true},
		{filter{level: event.Error, print: true}, event.Event{Level: event.Info, Data: event.JinjaLog{Info: true}}, false},
		{filter{level: event.Error}, event.Event{Level: event.Error, Data: event.CommandFailed{}}, true},
	} {
		if got := c.f.shows(c.e); got != c.want {
			t.Errorf("%+v of %T: %v", c.f, c.e.Data, got)
		}
	}
}

func TestColours(t *testing.T) {
	text := textLines{clean: redacting().Clean, width: 20, paint: paint}
	for _, c := range []struct {
		data event.Data
		want string
	}{
		{event.NodeResult{Kind: "model", Description: "sql view model a", Status: "OK", Index: 1, Total: 1, ExecutionTime: 1}, "1 of 1 OK created sql view model a  [\x1b[32mOK\x1b[0m in 1.00s]"},
		{event.CommandFailed{Msg: "x"}, "[\x1b[31mERROR\x1b[0m]: Encountered an error:\nx"},
		{event.NothingToDo{}, "[\x1b[33mWARNING\x1b[0m]: Nothing to do. Try checking your model configs and model specification args"},
		{event.EndOfRunSummary{}, "\x1b[32mCompleted successfully\x1b[0m"},
		{event.FoundStats{StatLine: "x"}, "Found x"},
	} {
		if got := text.message(c.data); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestUseColour(t *testing.T) {
	s := func(given string) *settings {
		m := map[string]string{}
		if given != "" {
			m["use-colors"] = given
		}
		return &settings{given: m}
	}
	for _, c := range []struct {
		given string
		env   []string
		want  bool
	}{{"", nil, false}, {"true", []string{"NO_COLOR=1"}, true}, {"false", nil, false}} {
		if got := useColour(&Process{Stdout: &bytes.Buffer{}, Environ: c.env}, s(c.given)); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestNewViewAwayFromTerminal(t *testing.T) {
	p := &Process{Stdout: &bytes.Buffer{}, Environ: []string{"TERM=xterm"}}
	for format, want := range map[string]string{"default": "*cli.plainView", "text": "*cli.plainView", "json": "*cli.jsonView", "debug": "*cli.plainView"} {
		v := newView(p, &settings{given: map[string]string{"log-format": format}}, "run", "inv", redacting())
		if got := fmt.Sprintf("%T", v); got != want {
			t.Errorf("%s: %s", format, got)
		}
		v.Close()
	}
}

func logIn(t *testing.T, o logOptions) (*logFile, string) {
	t.Helper()
	o.dir = t.TempDir()
	if o.secrets == nil {
		o.secrets = redacting("hunter22")
	}
	l, err := newLogFile(o)
	if err != nil {
		t.Fatal(err)
	}
	return l, filepath.Join(o.dir, "dbt.log")
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLogFile(t *testing.T) {
	l, path := logIn(t, logOptions{format: "json", level: event.Debug, id: "inv-1"})
	play(newClock(), l, aRun(), nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	l.Emit(event.Event{Data: event.Note{Msg: "too late"}}) // does nothing, and does not panic
	text := read(t, path)
	if n := strings.Count(text, "\n"); n != len(aRun()) {
		t.Errorf("%d lines of %d events", n, len(aRun()))
	}
	if strings.Contains(text, "hunter22") || !strings.Contains(text, `"sql": "create table a as (select '*****' as id)"`) {
		t.Error(text)
	}
}

// A process that is killed leaves a log that ends with its last error.
func TestLogFileFlushesErrors(t *testing.T) {
	l, path := logIn(t, logOptions{format: "debug", level: event.Debug, id: "inv-1"})
	t.Cleanup(func() { _ = l.Close() })
	at := newClock().at
	l.Emit(event.Event{Time: at, Level: event.Error, Data: event.CommandFailed{Msg: "gone"}})
	if !strings.Contains(read(t, path), "gone") {
		t.Error("an error is not on the disk")
	}
	l.Emit(event.Event{Time: at.Add(ms), Level: event.Info, Data: event.Note{Msg: "soon after"}})
	l.Emit(event.Event{Time: at.Add(time.Second), Level: event.Info, Data: event.Note{Msg: "much later"}})
	if !strings.Contains(read(t, path), "much later") {
		t.Error("a line waits for longer than it should")
	}
}

func TestLogFileRotates(t *testing.T) {
	l, path := logIn(t, logOptions{format: "text", level: event.Debug, maxBytes: 1000, id: "inv-1"})
	const events = 300
	for i := range events {
		l.Emit(event.Event{Level: event.Info, Data: event.Note{Msg: fmt.Sprintf("note %03d", i)}})
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole := ""
	for _, p := range []string{path + ".5", path + ".4", path + ".3", path + ".2", path + ".1", path} {
		text := read(t, p)
		if len(text) > 1000 {
			t.Errorf("%s holds %d bytes", p, len(text))
		}
		whole += text
	}
	if _, err := os.Stat(path + ".6"); err == nil {
		t.Error("a sixth log is kept")
	}
	// What is left are the last lines, none missing.
	lines := strings.Split(strings.TrimSpace(whole), "\n")
	for i, l := range lines {
		if want := fmt.Sprintf("note %03d", events-len(lines)+i); !strings.HasSuffix(l, want) {
			t.Fatalf("line %d is %q, want %s", i, l, want)
		}
	}
}

func BenchmarkEmitJSONLog(b *testing.B) {
	benchmarkEmit(b, logOptions{format: "json", level: event.Debug})
}

func BenchmarkEmitTextLog(b *testing.B) {
	benchmarkEmit(b, logOptions{format: "debug", level: event.Debug})
}

// BenchmarkEmitUnread is an event that no sink wants.
func BenchmarkEmitUnread(b *testing.B) {
	v := &plainView{filter: filter{level: event.Info}, w: io.Discard, text: textLines{clean: redacting().Clean, width: 80}}
	emitAll(b, newLayout(v))
}

func benchmarkEmit(b *testing.B, o logOptions) {
	o.dir, o.id, o.secrets = b.TempDir(), "inv-1", redacting("hunter22", "s3cr3t-t0ken")
	l, err := newLogFile(o)
	if err != nil {
		b.Fatal(err)
	}
	emitAll(b, newLayout(l))
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

func emitAll(b *testing.B, to event.Sink) {
	n := info("model.shop.orders", "model", "orders")
	sql := "/* {\"app\": \"dbt\", \"node_id\": \"model.shop.orders\"} */\n" + strings.Repeat("select a, b from c where d = 1\n", 15)
	at := time.Now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			to.Emit(event.Event{Time: at, Level: event.Debug, Data: event.SQLQuery{ConnName: "model.shop.orders", SQL: sql, NodeInfo: n}, Thread: "Thread-1 (worker)"})
		}
	})
}
