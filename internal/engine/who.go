package engine

import (
	"context"
	"os/exec"
	"os/user"
	"strings"
	"time"
)

// userName is who runs dex; "" where the system does not say.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// gitCommit names the commit that a folder is at, with "-dirty" behind it where files
// of it were changed since; "" outside of Git.
func gitCommit(ctx context.Context, dir string) string {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	out, err := exec.CommandContext(ctx, "git", "-C", dir, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
