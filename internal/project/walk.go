package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// found is a file below a search path.
type found struct {
	rel     string
	size    int64
	modTime time.Time
}

// walk lists the files below a search path of the package, in order of their
// names. A path that is not there has none. As in dbt, links to folders are not
// followed, but for the search path itself, and links to files are.
func (p *Package) walk(dir string, ignore *ignoreRules) ([]found, error) {
	tree, err := p.tree(dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var out []found
	err = fs.WalkDir(tree, ".", func(rel string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // not there, or gone since it was listed
		case err != nil:
			return err
		case d.IsDir() || ignore.match(joinSlash(dir, rel)):
			return nil
		}
		info, err := fs.Stat(tree, rel) // follows a link
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			return nil
		}
		if err != nil {
			return err
		}
		out = append(out, found{rel, info.Size(), info.ModTime()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	return out, nil
}

// hasFolder reports whether a path of the package is a folder.
func (p *Package) hasFolder(dir string) bool {
	info, err := os.Stat(p.abs(dir))
	return err == nil && info.IsDir()
}
