// Package event is the stream of what an invocation does. Every other package
// reports through a Sink; only views print. An event carries dbt's name, code
// and fields where dbt has such an event, so that tools which read dbt's JSON
// log read dex's.
//
// Begin with Event and Data. The events of nodes and on-run hooks are in node.go,
// those of statements in statement.go, those of a command in command.go, those
// of its end in summary.go; line.go has dbt's layout of a line, encode.go its
// JSON.
package event

import "time"

// Level is how loud an event is.
type Level uint8

// The levels, quietest first.
const (
	Debug Level = iota
	Info
	Warn
	Error
)

// String gives dbt's word for the level.
func (l Level) String() string { return [...]string{"debug", "info", "warn", "error"}[l] }

// Event is one thing that happened. Data is a struct of this package, one for
// each Name, so that a sink can switch on its type.
type Event struct {
	Time   time.Time
	Level  Level
	Data   Data
	Thread string // "MainThread", "Thread-1 (worker)"
}

// Data is the content of an event. A sink must not keep pointers that it holds
// (node_info) beyond Emit: who sends events may go on to change them.
type Data interface {
	// Name is dbt's name of the event: stable, in the JSON log.
	Name() string
	// Code is dbt's code of the event, such as "Q012"; "" where dbt has none.
	Code() string
	// Message is the line that a text log shows.
	Message() string
}

// Fielder is Data that writes the fields of its JSON form by hand, in the order
// of the alphabet. Other Data goes through encoding/json.
type Fielder interface {
	Fields(e *Encoder)
}

// Liner is Data whose message is a line of results in dbt's layout.
type Liner interface {
	Line() Line
}

// Sink receives events. Emit must not block for long and may be called from
// many goroutines at once.
type Sink interface{ Emit(Event) }

// Fan sends every event to each of its sinks.
type Fan []Sink

// Emit implements Sink.
func (f Fan) Emit(e Event) {
	for _, s := range f {
		s.Emit(e)
	}
}

// Discard drops every event.
var Discard Sink = Fan(nil)
