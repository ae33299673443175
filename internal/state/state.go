// Package state compares a project with what an earlier invocation left behind:
// the manifest.json, run_results.json and sources.json of --state. It answers the
// selection methods state, result and source_status, and says which relations of
// the other environment stand in for nodes that are not built (--defer).
//
// It reads artifacts and compares; it knows nothing of databases and templates.
// Begin with Previous; what counts as a change is in same.go (all resource types)
// and contract.go (contracts), the methods of selection are in history.go.
package state

import (
	"errors"
	"io/fs"
	"path/filepath"

	"dex/internal/artifact"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Previous is what stands in the folder that --state names. Any of it may be nil:
// the file was not there.
type Previous struct {
	Path     string // as the user gave it
	Manifest *artifact.State
	Results  *artifact.RunResults
	// Sources and Current are the freshness of sources then, and as the last
	// `source freshness` of this target folder found it.
	Sources, Current artifact.LoadedAt
}

// Places are the folders to read.
type Places struct {
	Path   string // of --state, as given
	Dir    string // the same, absolute
	Target string // this project's target folder, absolute
}

// Read reads the artifacts that are there. written gives what a node's config()
// calls say as written, which manifests of other versions of dbt may lack; nil
// leaves them as they are. The error names the file that cannot be read. dbt:
// PreviousState.
func Read(p Places, written func(raw string) *value.Dict) (*Previous, error) {
	s := &Previous{Path: p.Path}
	err := errors.Join(
		read(filepath.Join(p.Dir, "manifest.json"), artifact.ReadState, &s.Manifest),
		read(filepath.Join(p.Dir, "run_results.json"), artifact.ReadRunResults, &s.Results),
		read(filepath.Join(p.Dir, "sources.json"), artifact.ReadSources, &s.Sources),
		read(filepath.Join(p.Target, "sources.json"), artifact.ReadSources, &s.Current),
	)
	if err != nil {
		return nil, err
	}
	if m := s.Manifest; m != nil && m.DBTVersion != artifact.DBTVersion && written != nil {
		rewrite(m.Manifest, written)
	}
	return s, nil
}

// read reads one file; one that is not there is none.
func read[T any](path string, from func(string) (T, error), into *T) error {
	got, err := from(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		*into = got
	}
	return err
}

// rewrite brings unrendered_config of a manifest of another version of dbt up to
// date: older ones noted values where the later note what is written. dbt:
// upgrade_unrendered_config.
func rewrite(m *manifest.Manifest, written func(raw string) *value.Dict) {
	for _, n := range m.Nodes {
		if n.Kind == manifest.KindFunction || n.Raw == "" || n.Unrendered == nil || n.Unrendered.Len() == 0 || isPlainTest(n) {
			continue
		}
		if d := written(n.Raw); d != nil {
			d.Each(func(k, v value.Value) bool {
				n.Unrendered.SetStr(value.ToStr(k), v)
				return true
			})
		}
	}
}

// isPlainTest reports whether a test's config() is of dbt's making.
func isPlainTest(n *manifest.Node) bool {
	return n.Kind == manifest.KindTest && len(n.Macros) == 1 && (n.Macros[0] == "macro.dbt.test_not_null" || n.Macros[0] == "macro.dbt.test_unique")
}

// Stands gives the node of the other environment that may stand in for n, and
// what it was compiled to; nil where there is none. dbt: merge_from_artifact.
func (p *Previous) Stands(n *manifest.Node) (other *manifest.Node, code string) {
	if p == nil || p.Manifest == nil {
		return nil, ""
	}
	other = p.Manifest.Nodes[n.ID]
	if other == nil || other.Ephemeral() || !other.Refable() && other.Kind != manifest.KindFunction {
		return nil, ""
	}
	return other, p.Manifest.Code[n.ID]
}
