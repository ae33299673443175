package manifest

import (
	"errors"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// names are the look-ups by name. Each list holds at most one thing per
// package, those of the root project first, then by package name: so that "the
// first one" does not depend on the order in which files were read.
type names struct {
	refs     map[string][]*Node
	sources  map[string][]*Node
	others   map[string][]*Node // metrics, semantic models, saved queries: by kind and name
	disabled map[string][]*Node // several per package
	docs     map[string][]*Doc
	groups   map[string]*Group
}

// Index makes the look-ups by name. package parse calls it once all nodes and
// docs are known, before the first Resolve; Freeze calls it again.
func (m *Manifest) Index() {
	x := &names{
		refs: make(map[string][]*Node, len(m.Nodes)), sources: make(map[string][]*Node, len(m.Sources)),
		others: map[string][]*Node{}, disabled: map[string][]*Node{},
		docs: make(map[string][]*Doc, len(m.Docs)), groups: map[string]*Group{},
	}
	for _, n := range m.Nodes {
		switch {
		case n.Kind == KindFunction:
			add(x.others, string(n.Kind)+"."+n.Name, n)
		case !n.Refable() || n.Source != nil: // the latter stands for a source in a unit test
		case n.Versioned():
			add(x.refs, n.SearchName(), n)
			if n.Latest() {
				add(x.refs, n.Name, n)
			}
		default:
			add(x.refs, n.Name, n)
		}
	}
	for _, n := range m.Sources {
		add(x.sources, n.SearchName(), n)
	}
	for _, n := range m.Others {
		add(x.others, string(n.Kind)+"."+n.Name, n)
	}
	for _, list := range m.Disabled {
		for _, n := range list {
			add(x.disabled, n.SearchName(), n)
		}
	}
	for _, d := range m.Docs {
		x.docs[d.Name] = append(x.docs[d.Name], d)
	}
	for _, g := range m.Groups {
		x.groups[g.Name] = g
	}
	m.sortNames(x)
	m.names = x
}

func add(to map[string][]*Node, name string, n *Node) { to[name] = append(to[name], n) }

// sortNames puts the lists with more than one element in order.
func (m *Manifest) sortNames(x *names) {
	for _, t := range []map[string][]*Node{x.refs, x.sources, x.others, x.disabled} {
		for _, list := range t {
			if len(list) > 1 {
				slices.SortFunc(list, func(a, b *Node) int {
					return m.byPackage(a.Package, b.Package, string(a.ID), string(b.ID))
				})
			}
		}
	}
	for name, list := range x.refs {
		x.refs[name] = lastOfPackage(list)
	}
	for _, list := range x.docs {
		slices.SortFunc(list, func(a, b *Doc) int {
			return m.byPackage(a.Package, b.Package, string(a.ID), string(b.ID))
		})
	}
}

// lastOfPackage leaves one node of each package: a seed goes before a snapshot,
// that before a model of the same name. dbt: RefableLookup keeps the last that it
// read.
func lastOfPackage(list []*Node) []*Node {
	out := list[:0]
	for _, n := range list {
		if last := len(out) - 1; last >= 0 && out[last].Package == n.Package {
			if readLate[n.Kind] > readLate[out[last].Kind] {
				out[last] = n
			}
			continue
		}
		out = append(out, n)
	}
	return out
}

// readLate orders the kinds by the time at which dbt reads them.
var readLate = map[Kind]int{KindModel: 1, KindSnapshot: 2, KindSeed: 3}

func (m *Manifest) byPackage(pkgA, pkgB, idA, idB string) int {
	if (pkgA == m.Project) != (pkgB == m.Project) {
		if pkgA == m.Project {
			return -1
		}
		return 1
	}
	if c := strings.Compare(pkgA, pkgB); c != 0 {
		return c
	}
	return strings.Compare(idA, idB)
}

// anyPackage stands for "of whatever package" in a search.
const anyPackage = ""

// searched lists the packages in which a name is looked for, in order.
//
// dbt: the root project goes before the package that asks, unless the flag
// require_ref_searches_node_package_before_root turns that round.
func (m *Manifest) searched(from, given string) []string {
	switch {
	case given != "":
		return []string{given}
	case from == m.Project || from == "":
		return []string{m.Project, anyPackage}
	case m.NodePackageFirst:
		return []string{from, m.Project, anyPackage}
	}
	return []string{m.Project, from, anyPackage}
}

// within gives the elements of list that are of a package.
func within(list []*Node, pkg string) []*Node {
	if pkg == anyPackage {
		return list
	}
	for i, n := range list {
		if n.Package == pkg {
			j := i + 1
			for j < len(list) && list[j].Package == pkg {
				j++
			}
			return list[i:j]
		}
	}
	return nil
}

// ResolveRef finds the node that a ref in a file of package from means. The
// error is a *LookupError.
func (m *Manifest) ResolveRef(from string, r Ref) (*Node, error) {
	key := r.Name
	if r.Version != nil && r.Version.Truth() {
		key += ".v" + value.ToStr(r.Version)
	}
	miss := &LookupError{What: "node", Name: r.Name, Package: r.Package, Version: r.Version}
	for _, pkg := range m.searched(from, r.Package) {
		found := within(m.names.refs[key], pkg)
		if len(found) > 1 {
			miss.Name = key
			for _, n := range found {
				miss.Several = append(miss.Several, n.ID)
			}
			return nil, miss
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if miss.Disabled == nil {
			for _, n := range firstPackage(m.names.disabled[key], pkg) {
				if n.Refable() {
					miss.Disabled = n
					break
				}
			}
		}
	}
	return nil, miss
}

// firstPackage is within, but for any package it gives the first one alone.
func firstPackage(list []*Node, pkg string) []*Node {
	if pkg == anyPackage && len(list) > 0 {
		pkg = list[0].Package
	}
	return within(list, pkg)
}

// ResolveSource finds the source that source(name, table) in a file of package
// from means. The error is a *LookupError.
func (m *Manifest) ResolveSource(from, source, table string) (*Node, error) {
	key := source + "." + table
	miss := &LookupError{What: "source", Name: key}
	return m.first(m.names.sources[key], from, "", miss, func(n *Node) bool { return n.Source != nil })
}

// ResolveOther finds a metric, semantic model, saved query or function by its
// kind. The error is a *LookupError.
func (m *Manifest) ResolveOther(kind Kind, from, pkg, name string) (*Node, error) {
	miss := &LookupError{What: string(kind), Name: name, Package: pkg}
	return m.first(m.names.others[string(kind)+"."+name], from, pkg, miss, func(n *Node) bool { return n.Kind == kind })
}

// first finds the first of list in the order of packages; where there is none,
// it looks for a disabled node of the same name.
func (m *Manifest) first(list []*Node, from, pkg string, miss *LookupError, fits func(*Node) bool) (*Node, error) {
	for _, p := range m.searched(from, pkg) {
		if found := within(list, p); len(found) > 0 {
			return found[0], nil
		}
		if miss.Disabled == nil {
			for _, n := range firstPackage(m.names.disabled[miss.Name], p) {
				if fits(n) {
					miss.Disabled = n
					break
				}
			}
		}
	}
	return nil, miss
}

// ResolveDoc finds a docs block; nil where there is none. pkg is "" where
// doc() was given a name alone.
func (m *Manifest) ResolveDoc(from, pkg, name string) *Doc {
	list := m.names.docs[name]
	for _, p := range m.searched(from, pkg) {
		for _, d := range list {
			if p == anyPackage || d.Package == p {
				return d
			}
		}
	}
	return nil
}

// GroupNamed finds a group by its name; nil where there is none.
func (m *Manifest) GroupNamed(name string) *Group { return m.names.groups[name] }

// LookupError says why a name could not be resolved.
type LookupError struct {
	What     string // "node", "source", "metric", ...
	Name     string
	Package  string      // "" where none was given
	Version  value.Value // nil where none was given
	Disabled *Node       // a disabled node of that name, nil where there is none
	Several  []ID        // nodes of several packages among which none is preferred
}

// Error tells the fault without who referred to the name.
func (e *LookupError) Error() string {
	if e.Several != nil {
		return e.ambiguous()
	}
	return "depends on a " + e.target() + "which " + e.reason()
}

func (e *LookupError) target() string {
	s := e.What + " named '" + e.Name + "' "
	if e.Version != nil && e.Version != value.None {
		s += "with version '" + value.ToStr(e.Version) + "' "
	}
	if e.Package != "" {
		s += "in package or project '" + e.Package + "' "
	}
	return s
}

func (e *LookupError) reason() string {
	if e.Disabled != nil {
		return "is disabled"
	}
	return "was not found"
}

func (e *LookupError) ambiguous() string {
	ids := make([]string, len(e.Several))
	packages := make([]string, len(e.Several))
	for i, id := range e.Several {
		ids[i] = string(id)
		packages[i] = strings.SplitN(string(id), ".", 3)[1]
	}
	return "When referencing '" + e.Name + "', dbt found nodes in multiple packages: '" + strings.Join(ids, "', '") +
		"'\nTo fix this, use two-argument 'ref', with the package name first: '" + strings.Join(packages, "' or '") + "'"
}

// Message tells the fault in dbt's words, with the node that referred to the
// name.
func (e *LookupError) Message(from *Node) string {
	if e.Several != nil {
		return e.ambiguous()
	}
	return title(string(from.Kind)) + " '" + string(from.ID) + "' (" + from.OriginalFilePath + ") " + e.Error()
}

// Diagnostic is the fault as one of the project, at the place of the node that
// referred to the name, or the more exact one that the caller knows.
func (e *LookupError) Diagnostic(from *Node, at diag.Pos) diag.Diagnostic {
	d := diag.Diagnostic{
		Class: diag.Compilation, Code: e.What + "-not-found", Summary: e.Message(from),
		Pos: at, Node: string(from.ID), Where: from.Where(),
	}
	switch {
	case e.Several != nil:
		d.Code = e.What + "-ambiguous"
	case e.Disabled != nil:
		d.Code = e.What + "-disabled"
		d.Hint = "Enable it where its configuration says enabled: false (" + e.Disabled.OriginalFilePath + "), or take the reference out."
	}
	return d
}

// title is Python's str.title for the name of a resource type.
func title(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' && (i == 0 || b[i-1] == ' ' || b[i-1] == '_') {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// CheckAccess reports, in dbt's words, that from may not refer to a private
// model of another group. restricted says that to's package was installed with
// restrict-access.
func CheckAccess(from, to *Node, restricted bool) error {
	if to.Kind != KindModel || from.Kind == KindSQLOperation {
		return nil
	}
	outside := restricted && from.Package != to.Package
	var scope string
	switch {
	case to.Access == "private" && (from.Group == "" || from.Group != to.Group || outside):
		scope = "private to the '" + to.Group + "' group"
	case to.Access == "protected" && outside:
		scope = "protected to the '" + to.Package + "' package"
	default:
		return nil
	}
	return errors.New("Node " + string(from.ID) + " attempted to reference node " + string(to.ID) +
		", which is not allowed because the referenced node is " + scope + ".")
}
