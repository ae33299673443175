package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"dex/internal/diag"
	"dex/internal/jinja/value"
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
	if set != nil { // before faults show the lines that they stand in
		for _, op := range set.All() {
			w.learn(op.WrittenSecrets())
		}
	}
	if err := w.take(faults); err != nil {
		return err
	}
	w.operations, w.out.Operations = set, set
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
	op, err := w.operations.Find(name, w.project.Root.Name)
	var miss *operation.LookupError
	if errors.As(err, &miss) {
		return nil, &diag.ListError{List: diag.List{miss.Diagnostic(diag.Pos{}, "")}}
	}
	return op, err
}

// bindParams gives an operation's parameters the values that the command line has
// for them. What is a secret among them is learnt before anybody can show it. All
// faults come in one error.
func (w *work) bindParams(ctx context.Context, op *operation.Operation) (operation.Values, error) {
	given, err := w.givenParams()
	if err != nil {
		return operation.Values{}, err
	}
	w.learn(operation.Hidden(op, given))
	values, faults := operation.Bind(op, given, w.env, func(src string) (value.Value, error) {
		return w.render.NativeWith(ctx, src, nil)
	})
	w.learn(values.Secrets())
	return values, faults.Err()
}

// givenParams reads what the command line says of parameters.
func (w *work) givenParams() ([]operation.Given, error) {
	p := w.inv.Params
	s := operation.Sources{Pairs: p.Pairs, Params: p.Text, File: p.File}
	if p.File != "" {
		src, err := os.ReadFile(p.File)
		if err != nil {
			return nil, fmt.Errorf("--params-file: %w", err)
		}
		s.Text = src
	}
	return s.Given()
}

func (w *work) learn(secrets []string) {
	if w.engine.Learn != nil && len(secrets) > 0 {
		w.engine.Learn(secrets)
	}
}

func (w *work) env(name string) (string, bool) { return w.render.Env(name) }
