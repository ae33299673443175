package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain puts a command named dex on the PATH: this test binary itself, which
// runs main when called by that name. So what the tests start is a process of its
// own with the program's whole path from argv to exit code, and needs no build.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dex": main})
}
