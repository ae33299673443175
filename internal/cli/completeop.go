package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dex/internal/engine"
	"dex/internal/operation"
)

// namesOperation reports whether a command's word is the name of an operation that
// is there.
func namesOperation(def *commandDef) bool {
	return def.under == "operation" && def.args > 0 && def.name != "new"
}

// completeOperations completes a name with what the operation is for.
func completeOperations(set *operation.Set, word string) []string {
	var out []string
	for _, op := range set.Enabled() {
		name := set.Called(op)
		if !strings.HasPrefix(name, word) {
			continue
		}
		if about, _, _ := strings.Cut(op.Description, "\n"); about != "" {
			name += "\t" + about
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// completeParam completes --param of the operation that is named on the line:
// NAME= first, then the values that it takes.
func completeParam(set *operation.Set, project, name, word string) ([]string, cobra.ShellCompDirective) {
	op, err := set.Find(name, project)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	param, written, valued := strings.Cut(word, "=")
	if !valued {
		var out []string
		for _, p := range op.Params {
			if strings.HasPrefix(p.Name, param) {
				out = append(out, p.Name+"=\t"+p.Takes())
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	var out []string
	for _, v := range paramWords(op.Param(param)) {
		if strings.HasPrefix(v, written) {
			out = append(out, param+"="+v)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// paramWords lists the values that a parameter takes, where they are a few words.
func paramWords(p *operation.Param) []string {
	switch {
	case p == nil || p.Hidden():
		return nil
	case p.Type == operation.Boolean:
		return []string{"true", "false"}
	}
	var out []string
	for _, v := range p.Enum {
		out = append(out, operation.Written(v))
	}
	return out
}

// operationWords lists what --select of operations takes: names, groups, tags.
func operationWords(set *operation.Set) []string {
	seen := map[string]bool{}
	for _, op := range set.Enabled() {
		seen[op.Name] = true
		if op.Group != "" {
			seen["group:"+op.Group] = true
		}
		for _, t := range op.Tags {
			seen["tag:"+t] = true
		}
	}
	return sorted(seen)
}

// operationsOf reads the project's operations for the sake of their names, and
// writes nothing. Where they have faults there are none.
func operationsOf(p *Process, c *cobra.Command, defs []*flagDef) (*operation.Set, string) {
	s, err := settle(defs, func(f *flagDef) ([]string, bool) { return given(c.Flags(), f) }, p.getenv, here())
	if err != nil {
		return nil, ""
	}
	inv := s.invocation("operation list")
	inv.WriteJSON, inv.Select, inv.Exclude, inv.Selector, inv.State = false, nil, nil, "", ""
	out, err := (&engine.Engine{Getenv: p.getenv}).Invoke(context.Background(), inv)
	if err != nil || out.Operations == nil {
		return nil, ""
	}
	return out.Operations, out.Manifest.Project
}
