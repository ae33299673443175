// Package manifest is the vocabulary of a parsed project: nodes, macros, their
// configurations, and what depends on what. It holds data and look-ups and does
// no I/O. package parse builds a Manifest; after Freeze nobody changes it.
//
// Begin with Node (node.go) and Config (config.go); ref resolution is in
// resolve.go, the graph in graph.go.
package manifest

import (
	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Manifest is a whole project after parsing.
type Manifest struct {
	Project string // name of the root project
	Adapter string // type of the target

	Nodes     map[ID]*Node // models, seeds, snapshots, tests, analyses, operations, functions
	Sources   map[ID]*Node
	Exposures map[ID]*Node
	UnitTests map[ID]*Node
	// Others holds metrics, semantic models and saved queries.
	Others   map[ID]*Node
	Macros   map[ID]*Macro
	Docs     map[ID]*Doc
	Groups   map[ID]*Group
	Disabled map[ID][]*Node
	// Selectors is selectors.yml as the manifest shows it.
	Selectors *value.Dict

	OnStart []ID // operations, in order of execution
	OnEnd   []ID

	parents  map[ID][]ID
	children map[ID][]ID
	byName   map[string][]*Node // refable nodes by name
	sources  map[string][]*Node // by "source\x00table"
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

// Node finds a node of any resource type.
func (m *Manifest) Node(id ID) *Node {
	for _, t := range []map[ID]*Node{m.Nodes, m.Sources, m.Exposures, m.UnitTests, m.Others} {
		if n, ok := t[id]; ok {
			return n
		}
	}
	return nil
}
