package deps

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // tells checkouts apart and guards nothing
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/project"
)

// gitPackage is a Git repository, or a folder of one, at one revision.
type gitPackage struct {
	in       *installer
	r        *request
	revision string // as asked; the commit once it was fetched

	dir  string // the checkout; "" before
	said *metadata
}

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

func (in *installer) pinGit(r *request) (pinned, error) {
	revision, err := r.revision()
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(revision, "-"), strings.HasPrefix(r.address, "-"):
		// git would take it for one of its options.
		return nil, fmt.Errorf("A Git address or revision cannot begin with '-': %s", r.name) //nolint:staticcheck // shown as it stands
	case r.subdirectory != "" && !filepath.IsLocal(filepath.FromSlash(r.subdirectory)):
		return nil, fmt.Errorf("The subdirectory '%s' lies outside of the repository", r.subdirectory) //nolint:staticcheck // shown as it stands
	}
	return &gitPackage{in: in, r: r, revision: revision}, nil
}

func (p *gitPackage) key() string {
	return "git " + p.r.name + " " + strings.Join(p.r.revisions, " ")
}
func (p *gitPackage) asked() project.Dependency { return p.r.from }
func (p *gitPackage) label() string             { return p.r.name }

func (p *gitPackage) shown() string {
	if p.revision == "HEAD" {
		return "HEAD (default revision)"
	}
	return "revision " + p.revision
}

// metadata fetches the repository. dbt: a package that follows a branch everyone
// pushes to is warned of, and the lock file gets the commit.
func (p *gitPackage) metadata(ctx context.Context) (metadata, error) {
	if p.said != nil {
		return *p.said, nil
	}
	if err := p.checkout(ctx); err != nil {
		return metadata{}, err
	}
	if p.r.warnUnpinned && (p.revision == "HEAD" || p.revision == "main" || p.revision == "master") {
		if err := p.in.o.Warn(event.DepsUnpinned{Revision: p.revision, Git: p.in.o.Clean(p.r.address)}); err != nil {
			return metadata{}, err
		}
	}
	commit, err := p.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return metadata{}, err
	}
	p.revision = strings.TrimSpace(commit)
	m, err := p.in.readPackage(p.folder(), "")
	if err == nil {
		p.said = &m
	}
	return m, err
}

func (p *gitPackage) folder() string {
	return filepath.Join(p.dir, filepath.FromSlash(p.r.subdirectory))
}

func (p *gitPackage) install(_ context.Context, dest string) (bool, error) {
	return false, move(p.folder(), dest)
}

// entry has the address as it was written: a secret stays the name of the
// variable that holds it. One that was written out is blanked, as in dbt.
func (p *gitPackage) entry() (*value.Dict, error) {
	key := p.r.source
	written := p.r.from.RawText(key)
	if written == "" {
		written = p.r.from.Name()
	}
	clean, err := p.in.scrubbed(written)
	if err != nil {
		return nil, err
	}
	e := newEntry(key, clean, "revision", p.revision, "subdirectory", p.r.subdirectory)
	if provider := p.r.from.Text("provider"); key == "private" && provider != "" {
		e.SetStr("provider", value.Str(provider))
	}
	return e, nil
}

// scrubbed takes secrets out of an address, with a warning.
func (in *installer) scrubbed(address string) (string, error) {
	clean := in.o.Clean(address)
	if clean == address {
		return address, nil
	}
	return clean, in.o.Warn(event.DepsScrubbedPackageName{PackageName: clean})
}

