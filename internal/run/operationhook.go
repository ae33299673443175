package run

import (
	"context"
	"strings"

	"dex/internal/adapter"
	"dex/internal/operation"
	"dex/internal/render"
	"dex/internal/result"
)

// CheckOperation implements Operator.
func (o *Operations) CheckOperation(name string) error {
	_, err := o.Set.Find(name, o.Executor.Inv.Project)
	return err
}

// RunOperation implements Operator: an operation as a hook, on the session of the
// hook's node.
func (o *Operations) RunOperation(ctx context.Context, call OperationCall) OperationDone {
	op, err := o.Set.Find(call.Name, o.Executor.Inv.Project)
	if err != nil {
		return OperationDone{Rows: -1, Err: asFault(err)}
	}
	if o.Admit != nil {
		if err := o.Admit(op); err != nil {
			return OperationDone{Rows: -1, Err: asFault(err)}
		}
	}
	var given []operation.Given
	if call.Params != nil {
		given = operation.FromDict(call.Params, "the hook's params")
	}
	values, err := o.Bind(op, given)
	if err != nil {
		return OperationDone{Rows: -1, Err: asFault(err)}
	}
	inside := call.Begin || call.Session.InTransaction()
	if call.Begin {
		if err := call.Session.Begin(ctx); err != nil {
			return OperationDone{Rows: -1, Err: err}
		}
	}
	done, err := o.Run(ctx, OperationOrder{Op: op, Values: values, Session: call.Session, Inside: inside, Thread: call.Thread, Names: call.Names})
	out := OperationDone{Rows: done.Rows, Err: err}
	var sent []string
	for _, st := range done.Statements {
		if st.Status != result.Skipped {
			sent = append(sent, st.SQL)
		}
	}
	out.SQL = strings.Join(sent, ";\n")
	if done.Err != nil && err == nil {
		out.Err = hookFailure(op, done.Err)
	}
	return out
}

// asFault is an error of dex's own as one of the hook.
func asFault(err error) error {
	return render.Caused(&render.Fault{Class: "Runtime", Msg: err.Error()}, err)
}

// hookFailure is how an operation that failed looks to the hook that asked for it: a
// failed statement is the database's error, so that the policies of the hook apply.
func hookFailure(op *operation.Operation, e *result.OperationError) error {
	msg := "operation " + op.Name + ": " + e.Message
	if e.SQL == "" {
		return &operationFailure{Fault: render.Fault{Class: "Runtime", Msg: msg}, class: adapter.ErrorClass(e.Class)}
	}
	return &adapter.DatabaseError{Msg: msg, SQL: e.SQL, Err: &operationFailure{Fault: render.Fault{Class: "Runtime", Msg: msg}, class: adapter.ErrorClass(e.Class)}}
}

// operationFailure knows the class that the operation's own error had.
type operationFailure struct {
	render.Fault
	class adapter.ErrorClass
}

// ErrorClass is that of the operation's error.
func (e *operationFailure) ErrorClass() adapter.ErrorClass { return e.class }
