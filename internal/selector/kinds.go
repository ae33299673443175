package selector

import (
	"slices"

	"dex/internal/manifest"
)

// worksOn are the resource types of each command: those it takes without being
// told, and those that --resource-type may name as well.
var worksOn = map[string]struct{ usual, more []manifest.Kind }{
	"run":      {usual: []manifest.Kind{manifest.KindModel}},
	"seed":     {usual: []manifest.Kind{manifest.KindSeed}},
	"snapshot": {usual: []manifest.Kind{manifest.KindSnapshot}},
	"test":     {usual: []manifest.Kind{manifest.KindTest, manifest.KindUnitTest}},
	"clone":    {usual: []manifest.Kind{manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot}},
	"build": {usual: []manifest.Kind{manifest.KindModel, manifest.KindSnapshot, manifest.KindSeed, manifest.KindTest,
		manifest.KindUnitTest, manifest.KindSavedQuery, manifest.KindExposure, manifest.KindFunction}},
	"compile": {usual: []manifest.Kind{manifest.KindModel, manifest.KindTest, manifest.KindSnapshot, manifest.KindAnalysis,
		manifest.KindOperation, manifest.KindSeed, manifest.KindSQLOperation, manifest.KindFunction}},
	"list": {usual: []manifest.Kind{manifest.KindModel, manifest.KindSnapshot, manifest.KindSeed, manifest.KindTest, manifest.KindSource,
		manifest.KindExposure, manifest.KindMetric, manifest.KindSavedQuery, manifest.KindSemanticModel, manifest.KindUnitTest, manifest.KindFunction},
		more: []manifest.Kind{manifest.KindAnalysis}},
	"operation list": {usual: []manifest.Kind{manifest.KindScript}},
	"hooks list": {usual: []manifest.Kind{manifest.KindModel, manifest.KindSnapshot, manifest.KindSeed, manifest.KindFunction, manifest.KindTest,
		manifest.KindSource}},
	"source freshness": {usual: []manifest.Kind{manifest.KindSource}},
}

// aliases are commands that select as another one does.
var aliases = map[string]string{"ls": "list", "show": "compile", "docs generate": "compile", "generate": "compile", "freshness": "source freshness", "hooks show": "hooks list", "hooks run": "hooks list"}

// Kinds gives the resource types that a command works on, narrowed by the values
// of --resource-type and --exclude-resource-type. nil is for a command that
// selects nothing.
func Kinds(command string, include, exclude []string) (map[manifest.Kind]bool, error) {
	if a, ok := aliases[command]; ok {
		command = a
	}
	w, ok := worksOn[command]
	if !ok {
		return nil, nil
	}
	kinds := map[manifest.Kind]bool{}
	put := func(list []manifest.Kind) {
		for _, k := range list {
			kinds[k] = true
		}
	}
	if len(include) == 0 {
		put(w.usual)
	}
	for _, word := range include {
		switch {
		case word == "all":
			put(w.usual)
			put(w.more)
		case word == "default":
			put(w.usual)
		case slices.Contains(resourceTypes, word):
			kinds[manifest.Kind(word)] = true
		default:
			return nil, errorf("'%s' is not a valid resource type", word)
		}
	}
	for _, word := range exclude {
		if !slices.Contains(resourceTypes, word) {
			return nil, errorf("'%s' is not a valid resource type", word)
		}
		delete(kinds, manifest.Kind(word))
	}
	for k := range kinds {
		// dbt: test and clone never take what is not theirs; other commands do, if told.
		if (command == "test" || command == "clone") && !slices.Contains(w.usual, k) {
			delete(kinds, k)
		}
	}
	return kinds, nil
}
