package cli

import (
	"io"
	"sync"

	"dex/internal/event"
	"dex/internal/secret"
)

// view shows events to a person or a program while a command runs. Close ends
// whatever it shows for the time being; events that come later still appear.
type view interface {
	event.Sink
	Close()
}

// summarizer is a view that has its own way to show the end of a run. All other
// sinks get the events of the summary.
type summarizer interface{ Summarize(r *report) }

// silent is above every level.
const silent = event.Error + 1

// newView chooses the view: JSON lines, the live view of a terminal, or plain
// lines.
func newView(p *Process, s *settings, command, id string, secrets *secret.Redactor) view {
	level := levelOf(s.text("log-level", "info"))
	switch {
	case s.bool("debug", false):
		level = event.Debug
	case s.bool("quiet", false), command == "audit-export": // nothing but what was asked for
		level = event.Error
	}
	f := filter{level: level, print: s.bool("print", true)}
	format := s.text("log-format", "default")
	switch {
	case format == "json":
		return &jsonView{filter: f, w: p.Stdout, lines: newJSONLines(id, secrets)}
	case format == "default" && level == event.Info && liveCommands[command]:
		if screen, ok := openScreen(p); ok {
			l := newLive(liveOptions{filter: f, screen: screen, style: styleOf(p, s), clean: secrets.Clean, version: p.Version, now: now})
			l.Start()
			return l
		}
	}
	v := &plainView{filter: f, w: p.Stdout, text: textLines{clean: secrets.Clean, debug: format == "debug", width: s.int("printer-width", event.DefaultWidth)}}
	if useColour(p, s) {
		v.text.paint = paint
	}
	return v
}

func useColour(p *Process, s *settings) bool {
	if v, ok := s.given["use-colors"]; ok {
		b, _ := truth(v)
		return b
	}
	if v, _ := p.getenv("NO_COLOR"); v != "" {
		return false
	}
	if v, _ := p.getenv("TERM"); v == "dumb" {
		return false
	}
	return isTerminal(p.Stdout)
}

// filter says which events a view shows.
type filter struct {
	level event.Level
	print bool // what print() in templates is given
}

// shows reports whether e is to be seen. Output that was asked for always is,
// with --quiet too.
func (f filter) shows(e event.Event) bool {
	switch d := e.Data.(type) {
	case event.PrintEvent:
		return d.Output || f.print
	case event.NodeOutput:
		return true
	}
	return e.Level >= f.level
}

// plainView writes one line for each event, with the time in front.
type plainView struct {
	filter
	mu   sync.Mutex
	w    io.Writer
	text textLines
}

// Emit implements event.Sink.
func (v *plainView) Emit(e event.Event) {
	if !v.shows(e) {
		return
	}
	line := v.text.line(e)
	v.mu.Lock()
	defer v.mu.Unlock()
	// Where standard output is gone there is nobody left to tell.
	_, _ = io.WriteString(v.w, line)
}

// Close implements view.
func (v *plainView) Close() {}

// textLines words events as lines of text.
type textLines struct {
	clean func(string) string
	debug bool // dbt's layout for debugging: microseconds, level, thread
	width int
	paint func(event.Tone, string) string // nil: no colours
}

// line gives e with a newline.
func (t textLines) line(e event.Event) string {
	msg := t.clean(t.message(e.Data))
	if t.debug {
		return debugLine(e, msg)
	}
	switch e.Data.(type) {
	case event.PrintEvent, event.NodeOutput:
		return msg + "\n"
	}
	return e.Time.UTC().Format("15:04:05") + "  " + msg + "\n"
}

// message is the event's message in this width and these colours.
func (t textLines) message(d event.Data) string {
	if l, ok := d.(event.Liner); ok {
		return l.Line().Format(t.width, t.paint)
	}
	msg := d.Message()
	if t.paint == nil {
		return msg
	}
	if s, ok := d.(event.EndOfRunSummary); ok {
		return t.paint(s.Tone(), msg)
	}
	return paintTag(msg, t.paint)
}

// debugLine is dbt's layout for debugging.
func debugLine(e event.Event, msg string) string {
	b := make([]byte, 0, len(msg)+48)
	b = e.Time.UTC().AppendFormat(b, "15:04:05.000000")
	b = append(b, " ["...)
	b = appendColumn(b, e.Level.String(), 5)
	b = append(b, "] ["...)
	b = appendColumn(b, e.Thread, 10)
	b = append(b, "]: "...)
	return string(append(append(b, msg...), '\n'))
}

// appendColumn writes a word exactly n characters wide. Only names of threads are
// ever longer.
func appendColumn(b []byte, word string, n int) []byte {
	if len(word) > n {
		word = word[:n]
	}
	b = append(b, word...)
	for i := len(word); i < n; i++ {
		b = append(b, ' ')
	}
	return b
}
