package parse

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

// naming says which of the generate_*_name macros are dex's own: those need not
// be rendered for each of some ten thousand nodes, since what they give is known.
type naming struct {
	own map[*project.Package][len(nameParts)]bool
}

// nameParts are the parts of a relation's name with the config that asks for one,
// in dbt's order: each macro sees what the one before it gave.
var nameParts = [...]struct{ component, config string }{
	{"database", "database"}, {"schema", "schema"}, {"alias", "alias"},
}

// newNaming looks up which macros name the nodes of each package. A macro is
// dex's own where neither it nor what it dispatches to is overridden.
func (p *parser) newNaming() naming {
	own := map[*project.Package][len(nameParts)]bool{}
	for _, pkg := range p.proj.Packages {
		var parts [len(nameParts)]bool
		for i, part := range nameParts {
			parts[i] = p.builtinName(pkg.Name, part.component)
		}
		own[pkg] = parts
	}
	return naming{own}
}

// builtinName reports whether generate_<component>_name for a package is dex's
// own all the way down.
func (p *parser) builtinName(pkg, component string) bool {
	e := p.inv.Macros.GenerateMacro(pkg, component)
	if e == nil || !p.internal(e.Macro.Package) {
		return false
	}
	name := "generate_" + component + "_name"
	for _, prefix := range [...]string{"default", p.inv.AdapterType} {
		for _, in := range p.proj.Packages {
			over := p.inv.Macros.Own(in.Name, prefix+"__"+name)
			if over != nil && !(prefix == "default" && p.internal(over.Macro.Package)) {
				return false
			}
		}
	}
	return true
}

// internal reports whether a package is one of dex's own.
func (p *parser) internal(pkg string) bool {
	for _, name := range p.inv.InternalPackages {
		if name == pkg {
			return true
		}
	}
	return false
}

// name gives a node its database, schema, alias and relation name. It is false
// where a macro failed, which has been reported.
func (p *parser) name(d *draft) bool {
	n := d.node
	for i, part := range nameParts {
		custom, _ := n.Config.Get(part.config)
		if custom == nil {
			custom = value.None
		}
		got, ok := p.generateName(d, i, custom)
		if !ok {
			return false
		}
		switch i {
		case 0:
			n.Database = got
		case 1:
			n.Schema = got
		case 2:
			n.Alias = got
		}
	}
	if n.Kind == manifest.KindSnapshot {
		if v := n.Config.Str("target_database"); v != "" {
			n.Database = v
		}
		if v := n.Config.Str("target_schema"); v != "" {
			n.Schema = v
		}
	}
	n.RelationName = ""
	if relational(n) && !n.Ephemeral() {
		n.RelationName = p.inv.RelationName(n)
	}
	return true
}

// relational reports whether a node has a relation of its own.
func relational(n *manifest.Node) bool {
	return n.Refable() || n.Kind == manifest.KindFunction || storesFailures(n)
}

// storesFailures reports whether a test keeps the rows it finds.
func storesFailures(n *manifest.Node) bool {
	return n.Kind == manifest.KindTest && n.Config.Bool("store_failures", false)
}

// generateName asks a package's generate_<component>_name for part i of a node's
// name.
func (p *parser) generateName(d *draft, i int, custom value.Value) (string, bool) {
	n := d.node
	if p.names.own[d.pkg][i] {
		return p.defaultName(n, i, custom), true
	}
	component := nameParts[i].component
	e := p.inv.Macros.GenerateMacro(n.Package, component)
	if e == nil {
		p.report(nodeFault(n, diag.Internal, "macro-missing", "No macro with name generate_"+component+"_name found"))
		return "", false
	}
	args := []value.Value{custom, render.NodeValue(n)}
	v, _, err := p.inv.CallMacro(p.ctx, n, e.Macro.Package, e, args, nil)
	if err != nil {
		p.report(p.renderFault(n, d.src, err))
		return "", false
	}
	if v == value.None {
		return "", p.namedNone(n, component)
	}
	return strings.TrimSpace(value.ToStr(v)), true
}

// namedNone tells of a macro that gives a node no name. dbt: for a schema that is
// a fault, if a flag says so.
func (p *parser) namedNone(n *manifest.Node, component string) bool {
	if component != "schema" {
		return true
	}
	summary := "Node '" + string(n.ID) + "' has a schema set to None as a result of a generate_schema_name call."
	if p.flag("require_valid_schema_from_generate_schema_name", false) {
		p.report(nodeFault(n, diag.Parsing, "schema-none", summary+"\nPlease set a valid schema name, or preserve the legacy behavior by setting the behavior flag "+
			"'require_valid_schema_from_generate_schema_name' to False."))
		return false
	}
	f := warning(n.Pos, "schema-none", summary+" Please set a valid schema name.")
	f.Node = string(n.ID)
	p.report(f)
	return true
}

// defaultName is what the built-in macros give.
func (p *parser) defaultName(n *manifest.Node, i int, custom value.Value) string {
	given := ""
	if custom != value.None {
		given = strings.TrimSpace(value.ToStr(custom))
	}
	switch i {
	case 0:
		if custom == value.None {
			return p.inv.Database
		}
		return given
	case 1:
		if custom == value.None {
			return p.inv.Schema
		}
		return strings.TrimSpace(p.inv.Schema + "_" + given)
	}
	switch {
	case custom.Truth():
		return given
	case n.Versioned():
		return n.Name + "_v" + strings.ReplaceAll(value.ToStr(n.Version), ".", "_")
	}
	return n.Name
}
