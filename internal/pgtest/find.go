package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// packaged are the folders in which packages put a server's programs, the version
// being part of the name: Debian, Red Hat, Homebrew.
var packaged = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
}

// findPrograms gives the folder of initdb and postgres: that of PATH, else the
// newest of the packaged ones.
func findPrograms() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil && hasPrograms(filepath.Dir(initdb)) {
		return filepath.Dir(initdb), nil
	}
	for _, pattern := range packaged {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		found = slices.DeleteFunc(found, func(dir string) bool { return !hasPrograms(dir) })
		if len(found) > 0 {
			return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
		}
	}
	return "", errors.New("there is no Postgres here: neither PATH nor /usr/lib/postgresql has initdb and postgres.\n" +
		"'make test' installs it where it can; else install Debian's package postgresql, or your system's.\n" +
		"DEX_TEST_POSTGRES=off leaves out what needs it")
}

func hasPrograms(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// version is the number in a packaged folder's name.
func version(dir string) int {
	digits := strings.Trim(filepath.Base(filepath.Dir(dir)), "abcdefghijklmnopqrstuvwxyz-@")
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0 // a name without a number is older than one with
	}
	return int(n * 100)
}
