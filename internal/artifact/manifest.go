package artifact

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// DBTVersion is the version of dbt whose artifacts these are, for tools that
// look at it.
const DBTVersion = "1.12.6"

// Where the schemas of the artifacts are published.
const (
	ManifestSchema   = "https://schemas.getdbt.com/dbt/manifest/v12.json"
	RunResultsSchema = "https://schemas.getdbt.com/dbt/run-results/v6.json"
)

// Meta is what an invocation says of itself in its artifacts.
type Meta struct {
	InvocationID string
	Started      time.Time         // of the invocation
	Generated    time.Time         // of the artifact
	Env          map[string]string // DBT_ENV_CUSTOM_ENV_… without the prefix
	Quoting      Quoting           // of the project
	// Clean takes secrets out of JSON text, and leaves it JSON; nil leaves it as it is.
	Clean func([]byte) []byte
}

// Quoting is which parts of a relation's name the project quotes.
type Quoting struct{ Database, Schema, Identifier bool }

// WriteManifest writes m to the file at path, which it replaces whole or not at
// all. compiled may be nil. The trace says how to write a later state of m over
// it.
func WriteManifest(path string, m *manifest.Manifest, compiled map[manifest.ID]*Compiled, meta Meta) (*Trace, error) {
	return WriteManifestOver(path, Over{}, m, compiled, meta)
}

// EncodeManifest writes m as JSON. Nodes stand in the order of their IDs,
// what properties files define in the order in which it stands there, so that the
// same project gives the same text. What is written does not grow with
// the project in memory: pieces are encoded side by side and written in order.
func EncodeManifest(w io.Writer, m *manifest.Manifest, compiled map[manifest.ID]*Compiled, meta Meta) error {
	e := &manifestEncoder{m: m, compiled: compiled, meta: meta}
	return writePieces(w, e.pieces(), meta.Clean)
}

type manifestEncoder struct {
	m        *manifest.Manifest
	compiled map[manifest.ID]*Compiled
	meta     Meta
}

// pieces lists the manifest's parts in their order.
func (e *manifestEncoder) pieces() []piece {
	m := e.m
	nodes, functions := split(m)
	var p []piece
	p = append(p, piece{fresh: true, write: func(s *jsonSink) { s.b = append(s.b, '{'); e.metadata(s) }})
	p = e.nodeSection(p, "nodes", nodes)
	p = e.nodeSection(p, "sources", e.placed(m.Sources))
	p = section(p, "macros", sortedKeys(m.Macros), func(s *jsonSink, id manifest.ID) { writeMacro(s, m.Macros[id]) })
	p = section(p, "docs", sortedKeys(m.Docs), func(s *jsonSink, id manifest.ID) { writeDoc(s, m.Docs[id]) })
	p = e.nodeSection(p, "exposures", e.placed(m.Exposures))
	p = e.nodeSection(p, "metrics", e.others(manifest.KindMetric))
	p = section(p, "groups", sortedKeys(m.Groups), func(s *jsonSink, id manifest.ID) { writeGroup(s, m.Groups[id]) })
	p = append(p, piece{write: func(s *jsonSink) { s.comma = true; s.dict("selectors", m.Selectors) }})
	p = e.disabled(p)
	p = e.edges(p, "parent_map", m.ParentsOf)
	p = e.edges(p, "child_map", m.ChildrenOf)
	p = append(p, piece{write: e.groupMap})
	p = e.nodeSection(p, "saved_queries", e.others(manifest.KindSavedQuery))
	p = e.nodeSection(p, "semantic_models", e.others(manifest.KindSemanticModel))
	p = e.nodeSection(p, "unit_tests", e.placed(m.UnitTests))
	p = e.nodeSection(p, "functions", functions)
	return append(p, piece{write: func(s *jsonSink) { s.b = append(s.b, '}') }})
}

func (e *manifestEncoder) metadata(s *jsonSink) {
	s.open("metadata")
	writeMeta(s, ManifestSchema, e.meta)
	s.text("project_name", e.m.Project)
	sum := md5.Sum([]byte(e.m.Project))
	s.text("project_id", hex.EncodeToString(sum[:]))
	s.value("user_id", nil)
	s.truth("send_anonymous_usage_stats", false)
	s.text("adapter_type", e.m.Adapter)
	s.open("quoting")
	s.truth("database", e.meta.Quoting.Database)
	s.truth("schema", e.meta.Quoting.Schema)
	s.truth("identifier", e.meta.Quoting.Identifier)
	s.value("column", nil)
	s.close()
	s.text("run_started_at", isoTime(e.meta.Started, "+00:00"))
	s.close()
}

