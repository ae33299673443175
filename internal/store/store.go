// Package store is what must outlive a process: notifications that are to be
// delivered, the audit chain, the runs of operations. It holds the interfaces and
// the records; store/sqlite keeps them in .dex/dex.db.
//
// It knows records and their states; it knows nothing of what is in them: a
// notification and an audit record are bytes here. Begin with Store.
package store

import (
	"context"
	"errors"
	"time"
)

// Store is all of it. Each method is one transaction: after it returned without an
// error, a killed process loses nothing of it. It may be used by many goroutines and
// by many processes at once.
type Store interface {
	Outbox
	Chain
	Operations
	Close() error
}

// ErrNotFound is an id that the store does not have.
var ErrNotFound = errors.New("the store has no such record")

// NoticeState is how far a notification has come.
type NoticeState string

// The states. A dead notice has used up its attempts, or was refused for good.
const (
	Pending   NoticeState = "pending"
	Delivered NoticeState = "delivered"
	Dead      NoticeState = "dead"
)

// Notice is one notification for one channel.
type Notice struct {
	ID      string // a UUID
	Key     string // of its effect: a second notice of one key is not stored
	Channel string
	Body    []byte // package notify's message
	// Invocation and Node are what it is about.
	Invocation, Node string
	State            NoticeState
	Attempts         int
	CreatedAt        time.Time
	NextAt           time.Time // when it may be tried; leases move it
	Error            string    // of the last attempt
}

// Attempt is one try to deliver a notice.
type Attempt struct {
	Notice  string
	Number  int // from 1; the store gives it
	At      time.Time
	Elapsed time.Duration
	Status  int // of HTTP; 0 where there was none
	Error   string
}

// NoticeFilter chooses notices; zero fields choose all.
type NoticeFilter struct {
	ID, Channel, Invocation string
	State                   NoticeState
	Limit                   int
}

// Outbox keeps notifications until they are delivered.
type Outbox interface {
	// PutNotice stores a pending notice. It is false where its key is there already.
	PutNotice(ctx context.Context, n Notice) (bool, error)
	// ClaimNotices takes up to limit pending notices that are due at now, oldest
	// first, and sets their NextAt to until: nobody else claims them before.
	ClaimNotices(ctx context.Context, now, until time.Time, limit int) ([]Notice, error)
	// SettleNotice records an attempt with the state that it leaves the notice in, and
	// when it is tried next where that is Pending. The store numbers the attempt. A notice
	// that was delivered stays so: a process that outlived its lease cannot undo that.
	SettleNotice(ctx context.Context, a Attempt, to NoticeState, next time.Time) error
	// Notices lists notices, newest first.
	Notices(ctx context.Context, f NoticeFilter) ([]Notice, error)
	// NoticeAttempts lists the attempts of one, in order.
	NoticeAttempts(ctx context.Context, id string) ([]Attempt, error)
	// ReviveNotice makes a notice pending once more, due at the given time.
	ReviveNotice(ctx context.Context, id string, at time.Time) error
	// Mark keeps a small value under a name: which troubles are open, so that a
	// recovery is told once. It gives the value that stood there before, "" where none did.
	// An empty value removes the mark.
	Mark(ctx context.Context, name, value string) (string, error)
	// Marks lists those whose names begin with prefix.
	Marks(ctx context.Context, prefix string) (map[string]string, error)
}

// Record is one link of the audit chain.
type Record struct {
	Seq  int64 // from 1, without gaps
	At   time.Time
	Kind string
	Body []byte // JSON, as it was hashed
	Prev string // Hash of the record before
	Hash string
}

// Chain keeps audit records. Links are made by package audit.
type Chain interface {
	// AppendRecords stores records behind the last one in one transaction. link is
	// called inside of it with the last record's number and hash (0 and "" where there is
	// none), and makes the records. It must not call the store.
	AppendRecords(ctx context.Context, link func(seq int64, hash string) []Record) error
	// Records lists up to limit records from number `from` on; a limit of 0 is none.
	Records(ctx context.Context, from int64, limit int) ([]Record, error)
	// Head is where AppendRecords last left the chain, kept beside the records; zero
	// where nothing was appended.
	Head(ctx context.Context) (Head, error)
}

// Head is the end of a chain: a record's number and hash.
type Head struct {
	Seq  int64
	Hash string
}

// OperationState is how far a run of an operation has come.
type OperationState string

// The states. A lost run is one whose process ended without a word: it may have
// committed.
const (
	Running   OperationState = "running"
	Succeeded OperationState = "success"
	Failed    OperationState = "error"
	Stopped   OperationState = "cancelled"
	Lost      OperationState = "lost"
)

// OperationRun is one run of an operation.
type OperationRun struct {
	ID         string // a UUID
	Operation  string // unique_id
	Invocation string
	Target     string
	User       string
	State      OperationState
	// Owner tells the process: host, process id and its start, so that another can
	// find out whether it is alive.
	Owner     string
	Params    []byte // JSON, secrets masked
	PlanHash  string
	StartedAt time.Time
	EndedAt   time.Time // zero while it runs
	Rows      int64     // -1 where unknown
	Error     string
	Result    []byte // JSON: the operation's result and its statements
	Log       string // the path of its log
}

// OperationFilter chooses runs; zero fields choose all.
type OperationFilter struct {
	Operation, ID string
	State         OperationState
	Limit         int
}

// Operations keeps runs of operations.
type Operations interface {
	// BeginOperation stores a run before its first statement is sent.
	BeginOperation(ctx context.Context, r OperationRun) error
	// EndOperation stores its end: all but ID, Operation and StartedAt may have changed.
	EndOperation(ctx context.Context, r OperationRun) error
	// LoseOperation records that a run's process has ended without a word, at a moment
	// that somebody found out. It is false where the run is not Running: its process has
	// recorded its end meanwhile.
	LoseOperation(ctx context.Context, id string, at time.Time, why string) (bool, error)
	// OperationRuns lists runs, newest first.
	OperationRuns(ctx context.Context, f OperationFilter) ([]OperationRun, error)
}