// checkout fetches one revision alone, without its history.
func (p *gitPackage) checkout(ctx context.Context) error {
	if p.dir != "" {
		return nil
	}
	sum := sha1.Sum([]byte(p.key())) //nolint:gosec // see above
	p.dir = filepath.Join(p.in.downloads, "git-"+hex.EncodeToString(sum[:8]))
	if err := os.RemoveAll(p.dir); err != nil {
		return fmt.Errorf("clone %s: %w", p.in.o.Clean(p.r.address), err)
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return fmt.Errorf("clone %s: %w", p.in.o.Clean(p.r.address), err)
	}
	steps := [][]string{{"init", "--quiet"}, {"remote", "add", "origin", p.address()}}
	if p.r.subdirectory != "" {
		steps = append(steps, []string{"sparse-checkout", "set", p.r.subdirectory})
	}
	for _, args := range steps {
		if _, err := p.git(ctx, args...); err != nil {
			return err
		}
	}
	if err := p.fetchRevision(ctx); err != nil {
		return err
	}
	_, err := p.git(ctx, "checkout", "--quiet", "--detach", "FETCH_HEAD")
	return err
}

// address is what to clone: a path counts from the project's folder, as for dbt
// a path from where it was called.
func (p *gitPackage) address() string {
	a := p.r.address
	if strings.Contains(a, ":") || filepath.IsAbs(a) {
		return a
	}
	if at := filepath.Join(p.in.o.Root.Dir, filepath.FromSlash(a)); isDir(at) {
		return at
	}
	return a
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// fetchRevision fetches a commit, tag or branch. dbt: a tag counts before a
// branch of the same name. A server that hands out no single commits is asked
// for everything.
func (p *gitPackage) fetchRevision(ctx context.Context) error {
	fetch := []string{"fetch", "--quiet", "--no-tags", "--depth", "1"}
	if p.r.subdirectory != "" {
		fetch = append(fetch, "--filter=blob:none")
	}
	fetch = append(fetch, "origin")
	if commitPattern.MatchString(p.revision) {
		if _, err := p.git(ctx, append(fetch, p.revision)...); err == nil || ctx.Err() != nil {
			return err
		}
		if _, err := p.git(ctx, "fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"); err != nil {
			return err
		}
		_, err := p.git(ctx, "fetch", "--quiet", ".", p.revision)
		return err
	}
	if p.revision == "HEAD" {
		_, err := p.git(ctx, append(fetch, "HEAD")...)
		return err
	}
	if _, err := p.git(ctx, append(fetch, "refs/tags/"+p.revision)...); err == nil || ctx.Err() != nil {
		return err
	}
	_, err := p.git(ctx, append(fetch, p.revision)...)
	return err
}

// git runs the system's git in the checkout. It asks nobody for a password.
func (p *gitPackage) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = p.dir
	cmd.Env = gitEnv(os.Environ())
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var missing *exec.Error
	switch {
	case err == nil:
		return out.String(), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &missing):
		return "", &hintedError{"git could not be started: " + missing.Err.Error(),
			"Packages of Git repositories need the program git: install it, or lay the package into a folder and name it as `local:`."}
	}
	said, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\nusage: git")
	return "", &gitError{p.in.o.Clean(fmt.Sprintf("Error checking out spec='%s' for repo %s\n%s", p.revision, p.r.address, said)), gitHint(said)}
}

// gitHint says what to do about git's usual complaints.
func gitHint(said string) string {
	switch {
	case strings.Contains(said, "could not read Username"), strings.Contains(said, "terminal prompts disabled"),
		strings.Contains(said, "Authentication failed"), strings.Contains(said, "Permission denied (publickey"):
		return "dex asks for no password: put one into the address as {{ env_var('DBT_ENV_SECRET_...') }}, or set up git's credentials or an SSH key."
	case strings.Contains(said, "couldn't find remote ref"):
		return "Check the package's revision: it is a tag, a branch or a whole commit."
	}
	return ""
}

// gitEnv is the environment with git kept from asking anything.
func gitEnv(environ []string) []string {
	var env []string
	ssh := false
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX": // dex may be called from a hook of git's
			continue
		case "GIT_SSH", "GIT_SSH_COMMAND":
			ssh = true
		}
		env = append(env, kv)
	}
	env = append(env, "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "LC_ALL=C")
	if !ssh {
		env = append(env, "GIT_SSH_COMMAND=ssh -oBatchMode=yes")
	}
	return env
}
