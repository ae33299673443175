package project

import (
	"context"
	"fmt"
	"path"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// defaultOperationPaths is where operations lie where dex.yml says nothing.
var defaultOperationPaths = []string{"operations"}

// DexOperations is what dex.yml says of operations.
type DexOperations struct {
	// Paths are the folders of operations.
	Paths []string
	// PathsSet says that dex.yml names them.
	PathsSet bool
	// Tree configures operations by package and folder; nil where there is none. Its
	// texts are as they are written. Its places are in Doc.
	Tree *value.Dict
	Doc  *yamldoc.Doc
}

func readOperationPaths(d *Dex, top *yamldoc.Mapping) {
	paths := top.Texts("operation-paths")
	for _, p := range paths {
		if clean := path.Clean(p); path.IsAbs(p) || clean == "." || clean == ".." || strings.HasPrefix(clean, "../") {
			top.Fault("operation-paths", "bad-path", fmt.Sprintf("operation-paths may not have '%s'", p), "Name folders below the project's: operation-paths: [operations].")
		}
	}
	d.Operations.Paths, d.Operations.PathsSet = paths, true
}

func always([]string) bool { return true }

func readOperationTree(d *Dex, top *yamldoc.Mapping) {
	switch v := top.Value("operations").(type) {
	case nil:
	case *value.Dict:
		d.Operations.Tree, d.Operations.Doc = v, top.Doc
		if w, ok := top.Places().GetStr("operations"); ok {
			d.Operations.Tree = w.(*value.Dict)
		}
	default:
		top.Wrong("operations", "a mapping of folders and +keys", v)
	}
}

// OperationFiles are the files below a package's operation paths.
type OperationFiles struct {
	Package    *Package
	Scripts    []*File // SQL and Python
	Properties []*File // YAML
}

// OperationFiles lists the files of operations, the user's own package first. What
// lies below another resource path as well is left to that. The list has faults of
// dex.yml; the error is a folder that may not be read.
//
// It looks at the disk when it is called: a command that has nothing to do with
// operations does not.
func (p *Project) OperationFiles(ctx context.Context) ([]OperationFiles, diag.List, error) {
	var out []OperationFiles
	var faults diag.List
	for _, pkg := range p.Packages {
		if pkg.fsys != nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		paths := defaultOperationPaths
		if pkg.Root && p.Dex.Operations.PathsSet {
			paths = p.Dex.Operations.Paths
		}
		files, err := pkg.operationFiles(paths)
		if err != nil {
			return nil, nil, err
		}
		if len(files.Scripts)+len(files.Properties) > 0 {
			out = append(out, files)
		}
	}
	for _, dir := range p.Dex.Operations.Paths {
		if other := p.Root.resourcePath(dir); other != "" {
			faults.Add(diag.Diagnostic{
				Class: diag.Runtime, Code: "bad-path", Pos: diag.Pos{File: DexFile},
				Summary: fmt.Sprintf("operation-paths has '%s', which lies below '%s', a path of %s", dir, other, ProjectFile),
				Hint:    "Give operations a folder of their own.",
			})
		} else if !p.Root.hasFolder(strings.TrimRight(dir, "/")) {
			faults.Add(diag.Diagnostic{
				Severity: diag.Warning, Class: diag.Runtime, Code: "no-path", Pos: diag.Pos{File: DexFile},
				Summary: fmt.Sprintf("operation-paths has '%s', and there is no such folder", dir),
			})
		}
	}
	return out, faults, nil
}

// HasOperations reports whether the user's project has a file that may be an
// operation, without reading any.
func (p *Project) HasOperations(ctx context.Context) (bool, error) {
	files, faults, err := p.OperationFiles(ctx)
	return len(files)+len(faults) > 0, err
}

func (p *Package) operationFiles(paths []string) (OperationFiles, error) {
	out := OperationFiles{Package: p}
	var ignore *ignoreRules
	for _, dir := range paths {
		if dir = strings.TrimRight(dir, "/"); p.resourcePath(dir) != "" || !p.hasFolder(dir) {
			continue
		}
		if ignore == nil {
			var err error
			if ignore, err = readIgnore(p); err != nil {
				return out, err
			}
		}
		entries, err := p.walk(dir, ignore)
		if err != nil {
			return out, err
		}
		for _, e := range entries {
			switch {
			case p.resourcePath(joinSlash(dir, e.rel)) != "":
			case strings.HasPrefix(path.Base(e.rel), "_"): // what scripts import: __init__.py, _common.py
			case matches(e.rel, ".sql"), matches(e.rel, ".py"):
				out.Scripts = append(out.Scripts, p.file(Operation, dir, e))
			case matches(e.rel, ".yml"), matches(e.rel, ".yaml"):
				out.Properties = append(out.Properties, p.file(OperationProperties, dir, e))
			}
		}
	}
	return out, nil
}

// resourcePath is the path of dbt_project.yml that file lies below, "" for none.
func (p *Package) resourcePath(file string) string {
	file = path.Clean(file)
	for _, dir := range append(p.Paths.Sources(), p.Paths.Assets...) {
		if clean := path.Clean(dir); clean == "." || file == clean || strings.HasPrefix(file, clean+"/") {
			return dir
		}
	}
	return ""
}
