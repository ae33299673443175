package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// TakeSlot waits until fewer than limit runs of a key are under way, in this process
// and in others on this machine, and counts one more until release is called. A
// slot is a file below dir that the system locks: it is free again when its process has
// ended, however that was. waiting is told once that there is none yet.
func TakeSlot(ctx context.Context, dir, key string, limit int, waiting func()) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(key))
	told := false
	for {
		for i := range limit {
			path := filepath.Join(dir, fmt.Sprintf("%s-%d.lock", hex.EncodeToString(sum[:8]), i))
			release, ok, err := tryLock(path)
			if err != nil {
				return nil, fmt.Errorf("wait for other runs: %w", err)
			}
			if ok {
				return release, nil
			}
		}
		if !told && waiting != nil {
			told = true
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
