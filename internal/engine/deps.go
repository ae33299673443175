package engine

import (
	"context"
	"errors"
)

// installDeps installs the packages of packages.yml.
func installDeps(context.Context, *work) error {
	return errors.New("deps is not built yet: lay packages out under dbt_packages")
}
