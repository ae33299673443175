package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"dex/internal/project"
	"dex/internal/secret"
)

// places settles the folders of the command before anything is read: dex works
// from within the project's folder, as dbt does, so that read_csv('data/x.csv')
// in a model finds the project's file wherever dex was called from. What the
// command line names is relative to the folder that dex was called from, but
// --target-path, which is relative to the project.
func (s *settings) places(here string) error {
	for _, name := range []string{"project-dir", "profiles-dir"} {
		dir, ok := s.given[name]
		if !ok {
			continue
		}
		dir = from(here, dir)
		tells := name == "profiles-dir" && slices.Contains(s.defs, connFlag) // debug finds that out itself
		if st, err := os.Stat(dir); !tells && (err != nil || !st.IsDir()) {
			return &usageError{fmt.Sprintf("Invalid value for '%s': Path '%s' does not exist.", s.from[name], s.given[name])}
		}
		s.given[name] = dir
	}
	if _, ok := s.given["project-dir"]; !ok {
		s.given["project-dir"] = project.FindDir(here)
	}
	// dbt: the profiles.yml of the folder dex was called from comes first.
	if _, ok := s.given["profiles-dir"]; !ok && s.given["project-dir"] != here && isFile(filepath.Join(here, "profiles.yml")) {
		s.given["profiles-dir"] = here
	}
	if dir, ok := s.given["log-path"]; ok {
		s.given["log-path"] = from(here, dir)
	}
	return nil
}

func from(here, dir string) string {
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(here, dir)
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// here is the folder that dex was called from; "." where it cannot be told.
func here() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}

// enter changes into the project's folder, and says what was left aside on the
// way.
func (s *settings) enter(p *Process) error {
	for _, n := range s.notes {
		fmt.Fprintln(p.Stderr, secret.New(p.Environ).Clean(n))
	}
	if err := os.Chdir(s.given["project-dir"]); err != nil {
		return fmt.Errorf("enter the project's folder: %w", err)
	}
	return nil
}
