package artifact

import (
	"io"
	"strconv"

	"dex/internal/dag"
	"dex/internal/manifest"
)

// WriteGraphSummary writes graph_summary.json to the file at path, which it
// replaces whole or not at all: the nodes of g by number, each with the numbers
// of those that follow it. withTests are the edges from tests to what they hold
// back in a build; nil for other commands. dbt: Linker.get_graph_summary, whose
// numbers are in the order of its files; these are in the order of unique_ids.
func WriteGraphSummary(path, invocation string, g *manifest.Graph, withTests []dag.Edge) error {
	return writeFile(path, func(w io.Writer) error {
		s := &jsonSink{}
		s.b = append(s.b, '{')
		s.text("_invocation_id", invocation)
		writeEdges(s, "linked", g, nil)
		if withTests != nil {
			more := make(map[int32][]int32, len(withTests))
			for _, e := range withTests {
				more[e.Parent] = append(more[e.Parent], e.Child)
			}
			writeEdges(s, "with_test_edges", g, more)
		}
		s.b = append(s.b, '}')
		_, err := w.Write(s.b)
		return err
	})
}

func writeEdges(s *jsonSink, key string, g *manifest.Graph, more map[int32][]int32) {
	s.open(key)
	for i, n := range g.Nodes {
		s.openNamed(strconv.Itoa(i))
		s.text("name", string(n.ID))
		s.text("type", string(n.Kind))
		after, tests := g.Children(int32(i)), more[int32(i)]
		if len(after)+len(tests) > 0 {
			s.openList("succ")
			for _, list := range [][]int32{after, tests} {
				for _, c := range list {
					s.number("", int64(c))
				}
			}
			s.closeList()
		}
		s.close()
	}
	s.close()
}
