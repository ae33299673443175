package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"dex/internal/scaffold"
)

// newInit is `dex init`: a new project in a folder of its name, or in the
// current folder.
func newInit(p *Process) *cobra.Command {
	c := &cobra.Command{
		Use:     "init [NAME]",
		Short:   "Write a project that builds",
		Long:    "Writes a small project with a seed, models, tests and a hook into the folder NAME, or into\nthe current folder, whose name it then takes. Files that are there already are left alone.",
		Example: "  dex init my_shop\n  mkdir my_shop && cd my_shop && dex init",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := c.Flags().GetString("project-dir")
			if err != nil {
				return err
			}
			if err := writeProject(p, dir, args); err != nil {
				fmt.Fprintf(p.Stderr, "Error: %s\n", err)
				return &exitError{exitFault}
			}
			return nil
		},
	}
	c.Flags().String("project-dir", ".", "folder to make the project's folder in")
	// dbt asks questions; dex asks none, so there is nothing to skip.
	c.Flags().BoolP("skip-profile-setup", "s", false, "taken for dbt's sake: dex needs no profile to start")
	return c
}

func writeProject(p *Process, base string, args []string) error {
	dir, err := filepath.Abs(base)
	if err != nil {
		return fmt.Errorf("find the folder to write to: %w", err)
	}
	name, shown := filepath.Base(dir), ""
	if len(args) > 0 {
		name = args[0]
		shown = name
		if base != "." {
			shown = filepath.Join(base, name)
		}
		dir = filepath.Join(dir, name)
	} else if base != "." {
		shown = base
	}
	if err := scaffold.CheckName(name); err != nil {
		if len(args) == 0 {
			err = fmt.Errorf("the folder's name is to be the project's, but %w; give one: dex init NAME", err)
		}
		return err
	}
	files, err := scaffold.Write(dir, name)
	var exists *scaffold.ExistsError
	if errors.As(err, &exists) {
		exists.Dir = first(shown, "this folder")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "Wrote the project %s, %d files.\n\nNext:\n", name, len(files))
	if shown != "" {
		fmt.Fprintf(p.Stdout, "  cd %s\n", shown)
	}
	fmt.Fprintf(p.Stdout, "  dex build                  load the seed, build the models, run the tests\n")
	fmt.Fprintf(p.Stdout, "  dex show -s customers      look at one of them\n\n")
	fmt.Fprintf(p.Stdout, "It builds into the file %s.duckdb; the project's README.md says how to use another database.\n", name)
	return nil
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
