package engine

import (
	"cmp"
	"errors"
	"path/filepath"

	"dex/internal/artifact"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/parse"
	"dex/internal/render"
	"dex/internal/state"
)

// history is what the folders of --state and --defer-state hold; nil where they
// are not named.
type history struct{ state, deferred *state.Previous }

// readHistory reads the artifacts that the command line names. dbt: a file that is
// not there is missed by those who need it; one that cannot be read is a fault.
func (w *work) readHistory() (err error) {
	if w.history.state, err = w.readPrevious(w.inv.State); err != nil {
		return err
	}
	w.history.deferred, err = w.readPrevious(w.inv.DeferState)
	return err
}

func (w *work) readPrevious(path string) (*state.Previous, error) {
	if path == "" {
		return nil, nil
	}
	dir, target := w.below(path), w.targetDir()
	if filepath.Clean(path) == filepath.Clean(w.targetPath()) {
		if err := w.warn(event.StateTargetEqual{StatePath: path}); err != nil {
			return nil, err
		}
	}
	written := parse.WrittenConfig
	if !w.comparesWritten() {
		written = nil
	}
	p, err := state.Read(state.Places{Path: path, Dir: dir, Target: target}, written)
	if err != nil {
		return nil, runtimeFault("state", err.Error())
	}
	if dir == target && w.inv.WriteJSON && w.inv.Command != "generate" {
		// dbt has replaced the manifest there with the one of this invocation.
		p.Manifest = &artifact.State{Manifest: w.out.Manifest, DBTVersion: artifact.DBTVersion}
	}
	return p, nil
}

func runtimeFault(code, msg string) error {
	return &diag.ListError{List: diag.List{{Class: diag.Runtime, Code: code, Summary: msg}}}
}

// comparison answers the selection methods that compare with --state.
func (w *work) comparison() *state.Comparison {
	return &state.Comparison{Previous: w.history.state, Warn: w.warn, MaxSeedMiB: max(w.inv.MaxSeedMiB, 1), Rendered: !w.comparesWritten()}
}

// comparesWritten reports whether configurations are compared as they are written.
func (w *work) comparesWritten() bool {
	return w.projectFlag("state_modified_compare_more_unrendered_values", true)
}

// stateFault words a criterion that compares with --state and cannot.
func stateFault(err error) error {
	var f *state.Fault
	var b *state.BreakingChange
	switch {
	case errors.As(err, &f):
		class := cmp.Or(f.Class, diag.Runtime)
		if f.Internal {
			class = diag.Internal
		}
		return &diag.ListError{List: diag.List{{Class: class, Code: "selection", Summary: f.Msg, Hint: f.Hint}}}
	case errors.As(err, &b):
		return &diag.ListError{List: diag.List{{Class: b.Class(), Code: "contract-broken", Summary: b.Error(), Where: b.Node.Where(), Pos: b.Node.Pos, Node: string(b.Node.ID)}}}
	}
	return err
}

// deferRelations makes the relations of the other environment known to templates:
// with --defer, and for clone in any case. dbt: defer_to_manifest.
func (w *work) deferRelations() error {
	if !w.inv.Defer && w.inv.Command != "clone" {
		return nil
	}
	p := w.history.deferred
	if p == nil {
		p = w.history.state
	}
	switch {
	case p == nil:
		return runtimeFault("defer", "--state or --defer-state are required for deferral, but neither was provided")
	case p.Manifest == nil:
		return runtimeFault("defer", `Could not find manifest in --state path: "`+p.Path+`"`)
	}
	d := &render.Deferral{Previous: p, Refs: w.inv.Defer, Favor: w.inv.FavorState, Selected: make(map[manifest.ID]bool, len(w.selected.ids))}
	for _, id := range w.selected.ids {
		d.Selected[id] = true
	}
	w.render.Defer = d
	return nil
}

// cloneSources are the nodes of the other environment that clone copies from.
func (w *work) cloneSources(nodes []*manifest.Node) []*manifest.Node {
	var out []*manifest.Node
	for _, n := range nodes {
		if other, _ := w.render.Defer.Previous.Stands(n); other != nil {
			out = append(out, other)
		}
	}
	return out
}
