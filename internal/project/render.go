package project

import (
	"slices"
	"strings"

	"dex/internal/yamldoc"
)

// Renderer renders text that has Jinja in it.
type Renderer = yamldoc.Renderer

// hookKeys are rendered when a node runs, not when the project is read.
var hookKeys = []string{"pre-hook", "post-hook", "pre_hook", "post_hook"}

// leftRaw reports whether dbt leaves what stands at path in dbt_project.yml as it
// is.
//
// With a dex.yml sources, exposures and unit tests have hooks too.
func (b *builder) leftRaw(path []string) bool {
	if len(path) == 0 {
		return false
	}
	tree := false
	switch path[0] {
	case "on-run-start", "on-run-end", "query-comment", "vars":
		return true
	case "seeds", "models", "snapshots", "tests", "data_tests":
		tree = true
	case "sources", "exposures", "unit_tests":
		tree = b.dex
	}
	if tree {
		return slices.ContainsFunc(path, func(key string) bool {
			return slices.Contains(hookKeys, strings.TrimLeft(key, "+ "))
		})
	}
	return false
}
