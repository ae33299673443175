package deps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
)

// place is where packages are made ready: a folder beside the packages folder,
// which takes its place once all of them are there.
type place struct {
	folder string // the packages folder
	temp   string // of this installation, beside it
	staged string // what will be the packages folder
}

// openPlace makes the folders. Downloads go to DBT_DOWNLOADS_DIR where that is
// set, and stay there.
func (in *installer) openPlace(folder string) (*place, error) {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real // where it is a link, what it leads to is replaced
	}
	above := filepath.Dir(folder)
	if err := os.MkdirAll(above, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the packages folder: %w", err)
	}
	temp, err := os.MkdirTemp(above, ".dbt-packages-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder to install packages in: %w", err)
	}
	p := &place{folder: folder, temp: temp, staged: filepath.Join(temp, "packages")}
	in.downloads = filepath.Join(temp, "downloads")
	if dir, ok := in.o.Env("DBT_DOWNLOADS_DIR"); ok && dir != "" {
		in.downloads = dir
	}
	in.debug(event.DepsSetDownloadDirectory{Path: in.downloads})
	for _, dir := range []string{p.staged, in.downloads} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			p.close()
			return nil, fmt.Errorf("make a folder to install packages in: %w", err)
		}
	}
	return p, nil
}

// commit puts what was staged in the place of the packages folder.
func (p *place) commit() error {
	old := filepath.Join(p.temp, "old")
	err := os.Rename(p.folder, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p.refill() // a mount point stays where it is
	}
	had := err == nil
	if err := os.Rename(p.staged, p.folder); err != nil {
		if had {
			err = errors.Join(err, os.Rename(old, p.folder))
		}
		return fmt.Errorf("put the packages folder in place: %w", err)
	}
	return nil
}

// refill puts what was staged into the packages folder, in the place of what it
// holds.
func (p *place) refill() error {
	entries, err := os.ReadDir(p.folder)
	if err != nil {
		return fmt.Errorf("empty the packages folder: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(p.folder, e.Name())); err != nil {
			return fmt.Errorf("empty the packages folder: %w", err)
		}
	}
	if entries, err = os.ReadDir(p.staged); err != nil {
		return fmt.Errorf("fill the packages folder: %w", err)
	}
	for _, e := range entries {
		if err := move(filepath.Join(p.staged, e.Name()), filepath.Join(p.folder, e.Name())); err != nil {
			return fmt.Errorf("fill the packages folder: %w", err)
		}
	}
	return nil
}

// close removes what is left of the installation.
func (p *place) close() {
	// What cannot be removed does no harm: nothing reads it.
	_ = os.RemoveAll(p.temp)
}

// folder is where packages go. It is replaced, so that it has to be a folder of
// its own.
func (in *installer) folder() string {
	root := in.o.Root
	dir := root.InstallPath
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root.Dir, filepath.FromSlash(dir))
	}
	rel, err := filepath.Rel(dir, root.Dir)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		in.faults.Add(root.Doc.Fault(root.Doc.ValuePos(root.Raw, "packages-install-path"), diag.Runtime, "install-path",
			fmt.Sprintf("packages-install-path '%s' holds the project itself, and installing packages would empty it", root.InstallPath)))
	}
	return dir
}

// move puts a folder in another place, also on another disk.
func move(from, to string) error {
	if err := os.Rename(from, to); err == nil {
		return nil
	}
	if err := copyTree(from, to); err != nil {
		return err
	}
	return os.RemoveAll(from)
}

// copyTree copies a folder, but for what lies in the folders of except: a package
// may lie above the project that installs it. Links are followed.
func copyTree(from, to string, except ...string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if slices.Contains(except, path) {
			return filepath.SkipDir
		}
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a link to nowhere
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case info.IsDir():
			return copyTree(resolved(path), filepath.Join(to, rel), except...)
		case !info.Mode().IsRegular():
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), src, info.Mode().Perm())
	})
}

// resolved is where a link leads; the link itself where that cannot be told.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
