package engine

import (
	"context"

	"dex/internal/operation"
	"dex/internal/parse"
)

// readOperations reads the operations of the project and its packages. Their
// faults end the command.
func readOperations(ctx context.Context, w *work) error {
	if w.operations != nil {
		return nil
	}
	set, faults, err := parse.Operations(ctx, w.project, w.render, w.out.Manifest)
	if err != nil {
		return err
	}
	if err := w.take(faults); err != nil {
		return err
	}
	w.operations = set
	return writeOperations(w)
}

// minded reports whether every command that parses the project reads its
// operations as well. A project without dex.yml is dbt's: what lies in a folder
// named operations there may be anything, and only those who ask for operations
// read it.
func (w *work) minded(ctx context.Context) (bool, error) {
	if !w.project.Dex.Present {
		return false, nil
	}
	return w.project.HasOperations(ctx)
}

// findOperation finds an operation by the name that somebody calls it by.
func (w *work) findOperation(name string) (*operation.Operation, error) {
	return w.operations.Find(name, w.project.Root.Name)
}
