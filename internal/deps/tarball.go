package deps

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"dex/internal/jinja/value"
	"dex/internal/project"
)

// tarball is an archive at an address. Its entry says how the package is called,
// whatever the project in it says.
type tarball struct {
	in    *installer
	r     *request
	named string

	dir  string // unpacked; "" before
	said *metadata
}

func (in *installer) pinTarball(r *request) (pinned, error) {
	named := r.from.PackageName()
	if err := in.checkFolderName(named); err != nil {
		return nil, fmt.Errorf("Invalid package name '%s': resolves outside of the temporary downloads directory", named) //nolint:staticcheck // dbt's words
	}
	return &tarball{in: in, r: r, named: named}, nil
}

func (p *tarball) key() string               { return "tarball " + p.r.name }
func (p *tarball) asked() project.Dependency { return p.r.from }
func (p *tarball) label() string             { return p.named }
func (p *tarball) shown() string             { return "tarball (url: " + p.r.name + ")" }

func (p *tarball) metadata(ctx context.Context) (metadata, error) {
	if p.said != nil {
		return *p.said, nil
	}
	temp, err := os.MkdirTemp(p.in.downloads, "tarball-*")
	if err != nil {
		return metadata{}, fmt.Errorf("download %s: %w", p.named, err)
	}
	dir, err := p.in.get.archive(ctx, p.r.name, temp, nil)
	if err != nil {
		return metadata{}, err
	}
	m, err := p.in.readPackage(dir, p.named)
	if err == nil {
		p.dir, p.said = dir, &m
	}
	return m, err
}

func (p *tarball) install(_ context.Context, dest string) (bool, error) {
	return false, move(p.dir, dest)
}

func (p *tarball) entry() (*value.Dict, error) {
	written := p.r.from.RawText("tarball")
	if written == "" {
		written = p.r.name
	}
	clean, err := p.in.scrubbed(written)
	return newEntry("tarball", clean, "name", p.named), err
}

// hubTarball unpacks the archive of a package of the hub to dest.
func (in *installer) hubTarball(ctx context.Context, address, dest string, check func(sha1 string) error) error {
	temp, err := os.MkdirTemp(in.downloads, "hub-*")
	if err != nil {
		return fmt.Errorf("download %s: %w", filepath.Base(dest), err)
	}
	dir, err := in.get.archive(ctx, address, temp, check)
	if err != nil {
		return err
	}
	return move(dir, dest)
}
