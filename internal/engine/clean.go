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
	"dex/internal/jinja/value"
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
			Summary: "The default package install path has changed from `dbt_modules` to `dbt_packages`. Name `" + p.Root.InstallPath + "` in `clean-targets`, and in .gitignore."})
		if err != nil {
			return err
		}
	}
	dirs := w.cleanTargets()
	refused := refusal("source paths", w.targetsThat(w.holdsSources))
	if w.inv.CleanOutside {
		refused = append(refused, refusal("directories, in which the project lies", w.targetsThat(w.holdsProject))...)
	} else {
		refused = append(refused, refusal("directories outside the project", w.targetsThat(w.liesOutside))...)
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

// targetsThat lists the folders of clean-targets of which is is true.
func (w *work) targetsThat(is func(abs string) bool) []string {
	var out []string
	for _, t := range w.cleanTargets() {
		if abs := w.below(t); is(abs) {
			out = append(out, abs)
		}
	}
	return out
}

// refusal is the fault of folders that must not be removed, nil for none of them.
func refusal(kind string, dirs []string) diag.List {
	if len(dirs) == 0 {
		return nil
	}
	list := value.NewList()
	for _, d := range dirs {
		list.Elems = append(list.Elems, value.Str(d))
	}
	return diag.List{{
		Class: diag.Runtime, Code: "clean-refused",
		Summary: "dbt will not clean the following " + kind + ": " + value.Repr(list),
		Hint:    "Take it out of clean-targets in dbt_project.yml.",
	}}
}

// holdsProject reports whether a path is the project's folder or one above it. It
// is refused whatever the flags say: dbt would remove it.
func (w *work) holdsProject(abs string) bool { return within(abs, w.dir()) }

// liesOutside reports whether a path is not below the project's folder.
func (w *work) liesOutside(abs string) bool {
	return !within(w.dir(), abs) || within(abs, w.dir())
}

// holdsSources reports whether a path is a folder of source files, or has one
// below it. The project's own folder, and those above it, lie outside instead.
func (w *work) holdsSources(abs string) bool {
	if w.liesOutside(abs) {
		return false
	}
	for _, src := range append(w.project.Root.Paths.Sources(), w.project.Root.Paths.Docs...) {
		if src := w.below(src); within(abs, src) && !w.liesOutside(src) {
			return true
		}
	}
	return false
}

// within reports whether path lies in dir.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
