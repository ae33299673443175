package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/manifest"
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
	if err := w.putManifest(path); err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "WritableManifest", ArtifactPath: path})
	return nil
}

// writeSemanticManifest writes semantic_manifest.json, unless it says what it would
// say.
func (w *work) writeSemanticManifest() error {
	path := filepath.Join(w.targetDir(), semantic.File)
	src, err := semantic.NewDocument(w.out.Manifest).JSON()
	if err == nil {
		err = artifact.WriteChanged(path, src)
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
	if w.inv.Command == "freshness" {
		return w.writeSources()
	}
	path := filepath.Join(w.targetDir(), "run_results.json")
	rr := &artifact.RunResults{Meta: w.meta(), Elapsed: w.engine.now().Sub(w.started), Args: w.cleanDict(w.render.Args)}
	for i := range w.out.Results {
		r := w.out.Results[i]
		r.Message, r.Code = w.clean(r.Message), w.clean(r.Code)
		rr.Results = append(rr.Results, &r)
	}
	if err := artifact.WriteRunResults(path, rr); err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "RunExecutionResult", ArtifactPath: path})
	return nil
}

func (w *work) meta() artifact.Meta {
	q := w.render.Quoting
	return artifact.Meta{
		InvocationID: w.inv.ID, Started: w.started, Generated: w.engine.now(), Env: customEnv(),
		Quoting: artifact.Quoting{Database: q.Database, Schema: q.Schema, Identifier: q.Identifier},
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
		c := &artifact.Compiled{Macros: r.Macros, References: r.References}
		if r.Compiled {
			c.Code, c.Done, c.Injected, c.Path = w.clean(r.Code), true, true, w.shown("compiled", n)
		}
		if r.Built {
			c.BuildPath = w.shown("run", n)
		}
		for _, cte := range r.CTEs {
			c.CTEs = append(c.CTEs, artifact.CTE{ID: cte.ID, SQL: cte.SQL})
		}
		if at := out[n.ID]; at != nil {
			c.HookPlace = at.HookPlace
		}
		out[n.ID] = c
	}
	return out
}

// shown is the path of a node's SQL as artifacts have it: below the project.
func (w *work) shown(kind string, n *manifest.Node) string {
	return filepath.ToSlash(w.targetPath()) + "/" + kind + "/" + n.Package + "/" + nodeFile(n)
}

// foundStats tells how much a project holds.
func foundStats(stats []manifest.Stat) event.FoundStats {
	parts := make([]string, len(stats))
	for i, s := range stats {
		parts[i] = plural(s.N, s.Of)
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
