//go:build !unix

package store

import "os"

// processExists reports whether a process has this id. os.FindProcess opens it.
func processExists(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release() // it was only looked for
	return true
}

// processStart is not known here: an id alone tells a process.
func processStart(int) string { return "" }
