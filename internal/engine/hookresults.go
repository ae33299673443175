package engine

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/result"
)

// hookResultsFile is the account of hooks below the target folder.
const hookResultsFile = "hook_results.json"

// writeHookResults writes hook_results.json and the hooks as they were rendered. A run
// without declared hooks writes nothing.
func (w *work) writeHookResults() error {
	if w.exec == nil {
		return nil
	}
	hooks := w.exec.Hooks()
	if len(hooks) == 0 {
		return nil
	}
	slices.SortStableFunc(hooks, func(a, b result.Hook) int {
		return cmp.Or(phaseRank(a.Event)-phaseRank(b.Event), cmp.Compare(a.Node, b.Node), -cmp.Compare(a.Event, b.Event), a.Index-b.Index)
	})
	w.placeHookResults(hooks)
	for i := range hooks {
		w.cleanHook(&hooks[i])
	}
	if err := w.writeHookFiles(hooks); err != nil {
		return err
	}
	if !w.inv.WriteJSON {
		return nil
	}
	file := filepath.Join(w.targetDir(), hookResultsFile)
	if err := artifact.WriteHookResults(file, &artifact.HookResults{Meta: w.meta(), Results: hooks}); err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "HookResults", ArtifactPath: file})
	return nil
}

// phaseRank puts the hooks of the invocation's start first and those of its end last.
func phaseRank(event string) int {
	switch event {
	case "on-run-start":
		return 0
	case "on-run-end":
		return 2
	}
	return 1
}

// cleanHook takes secrets out of a hook's account.
func (w *work) cleanHook(h *result.Hook) {
	h.SQL, h.Because = w.clean(h.SQL), w.clean(h.Because)
	if h.Err != nil {
		e := *h.Err
		e.Message, e.Statement = w.clean(e.Message), w.clean(e.Statement)
		h.Err = &e
	}
}

// hookedFile is the package and the file of a node or an operation with hooks; ""
// where its hooks have no files of their own.
func (w *work) hookedFile(id manifest.ID) (pkg, file string) {
	n := w.out.Manifest.Node(id)
	switch op := w.scriptOf(id); {
	case n != nil && n.Kind != manifest.KindOperation:
		return n.Package, nodeFile(n)
	case op != nil:
		return op.Package, op.Path
	}
	return "", ""
}

// hookFileName is a hook's file below target/compiled/<package>; file is that of
// whom it belongs to.
func hookFileName(file string, h *result.Hook) string {
	name := fmt.Sprintf("%s.%d", h.Event, h.Index)
	if own := strings.TrimPrefix(h.Name, h.Event+"."); own != fmt.Sprint(h.Index) {
		name += "." + strings.Map(safeRune, own)
	}
	if h.Kind == "notify" {
		return strings.TrimSuffix(file, path.Ext(file)) + "/hooks/" + name + ".txt"
	}
	return strings.TrimSuffix(file, path.Ext(file)) + "/hooks/" + name + ".sql"
}

// safeRune keeps what may stand in a file's name everywhere.
func safeRune(r rune) rune {
	if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return '_'
}
