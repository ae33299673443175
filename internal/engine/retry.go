package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dex/internal/artifact"
	"dex/internal/dag"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/result"
)

// Former is an invocation that has ended: what `retry` takes up again.
type Former struct {
	Command string      // "run"
	Args    *value.Dict // its flags by dbt's names
	Results []*result.Result
	// Started is when it began: batches of microbatch models are counted up to then.
	Started time.Time
}

// retried are the commands that can be taken up again. dbt: RetryTask's TASK_DICT.
var retried = []string{"build", "compile", "clone", "generate", "seed", "snapshot", "test", "run", "run-operation"}

// ErrNoFormer is a folder of artifacts without run_results.json.
var ErrNoFormer = errors.New("no former invocation")

// ReadFormer reads which invocation a retry is about: the one whose
// run_results.json lies in dir, below the project; "" is the target folder. The
// error says why it cannot be taken up again.
func ReadFormer(inv *Invocation, dir string) (*Former, error) {
	if dir == "" {
		dir = targetPathOf(inv)
	}
	path := filepath.Join(dir, "run_results.json")
	if !filepath.IsAbs(path) {
		path = filepath.Join(inv.ProjectDir, path)
	}
	rr, err := artifact.ReadRunResults(path)
	switch {
	case errors.Is(err, os.ErrNotExist), err == nil && len(rr.Results) == 0: // dbt: no results are as good as none
		return nil, fmt.Errorf("%w: Could not find previous run in '%s' target directory", ErrNoFormer, dir)
	case err != nil:
		return nil, err
	}
	f := &Former{Args: rr.Args, Results: rr.Results, Started: rr.Meta.Started}
	if f.Started.IsZero() {
		f.Started = rr.Meta.Generated
	}
	if f.Args == nil {
		f.Args = value.NewDict(0)
	}
	if which, ok := f.Args.GetStr("which"); ok {
		f.Command = value.ToStr(which)
	}
	if !slices.Contains(retried, f.Command) {
		return nil, fmt.Errorf("the previous command was '%s', which cannot be retried: run, build, test, seed, snapshot, compile, clone, docs generate and run-operation can", f.Command)
	}
	return f, nil
}

// targetPathOf is the folder of artifacts as the project has it, before anything
// of it is loaded.
func targetPathOf(inv *Invocation) string {
	if inv.TargetPath != "" {
		return inv.TargetPath
	}
	if raw, faults := project.ReadRaw(inv.ProjectDir); !faults.HasErrors() && raw != nil && raw.TargetPath() != "" {
		return raw.TargetPath()
	}
	return "target"
}

// refuseRetry tells why there is nothing to take up again; where there is, the
// invocation is that of the former command.
func refuseRetry(_ context.Context, w *work) error {
	if err := w.readRoot(); err != nil {
		return err
	}
	former, err := ReadFormer(&w.inv, w.inv.State)
	switch {
	case err == nil:
		return fmt.Errorf("the previous command, %s, cannot be retried: give it once more", former.Command)
	case errors.Is(err, ErrNoFormer):
		return errors.New(err.Error()[len(ErrNoFormer.Error())+2:])
	}
	return err
}

// unfinished reports whether a node that ended so is to run again. A warning is
// a failure where --warn-error says so.
func (w *work) unfinished(s result.Status) bool {
	switch s {
	case result.Error, result.Fail, result.Skipped, result.RuntimeErr, result.PartialSuccess:
		return true
	}
	return s == result.Warn && w.inv.WarnError.All
}

// again lists the nodes that are to run again. On-run hooks are none: they run
// with the command, whatever became of them.
func (w *work) again() []manifest.ID {
	var ids []manifest.ID
	for _, r := range w.inv.Former.Results {
		if w.unfinished(r.Status) && (w.inv.Command == "run-operation" || !strings.HasPrefix(r.Node, string(manifest.KindOperation)+".")) {
			ids = append(ids, manifest.ID(r.Node))
		}
	}
	return ids
}

// selectAgain takes what the former invocation did not finish. dbt:
// Graph.get_subset_graph.
func selectAgain(w *work) error {
	g := w.out.Manifest.Graph()
	set := dag.NewSet(g.Len())
	var faults diag.List
	for _, id := range w.again() {
		i, ok := g.Number(id)
		if !ok {
			faults = append(faults, diag.Diagnostic{
				Class: diag.Compilation, Code: "retry-missing", Summary: fmt.Sprintf("Couldn't find model '%s' -- does it exist or is it disabled?", id),
				Hint: "A retry runs the nodes that did not end well, under the names they had. Run the command itself once more.",
			})
			continue
		}
		set.Add(i)
	}
	w.selected.set, w.selected.ids = set, g.IDs(set)
	return faults.Err()
}

// batchesAgain are the batches of models of which only some failed: those alone
// run again. Where none went well, the model runs as if for the first time.
func (w *work) batchesAgain() map[manifest.ID]*result.Batches {
	all := map[manifest.ID]*result.Batches{}
	for _, r := range w.inv.Former.Results {
		if b := r.Batches; b != nil && len(b.Successful) > 0 && len(b.Failed) > 0 {
			all[manifest.ID(r.Node)] = b
		}
	}
	return all
}

// nothingAgain reports whether an operation that is retried went well before.
func (w *work) nothingAgain() bool {
	if w.inv.Former == nil || len(w.again()) > 0 {
		return false
	}
	w.engine.emit(event.Info, event.Note{Msg: "Nothing to retry: the operation went well."})
	w.finished = true
	return true
}
