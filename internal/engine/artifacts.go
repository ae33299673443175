package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/artifact"
	"dex/internal/dag"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/plan"
	"dex/internal/result"
	"dex/internal/semantic"
)

// writeManifest writes manifest.json.
func writeManifest(_ context.Context, w *work) error {
	if !w.inv.WriteJSON || w.out.Manifest == nil {
		return nil // or it stands already: see spares
	}
	w.written = true // or tried: nobody is told twice of a full disk
	path := filepath.Join(w.targetDir(), "manifest.json")
	if err := os.MkdirAll(w.targetDir(), 0o755); err != nil {
		return fmt.Errorf("write manifest.json: %w", err)
	}
	// First, so that manifest.json vouches for it: see spares.
	if err := w.writeSemanticManifest(); err != nil {
		return err
	}
	stays, err := w.putManifest(path)
	if err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "WritableManifest", ArtifactPath: path})
	return w.writeGraph(stays)
}

// ungraphed are the commands for which dbt makes no graph.
var ungraphed = map[string]bool{"parse": true, "run-operation": true}

// writeGraph writes graph_summary.json. Beside a manifest that stays, list leaves
// it alone as well.
func (w *work) writeGraph(stays bool) error {
	m, path := w.out.Manifest, filepath.Join(w.targetDir(), "graph_summary.json")
	if ungraphed[w.inv.Command] {
		return nil
	}
	if _, err := os.Stat(path); err == nil && stays && w.inv.Command == "list" {
		return nil
	}
	var tests []dag.Edge
	if w.inv.Command == "build" {
		tests = plan.TestEdges(m.Graph())
	}
	return artifact.WriteGraphSummary(path, w.inv.ID, m.Graph(), tests)
}

// writeSemanticManifest writes semantic_manifest.json, unless it says what it would
// say.
func (w *work) writeSemanticManifest() error {
	path := filepath.Join(w.targetDir(), semantic.File)
	src, err := semantic.NewDocument(w.out.Manifest).JSON()
	if err == nil {
		err = artifact.WriteChanged(path, w.cleanJSON(src))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", semantic.File, err)
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "SemanticManifest", ArtifactPath: path})
	return nil
}

// writeArtifacts writes manifest.json and, where nodes ran, run_results.json.
func writeArtifacts(ctx context.Context, w *work) error {
	if err := writeManifest(ctx, w); err != nil {
		return err
	}
	if !w.inv.WriteJSON {
		return nil
	}
	if w.inv.DryRun {
		return w.writeDryRun()
	}
	if w.inv.Command == "freshness" {
		return w.writeSources()
	}
	path := filepath.Join(w.targetDir(), "run_results.json")
	rr := &artifact.RunResults{Meta: w.meta(), Elapsed: w.engine.now().Sub(w.started), Args: w.cleanDict(w.render.Args)}
	for i := range w.out.Results {
		r := w.out.Results[i]
		if w.unlisted(&r) {
			continue
		}
		r.Message, r.Code = w.clean(r.Message), w.clean(r.Code)
		rr.Results = append(rr.Results, &r)
	}
	if err := artifact.WriteRunResults(path, rr); err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "RunExecutionResult", ArtifactPath: path})
	return nil
}

// unlisted reports whether run_results.json leaves a result out: of ephemeral
// models that were compiled along. Those that --fail-fast skipped are in it. dbt:
// CompileTask._handle_result.
func (w *work) unlisted(r *result.Result) bool {
	n := w.node(r.Node)
	asked := w.inv.Command != "generate" && (len(w.inv.Select) > 0 || w.inv.Inline != "")
	return n != nil && n.Ephemeral() && r.Status != result.Skipped && !asked
}

func (w *work) meta() artifact.Meta {
	q := w.render.Quoting
	return artifact.Meta{
		InvocationID: w.inv.ID, Started: w.started, Generated: w.engine.now(), Env: customEnv(),
		Quoting: artifact.Quoting{Database: q.Database, Schema: q.Schema, Identifier: q.Identifier},
		Clean:   w.engine.CleanJSON,
	}
}

