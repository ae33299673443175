package deps

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/project"
)

// pinned is one package in one version.
type pinned interface {
	// key tells it from every other.
	key() string
	// asked is the entry that asked for it.
	asked() project.Dependency
	// label is dbt's name of it in "Installing …".
	label() string
	// shown is what it was installed from: "version 1.0.0".
	shown() string
	// metadata reads what the package says of itself; the source is fetched where
	// that takes it. Asked again, it gives the same.
	metadata(ctx context.Context) (metadata, error)
	// install puts the package where dest says, which is not there yet; copied
	// tells that a local one could not be linked.
	install(ctx context.Context, dest string) (copied bool, err error)
	// entry is how package-lock.yml has it, without its name.
	entry() (*value.Dict, error)
}

// metadata is what a package says of itself.
type metadata struct {
	name     string // the folder it is installed to
	packages []project.Dependency
}

// readPackage reads the metadata of a package that lies in a folder. Where its
// entry names it, that name counts.
func (in *installer) readPackage(dir, named string) (metadata, error) {
	raw, faults := project.ReadRaw(dir)
	if raw == nil {
		return metadata{}, &diag.ListError{List: faults}
	}
	nested, faults := project.ReadDependencies(dir, in.o.Renderer)
	if faults.HasErrors() {
		return metadata{}, &diag.ListError{List: faults}
	}
	name := raw.Name()
	if name == "" {
		return metadata{}, fmt.Errorf("Package defined in %s must have a name!", project.ProjectFile) //nolint:staticcheck // dbt's words
	}
	if named != "" {
		name = named
	}
	m := metadata{name: name, packages: nested.Packages}
	return m, in.checkFolderName(name)
}

// checkFolderName refuses names that lead out of the packages folder.
func (in *installer) checkFolderName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\:\x00") {
		return fmt.Errorf("Invalid package name '%s': resolves outside of the packages-install-path ('%s')", name, in.o.Root.InstallPath) //nolint:staticcheck // dbt's words
	}
	return nil
}

// newEntry makes an entry of package-lock.yml from pairs of keys and texts; a
// pair without text is left out.
func newEntry(pairs ...string) *value.Dict {
	d := value.NewDict(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			d.SetStr(pairs[i], value.Str(pairs[i+1]))
		}
	}
	return d
}
