package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"dex/internal/artifact"
	"dex/internal/diag"
	"dex/internal/docsite"
	"dex/internal/event"
	"dex/internal/manifest"
)

// compileDocs compiles what was selected, unless --no-compile says otherwise, and
// writes what an invocation leaves behind. dbt: without compiling, manifest.json
// and run_results.json stay as they are.
func compileDocs(ctx context.Context, w *work) error {
	if w.inv.Docs.NoCompile {
		w.written = true
		return nil
	}
	if err := compileNodes(ctx, w); err != nil {
		return err
	}
	if err := writeArtifacts(ctx, w); err != nil {
		return err
	}
	return showCompiled(ctx, w)
}

// writeSite lays the page and the project's assets into the target folder. dbt:
// assets that went from the project go from there as well.
func writeSite(_ context.Context, w *work) error {
	dir := w.targetDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the documentation: %w", err)
	}
	if err := artifact.WriteText(filepath.Join(dir, "index.html"), docsite.Page()); err != nil {
		return err
	}
	for _, assets := range w.project.Root.Paths.Assets {
		if !filepath.IsLocal(filepath.FromSlash(assets)) || filepath.Clean(assets) == "." {
			return &diag.ListError{List: diag.List{{
				Class: diag.Runtime, Code: "assets-outside", Summary: fmt.Sprintf("The assets of %q cannot be copied below %s: they are not in a folder of the project", assets, dir),
				Hint: "Name a folder of the project under asset-paths in dbt_project.yml.",
			}}}
		}
		if err := copyAssets(w.below(assets), filepath.Join(dir, filepath.FromSlash(assets))); err != nil {
			return fmt.Errorf("copy %s to the documentation: %w", assets, err)
		}
	}
	return nil
}

// copyAssets replaces the folder to with what stands in from; a folder that is
// not there leaves none behind.
func copyAssets(from, to string) error {
	if from == to {
		return nil
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if info, err := os.Stat(from); errors.Is(err, os.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	return os.CopyFS(to, os.DirFS(from))
}

// writeCatalog asks the database what it holds of the project and writes
// catalog.json. dbt: GenerateTask.
func writeCatalog(ctx context.Context, w *work) error {
	c := &artifact.Catalog{Meta: w.meta(), Nodes: map[manifest.ID]*artifact.CatalogTable{}, Sources: map[manifest.ID]*artifact.CatalogTable{}}
	if !w.inv.Docs.EmptyCatalog {
		w.engine.emit(event.Info, event.BuildingCatalog{})
		only, err := w.documented()
		if err != nil {
			return err
		}
		if err := w.fillCatalog(ctx, c, only); err != nil {
			return err
		}
	}
	path := filepath.Join(w.targetDir(), "catalog.json")
	if err := artifact.WriteCatalog(path, c); err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "CatalogArtifact", ArtifactPath: path})
	if err := w.writeStatic(path); err != nil {
		return err
	}
	if n := len(c.Errors); n > 0 {
		w.out.CatalogErrors = c.Errors
		w.engine.emit(event.Error, event.WriteCatalogFailure{Failures: n})
	}
	w.engine.emit(event.Info, event.CatalogWritten{Path: path})
	return nil
}

// documented are the nodes and sources that the catalog is to hold; nil is all of
// them. dbt: sources are selected by themselves, since they are not compiled.
func (w *work) documented() (map[manifest.ID]bool, error) {
	if w.inv.Docs.NoCompile {
		return nil, nil
	}
	only := map[manifest.ID]bool{}
	for _, id := range w.selected.ids {
		only[id] = true
	}
	sources, err := w.choose(w.out.Manifest, map[manifest.Kind]bool{manifest.KindSource: true})
	if err != nil {
		return nil, err
	}
	for _, id := range w.out.Manifest.Graph().IDs(sources) {
		only[id] = true
	}
	return only, nil
}

// writeStatic writes static_index.html: the page with all data in it.
func (w *work) writeStatic(catalog string) error {
	if !w.inv.Docs.Static {
		return nil
	}
	manifestJSON, err := os.ReadFile(filepath.Join(w.targetDir(), "manifest.json"))
	if err != nil {
		return fmt.Errorf("write static_index.html: %w", err)
	}
	catalogJSON, err := os.ReadFile(catalog)
	if err != nil {
		return fmt.Errorf("write static_index.html: %w", err)
	}
	return artifact.WriteText(filepath.Join(w.targetDir(), "static_index.html"), docsite.Static(manifestJSON, catalogJSON))
}
