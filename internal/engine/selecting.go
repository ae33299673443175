package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/bmatcuk/doublestar/v4"

	"dex/internal/dag"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/selector"
)

// selection is what a command works on.
type selection struct {
	set    dag.Set // by the numbers of the manifest's graph
	ids    []manifest.ID
	inline *manifest.Node // of --inline; stands outside of the manifest
	// of is the manifest with operations beside its nodes, where those are listed.
	of *manifest.Manifest
}

// withOperations puts operations beside the nodes of the manifest. On-run hooks,
// which dbt calls operations, it does not list.
func (w *work) withOperations(ctx context.Context, kinds map[manifest.Kind]bool) (*manifest.Manifest, error) {
	if err := readOperations(ctx, w); err != nil {
		return nil, err
	}
	delete(kinds, manifest.KindOperation)
	kinds[manifest.KindScript] = true
	w.selected.of = w.operations.Beside(w.out.Manifest)
	return w.selected.of, nil
}

// selectNodes finds the nodes that the command is asked for.
func selectNodes(ctx context.Context, w *work) error {
	m := w.out.Manifest
	if err := w.readHistory(); err != nil {
		return err
	}
	if w.inv.Former != nil {
		return selectAgain(w)
	}
	if w.selected.inline != nil {
		w.selected.set = dag.NewSet(m.Graph().Len())
		return nil
	}
	kinds, err := selector.Kinds(w.inv.Command, w.inv.ResourceTypes, w.inv.NoTypes)
	if err != nil {
		return selectionFault(err)
	}
	if w.inv.Command == "list" && kinds[manifest.KindOperation] {
		if m, err = w.withOperations(ctx, kinds); err != nil {
			return err
		}
	}
	set, err := w.choose(m, kinds)
	if err != nil {
		return err
	}
	w.selected.set, w.selected.ids = set, m.Graph().IDs(set)
	return nil
}

// choose finds the nodes of some kinds in m that the command is asked for.
func (w *work) choose(m *manifest.Manifest, kinds map[manifest.Kind]bool) (dag.Set, error) {
	var none dag.Set
	indirect, err := selector.ParseIndirect(w.inv.Indirect)
	if err != nil {
		return none, selectionFault(err)
	}
	named, err := selector.ParseSelectors(w.project.Selectors, indirect)
	if err != nil {
		return none, selectionFault(err)
	}
	spec, err := w.spec(named, indirect)
	if err != nil {
		return none, selectionFault(err)
	}
	s := selector.New(m, selector.Options{Kinds: kinds, EmptyNodes: w.inv.Command == "list" || w.inv.Command == "operation list" || w.inv.Command == "hooks list", Selectors: named, Glob: w.glob, History: w.comparison()})
	set, warnings, err := s.Select(spec)
	if err != nil {
		return none, selectionFault(err)
	}
	for _, warning := range warnings {
		if err := w.warn(event.NoNodesForCriteria{Spec: warning.Criterion}); err != nil {
			return none, err
		}
	}
	return set, nil
}

// spec is --selector, or --select and --exclude, or selectors.yml's default.
func (w *work) spec(named *selector.Selectors, indirect selector.Indirect) (selector.Spec, error) {
	name := w.inv.Selector
	if name != "" && len(w.inv.Select)+len(w.inv.Exclude) > 0 {
		if err := w.warn(event.SelectExcludeIgnored{}); err != nil {
			return nil, err
		}
	}
	if name == "" && len(w.inv.Select) == 0 && len(w.inv.Exclude) == 0 {
		if name = named.Default(); name != "" {
			w.engine.emit(event.Info, event.DefaultSelector{Selector: name})
		}
	}
	if name != "" {
		return named.Spec(name)
	}
	return selector.Parse(w.inv.Select, w.inv.Exclude, indirect)
}

// selectionFault makes a selection that cannot be a fault of what was asked.
func selectionFault(err error) error {
	var e *selector.Error
	if errors.As(err, &e) {
		return &diag.ListError{List: diag.List{{Class: diag.Runtime, Code: "selection", Summary: e.Msg}}}
	}
	return stateFault(err)
}

// glob lists the files of the project that match a pattern, for path: criteria.
func (w *work) glob(pattern string) []string {
	found, err := doublestar.Glob(os.DirFS(w.dir()), filepath.ToSlash(pattern))
	if err != nil {
		return nil // a pattern that cannot be matches nothing; the warning says so
	}
	return found
}
