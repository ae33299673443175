package state

import (
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/manifest"
)

// macrosModified reports whether n calls a macro that differs, at whatever
// remove. A generic test whose macro is gone is a fault where any macro differs, as
// in dbt: check_macros_modified.
func (c *Comparison) macrosModified(n *manifest.Node) (bool, error) {
	orphan := n.Kind == manifest.KindTest && n.Test != nil && n.Test.Generic && !c.hasTestMacro(n)
	if n.Kind == manifest.KindSource || len(n.Macros) == 0 && !orphan {
		return false, nil
	}
	if c.affected == nil {
		c.affected = c.affectedMacros()
	}
	if orphan && len(c.affected) > 0 {
		return false, &Fault{Class: diag.Compilation, Msg: "Node '" + n.Name + "' (in " + n.OriginalFilePath + ") depends on a macro or test that does not exist",
			Hint: "There is no generic test '" + n.Test.Name + "': it was removed, its name is misspelt, or its package is not installed (dex deps)."}
	}
	return slices.ContainsFunc(n.Macros, func(id manifest.ID) bool { return c.affected[id] }), nil
}

// hasTestMacro reports whether the macro of a generic test was found.
func (c *Comparison) hasTestMacro(n *manifest.Node) bool {
	return slices.ContainsFunc(n.Macros, func(id manifest.ID) bool {
		m := c.m.Macros[id]
		return m != nil && m.Name == "test_"+n.Test.Name
	})
}

// affectedMacros are the macros that are new, gone or of another text, and those
// that call one of them.
func (c *Comparison) affectedMacros() map[manifest.ID]bool {
	was, now := c.Previous.Manifest.Macros, c.m.Macros
	callers := map[manifest.ID][]manifest.ID{}
	var open []manifest.ID
	ours := writtenByDex(c.Previous.Manifest.Manifest)
	for id, m := range now {
		for _, called := range m.Macros {
			callers[called] = append(callers[called], id)
		}
		if old := was[id]; (old == nil || old.Raw != m.Raw) && (ours || !builtIn(m)) {
			open = append(open, id)
		}
	}
	for id, m := range was {
		if now[id] == nil && (ours || !builtIn(m)) {
			open = append(open, id)
		}
	}
	affected := map[manifest.ID]bool{}
	for len(open) > 0 {
		id := open[len(open)-1]
		open = open[:len(open)-1]
		if !affected[id] {
			affected[id] = true
			open = append(open, callers[id]...)
		}
	}
	return affected
}

// builtIn reports whether a macro comes with the program. Its text is dex's own:
// that dbt wrote another one is no change of the project.
func builtIn(m *manifest.Macro) bool {
	return builtInPackages[m.Package]
}

var builtInPackages = map[string]bool{"dbt": true, "dbt_duckdb": true, "dbt_postgres": true}

// writtenByDex tells whose built-in macros a manifest shows: names of dex's own
// begin with "dex__".
func writtenByDex(m *manifest.Manifest) bool {
	for _, x := range m.Macros {
		if x.Package == "dbt" && strings.HasPrefix(x.Name, "dex__") {
			return true
		}
	}
	return false
}
