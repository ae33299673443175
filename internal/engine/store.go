package engine

import (
	"context"
	"sync"

	"dex/internal/store"
	"dex/internal/store/sqlite"
)

// keeping is the project's store, opened by who first needs it: a project that needs
// none gets no .dex folder.
type keeping struct {
	mu   sync.Mutex
	open *sqlite.Store
}

// store opens the project's store, and makes it where there is none. It is closed
// with the work.
func (w *work) store(ctx context.Context) (store.Store, error) {
	w.kept.mu.Lock()
	defer w.kept.mu.Unlock()
	if w.kept.open != nil {
		return w.kept.open, nil
	}
	s, err := sqlite.OpenBelow(ctx, w.dir())
	if err != nil {
		return nil, err // not the nil *sqlite.Store: it would be no nil interface
	}
	w.kept.open = s
	return s, nil
}

// storeThere gives the store of a project that has one, and nil of one that has not:
// for commands that only read.
func (w *work) storeThere(ctx context.Context) (store.Store, error) {
	if !sqlite.Exists(w.dir()) {
		return nil, nil
	}
	return w.store(ctx)
}

func (k *keeping) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open != nil {
		// Each of its methods was on the disk when it returned.
		_ = k.open.Close()
		k.open = nil
	}
}
