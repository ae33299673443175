// Package audit keeps a record of what was done as a chain: each record holds the
// SHA-256 of the one before it, so that a record which is changed, removed, moved or put
// in is found and named. The chain lies in dex's store; a copy of it can be kept in a
// table of the warehouse.
//
// It knows records, hashes and the form of the table; it knows nothing of runs and
// hooks, which engine tells it of. Begin with Entry and Log; verify.go finds the first
// broken record, export.go writes them out, table.go is the table.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"dex/internal/store"
)

// Kinds are what records are about.
var Kinds = []string{Run, Node, Hook, Operation, Notification}

// The kinds.
const (
	Run          = "run"          // an invocation: events "start" and "end"
	Node         = "node"         // a node that was run or skipped: the event is its resource type
	Hook         = "hook"         // a hook: the event is "pre-hook", "on-run-start", ...
	Operation    = "operation"    // a run of an operation: events "start" and "end"
	Notification = "notification" // events "stored", "delivered", "dead"
)

// Unknown is a number of rows that nobody has counted.
const Unknown = -1

// Entry is what one record says. Empty texts, zero times and unknown counts are left
// out of the record.
type Entry struct {
	Kind, Event                          string
	Invocation, Project, Target, Command string
	Node                                 string // unique_id
	Name                                 string // of a hook, an operation's run, a channel
	Status, Reason, Message              string
	StartedAt                            time.Time
	Duration                             time.Duration // kept to the microsecond
	RowsBefore, RowsAfter, RowsAffected  int64         // Unknown where they are
	User, Commit, Version                string        // who, of which Git commit, with which dex
}

// Log appends to a chain.
type Log struct {
	Chain store.Chain
	// Clean takes secrets out of every text; nil leaves them as they are.
	Clean func(string) string
	// Now is the clock; nil is the machine's.
	Now func() time.Time
}

// Append stores entries behind the chain's end, in one transaction.
func (l *Log) Append(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	bodies := make([][]byte, len(entries)) // made before the store is locked
	for i := range entries {
		bodies[i] = l.body(&entries[i])
	}
	return l.Chain.AppendRecords(ctx, func(seq int64, hash string) []store.Record {
		at := l.now()
		records := make([]store.Record, len(entries))
		for i, body := range bodies {
			seq++
			r := store.Record{Seq: seq, At: at, Kind: entries[i].Kind, Body: body, Prev: hash}
			r.Hash = Hash(r)
			records[i], hash = r, r.Hash
		}
		return records
	})
}

func (l *Log) now() time.Time {
	if l.Now != nil {
		return l.Now().UTC()
	}
	return time.Now().UTC()
}

// entryOf reads what a record says. The error is about a body that is not as Append
// writes it.
func entryOf(r store.Record) (Entry, error) {
	b := body{RowsBefore: Unknown, RowsAfter: Unknown, RowsAffected: Unknown}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return Entry{}, fmt.Errorf("record %d of the audit chain cannot be read: %w; see dex audit verify", r.Seq, err)
	}
	e := Entry{
		Kind: r.Kind, Event: b.Event, Invocation: b.Invocation, Project: b.Project, Target: b.Target, Command: b.Command, Node: b.Node, Name: b.Name,
		Status: b.Status, Reason: b.Reason, Message: b.Message, StartedAt: b.StartedAt, Duration: time.Duration(b.Duration*1e6+0.5) * time.Microsecond,
		RowsBefore: b.RowsBefore, RowsAfter: b.RowsAfter, RowsAffected: b.RowsAffected, User: b.User, Commit: b.Commit, Version: b.Version,
	}
	return e, nil
}

// body is a record's body as it is read back.
type body struct {
	Command      string    `json:"command"`
	Version      string    `json:"dex_version"`
	Duration     float64   `json:"duration"`
	Event        string    `json:"event"`
	Commit       string    `json:"git_commit"`
	Invocation   string    `json:"invocation_id"`
	Message      string    `json:"message"`
	Name         string    `json:"name"`
	Node         string    `json:"node"`
	Project      string    `json:"project"`
	Reason       string    `json:"reason"`
	RowsAffected int64     `json:"rows_affected"`
	RowsAfter    int64     `json:"rows_after"`
	RowsBefore   int64     `json:"rows_before"`
	StartedAt    time.Time `json:"started_at"`
	Status       string    `json:"status"`
	Target       string    `json:"target"`
	User         string    `json:"user"`
}