// writeMeta writes what the metadata of all artifacts begin with.
func writeMeta(s *jsonSink, schema string, meta Meta) {
	s.clean = meta.Clean
	s.text("dbt_schema_version", schema)
	s.text("dbt_version", DBTVersion)
	s.text("generated_at", isoTime(meta.Generated, "Z"))
	s.text("invocation_id", meta.InvocationID)
	s.text("invocation_started_at", isoTime(meta.Started, "Z"))
	s.open("env")
	for _, k := range slices.Sorted(maps.Keys(meta.Env)) {
		s.named(k, value.Str(meta.Env[k]))
	}
	s.close()
}

// nodeSection is a map from unique_id to node.
func (e *manifestEncoder) nodeSection(p []piece, name string, nodes []*manifest.Node) []piece {
	return nodePieces(p, name, nodes, func(s *jsonSink, n *manifest.Node) {
		s.openNamed(string(n.ID))
		writeNode(s, n, e.compiled[n.ID])
		s.close()
	})
}

// disabled is a map from unique_id to the list of nodes that would have it.
func (e *manifestEncoder) disabled(p []piece) []piece {
	return section(p, "disabled", sortedKeys(e.m.Disabled), func(s *jsonSink, id manifest.ID) {
		s.anyKey(string(id))
		s.b = append(s.b, '[')
		s.comma = false
		for _, n := range e.m.Disabled[id] {
			s.open("")
			writeNode(s, n, nil)
			s.close()
		}
		s.closeList()
	})
}

func (e *manifestEncoder) edges(p []piece, name string, of func(manifest.ID) []manifest.ID) []piece {
	return nodePieces(p, name, e.m.Graph().Nodes, func(s *jsonSink, n *manifest.Node) {
		s.anyKey(string(n.ID))
		s.comma = false
		s.ids("", of(n.ID))
	})
}

// groupMap lists the members of each group.
func (e *manifestEncoder) groupMap(s *jsonSink) {
	members := map[string][]manifest.ID{}
	for _, n := range e.m.Graph().Nodes {
		if n.Group != "" {
			members[n.Group] = append(members[n.Group], n.ID)
		}
	}
	names := make([]string, 0, len(e.m.Groups))
	for _, g := range e.m.Groups {
		names = append(names, g.Name)
	}
	slices.Sort(names)
	s.comma = true
	s.open("group_map")
	for _, name := range slices.Compact(names) {
		s.anyKey(name)
		s.comma = false
		s.ids("", members[name])
	}
	s.close()
}

// others lists the nodes of a semantic kind as dbt has made them.
func (e *manifestEncoder) others(k manifest.Kind) []*manifest.Node {
	var list []*manifest.Node
	for _, id := range e.m.Semantic {
		if n := e.m.Others[id]; n != nil && n.Kind == k {
			list = append(list, n)
		}
	}
	return list
}

func sortedKeys[V any](m map[manifest.ID]V) []manifest.ID { return slices.Sorted(maps.Keys(m)) }

// placed lists what properties files define in the order in which they do: the
// project's own files first, then those of packages. dbt takes the files of a
// package as the file system lists them; here they stand by name.
func (e *manifestEncoder) placed(m map[manifest.ID]*manifest.Node) []*manifest.Node {
	list := slices.Collect(maps.Values(m))
	slices.SortFunc(list, func(a, b *manifest.Node) int {
		if a.Package != b.Package {
			switch e.m.Project {
			case a.Package:
				return -1
			case b.Package:
				return 1
			}
		}
		return cmp.Or(strings.Compare(a.Package, b.Package), strings.Compare(a.OriginalFilePath, b.OriginalFilePath),
			cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col), strings.Compare(string(a.ID), string(b.ID)))
	})
	return list
}

// split takes the functions out of the nodes: dbt keeps them in a map of their own.
func split(m *manifest.Manifest) (nodes, functions []*manifest.Node) {
	nodes = make([]*manifest.Node, 0, len(m.Nodes))
	for _, n := range m.Graph().Nodes {
		switch {
		case m.Nodes[n.ID] != n:
		case n.Kind == manifest.KindFunction:
			functions = append(functions, n)
		default:
			nodes = append(nodes, n)
		}
	}
	return nodes, functions
}
