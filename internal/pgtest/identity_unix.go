//go:build unix

package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// identity is the user that runs the server; nil is this program's own.
type identity struct {
	uid, gid int
}

// serverUser gives who runs the server: Postgres refuses root (PostgreSQL: The
// PostgreSQL User Account).
func serverUser() (*identity, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.Atoi(u.Gid)
		return &identity{uid, gid}, err
	}
	return nil, errors.New("root cannot run Postgres, and there is neither a user postgres nor a user nobody")
}

// run makes a command one of the identity, in a session of its own: what a terminal
// sends to this program (Ctrl-C) is not for it.
func (as *identity) run(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if as != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}
	}
}

// makeFolder makes the folder of a server. Its path is short, since that of a socket
// is at most 107 bytes long, and the identity can reach it.
func makeFolder(as *identity) (string, error) {
	in := os.TempDir()
	if as != nil || len(in) > 60 {
		in = "/tmp"
	}
	dir, err := os.MkdirTemp(in, "dex-pg-")
	if err != nil || as == nil {
		return dir, err
	}
	return dir, os.Chown(dir, as.uid, as.gid)
}
