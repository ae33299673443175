package deps

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/project"
	"dex/internal/semver"
)

// request is what one or several packages files ask for under one name.
type request struct {
	// from is the entry that asked first.
	from   project.Dependency
	source string // "local", "git", "private", "tarball", "package"
	name   string // a path, an address, a name on the hub

	revisions    []string // of git and private
	warnUnpinned bool
	address      string // of git and private: what to clone
	subdirectory string

	versions    []semver.Spec // of package
	prereleases bool
}

// newRequest reads an entry. The error is what dbt says of it.
func (in *installer) newRequest(d project.Dependency) (*request, error) {
	r := &request{from: d, source: d.Source, name: d.Name(), subdirectory: d.Text("subdirectory")}
	switch d.Source {
	case "git", "private":
		r.address, r.revisions, r.warnUnpinned = r.name, d.Texts("revision"), d.Bool("warn-unpinned", true)
		if d.Source == "private" {
			address, err := in.privateAddress(r.name, d.Text("provider"))
			if err != nil {
				return nil, err
			}
			r.address = address
		}
		r.name = withSubdirectory(r.address, r.subdirectory)
	case "package":
		versions, err := semver.ParseAll(d.Texts("version"))
		if err != nil {
			return nil, err
		}
		r.versions, r.prereleases = versions, d.Bool("install_prerelease", false)
	}
	return r, nil
}

func withSubdirectory(address, sub string) string {
	if sub == "" {
		return address
	}
	return address + "/" + sub
}

// aliases are the names under which the same package may be asked for.
func (r *request) aliases() []string {
	if r.source != "git" && r.source != "private" {
		return []string{r.name}
	}
	other, cut := strings.CutSuffix(r.address, ".git")
	if !cut {
		other += ".git"
	}
	return []string{r.name, withSubdirectory(other, r.subdirectory)}
}

// classes are dbt's names of the sources, in its fault about two of them.
var classes = map[string]string{
	"local": "LocalUnpinnedPackage", "git": "GitUnpinnedPackage", "private": "PrivateUnpinnedPackage",
	"tarball": "TarballUnpinnedPackage", "package": "RegistryUnpinnedPackage",
}

// merge takes what another entry asks of the same package in.
func (r *request) merge(other *request) (*request, error) {
	if r.source != other.source {
		return nil, fmt.Errorf("Cannot incorporate %s (%s) in %s (%s): mismatched types", //nolint:staticcheck // dbt's words
			other.name, classes[other.source], r.name, classes[r.source])
	}
	out := *r
	out.revisions = append(slices.Clip(r.revisions), other.revisions...)
	out.versions = append(slices.Clip(r.versions), other.versions...)
	out.warnUnpinned = r.warnUnpinned && other.warnUnpinned
	return &out, nil
}

// revision is the one that all entries ask for. dbt: entries that name none have
// no say.
func (r *request) revision() (string, error) {
	set := slices.Clone(r.revisions)
	slices.Sort(set)
	set = slices.Compact(set)
	switch len(set) {
	case 0:
		return "HEAD", nil
	case 1:
		return set[0], nil
	}
	return "", fmt.Errorf("git dependencies should contain exactly one version. %s contains: {'%s'}", r.name, strings.Join(set, "', '"))
}

// listing keeps requests by name, in the order in which they were first made.
type listing struct {
	all   []*request
	index map[string]int
}

// find is the place of what r asks for; -1 where nobody has asked.
func (l *listing) find(r *request) int {
	for _, name := range r.aliases() {
		if i, ok := l.index[name]; ok {
			return i
		}
	}
	return -1
}

// add takes a request in and gives its place.
func (l *listing) add(r *request) (int, error) {
	if i := l.find(r); i >= 0 {
		merged, err := l.all[i].merge(r)
		if err != nil {
			return i, err
		}
		l.all[i] = merged
		return i, nil
	}
	if l.index == nil {
		l.index = map[string]int{}
	}
	l.index[r.name] = len(l.all)
	l.all = append(l.all, r)
	return len(l.all) - 1, nil
}
