package pyrun

import (
	"context"
	"errors"
	"os"
	"time"
)

// lockFile waits until nobody else holds the lock of that path: a file that Windows
// lets one process have open.
func lockFile(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	for told := false; ; {
		f, err := os.OpenFile(path+".held", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err == nil {
			return func() { f.Close(); os.Remove(f.Name()) }, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		if !told {
			told = true
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
