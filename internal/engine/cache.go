package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/parse"
)

// openCache opens the parsing cache of the project's target folder. A cache that
// cannot be read costs time and nothing else.
func (w *work) openCache(ctx context.Context) *parse.Cache {
	c, err := parse.OpenCache(filepath.Join(w.below(w.rawTargetPath(ctx)), parse.CacheFile), w.engine.build(), w.inv.PartialParse)
	if err != nil {
		w.engine.emit(event.Debug, event.Note{Msg: err.Error()})
	}
	return c
}

// rawTargetPath is targetPath while the project is yet to be loaded.
func (w *work) rawTargetPath(ctx context.Context) string {
	if path := w.raw.TargetPath(); w.inv.TargetPath == "" && path != "" {
		if !strings.Contains(path, "{") {
			return path
		}
		if v, err := w.render.NativeWith(ctx, path, nil); err == nil {
			return value.ToStr(v)
		}
	}
	return w.targetPath()
}

// build names this build of dex: what another one has cached is not looked at.
// The program's own file tells builds apart that have the same version.
func (e *Engine) build() string {
	name := e.Version + " " + e.Commit
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			return fmt.Sprintf("%x %x %s", info.ModTime().UnixNano(), info.Size(), name)
		}
	}
	return name
}
