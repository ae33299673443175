// Package scaffold writes new projects: what `dex init` leaves in a folder. The
// files are those of the folder project, in which the word __PROJECT__ stands for
// the project's name. A test in cmd/dex builds what it writes.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed project
var files embed.FS

const placeholder = "__PROJECT__"

// nameRule is dbt's for the names of projects.
var nameRule = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CheckName tells what is wrong with a project's name.
func CheckName(name string) error {
	if nameRule.MatchString(name) {
		return nil
	}
	msg := fmt.Sprintf("'%s' is not a valid project name: use letters, digits and underscores, a letter first", name)
	if near := nearName(name); nameRule.MatchString(near) {
		msg += fmt.Sprintf(" (such as %s)", near)
	}
	return errors.New(msg)
}

// nearName is the name with what may not stand in it replaced.
func nearName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && nameRule.MatchString("_"+string(r)) {
			return r
		}
		return '_'
	}, name)
}

// Write writes a project named name into dir, which is made where it is missing.
// Nothing is overwritten: where one of the files stands already, none is written.
// It returns the paths written, relative to dir, in order.
func Write(dir, name string) ([]string, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	plan, err := planned(name)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, f := range plan {
		if _, err := os.Lstat(filepath.Join(dir, f.path)); err == nil {
			there = append(there, filepath.ToSlash(f.path))
		}
	}
	if len(there) > 0 {
		return nil, &ExistsError{Dir: dir, Files: there}
	}
	var out []string
	for _, f := range plan {
		if err := f.write(dir); err != nil {
			return out, err
		}
		out = append(out, filepath.ToSlash(f.path))
	}
	return out, nil
}

// ExistsError says that a folder holds files which a new project would overwrite.
type ExistsError struct {
	Dir   string
	Files []string
}

func (e *ExistsError) Error() string {
	const shown = 3
	names, more := e.Files, ""
	if len(names) > shown {
		names, more = names[:shown], fmt.Sprintf(" and %d more files of a new project", len(names)-shown)
	}
	return fmt.Sprintf("%s already holds %s%s: nothing was written", e.Dir, strings.Join(names, ", "), more)
}

type file struct {
	path string
	text []byte
}

// planned lists the files of a project, in order of their paths.
func planned(name string) ([]file, error) {
	var out []file
	err := fs.WalkDir(files, "project", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(path, "project/")
		if rel == "gitignore" { // under its own name it would rule this repository
			rel = ".gitignore"
		}
		out = append(out, file{filepath.FromSlash(rel), []byte(strings.ReplaceAll(string(text), placeholder, name))})
		return nil
	})
	return out, err
}

func (f file) write(dir string) error {
	path := filepath.Join(dir, f.path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make a folder of the new project: %w", err)
	}
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write a file of the new project: %w", err)
	}
	if _, err := w.Write(f.text); err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, w.Close()))
	}
	return w.Close()
}
