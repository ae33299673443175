package deps

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/project"
)

// localPackage is a folder on this machine.
type localPackage struct {
	in *installer
	r  *request
}

func (p *localPackage) key() string               { return "local " + p.r.name }
func (p *localPackage) asked() project.Dependency { return p.r.from }
func (p *localPackage) label() string             { return p.r.name }
func (p *localPackage) shown() string             { return "<local @ " + p.r.name + ">" }

func (p *localPackage) metadata(context.Context) (metadata, error) {
	return p.in.readPackage(p.in.path(p.r.name), "")
}

func (p *localPackage) entry() (*value.Dict, error) { return newEntry("local", p.r.name), nil }

// install links to the folder, or copies it where the system refuses links.
func (p *localPackage) install(_ context.Context, dest string) (copied bool, err error) {
	dir := p.in.path(p.r.name)
	if err := p.in.link(dir, dest); err == nil {
		return false, nil
	}
	if err := copyTree(dir, dest, p.in.folder(), filepath.Dir(filepath.Dir(dest))); err != nil {
		return true, fmt.Errorf("install package %s: %w", p.r.name, err)
	}
	return true, nil
}

// path makes a local: entry absolute. dbt: ~ is the user's home folder.
func (in *installer) path(local string) string {
	if rest, ok := strings.CutPrefix(local, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			local = home + rest
		}
	}
	if filepath.IsAbs(local) {
		return filepath.Clean(local)
	}
	return filepath.Join(in.o.Root.Dir, filepath.FromSlash(local))
}
