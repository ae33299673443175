package engine

import (
	"context"
	"strings"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// listNodes prints the selected nodes, sorted by unique_id. dbt: ListTask.
func listNodes(_ context.Context, w *work) error {
	ids := w.selected.ids
	if len(ids) == 0 {
		return w.warn(event.NoNodesSelected{})
	}
	line := listOutputs[w.inv.Output]
	if line == nil {
		line = selectorLine
	}
	m := w.out.Manifest
	if w.selected.of != nil {
		m = w.selected.of
	}
	for _, id := range ids {
		n := m.Node(id)
		s, err := line(n, w.inv.Keys)
		if err != nil {
			return err
		}
		w.out.Lines = append(w.out.Lines, s)
	}
	return nil
}

// listOutputs gives a node's line for each --output.
var listOutputs = map[string]func(n *manifest.Node, keys []string) (string, error){
	"selector": selectorLine,
	"name":     nameLine,
	"path":     func(n *manifest.Node, _ []string) (string, error) { return n.OriginalFilePath, nil },
	"json":     jsonLine,
}

// nameLine is the name by which refs and sources find a node. dbt: versions are
// told of models alone.
func nameLine(n *manifest.Node, _ []string) (string, error) {
	if n.Kind == manifest.KindUnitTest {
		return n.Name, nil
	}
	return n.SearchName(), nil
}

// selectorLine is a node as --select takes it.
func selectorLine(n *manifest.Node, _ []string) (string, error) {
	switch n.Kind {
	case manifest.KindSource:
		return "source:" + n.Package + "." + n.Source.SourceName + "." + n.Name, nil
	case manifest.KindExposure, manifest.KindMetric, manifest.KindSavedQuery, manifest.KindSemanticModel:
		return string(n.Kind) + ":" + n.Package + "." + n.Name, nil
	case manifest.KindScript:
		return "operation:" + n.Package + "." + n.Name, nil
	case manifest.KindUnitTest:
		return "unit_test:" + n.Package + "." + n.VersionedName(), nil
	}
	return strings.Join(n.FQN, "."), nil
}

// defaultKeys are the keys of --output json where --output-keys says nothing.
var defaultKeys = map[string]bool{
	"alias": true, "name": true, "package_name": true, "depends_on": true, "direct_parents": true, "tags": true, "config": true,
	"resource_type": true, "source_name": true, "original_file_path": true, "unique_id": true,
}

func jsonLine(n *manifest.Node, keys []string) (string, error) {
	all := artifact.NodeDict(n, nil)
	if n.Kind == manifest.KindModel {
		all.SetStr("direct_parents", parentList(n)) // dbt: in no artifact, for readers of ls alone
	}
	out := value.NewDict(len(keys))
	if len(keys) == 0 {
		all.Each(func(k, v value.Value) bool {
			if name := value.ToStr(k); defaultKeys[name] {
				out.SetStr(name, v)
			}
			return true
		})
	}
	for _, k := range keys {
		if v, ok := nested(all, k); ok {
			out.SetStr(k, v)
		}
	}
	b, err := value.AppendJSON(nil, out, value.JSONOptions{EnsureASCII: true, Default: artifact.Text})
	return string(b), err
}

func parentList(n *manifest.Node) *value.List {
	l := value.NewList()
	for _, id := range n.Parents {
		l.Elems = append(l.Elems, value.Str(id))
	}
	return l
}

// nested finds "config.materialized" in a node. A nested none is left out, a
// plain one is not (dbt).
func nested(d *value.Dict, key string) (value.Value, bool) {
	if v, ok := d.GetStr(key); ok {
		return v, true
	}
	if !strings.Contains(key, ".") {
		return nil, false
	}
	var at value.Value = d
	for _, part := range strings.Split(key, ".") {
		m, ok := at.(*value.Dict)
		if !ok {
			return nil, false
		}
		if at, ok = m.GetStr(part); !ok {
			return nil, false
		}
	}
	return at, at != value.None
}
