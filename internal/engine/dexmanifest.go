package engine

import (
	"fmt"
	"os"
	"path/filepath"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/operation"
)

// writeOperations writes dex_manifest.json, unless it says what it would say. A
// project without operations that never had one gets none.
func writeOperations(w *work) error {
	path := filepath.Join(w.targetDir(), operation.File)
	if !w.inv.WriteJSON {
		return nil
	}
	if _, err := os.Stat(path); err != nil && len(w.operations.All()) == 0 {
		return nil
	}
	src, err := operation.Document(w.operations, operation.Meta{DexVersion: w.engine.Version, Project: w.project.Root.Name, Adapter: w.profile.Type})
	if err == nil {
		err = os.MkdirAll(w.targetDir(), 0o755)
	}
	if err == nil {
		err = artifact.WriteChanged(path, []byte(w.clean(string(src))))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", operation.File, err)
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "DexManifest", ArtifactPath: path})
	return nil
}
