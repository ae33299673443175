package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"dex/internal/manifest"
	"dex/internal/result"
)

// writeHookFiles stores the hooks of nodes below target/compiled and, where they ran,
// target/run: models/orders/hooks/post-hook.0.audit.sql for models/orders.sql. On-run
// hooks stand where dbt puts them. hooks are sorted by node; nodes are shared out among
// the processors, since a project may have thousands of files here.
func (w *work) writeHookFiles(hooks []result.Hook) error {
	nodes := byNode(hooks)
	faults := make([]error, len(nodes))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(len(nodes), runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(nodes)); i = next.Add(1) - 1 {
				faults[i] = w.writeHooksOf(nodes[i])
			}
		})
	}
	group.Wait()
	return errors.Join(faults...)
}

// writeHooksOf stores the hooks of one node.
func (w *work) writeHooksOf(hooks []result.Hook) error {
	pkg, of := w.hookedFile(manifest.ID(hooks[0].Node))
	if of == "" {
		return nil
	}
	made := map[string]bool{}
	for i := range hooks {
		h := &hooks[i]
		if h.SQL == "" {
			continue
		}
		kinds := []string{"compiled", "run"}
		if h.Status == result.Skipped {
			kinds = kinds[:1]
		}
		for _, kind := range kinds {
			file := filepath.Join(w.targetDir(), kind, pkg, filepath.FromSlash(hookFileName(of, h)))
			dir := filepath.Dir(file)
			if !made[dir] {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					return fmt.Errorf("store a hook of %s: %w", h.Node, err)
				}
				made[dir] = true
			}
			if err := renew(file, h.SQL); err != nil {
				return fmt.Errorf("store a hook of %s: %w", h.Node, err)
			}
		}
	}
	return nil
}

// renew makes a file say text, and leaves one that does alone. Another one is taken
// away first: some file systems write a file to the disk at once where it is cut to
// nothing and filled again, which takes longer than a hook.
func renew(file, text string) error {
	have, err := os.ReadFile(file)
	switch {
	case err == nil && bytes.Equal(have, []byte(text)):
		return nil
	case err == nil:
		if err := os.Remove(file); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// byNode cuts hooks where another node begins.
func byNode(hooks []result.Hook) [][]result.Hook {
	var out [][]result.Hook
	from := 0
	for i := range hooks {
		if i+1 == len(hooks) || hooks[i+1].Node != hooks[i].Node {
			out = append(out, hooks[from:i+1:i+1])
			from = i + 1
		}
	}
	return out
}
