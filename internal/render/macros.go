package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dex/internal/jinja"
	"dex/internal/manifest"
)

// Macros holds every macro of an invocation by package and finds them the way
// dbt does. It is filled while macro files are parsed and frozen after that.
type Macros struct {
	root      string
	internal  []string // internal packages, the preferred one first
	byPackage map[string]map[string]*Entry
	names     []string // installed packages in the order in which they were added
}

// Entry is a macro with its compiled form.
type Entry struct {
	Macro   *manifest.Macro
	Program *jinja.Macro
}

// globalNamespace is the name under which all internal macros are reached:
// dbt.type_string(), whichever internal package defines it.
const globalNamespace = "dbt"

// NewMacros returns an empty table. internal lists the internal packages, the
// one whose macros win first: "dbt_duckdb", "dbt".
func NewMacros(root string, internal []string) *Macros {
	return &Macros{root: root, internal: internal, byPackage: map[string]map[string]*Entry{}}
}

// DuplicateMacroError is two macros of one name in one package.
type DuplicateMacroError struct{ First, Second *manifest.Macro }

func (e *DuplicateMacroError) Error() string {
	return fmt.Sprintf("dbt found multiple macros named %q in the project %q.\n"+
		"All macros require unique names, to fix this error rename or remove any duplicates. They can be found in these files:\n    - %s\n    - %s",
		e.First.Name, e.First.Package, e.Second.OriginalFilePath, e.First.OriginalFilePath)
}

// Add makes a macro known; a *DuplicateMacroError where its package has one of
// that name.
func (m *Macros) Add(mac *manifest.Macro, prog *jinja.Macro) error {
	pkg := m.byPackage[mac.Package]
	if pkg == nil {
		pkg = map[string]*Entry{}
		m.byPackage[mac.Package] = pkg
		m.names = append(m.names, mac.Package)
	}
	if old, dup := pkg[mac.Name]; dup {
		return &DuplicateMacroError{old.Macro, mac}
	}
	pkg[mac.Name] = &Entry{mac, prog}
	return nil
}

// Find finds a macro as a node of package pkg sees it: that package's own, then
// the root project's, then the internal ones. Those of other packages are
// reached through their package's name alone.
func (m *Macros) Find(pkg, name string) *Entry {
	if e := m.byPackage[pkg][name]; e != nil {
		return e
	}
	if e := m.byPackage[m.root][name]; e != nil {
		return e
	}
	return m.global(name)
}

// global finds a macro among the internal packages.
func (m *Macros) global(name string) *Entry {
	for _, p := range m.internal {
		if e := m.byPackage[p][name]; e != nil {
			return e
		}
	}
	return nil
}

// FindIn finds pkg.name as templates do; "dbt" stands for all internal packages,
// which have no other name.
func (m *Macros) FindIn(pkg, name string) *Entry {
	if pkg == globalNamespace {
		return m.global(name)
	}
	if m.isInternal(pkg) {
		return nil
	}
	return m.byPackage[pkg][name]
}

// Own finds a macro of this very package.
func (m *Macros) Own(pkg, name string) *Entry { return m.byPackage[pkg][name] }

// HasPackage reports whether templates can write pkg.macro().
func (m *Macros) HasPackage(pkg string) bool {
	return pkg == globalNamespace || m.byPackage[pkg] != nil && !m.isInternal(pkg)
}

func (m *Macros) isInternal(pkg string) bool {
	for _, p := range m.internal {
		if p == pkg {
			return true
		}
	}
	return false
}

// Builtin reports whether a macro that the root project calls by name comes with
// dex.
func (m *Macros) Builtin(name string) bool {
	e := m.Anywhere(m.root, name)
	return e != nil && m.isInternal(e.Macro.Package)
}

// Anywhere finds a macro for a node of pkg among all packages. dbt:
// MacroResolver.get_macro, which the generic tests' builder uses.
func (m *Macros) Anywhere(pkg, name string) *Entry {
	if e := m.byPackage[pkg][name]; e != nil {
		return e
	}
	if e := m.byPackage[m.root][name]; e != nil {
		return e
	}
	for i := len(m.names) - 1; i >= 0; i-- { // dbt: later packages overwrite earlier ones
		if m.isInternal(m.names[i]) {
			continue
		}
		if e := m.byPackage[m.names[i]][name]; e != nil {
			return e
		}
	}
	return m.global(name)
}

// Test finds the macro of a generic test. namespace is "" where the test was
// written without one.
func (m *Macros) Test(pkg, namespace, name string) *Entry {
	if namespace != "" {
		if namespace == globalNamespace {
			return m.global("test_" + name)
		}
		return m.byPackage[namespace]["test_"+name]
	}
	return m.Anywhere(pkg, "test_"+name)
}

// GenerateMacro finds generate_<component>_name for a node of package pkg: the
// root project's, else the internal ones. dbt looks into an installed package
// for its own nodes as well.
func (m *Macros) GenerateMacro(pkg, component string) *Entry {
	name := "generate_" + component + "_name"
	if pkg != m.root {
		if e := m.byPackage[pkg][name]; e != nil && !m.isInternal(pkg) {
			return e
		}
	}
	if e := m.byPackage[m.root][name]; e != nil {
		return e
	}
	return m.global(name)
}

