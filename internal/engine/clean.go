package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
)

// cleanProject removes the folders that clean-targets lists. It needs no
// database, and refuses whatever lies outside of the project or is one of its
// source folders. dbt: CleanTask.
func cleanProject(ctx context.Context, w *work) error {
	if err := w.loadRoot(ctx); err != nil {
		return err
	}
	var refused diag.List
	var dirs []string
	for _, t := range w.cleanTargets() {
		if why := w.protected(t); why != "" {
			refused.Add(diag.Diagnostic{Class: diag.Runtime, Code: "clean-refused", Summary: fmt.Sprintf("dex will not clean %q: %s", t, why), Hint: "Take it out of clean-targets in dbt_project.yml."})
			continue
		}
		dirs = append(dirs, t)
	}
	if err := w.take(refused); err != nil {
		return err // nothing is removed where one of the folders is refused
	}
	for _, t := range dirs {
		path := w.below(t)
		w.engine.emit(event.Info, event.CheckCleanPath{Path: path})
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("clean %s: %w", t, err)
		}
		w.engine.emit(event.Info, event.ConfirmCleanPath{Path: path})
	}
	w.engine.emit(event.Info, event.FinishedCleanPaths{})
	return nil
}

// cleanTargets are the folders that dbt_project.yml lists, or else the target
// folder, wherever it is.
func (w *work) cleanTargets() []string {
	if v, ok := w.raw.Doc.Value.(*value.Dict); ok {
		if _, ok := v.GetStr("clean-targets"); ok {
			return w.project.Root.CleanTargets
		}
	}
	return []string{w.targetPath()}
}

// protected says why a path may not be removed; "" where it may.
func (w *work) protected(target string) string {
	abs, root := w.below(target), w.dir()
	rel, err := filepath.Rel(root, abs)
	outside := err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator))
	switch {
	case outside && within(abs, root):
		return "the project lies in it"
	case outside && !w.inv.CleanOutside:
		return "it lies outside of the project"
	case outside:
		return ""
	}
	if rel == "." {
		return "it is the project itself"
	}
	for _, src := range append(w.project.Root.Paths.Sources(), w.project.Root.Paths.Docs...) {
		s, err := filepath.Rel(root, w.below(src))
		if err == nil && (s == rel || strings.HasPrefix(s, rel+string(filepath.Separator))) {
			return "it holds source files of the project"
		}
	}
	return ""
}

// within reports whether path lies in dir.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
