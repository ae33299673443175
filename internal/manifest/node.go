package manifest

import (
	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// ID is a unique_id, such as "model.shop.orders".
type ID string

// Kind is a resource_type.
type Kind string

// The resource types.
const (
	KindModel         Kind = "model"
	KindTest          Kind = "test"
	KindUnitTest      Kind = "unit_test"
	KindSeed          Kind = "seed"
	KindSnapshot      Kind = "snapshot"
	KindAnalysis      Kind = "analysis"
	KindOperation     Kind = "operation" // an on-run-start or on-run-end hook
	KindSQLOperation  Kind = "sql_operation"
	KindFunction      Kind = "function"
	KindSource        Kind = "source"
	KindExposure      Kind = "exposure"
	KindMetric        Kind = "metric"
	KindSemanticModel Kind = "semantic_model"
	KindSavedQuery    Kind = "saved_query"
	KindMacro         Kind = "macro"
	KindDoc           Kind = "doc"
	KindGroup         Kind = "group"
)

// Node is one thing of a project that stands in the graph: what dbt's manifest
// keeps in `nodes` (models, seeds, snapshots, tests, analyses, operations) and,
// with their own part set, in `sources`, `exposures` and `unit_tests`.
//
// package parse alone writes to a Node; it is frozen when the manifest is.
// What compiling and running find out stands in result.Result.
type Node struct {
	ID      ID
	Kind    Kind
	Package string
	Name    string
	FQN     []string

	Path             string // below its resource path: "staging/orders.sql"
	OriginalFilePath string // below its package's folder: "models/staging/orders.sql"
	PatchPath        string // "shop://models/schema.yml"; "" is null
	RootPath         string // of a seed: its package's folder
	BuildPath        string // of a generic test, below target/

	Database, Schema, Alias string
	RelationName            string // rendered and quoted; "" is null

	Raw          string // raw_code
	Language     string // "sql" or "python"
	ChecksumName string // "sha256", "path" or "none"
	Checksum     string

	Config     Config
	Unrendered *value.Dict // unrendered_config
	ConfigCall *value.Dict // config_call_dict: what config() in the file was given
	// UnrenderedCall is unrendered_config_call_dict.
	UnrenderedCall *value.Dict

	Description      string
	DescriptionBlock []ID // docs blocks that the description used
	DocBlocks        []ID
	Meta             *value.Dict
	Tags             []string
	Group            string // "" is null
	Access           string // of a model: "protected" where nothing is said
	Docs             Docs
	Contract         Contract
	Constraints      []value.Value // of a model, as the manifest shows them

	Version         value.Value // of a versioned model; nil otherwise
	LatestVersion   value.Value
	DefinedIn       string
	DeprecationDate value.Value
	TimeSpine       value.Value
	PrimaryKey      []string

	Refs    []Ref
	Sources [][]string // {{source name, table name}, ...}
	Metrics [][]string
	// Functions are calls of function(): {name} or {package, name}.
	Functions [][]string
	Parents   []ID // depends_on.nodes, in order of first mention
	Macros    []ID // depends_on.macros, in order of first mention

	Test     *TestInfo     // of a data test
	Source   *SourceInfo   // of a source
	Exposure *ExposureInfo // of an exposure
	UnitTest *UnitTestInfo // of a unit test
	Extra    *value.Dict   // of kinds whose fields dex only carries through to the manifest

	HookIndex int // of an operation: its place in its project's on-run-start or on-run-end, from 0
	// Hook is an on-run hook that was given as a map; nil of one that is a text.
	Hook *value.Dict
	// HookPlaces are where the hooks of its own files are written; nil without any.
	HookPlaces *HookPlaces

	CreatedAt float64
	Pos       diag.Pos

	columns columns
}

// Docs is the `docs:` part of a node.
type Docs struct {
	Show  bool
	Color value.Value // node_color; nil is null
}

// Contract is a model's contract.
type Contract struct {
	Enforced   bool
	AliasTypes bool
	Checksum   string // "" is null
}

// Column is one documented column.
type Column struct {
	Name        string
	Description string
	Meta        *value.Dict
	DataType    string // "" is null
	Constraints []value.Value
	Quote       value.Value // Bool, or nil for null
	Config      *value.Dict // meta and tags
	Tags        []string
	Granularity string      // "" is null
	Dimension   value.Value // nil is null
	Entity      value.Value // nil is null
	DocBlocks   []ID
	Extra       *value.Dict // keys that dbt does not know and carries along
}

// TestInfo is what a data test has beyond a node.
type TestInfo struct {
	Generic    bool
	Name       string      // test_metadata.name: "not_null"
	Namespace  string      // "dbt_utils"; "" is null
	Kwargs     *value.Dict // test_metadata.kwargs
	ColumnName string      // "" is null
	FileKey    string      // file_key_name: "models.orders"
	Attached   ID          // attached_node
}

// SourceInfo is what a source has beyond a node.
type SourceInfo struct {
	SourceName        string
	SourceDescription string
	Loader            string
	Identifier        string
	Quoting           *value.Dict
	LoadedAtField     string
	LoadedAtQuery     string
	Freshness         value.Value // Dict or None
	External          value.Value
	SourceMeta        *value.Dict
	UnrenderedDB      string
	UnrenderedSchema  string
}

// ExposureInfo is what an exposure has beyond a node.
type ExposureInfo struct {
	Type     string
	Owner    *value.Dict
	Maturity string
	Label    string
	URL      string
}

// UnitTestInfo is what a unit test has beyond a node.
type UnitTestInfo struct {
	Model     string
	Given     []value.Value // as the manifest shows them: input, rows, format, fixture
	Expect    value.Value
	Overrides value.Value // nil is null
	Versions  value.Value // nil is null
	Checksum  string
}

// Ref is a call of ref().
type Ref struct {
	Package string // "" where none was given
	Name    string
	Version value.Value // nil where none was given
}

// Versioned reports whether n is one version of a model.
func (n *Node) Versioned() bool { return n.Version != nil && n.Version != value.None }

// Latest reports whether n is the version that a ref without one means.
func (n *Node) Latest() bool {
	return n.Versioned() && n.LatestVersion != nil && value.Equal(n.Version, n.LatestVersion)
}

// SearchName is the name by which refs and sources find n: "orders",
// "dim.v2", "raw.orders".
func (n *Node) SearchName() string {
	switch {
	case n.Source != nil:
		return n.Source.SourceName + "." + n.Name
	case n.Versioned():
		return n.Name + ".v" + value.ToStr(n.Version)
	}
	return n.Name
}

// VersionedName is n's name with its version. dbt: UnitTestDefinition.versioned_name.
func (n *Node) VersionedName() string {
	if n.Versioned() {
		return n.Name + "_v" + value.ToStr(n.Version)
	}
	return n.Name
}

// CTEName is the name under which n stands in queries that inline it, without
// its prefix. dbt: identifier; UnitTestSourceDefinition.cte_name.
func (n *Node) CTEName() string {
	if n.Kind == KindModel && n.Source != nil {
		return n.Source.SourceName + "__" + n.Name
	}
	return n.Alias
}

// Refable reports whether ref() can name n.
func (n *Node) Refable() bool {
	return n.Kind == KindModel || n.Kind == KindSeed || n.Kind == KindSnapshot
}

// Ephemeral reports whether n exists only inside the queries that refer to it.
func (n *Node) Ephemeral() bool { return n.Refable() && n.Config.Materialized() == "ephemeral" }

// IsTest reports whether n is a data test or a unit test.
func (n *Node) IsTest() bool { return n.Kind == KindTest || n.Kind == KindUnitTest }
