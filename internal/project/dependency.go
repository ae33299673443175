package project

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Dependencies is what a project asks for in packages.yml or dependencies.yml.
type Dependencies struct {
	// File is the name of the file that lists the packages.
	File string
	// Packages in the order of the file.
	Packages []Dependency
	// Locked is what package-lock.yml lists; nil where there is none.
	Locked []Dependency
	// LockHash is package-lock.yml's sha1_hash.
	LockHash string
}

// Dependency is one package that a project asks for.
type Dependency struct {
	// Source is how it is found: "local", "git", "package", "tarball" or "private".
	Source string
	// Spec is the rendered entry; Raw the entry as written.
	Spec, Raw *value.Dict
	// Pos is where the entry stands, Line the text of that line.
	Pos  diag.Pos
	Line string
}

// Name is what the source says: a path, an address, a name on the hub.
func (d Dependency) Name() string { return d.text(d.Source) }

// PackageName is the entry's own name: in package-lock.yml the project's name.
func (d Dependency) PackageName() string { return d.text("name") }

// Text is another key of the entry; "" where it is not set or no text.
func (d Dependency) Text(key string) string { return d.text(key) }

// Texts is a key that may hold one version or several: each as text.
func (d Dependency) Texts(key string) []string {
	v, _ := d.Spec.GetStr(key)
	switch x := v.(type) {
	case nil, value.NoneType:
		return nil
	case *value.List:
		return texts(x)
	}
	return []string{value.ToStr(v)}
}

// Bool is a key that is true or false; otherwise where it is not set.
func (d Dependency) Bool(key string, otherwise bool) bool {
	v, _ := d.Spec.GetStr(key)
	if b, ok := v.(value.Bool); ok {
		return bool(b)
	}
	return otherwise
}

// RawText is a key as written, before rendering.
func (d Dependency) RawText(key string) string {
	v, _ := d.Raw.GetStr(key)
	s, _ := v.(value.Str)
	return string(s)
}

func (d Dependency) text(key string) string {
	v, _ := d.Spec.GetStr(key)
	s, _ := v.(value.Str)
	return string(s)
}

// sources are the keys that say where a package comes from, with the other keys
// that an entry may then have.
var sources = map[string][]string{
	"local":   {"name"},
	"tarball": {"name"},
	"git":     {"revision", "warn-unpinned", "subdirectory", "name"},
	"private": {"provider", "revision", "warn-unpinned", "subdirectory", "name"},
	"package": {"version", "install_prerelease", "name"},
}

const malformedPackages = `The packages.yml file in this project is malformed. Please double check
the contents of this file and fix any errors before retrying.

You can find more information on the syntax for this file here:
https://docs.getdbt.com/docs/package-management

Validator Error:
%s`

// ReadDependencies reads packages.yml or dependencies.yml, and
// package-lock.yml, of the project in dir. Text of packages.yml is rendered;
// dbt does not render dependencies.yml.
func ReadDependencies(dir string, with Renderer) (Dependencies, diag.List) {
	packages, faults := readBeside(dir, "packages.yml")
	dependencies, more := readBeside(dir, "dependencies.yml")
	faults = append(faults, more...)
	out := Dependencies{File: "packages.yml"}
	doc := packages
	switch {
	case listsPackages(dependencies, "packages") && listsPackages(packages, "packages"):
		faults.Add(packages.Fault(packages.Pos("packages"), diag.Runtime, "packages-invalid",
			"The 'packages' key cannot be specified in both packages.yml and dependencies.yml"))
	case listsPackages(packages, "projects"):
		faults.Add(packages.Fault(packages.Pos("projects"), diag.Runtime, "packages-invalid",
			"The 'projects' key cannot be specified in packages.yml"))
	case listsPackages(dependencies, "packages"):
		doc, with, out.File = dependencies, nil, "dependencies.yml"
	}
	if doc != nil && !faults.HasErrors() {
		out.Packages, more = readPackages(doc, with)
		faults = append(faults, more...)
	}
	lock, more := readBeside(dir, "package-lock.yml")
	faults = append(faults, more...)
	if lock != nil && !faults.HasErrors() {
		// The lock file keeps secrets as the variables that hold them.
		out.Locked, more = readPackages(lock, with)
		faults = append(faults, more...)
		if d, ok := lock.Value.(*value.Dict); ok {
			hash, _ := d.GetStr("sha1_hash")
			if s, ok := hash.(value.Str); ok {
				out.LockHash = string(s)
			}
		}
	}
	return out, faults
}

func listsPackages(doc *yamldoc.Doc, key string) bool {
	if doc == nil {
		return false
	}
	d, ok := doc.Value.(*value.Dict)
	return ok && has(d, key)
}

