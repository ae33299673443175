//go:build !unix

package pgtest

import (
	"errors"
	"os/exec"
)

type identity struct{}

func serverUser() (*identity, error) {
	return nil, errors.New("tests start Postgres on Unix only; DEX_TEST_POSTGRES=off leaves out what needs it")
}

func (*identity) run(*exec.Cmd) {}

func makeFolder(*identity) (string, error) { return "", errors.ErrUnsupported }