// Materialization finds the macro that builds a materialization on a database:
// among adapter-specific ones before default ones, and there the root project's
// before an installed package's before the built-in one. A package may not
// replace a built-in materialization unless the root project asks it to
// (dbt: require_explicit_package_overrides_for_builtin_materializations).
func (m *Macros) Materialization(pkg, name, adapterType string) *Entry {
	for _, kind := range []string{adapterType, "default"} {
		full := "materialization_" + name + "_" + kind
		if e := m.byPackage[m.root][full]; e != nil {
			return e
		}
		builtin := m.global(full)
		if builtin == nil && m.builtinMaterialization(name, adapterType) == nil {
			if e := m.byPackage[pkg][full]; e != nil {
				return e
			}
			for i := len(m.names) - 1; i >= 0; i-- {
				if e := m.byPackage[m.names[i]][full]; e != nil {
					return e
				}
			}
		}
		if builtin != nil {
			return builtin
		}
	}
	return nil
}

// Overriding finds an installed package's macro for a built-in materialization,
// which counts where the root project lets packages replace those and has none of
// its own; nil otherwise.
func (m *Macros) Overriding(name, adapterType string) *Entry {
	if m.builtinMaterialization(name, adapterType) == nil {
		return nil
	}
	for _, kind := range []string{adapterType, "default"} {
		full := "materialization_" + name + "_" + kind
		if m.byPackage[m.root][full] != nil {
			return nil
		}
		for i := len(m.names) - 1; i >= 0; i-- {
			if e := m.byPackage[m.names[i]][full]; e != nil && !m.isInternal(m.names[i]) {
				return e
			}
		}
	}
	return nil
}

func (m *Macros) builtinMaterialization(name, adapterType string) *Entry {
	if e := m.global("materialization_" + name + "_" + adapterType); e != nil {
		return e
	}
	return m.global("materialization_" + name + "_default")
}

// DispatchError says where a dispatch looked in vain.
type DispatchError struct {
	Name, Namespace string
	Searched        []string
}

func (e *DispatchError) Error() string {
	ns := e.Namespace
	if ns == "" {
		ns = "None"
	}
	return fmt.Sprintf("In dispatch: No macro named '%s' found within namespace: '%s'\n    Searched for: %s",
		e.Name, ns, "'"+strings.Join(e.Searched, "', '")+"'")
}

// NotationError is a dispatch whose macro name has a package's in it.
type NotationError struct{ Name string }

func (e *NotationError) Error() string {
	pkg, rest, _ := strings.Cut(e.Name, ".")
	return fmt.Sprintf("In adapter.dispatch, got a macro name of \"%s\", but \".\" is not a valid macro name component. "+
		"Did you mean `adapter.dispatch(\"%s\", macro_namespace=\"%s\")`?", e.Name, rest, pkg)
}

// dispatch finds the implementation of a macro for a database in the packages of
// the namespace's search order; where it has none, plain finds what a name means.
// The error is a *DispatchError or *NotationError. dbt: BaseDatabaseWrapper.dispatch.
func (inv *Invocation) dispatch(plain func(name string) *Entry, name, namespace string) (*Entry, error) {
	if strings.Contains(name, ".") {
		return nil, &NotationError{name}
	}
	order := inv.searchOrder(namespace)
	var tried []string
	if order == nil {
		for _, p := range inv.prefixes() {
			full := p + "__" + name
			tried = append(tried, full)
			if e := plain(full); e != nil {
				return e, nil
			}
		}
	}
	for _, in := range order {
		for _, p := range inv.prefixes() {
			full := p + "__" + name
			tried = append(tried, in+"."+full)
			if e := inv.Macros.FindIn(in, full); e != nil {
				return e, nil
			}
		}
	}
	return nil, &DispatchError{name, namespace, tried}
}

// DispatchFor finds what adapter.dispatch(name, namespace) gives while a node of
// package pkg is rendered, whichever package the macro with the call is of.
func (inv *Invocation) DispatchFor(pkg, name, namespace string) (*Entry, error) {
	return inv.dispatch(func(full string) *Entry { return inv.Macros.Find(pkg, full) }, name, namespace)
}

// DispatchOf finds what adapter.dispatch(name, namespace) in a macro's text gives
// where no node is known: without a namespace any package's macro does. Parsing
// asks it for depends_on.macros. dbt: TestMacroNamespace.
func (inv *Invocation) DispatchOf(name, namespace string) (*Entry, error) {
	return inv.dispatch(func(full string) *Entry { return inv.Macros.Anywhere("", full) }, name, namespace)
}

// searchOrder is the list of packages that adapter.dispatch looks into for a
// namespace; nil where the names of the calling node's package decide.
func (inv *Invocation) searchOrder(namespace string) []string {
	if namespace == "" {
		return nil
	}
	if order := inv.Dispatch[namespace]; len(order) > 0 {
		return order
	}
	for _, p := range inv.PackageNames {
		if p == namespace {
			return []string{inv.Project, namespace}
		}
	}
	return nil
}

// prefixes are the first parts of the names that dispatch looks for.
func (inv *Invocation) prefixes() []string { return []string{inv.AdapterType, "default"} }

// Named finds a macro by the name that configuration gives it: name as a node of
// package pkg sees it, or package.name. It is nil where there is none.
func (m *Macros) Named(pkg, name string) *Entry {
	if p, n, ok := strings.Cut(name, "."); ok {
		return m.FindIn(p, n)
	}
	return m.Find(pkg, name)
}

// Names lists the macros of package pkg and of the root project: what somebody may
// have meant who wrote a name that is not there.
func (m *Macros) Names(pkg string) []string {
	out := slices.Sorted(maps.Keys(m.byPackage[pkg]))
	if pkg != m.root {
		out = append(out, slices.Sorted(maps.Keys(m.byPackage[m.root]))...)
	}
	return out
}
