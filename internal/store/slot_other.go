//go:build !unix

package store

import (
	"errors"
	"os"
	"strings"
)

// tryLock makes a file that names its owner, unless somebody who lives has made it.
func tryLock(path string) (release func(), ok bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		if owner, err := os.ReadFile(path); err == nil && Gone(strings.TrimSpace(string(owner))) {
			_ = os.Remove(path) // the next try makes it, if nobody is quicker
		}
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	_, err = f.WriteString(Owner())
	f.Close()
	return func() { _ = os.Remove(path) }, err == nil, err
}
