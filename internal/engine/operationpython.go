package engine

import (
	"io"
	"os"
	"path/filepath"

	"dex/internal/operation"
	"dex/internal/run"
)

// pythonOperations makes what runs operations in Python. Its files are below the
// target and the log folder, its environments below .dex.
func (w *work) pythonOperations() *run.PythonOperations {
	return &run.PythonOperations{
		Root: w.dir(), Cache: filepath.Join(w.dir(), ".dex"), Getenv: w.scriptEnv, Clean: w.clean, OpenLog: w.openOperationLog, Rehearse: w.rehearsing(),
		Files: func(op *operation.Operation, runID string) string {
			return filepath.Join(w.targetDir(), "run", "operations", op.Name, runID)
		},
	}
}

// scriptEnv looks up what a script may see once its configuration names it, secrets
// among it.
func (w *work) scriptEnv(name string) (string, bool) {
	if w.engine.Getenv == nil {
		return "", false
	}
	return w.engine.Getenv(name)
}

// rehearsing reports whether a script is to be run without changing anything.
func (w *work) rehearsing() bool {
	return w.inv.OperationFlags.Rehearse && w.order != nil && w.order.op.Language == operation.Python
}

// openOperationLog opens the log of a run of a script: logs/operations/<run id>.log.
func (w *work) openOperationLog(runID string) (io.WriteCloser, string, error) {
	dir := w.inv.LogPath
	if dir == "" {
		dir = "logs"
	}
	path := filepath.Join(w.below(dir), "operations", runID+".log")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, "", err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, "", err
	}
	shown := path
	if rel, err := filepath.Rel(w.dir(), path); err == nil && filepath.IsLocal(rel) {
		shown = filepath.ToSlash(rel)
	}
	return f, shown, nil
}
