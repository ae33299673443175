package engine

import (
	"context"
	"fmt"
	"path"
	"strings"

	"dex/internal/diag"
	"dex/internal/scaffold"
)

// newOperation writes the beginning of an operation.
func newOperation(ctx context.Context, w *work) error {
	name := w.inv.Operation
	paths := w.project.Dex.Operations.Paths
	if len(paths) == 0 {
		paths = []string{"operations"}
	}
	base := paths[0]
	rel := strings.TrimPrefix(path.Clean(name), strings.TrimSuffix(base, "/")+"/")
	file, err := scaffold.OperationFile(rel, w.inv.Python)
	if err != nil {
		return err
	}
	if err := w.nameTaken(ctx, rel); err != nil {
		return err
	}
	shown := path.Join(base, file)
	if err := scaffold.WriteOperation(w.below(base), file); err != nil {
		return err
	}
	stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
	w.out.Lines = []string{
		"Wrote " + shown + ".", "", "Next:",
		"  dex operation show " + stem, "  dex operation run " + stem + " --dry-run",
	}
	return nil
}

// nameTaken refuses a name that another operation has: their names are unique,
// whatever their folders.
func (w *work) nameTaken(ctx context.Context, rel string) error {
	stem := strings.TrimSuffix(path.Base(rel), path.Ext(rel))
	files, faults, err := w.project.OperationFiles(ctx)
	if err != nil {
		return err
	}
	if err := faults.Err(); err != nil {
		return err
	}
	for _, pkg := range files {
		for _, f := range pkg.Scripts {
			if had := path.Base(f.Path); pkg.Package.Root && strings.TrimSuffix(had, path.Ext(had)) == stem {
				return &diag.ListError{List: diag.List{{
					Class: diag.Runtime, Code: "operation-exists", Summary: fmt.Sprintf("there is an operation '%s' already: %s", stem, f.Path),
					Hint: "Nothing was written. Names are unique in a project, whatever the folder: choose another one.",
				}}}
			}
		}
	}
	return nil
}
