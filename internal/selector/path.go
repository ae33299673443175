package selector

import (
	"path"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// selectPath takes what stands in a file, in any folder below a path, or is
// described in a properties file.
//
// dbt: the pattern is looked up in the root project's folder. What it finds
// there is then compared with the paths of all nodes, those of packages too,
// which are written from their own package's folder.
func selectPath(q *query) error {
	pattern := value.ToStr(q.c.Value)
	if path.IsAbs(pattern) {
		return errorf("Invalid path selector %q: non-relative patterns are unsupported", pattern)
	}
	if pattern == "" {
		return errorf("Invalid path selector: the path is empty")
	}
	found := map[string]bool{}
	for _, p := range q.s.glob(path.Clean(pattern)) {
		found[p] = true
	}
	if len(found) == 0 {
		return nil
	}
	q.each(anyNode, func(n *manifest.Node) bool {
		if _, patch, ok := strings.Cut(n.PatchPath, "://"); ok && found[patch] {
			return true
		}
		for p := n.OriginalFilePath; ; p = path.Dir(p) {
			if found[strings.TrimPrefix(p, "./")] {
				return true
			}
			if p == "." || p == "/" {
				return false
			}
		}
	})
	return nil
}

// glob finds the paths of the root project that match a pattern, by Options.Glob
// or, without it, among those that the manifest tells of.
func (s *Selector) glob(pattern string) []string {
	if s.opt.Glob != nil {
		return s.opt.Glob(pattern)
	}
	if s.paths == nil {
		s.paths = knownPaths(s.m)
	}
	if !wild(pattern) {
		if s.paths[pattern] {
			return []string{pattern}
		}
		return nil
	}
	var found []string
	parts := strings.Split(pattern, "/")
	for p := range s.paths {
		if matchPath(parts, strings.Split(p, "/")) {
			found = append(found, p)
		}
	}
	return found
}

// matchPath matches a path's parts one by one; "**" stands for any number of
// folders.
func matchPath(pattern, parts []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := 0; i <= len(parts); i++ {
				if matchPath(pattern[1:], parts[i:]) {
					return true
				}
			}
			return false
		}
		if len(parts) == 0 || !match(pattern[0], parts[0]) {
			return false
		}
		pattern, parts = pattern[1:], parts[1:]
	}
	return len(parts) == 0
}

// knownPaths are the files of the root project that nodes, macros and docs stand
// in, and all folders above them.
func knownPaths(m *manifest.Manifest) map[string]bool {
	paths := map[string]bool{".": true}
	add := func(pkg, p string) {
		if pkg != m.Project {
			return
		}
		for p = strings.TrimPrefix(p, "./"); !paths[p] && p != "/" && p != ""; p = path.Dir(p) {
			paths[p] = true
		}
	}
	addNode := func(n *manifest.Node) {
		add(n.Package, n.OriginalFilePath)
		if pkg, p, ok := strings.Cut(n.PatchPath, "://"); ok {
			add(pkg, p)
		}
	}
	for _, n := range m.Graph().Nodes {
		addNode(n)
	}
	for _, list := range m.Disabled {
		for _, n := range list {
			addNode(n)
		}
	}
	for _, x := range m.Macros {
		add(x.Package, x.OriginalFilePath)
	}
	for _, d := range m.Docs {
		add(d.Package, d.OriginalFilePath)
	}
	return paths
}
