package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

// newInit is `dex init`.
func newInit(*Process) *cobra.Command {
	return &cobra.Command{Use: "init", Short: "Write a project that builds", RunE: func(*cobra.Command, []string) error {
		return errors.New("init is not built yet")
	}}
}
