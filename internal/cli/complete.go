package cli

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"dex/internal/engine"
	"dex/internal/manifest"
)

// completeCommand teaches the shell what can stand behind a command's flags, and
// behind the command: the words that a flag takes, names of nodes, macros.
func completeCommand(p *Process, c *cobra.Command, def *commandDef, defs []*flagDef) {
	for _, f := range defs {
		if f.kind == boolean {
			continue
		}
		// The flag has just been registered, and once: there is nothing to fail.
		_ = c.RegisterFlagCompletionFunc(f.name, func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if f == paramFlag && len(args) > 0 {
				set, project := operationsOf(p, c, defs)
				return completeParam(set, project, args[0], word)
			}
			return completeFlag(p, c, def, defs, f, word)
		})
	}
	c.ValidArgsFunction = func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if f := openList(p.Args, defs); f != nil {
			return completeFlag(p, c, def, defs, f, word) // --select a b<TAB>
		}
		if namesOperation(def) && len(args) == 0 {
			set, _ := operationsOf(p, c, defs)
			return completeOperations(set, word), cobra.ShellCompDirectiveNoFileComp
		}
		if def.command() == "hooks show" {
			return completeNodes(projectOf(p, c, defs), word), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		if def.name == "run-operation" && len(args) == 0 {
			return matching(macroNames(projectOf(p, c, defs)), word), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// openList is the flag whose words go on at the end of the line that is being
// completed.
func openList(line []string, defs []*flagDef) *flagDef {
	for i := len(line) - 2; i > 0; i-- { // the last word is the one being written
		if !isFlag(line[i]) {
			continue
		}
		for _, f := range defs {
			if f.kind == list && slices.Contains(f.spellings(), line[i]) {
				return f
			}
		}
		return nil
	}
	return nil
}

func completeFlag(p *Process, c *cobra.Command, def *commandDef, defs []*flagDef, f *flagDef, word string) ([]string, cobra.ShellCompDirective) {
	switch {
	case f == paramFileFlag:
		return nil, cobra.ShellCompDirectiveDefault
	case def.under == "operation" && (f == selectFlag || f == excludeFlag):
		set, _ := operationsOf(p, c, defs)
		return completeCriterion(operationWords(set), word), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	case f.words != nil:
		return matching(f.words, word), cobra.ShellCompDirectiveNoFileComp
	case strings.HasSuffix(f.name, "-dir") || strings.HasSuffix(f.name, "-path"):
		return nil, cobra.ShellCompDirectiveFilterDirs
	case f == selectFlag || f == excludeFlag:
		return completeNodes(projectOf(p, c, defs), word), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeNodes completes a criterion with the names of nodes.
func completeNodes(m *manifest.Manifest, word string) []string {
	return completeCriterion(nodeNames(m), word)
}

// completeCriterion completes the criterion that is being written, behind the
// operators and intersections before it.
func completeCriterion(names []string, word string) []string {
	at := strings.LastIndexByte(word, ',') + 1
	for at < len(word) && strings.IndexByte("+@0123456789", word[at]) >= 0 {
		at++
	}
	out := matching(names, word[at:])
	for i := range out {
		out[i] = word[:at] + out[i]
	}
	return out
}

// nodeNames lists what --select takes by name: nodes, sources, tags.
func nodeNames(m *manifest.Manifest) []string {
	if m == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, n := range m.Nodes {
		if n.Kind != manifest.KindOperation && n.Kind != manifest.KindTest {
			seen[n.Name] = true
		}
		if tags, ok := n.Config.Get("tags"); ok {
			for _, t := range words(tags) {
				seen["tag:"+t] = true
			}
		}
	}
	for _, n := range m.Sources {
		seen["source:"+n.Source.SourceName+"."+n.Name] = true
	}
	return sorted(seen)
}

// macroNames lists the project's macros, those of packages by package.macro.
func macroNames(m *manifest.Manifest) []string {
	if m == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, x := range m.Macros {
		switch {
		case x.Package == m.Project:
			seen[x.Name] = true
		case x.Package != "dbt" && !strings.HasPrefix(x.Package, "dbt_"):
			seen[x.Package+"."+x.Name] = true
		}
	}
	return sorted(seen)
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for s := range set {
		out = append(out, s)
	}
	sort.Strings(out)
	return out
}

func matching(words []string, prefix string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			out = append(out, w)
		}
	}
	return out
}

// projectOf reads the project for the sake of its names, and writes nothing. A
// project with faults has none: a shell is no place to tell of them.
func projectOf(p *Process, c *cobra.Command, defs []*flagDef) *manifest.Manifest {
	s, err := settle(defs, func(f *flagDef) ([]string, bool) { return given(c.Flags(), f) }, p.getenv, here())
	if err != nil {
		return nil
	}
	inv := s.invocation("parse")
	inv.WriteJSON = false
	out, err := (&engine.Engine{Getenv: p.getenv}).Invoke(context.Background(), inv)
	if err != nil {
		return nil
	}
	return out.Manifest
}
