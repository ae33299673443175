package operation

import (
	"maps"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Node is the operation as selections see it: a node of kind "script" whose
// parents are what it reads.
func (op *Operation) Node() *manifest.Node {
	n := &manifest.Node{
		ID: op.ID, Kind: manifest.KindScript, Package: op.Package, Name: op.Name, FQN: op.FQN, Path: op.Path, OriginalFilePath: op.Path,
		Alias: op.Name, Raw: op.Raw, Language: string(op.Language), Config: manifest.NewConfig(manifest.KindOperation),
		Tags: op.Tags, Meta: op.Meta, Group: op.Group, Description: op.Description, Parents: op.Reads, Macros: op.Macros, Pos: op.Pos,
	}
	op.Config.Each(func(k, v value.Value) bool {
		n.Config.Set(value.ToStr(k), v)
		return true
	})
	n.Config.Set("enabled", value.Bool(!op.Disabled))
	if op.Group != "" {
		n.Config.Set("group", value.Str(op.Group))
	}
	if op.Patch != "" {
		n.PatchPath = op.Package + "://" + op.Patch
	}
	return n
}

// Beside gives a manifest that has the operations beside the nodes of m, frozen,
// for selections over both. m stays as it is.
func (s *Set) Beside(m *manifest.Manifest) *manifest.Manifest {
	out := manifest.New(m.Project, m.Adapter)
	out.NodePackageFirst = m.NodePackageFirst
	out.Nodes = maps.Clone(m.Nodes)
	out.Sources, out.Exposures, out.UnitTests, out.Others, out.Disabled = m.Sources, m.Exposures, m.UnitTests, m.Others, m.Disabled
	for _, op := range s.All() {
		out.Nodes[op.ID] = op.Node()
	}
	out.Freeze() // m has been checked
	return out
}
