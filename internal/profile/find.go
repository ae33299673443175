package profile

import (
	"os"
	"path/filepath"
	"strings"
)

// find is the profiles.yml to read: in the folder that was asked for; else the
// first of the project's folder, the current folder and ~/.dbt that has one. The
// file need not be there where a folder was asked for.
func (o *Options) find() (string, bool) {
	if o.Dir != "" {
		return filepath.Join(o.Dir, "profiles.yml"), true
	}
	dirs := []string{o.ProjectDir}
	if cwd, err := os.Getwd(); err == nil {
		dirs = append(dirs, cwd)
	}
	if o.Home != "" {
		dirs = append(dirs, filepath.Join(o.Home, ".dbt"))
	}
	for _, dir := range dirs {
		file := filepath.Join(dir, "profiles.yml")
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, true
		}
	}
	return "", false
}

// shown is a file's name in messages: below the project's folder or the home
// folder where it lies there.
func (o *Options) shown(file string) string {
	if rel, ok := under(o.ProjectDir, file); ok {
		return filepath.ToSlash(rel)
	}
	if rel, ok := under(o.Home, file); ok {
		return "~/" + filepath.ToSlash(rel)
	}
	return filepath.ToSlash(file)
}

func under(dir, file string) (string, bool) {
	if dir == "" {
		return "", false
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	base, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(base, abs)
	return rel, err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
