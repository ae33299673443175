package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/parse"
	"dex/internal/semantic"
)

// openCache opens the parsing cache of the project's target folder. A cache that
// cannot be read costs time and nothing else.
func (w *work) openCache(ctx context.Context) *parse.Cache {
	c, err := parse.OpenCache(filepath.Join(w.below(w.rawTargetPath(ctx)), parse.CacheFile), w.engine.build(), w.inv.PartialParse)
	if err != nil {
		w.engine.emit(event.Debug, event.Note{Msg: err.Error()})
	}
	c.ReadOnly = !w.inv.WriteJSON
	c.Secret = w.engine.Holds
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

// traceFile is the name of the trace of manifest.json in the target folder.
const traceFile = "partial_parse.dextrace"

// spares says when a command can do without the manifest: parse, where nothing
// changed since manifest.json was written. nil is never.
func (w *work) spares() func(state uint32) bool {
	if w.inv.Command != "parse" || !w.inv.WriteJSON {
		return nil
	}
	return func(state uint32) bool {
		if _, err := os.Stat(filepath.Join(w.targetDir(), semantic.File)); err != nil {
			return false
		}
		t, err := artifact.ReadTrace(filepath.Join(w.targetDir(), traceFile))
		return err == nil && t.Shows(filepath.Join(w.targetDir(), "manifest.json"), state)
	}
}

// putManifest writes manifest.json: nothing where the file that stands shows the
// same state, and over it as far as it does. A manifest that stays keeps the
// invocation_id and the times of the invocation that wrote it; stays tells of one.
func (w *work) putManifest(path string) (stays bool, err error) {
	at := filepath.Join(w.targetDir(), traceFile)
	before, now := w.cache.Sums()
	var over artifact.Over
	if way := w.cache.Way(); way == parse.Resumed || way == parse.Exchanged {
		if t, err := artifact.ReadTrace(at); err == nil && before != 0 && t.Of == before {
			over = artifact.Over{Trace: t, Touched: w.cache.Touched}
		}
	}
	compiled := w.compiled()
	if w.cache.Way() == parse.Resumed && len(compiled) == 0 && over.Trace != nil && before == now && over.Trace.Shows(path, now) {
		return true, nil
	}
	t, err := artifact.WriteManifestOver(path, over, w.out.Manifest, compiled, w.meta())
	if err != nil {
		return false, err
	}
	t.Of = now
	if err := t.Write(at); err != nil {
		w.engine.emit(event.Debug, event.Note{Msg: err.Error()}) // the next manifest is written whole
	}
	return false, nil
}
