package engine

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/operation"
)

// listOperations prints the operations that a selection takes, by group and name.
func listOperations(_ context.Context, w *work) error {
	if err := w.readHistory(); err != nil {
		return err
	}
	ops, err := w.chosenOperations()
	if err != nil {
		return err
	}
	if len(ops) == 0 {
		return w.warn(event.NoNodesSelected{})
	}
	if w.inv.Output == "json" {
		for _, op := range ops {
			line, err := jsonOf(op.Dict())
			if err != nil {
				return err
			}
			w.out.Lines = append(w.out.Lines, line)
		}
		return nil
	}
	w.out.Lines = operationTable(ops, w.operations.Called)
	return nil
}

// chosenOperations selects among operations with the grammar of nodes. What an
// operation reads counts as its parent, so that "orders+" finds it.
func (w *work) chosenOperations() ([]*operation.Operation, error) {
	m := w.operations.Beside(w.out.Manifest)
	set, err := w.choose(m, map[manifest.Kind]bool{manifest.KindScript: true})
	if err != nil {
		return nil, err
	}
	var out []*operation.Operation
	for _, id := range m.Graph().IDs(set) {
		out = append(out, w.operations.Get(id))
	}
	return out, nil
}

// operationTable has a line for each operation, under its group.
func operationTable(ops []*operation.Operation, called func(*operation.Operation) string) []string {
	rows := make([][]string, 0, len(ops)+1)
	rows = append(rows, []string{"NAME", "GROUP", "PARAMETERS", "DESCRIPTION"})
	for _, op := range ops {
		name := called(op)
		if op.Language == operation.Python {
			name += " (python)"
		}
		about, _, _ := strings.Cut(op.Description, "\n")
		rows = append(rows, []string{name, op.Group, paramWords(op), about})
	}
	return columns(rows)
}

// paramWords names the parameters: required ones plain, others in brackets.
func paramWords(op *operation.Operation) string {
	words := make([]string, len(op.Params))
	for i, p := range op.Params {
		words[i] = p.Name
		if !p.Required {
			words[i] = "[" + p.Name + "]"
		}
	}
	return strings.Join(words, " ")
}

// columns sets rows in columns, two blanks apart.
func columns(rows [][]string) []string {
	var widths []int
	for _, r := range rows {
		for i, c := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(c)))
		}
	}
	out := make([]string, len(rows))
	for k, r := range rows {
		var b strings.Builder
		for i, c := range r {
			fmt.Fprintf(&b, "%-*s", widths[i]+2, c)
		}
		out[k] = strings.TrimRight(b.String(), " ")
	}
	return out
}

func jsonOf(v value.Value) (string, error) {
	b, err := value.AppendJSON(nil, v, value.JSONOptions{Default: operation.JSONText})
	return string(b), err
}
