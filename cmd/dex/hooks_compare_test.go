package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// compare gives the differences between what a command was recorded to do and
// what it did.
func (p *play) compare(want, got *facts) []string {
	var diffs []string
	differ := func(what string, want, got any) {
		if d := cmp.Diff(want, got); d != "" {
			diffs = append(diffs, what+" (-want +got):\n"+d)
		}
	}
	differ("exit", want.Exit, got.Exit)
	if (want.Results == nil) != (got.Results == nil) {
		differ("run_results.json written", want.Results != nil, got.Results != nil)
	} else {
		differ("results", p.byID(want.Results), p.byID(got.Results))
	}
	if want.Manifest != nil {
		differ("manifest", plainNodes(want.Manifest), plainNodes(got.Manifest))
	}
	if want.Stdout != nil {
		differ("stdout", want.Stdout, got.Stdout)
	}
	if want.Files != nil {
		differ("files", want.Files, got.Files)
	}
	for _, name := range slices.Sorted(maps.Keys(want.Tables)) {
		differ("table "+name, plainNode(want.Tables[name]), plainNode(got.Tables[name]))
	}
	w, g := visible(want.Statements), visible(got.Statements)
	if p.c.Unordered {
		slices.Sort(w)
		slices.Sort(g)
	}
	differ("statements", w, g)
	if want.Exit != got.Exit {
		diffs = append(diffs, fmt.Sprintf("it said: %s", got.ErrorText))
	}
	return diffs
}

// byID groups results by node, since threads may end in any order.
func (p *play) byID(results []resultFact) map[string][]resultFact {
	out := map[string][]resultFact{}
	for _, r := range results {
		r.Message = p.message(r.Message)
		out[r.ID] = append(out[r.ID], r)
	}
	return out
}

// plainNodes makes no difference between an empty list and none.
func plainNodes(nodes map[string]nodeFact) map[string]nodeFact {
	out := map[string]nodeFact{}
	for id, n := range nodes {
		if len(n.Pre) == 0 {
			n.Pre = nil
		}
		if len(n.Post) == 0 {
			n.Post = nil
		}
		n.Nodes, n.Macros, n.Tags = sorted(n.Nodes), sorted(n.Macros), sorted(n.Tags)
		out[id] = n
	}
	return out
}

// sorted gives a sorted copy, nil where nothing is in it.
func sorted(names []string) []string {
	return slices.Sorted(slices.Values(names))
}

// plainNode is a table of the record as plain data.
func plainNode(n yaml.Node) any {
	var v any
	if n.IsZero() {
		return "not asked for"
	}
	if err := n.Decode(&v); err != nil {
		return err.Error()
	}
	return v
}
