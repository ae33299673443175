package engine

import (
	"context"
	"path/filepath"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/plan"
)

// keepFresh leaves those of the selected sources that say when they are too old.
// dbt: FreshnessSelector.
func keepFresh(_ context.Context, w *work) error {
	m := w.out.Manifest
	kept := w.selected.set.Clone()
	for i := range w.selected.set.All {
		if n := m.Graph().Nodes[i]; n.Source == nil || !hasFreshness(n.Source.Freshness) {
			kept.Remove(i)
		}
	}
	w.selected.set, w.selected.ids = kept, m.Graph().IDs(kept)
	return nil
}

// hasFreshness reports whether one of the rules has both a count and a period.
func hasFreshness(rules value.Value) bool {
	d, ok := rules.(*value.Dict)
	if !ok {
		return false
	}
	for _, key := range [...]string{"warn_after", "error_after"} {
		v, _ := d.GetStr(key)
		if after, ok := v.(*value.Dict); ok {
			count, _ := after.GetStr("count")
			period, _ := after.GetStr("period")
			if count != nil && count != value.None && period != nil && period != value.None {
				return true
			}
		}
	}
	return false
}

// planFreshness plans the sources, without hooks where the project says so.
func planFreshness(_ context.Context, w *work) error {
	if w.inv.Output != "" {
		if err := w.warn(event.CustomOutputPathInSourceFreshnessDeprecation{Path: w.inv.Output}); err != nil {
			return err
		}
	}
	m := w.out.Manifest
	noHooks := !w.projectFlag("source_freshness_run_project_hooks", true)
	if noHooks && len(m.OnStart)+len(m.OnEnd) > 0 {
		if err := w.warn(event.SourceFreshnessProjectHooksNotRun{}); err != nil {
			return err
		}
	}
	p, err := plan.New(w.inv.Command, m, w.selected.set, plan.Options{NoHooks: noHooks})
	if err != nil {
		return err
	}
	w.out.Plan = p
	w.render.SelectedResources = w.selected.ids
	return nil
}

// writeSources writes sources.json, or the file of --output.
func (w *work) writeSources() error {
	path := filepath.Join(w.targetDir(), "sources.json")
	if w.inv.Output != "" {
		path = w.below(w.inv.Output)
	}
	x := &artifact.Sources{Meta: w.meta(), Elapsed: w.engine.now().Sub(w.started)}
	for i := range w.out.Results {
		r := &w.out.Results[i]
		if n := w.out.Manifest.Node(manifest.ID(r.Node)); n != nil && n.Source != nil {
			x.Results = append(x.Results, artifact.SourceResult{Source: n, Result: r})
		}
	}
	if err := artifact.WriteSources(path, x); err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "FreshnessResult", ArtifactPath: path})
	return nil
}
