package result

import (
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Operation is how one run of an operation ended: target/operation_results.json, and
// what the store keeps of it. Its Status is Success, Error, Stopped, or Skipped where
// nothing was sent because it is a dry run.
type Operation struct {
	RunID string // a UUID
	Node  string // script.<package>.<name>
	Name  string
	Path  string
	// Language is "sql" or "python".
	Language  string
	Target    string
	User      string
	Params    *value.Dict // hidden ones masked
	PlanHash  string
	Status    Status
	StartedAt time.Time
	Elapsed   time.Duration
	Attempts  int
	Rows      int64 // affected by all statements; -1 where unknown
	// Transaction reports that all statements stood in one.
	Transaction bool
	// Committed reports that what was sent has been committed, in whole or in part.
	Committed  bool
	Statements []OperationStatement
	// Value is what the operation gave by return_value(); nil is none.
	Value value.Value
	Err   *OperationError // nil where nothing went wrong
	Hooks []Hook
	// Log and Artifacts are files of a Python operation: what it wrote to its log, and
	// what it kept by dex.artifact().
	Log       string
	Artifacts []string
	// Unlisted is how many statements were sent behind those of Statements.
	Unlisted int
}

// OperationError is what made an operation fail.
type OperationError struct {
	Message   string
	Class     string // adapter.ErrorClass
	Pos       diag.Pos
	Source    string // the line at Pos
	Statement int    // its number, from 1; 0 where none failed
	SQL       string // that statement
}

// OperationStatement is one statement of a SQL operation.
type OperationStatement struct {
	SQL       string
	Line      int // of the source
	Status    Status
	StartedAt time.Time
	Elapsed   time.Duration
	Rows      int64 // affected or given; -1 where unknown
	Message   string
	QueryID   string
	// Columns and Data are the first rows of what the statement gave; nil Columns where it
	// gives none. More reports that there were more.
	Columns []string
	Data    [][]value.Value
	More    bool
	// Plan is what the database says of the statement without running it.
	Plan string
}

// Keep puts the first rows of an answer into the statement: at most `most` of them.
func (s *OperationStatement) Keep(columns []string, rows [][]value.Value, most int) {
	s.Columns, s.Data, s.More = columns, rows, len(rows) > most
	if s.More {
		s.Data = rows[:most]
	}
}
