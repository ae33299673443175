//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file, unless somebody has locked it. flock(2) locks an open file,
// not a process: two runs of one process keep each other out as well.
func tryLock(path string) (release func(), ok bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return func() { f.Close() }, true, nil
	case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		f.Close()
		return nil, false, nil
	default:
		f.Close()
		return nil, false, err
	}
}
