package run

import (
	"context"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/session"
)

// Operator runs the operations that hooks ask for.
type Operator interface {
	// CheckOperation reports, before anything runs, that there is no operation of that
	// name, with a guess at what was meant.
	CheckOperation(name string) error
	// RunOperation runs one. It does not commit what Call.Begin has it do in the
	// transaction of the hook's node.
	RunOperation(ctx context.Context, call OperationCall) OperationDone
}

// OperationCall is an operation as a hook asks for it.
type OperationCall struct {
	Name   string      // script, or package.script
	Params *value.Dict // texts in it are rendered already; nil is none
	// Session is that of the hook's node: what the operation sends goes there.
	Session *session.Session
	// Begin says that the hook stands inside of its node's transaction: one is begun
	// where none is open, and neither commit nor rollback is sent.
	Begin  bool
	Thread string
	// Node is whose hook it is; nil where that is no node.
	Node *manifest.Node
	// Names are what hooks see beside all other names: error, status, rows_affected.
	Names func(name string) (value.Value, bool)
}

// OperationDone is how it ended.
type OperationDone struct {
	SQL  string // its statements as they were sent, one behind the other
	Rows int64  // affected; -1 where unknown
	Err  error  // of the database a *adapter.DatabaseError
}