// customEnv gives the variables that begin with DBT_ENV_CUSTOM_ENV_, which dbt
// notes in artifacts without that prefix.
func customEnv() map[string]string {
	const prefix = "DBT_ENV_CUSTOM_ENV_"
	out := map[string]string{}
	for _, kv := range os.Environ() {
		if k, v, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(k, prefix) {
			out[k[len(prefix):]] = v
		}
	}
	return out
}

// compiled gives what the manifest shows of nodes that were compiled.
func (w *work) compiled() map[manifest.ID]*artifact.Compiled {
	out := make(map[manifest.ID]*artifact.Compiled, len(w.out.Results))
	if w.exec != nil && !w.aborted {
		for id, place := range w.exec.Reached() {
			out[id] = &artifact.Compiled{HookPlace: place}
		}
	}
	for i := range w.out.Results {
		r := &w.out.Results[i]
		n := w.out.Manifest.Node(manifest.ID(r.Node))
		if n == nil || !r.Compiled && !r.Built || n.Kind == manifest.KindUnitTest {
			continue
		}
		c := &artifact.Compiled{Macros: r.Macros, References: r.References, CTEs: w.cleanCTEs(r.CTEs)}
		for _, body := range r.Bodies {
			c.Bodies = append(c.Bodies, w.clean(body))
		}
		if r.Compiled {
			c.Code, c.Done, c.Injected, c.Path = w.clean(r.Code), true, true, w.shown("compiled", n)
		}
		if r.Built {
			c.BuildPath = w.shown("run", n)
		}
		if at := out[n.ID]; at != nil {
			c.HookPlace = at.HookPlace
		}
		out[n.ID] = c
	}
	w.inlined(out)
	return out
}

// inlined adds the ephemeral models that were compiled for nodes which refer to
// them.
func (w *work) inlined(out map[manifest.ID]*artifact.Compiled) {
	if w.exec == nil || w.aborted {
		return
	}
	for id, done := range w.exec.Compiler.Inlined() {
		n := w.out.Manifest.Node(id)
		if n == nil || out[id] != nil {
			continue
		}
		c := &artifact.Compiled{Code: w.clean(done.Code), Done: true, Injected: true, Path: w.shown("compiled", n), Macros: done.Macros, CTEs: w.cleanCTEs(done.CTEs)}
		out[id] = c
	}
}

// shown is the path of a node's SQL as artifacts have it: below the project.
func (w *work) shown(kind string, n *manifest.Node) string {
	return filepath.ToSlash(w.targetPath()) + "/" + kind + "/" + n.Package + "/" + nodeFile(n)
}

// foundStats tells how much a project holds. dbt: on-run hooks are counted as
// operations; beside operations of dex they are the project hooks that they are where
// a run is told of.
func foundStats(stats []manifest.Stat, ops *operation.Set) event.FoundStats {
	scripts := 0
	if ops != nil {
		scripts = len(ops.Enabled())
	}
	var parts []string
	for _, s := range stats {
		if s.Of == string(manifest.KindOperation) && scripts > 0 {
			s.Of = "project hook"
		}
		parts = append(parts, plural(s.N, s.Of))
	}
	if scripts > 0 {
		parts = append(parts, plural(scripts, "operation"))
	}
	return event.FoundStats{StatLine: strings.Join(parts, ", ")}
}

func plural(n int, word string) string {
	s := fmt.Sprintf("%d %s", n, word)
	if n == 1 {
		return s
	}
	switch {
	case strings.HasSuffix(word, "query"):
		return strings.TrimSuffix(s, "y") + "ies"
	case strings.HasSuffix(word, "analysis"):
		return strings.TrimSuffix(s, "is") + "es"
	}
	return s + "s"
}
