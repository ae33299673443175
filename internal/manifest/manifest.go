// Package manifest is the vocabulary of a parsed project: nodes, macros, their
// configurations, and what depends on what. It holds data and look-ups and does
// no I/O. package parse builds a Manifest; after Freeze nobody changes it.
//
// Begin with Node (node.go) and Config (config.go). What dbt knows of each
// resource type's configuration is in schemas.go, how values merge in merge.go;
// ref resolution is in resolve.go, the graph in graph.go.
package manifest

import (
	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Manifest is a whole project after parsing. package parse fills its maps, then
// calls Index, resolves what nodes refer to, and calls Freeze.
type Manifest struct {
	Project string // name of the root project
	Adapter string // type of the target
	// NodePackageFirst is dbt's flag require_ref_searches_node_package_before_root:
	// a package's own nodes hide those of the root project.
	NodePackageFirst bool

	Nodes     map[ID]*Node // models, seeds, snapshots, tests, analyses, operations, functions
	Sources   map[ID]*Node
	Exposures map[ID]*Node
	UnitTests map[ID]*Node
	// Others holds metrics, semantic models and saved queries.
	Others map[ID]*Node
	// Semantic lists the enabled ones of Others, and Spines the models with a time
	// spine, in the order in which dbt makes them.
	Semantic, Spines []ID

	Macros   map[ID]*Macro
	Docs     map[ID]*Doc
	Groups   map[ID]*Group
	Disabled map[ID][]*Node
	// Selectors is selectors.yml as the manifest shows it.
	Selectors *value.Dict

	OnStart []ID // operations, in order of execution
	OnEnd   []ID

	names *names // made by Index
	graph *Graph // made by Freeze
}

// New makes a manifest without nodes.
func New(project, adapter string) *Manifest {
	return &Manifest{
		Project: project, Adapter: adapter,
		Nodes: map[ID]*Node{}, Sources: map[ID]*Node{}, Exposures: map[ID]*Node{},
		UnitTests: map[ID]*Node{}, Others: map[ID]*Node{}, Macros: map[ID]*Macro{},
		Docs: map[ID]*Doc{}, Groups: map[ID]*Group{}, Disabled: map[ID][]*Node{},
		Selectors: value.NewDict(0),
	}
}

// Macro is one macro, test, materialization or snapshot-less block of a macro
// file. Frozen once parsed.
type Macro struct {
	ID               ID
	Name             string // without "macro_", with dbt's prefixes: "test_unique", "materialization_table_default"
	Package          string
	Path             string
	OriginalFilePath string
	Raw              string // macro_sql: the whole block
	Macros           []ID   // depends_on.macros
	Description      string
	Meta             *value.Dict
	Config           *value.Dict
	Docs             Docs
	PatchPath        string
	Arguments        []value.Value
	Languages        []string // supported_languages of a materialization; nil is null
	CreatedAt        float64
	Pos              diag.Pos // where the block begins in its file
}

// Doc is one docs block.
type Doc struct {
	ID               ID
	Name             string
	Package          string
	Path             string
	OriginalFilePath string
	Contents         string
}

// Group is one group of nodes.
type Group struct {
	ID               ID
	Name             string
	Package          string
	Path             string
	OriginalFilePath string
	Owner            *value.Dict
	Description      string
	Config           *value.Dict
}

// Node finds a node of any resource type; nil where there is none of that ID.
func (m *Manifest) Node(id ID) *Node {
	if m.graph != nil {
		if i, ok := m.graph.index[id]; ok {
			return m.graph.Nodes[i]
		}
		return nil
	}
	for _, t := range []map[ID]*Node{m.Nodes, m.Sources, m.Exposures, m.UnitTests, m.Others} {
		if n, ok := t[id]; ok {
			return n
		}
	}
	return nil
}
