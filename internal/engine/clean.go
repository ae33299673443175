package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
)

// cleanProject removes the folders that clean-targets lists. It needs no
// database, and refuses whatever lies outside of the project or is one of its
// source folders. dbt: CleanTask.
func cleanProject(ctx context.Context, w *work) error {
	if err := w.loadRoot(ctx); err != nil {
		return err
	}
	p := w.project
	if slices.Contains(p.Root.CleanTargets, "dbt_modules") && !slices.Contains(p.Root.CleanTargets, p.Root.InstallPath) {
		err := w.warnOf(diag.Diagnostic{Severity: diag.Warning, Event: "PackageInstallPathDeprecation", Code: "install-path-moved",
			Pos:     p.Root.Doc.ValuePos(p.Root.Raw, "clean-targets"),
			Summary: "Packages are installed to `" + p.Root.InstallPath + "` and no longer to `dbt_modules`: name that in `clean-targets`, and in .gitignore."})
		if err != nil {
			return err
		}
	}
	var refused diag.List
	var dirs []string
	for _, t := range p.Root.CleanTargets {
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
		if err := os.RemoveAll(w.below(t)); err != nil {
			return fmt.Errorf("clean %s: %w", t, err)
		}
		w.engine.emit(event.Info, event.Note{Msg: "Cleaned " + filepath.ToSlash(t)})
	}
	w.engine.emit(event.Info, event.Note{Msg: "Finished cleaning all paths."})
	return nil
}

// protected says why a path may not be removed; "" where it may.
func (w *work) protected(target string) string {
	abs, root := w.below(target), w.dir()
	rel, err := filepath.Rel(root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		above, err := filepath.Rel(abs, root)
		switch {
		case err != nil || above == "." || !strings.HasPrefix(above, ".."):
			return "the project lies in it"
		case w.inv.CleanOutside:
			return ""
		}
		return "it lies outside of the project"
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