// readPackages reads the list of packages of a document.
func readPackages(doc *yamldoc.Doc, with Renderer) ([]Dependency, diag.List) {
	var faults diag.List
	malformed := func(at diag.Pos, reason string) {
		faults.Add(doc.Fault(at, diag.Runtime, "packages-invalid", fmt.Sprintf(malformedPackages, reason)))
	}
	if doc.Value == value.None {
		return nil, nil
	}
	raw, ok := doc.Value.(*value.Dict)
	if !ok {
		malformed(doc.Start(doc.Value), notType(doc.Value, "object"))
		return nil, faults
	}
	for i := range raw.Len() {
		k, _ := raw.At(i)
		if key := value.ToStr(k); key != "packages" && key != "sha1_hash" && (doc.File != "dependencies.yml" || key != "projects") {
			malformed(doc.KeyPos(raw, key), fmt.Sprintf("Additional properties are not allowed (%s was unexpected)", value.Repr(k)))
		}
	}
	v, ok := raw.GetStr("packages")
	if !ok || v == value.None {
		return nil, faults
	}
	entries, ok := v.(*value.List)
	if !ok {
		malformed(doc.ValuePos(raw, "packages"), notType(v, "array"))
		return nil, faults
	}
	list, more := doc.Render(entries, []string{"packages"}, yamldoc.Rendering{With: with})
	faults = append(faults, more...)
	var out []Dependency
	for i, item := range list.(*value.List).Elems {
		at := doc.ItemPos(entries, i)
		d, reason := NewDependency(entries.Elems[i], item)
		if reason != "" {
			malformed(at, reason)
			continue
		}
		d.Pos, d.Line = at, doc.Line(at.Line)
		out = append(out, d)
	}
	return out, faults
}

// NewDependency checks an entry of a list of packages, as written and as rendered;
// the text says what is wrong with it, in dbt's words.
func NewDependency(raw, rendered value.Value) (Dependency, string) {
	spec, ok := rendered.(*value.Dict)
	if !ok {
		return Dependency{}, value.Repr(rendered) + anyOf
	}
	d := Dependency{Spec: spec, Raw: raw.(*value.Dict)}
	for name := range sources {
		if has(spec, name) {
			if d.Source != "" {
				return d, value.Repr(spec) + anyOf
			}
			d.Source = name
		}
	}
	if d.Source == "" {
		return d, value.Repr(spec) + anyOf
	}
	for i := range spec.Len() {
		k, _ := spec.At(i)
		if key := value.ToStr(k); key != d.Source && !slices.Contains(sources[d.Source], key) {
			return d, value.Repr(spec) + anyOf
		}
	}
	if !validTypes(spec, d.Source) {
		return d, value.Repr(spec) + anyOf
	}
	name, ok := spec.GetStr(d.Source)
	if s, isText := name.(value.Str); !ok || !isText {
		return d, value.Repr(spec) + anyOf
	} else if s == "" && (d.Source == "package" || d.Source == "local" || d.Source == "git") {
		kind := d.Source
		if kind == "package" {
			kind = "hub"
		}
		return d, fmt.Sprintf("A %s package is missing the value. It is a required property.", kind)
	}
	return d, hubFault(d)
}

// validTypes holds the other keys of an entry against the types that dbt takes.
func validTypes(spec *value.Dict, source string) bool {
	valid := true
	spec.Each(func(k, v value.Value) bool {
		if _, isNone := v.(value.NoneType); isNone {
			return true
		}
		switch value.ToStr(k) {
		case "warn-unpinned", "install_prerelease":
			_, valid = v.(value.Bool)
		case "revision":
			valid = isVersionText(v)
		case "version":
			if l, ok := v.(*value.List); ok {
				valid = !slices.ContainsFunc(l.Elems, func(e value.Value) bool { return !isVersionText(e) })
			} else {
				valid = isVersionText(v)
			}
		default:
			_, valid = v.(value.Str)
		}
		return valid
	})
	return valid && (source != "tarball" || has(spec, "name"))
}

func isVersionText(v value.Value) bool {
	switch v.(type) {
	case value.Str, value.Int, value.Float:
		return true
	}
	return false
}

func hubFault(d Dependency) string {
	if d.Source != "package" {
		return ""
	}
	version, ok := d.Spec.GetStr("version")
	if !ok || !version.Truth() {
		return d.Name() + " is missing the version. When installing from the Hub package index, version is a required property"
	}
	if !strings.Contains(d.Name(), "/") {
		return d.Name() + " was not found in the package index. Packages on the index require a namespace, e.g dbt-labs/dbt_utils"
	}
	return ""
}

// dependencies reads what the root project asks for.
func (l *loader) dependencies() {
	deps, faults := ReadDependencies(l.p.Root.Dir, l.o.SecretRenderer)
	l.faults = append(l.faults, faults...)
	l.p.Dependencies = deps
}

// uninstalled reports that the packages folder does not hold what is asked for:
// dbt compares numbers, and names where package-lock.yml has them.
func (l *loader) uninstalled(installed []string) (diag.Diagnostic, bool) {
	deps := l.p.Dependencies
	wanted := deps.Locked
	if len(wanted) == 0 {
		wanted = deps.Packages
	}
	if len(wanted) == len(installed) {
		return diag.Diagnostic{}, false
	}
	var missing []string
	for _, d := range deps.Locked {
		if name := d.PackageName(); name != "" && !slices.ContainsFunc(installed, func(folder string) bool { return stem(folder) == name }) {
			missing = append(missing, name)
		}
	}
	slices.SortFunc(missing, cmp.Compare[string])
	msg := fmt.Sprintf("dbt expects %d package(s) based on packages specified in %s, but found only %d package(s) installed in %s. ",
		len(wanted), deps.File, len(installed), l.p.Root.InstallPath)
	if len(missing) > 0 {
		msg += "Following packages were not found: " + strings.Join(missing, ", ") + ". "
	}
	return diag.Diagnostic{
		Class: diag.Compilation, Code: "packages-missing", Pos: diag.Pos{File: deps.File},
		Summary: msg + `Run "dbt deps" to install package dependencies.`,
	}, true
}

// stem is a name without its last extension.
func stem(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return name
}

// sortPaths orders paths of keys.
func sortPaths(paths [][]string) { slices.SortFunc(paths, slices.Compare[[]string]) }
