// Package event is the stream of what an invocation does. Every other package
// reports through a Sink; only views print. Each event's name and data are in
// names.go, under dbt's name where dbt has one, so that tools which read dbt's
// JSON log read dex's.
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

// Data is the content of an event.
type Data interface {
	// Name is dbt's name of the event: stable, in the JSON log.
	Name() string
	// Code is dbt's code of the event, such as "Q012"; "" where dbt has none.
	Code() string
	// Message is the line that a text log shows.
	Message() string
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
