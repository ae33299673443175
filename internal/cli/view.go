package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"dex/internal/event"
)

// view shows events to a person or a program while a command runs.
type view interface {
	event.Sink
	Close()
}

// newView chooses the view: JSON lines, or plain lines.
func newView(p *Process, s *settings, id string, secrets *redactor) view {
	level := levelOf(s.text("log-level", "info"))
	switch {
	case s.bool("debug", false):
		level = event.Debug
	case s.bool("quiet", false):
		level = event.Error
	}
	if s.text("log-format", "default") == "json" {
		return &jsonView{w: p.Stdout, level: level, id: id, secrets: secrets, print: s.bool("print", true)}
	}
	return &plainView{w: p.Stdout, level: level, secrets: secrets, colour: useColour(p, s), print: s.bool("print", true), stamps: true}
}

func useColour(p *Process, s *settings) bool {
	if v, ok := s.given["use-colors"]; ok {
		b, _ := truth(v)
		return b
	}
	if _, no := p.getenv("NO_COLOR"); no {
		return false
	}
	return isTerminal(p.Stdout)
}

// plainView writes one line for each event, with the time in front.
type plainView struct {
	mu      sync.Mutex
	w       io.Writer
	level   event.Level
	secrets *redactor
	colour  bool
	print   bool
	stamps  bool
}

// Emit implements event.Sink.
func (v *plainView) Emit(e event.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if p, ok := e.Data.(event.PrintEvent); ok {
		if v.print {
			fmt.Fprintln(v.w, v.secrets.clean(p.Msg))
		}
		return
	}
	if e.Level < v.level {
		return
	}
	msg := v.secrets.clean(e.Data.Message())
	if v.colour {
		msg = paint(e, msg)
	}
	fmt.Fprintf(v.w, "%s  %s\n", e.Time.UTC().Format("15:04:05"), msg)
}

// Close implements view.
func (v *plainView) Close() {}

// paint colours the word that tells how it went.
func paint(e event.Event, msg string) string {
	const green, yellow, red, reset = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[0m"
	for _, c := range []struct{ word, colour string }{
		{" ERROR ", red}, {" FAIL ", red}, {" WARN ", yellow}, {" SKIP ", yellow}, {" PASS ", green}, {" OK ", green},
	} {
		if i := strings.Index(msg, c.word); i >= 0 && e.Level != event.Debug {
			return msg[:i+1] + c.colour + c.word[1:len(c.word)-1] + reset + msg[i+len(c.word)-1:]
		}
	}
	return msg
}

// jsonView writes dbt's JSON log to standard output.
type jsonView struct {
	mu      sync.Mutex
	w       io.Writer
	level   event.Level
	id      string
	secrets *redactor
	print   bool
}

// Emit implements event.Sink.
func (v *jsonView) Emit(e event.Event) {
	_, printed := e.Data.(event.PrintEvent)
	if e.Level < v.level && !(printed && v.print) {
		return
	}
	line := v.secrets.clean(string(jsonEvent(e, v.id)))
	v.mu.Lock()
	defer v.mu.Unlock()
	fmt.Fprintln(v.w, line)
}

// Close implements view.
func (v *jsonView) Close() {}
