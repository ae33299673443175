package selector

import (
	"path"
	"slices"
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
	found := q.s.newPathSet(path.Clean(pattern))
	if found == nil {
		return nil
	}
	q.each(anyNode, func(n *manifest.Node) bool {
		if _, patch, ok := strings.Cut(n.PatchPath, "://"); ok && found.has(patch) {
			return true
		}
		return found.covers(strings.TrimPrefix(n.OriginalFilePath, "./"))
	})
	return nil
}

// pathSet is what a pattern found: a few paths as they are, many as a map.
type pathSet struct {
	few  []string
	many map[string]bool
}

// newPathSet looks a pattern up, by Options.Glob or, without it, among the paths
// that the manifest tells of; nil where nothing is found.
func (s *Selector) newPathSet(pattern string) *pathSet {
	var found []string
	switch {
	case s.opt.Glob != nil:
		found = s.opt.Glob(pattern)
	case wild(pattern):
		found = s.globKnown(pattern)
	case s.known(pattern):
		found = []string{pattern}
	}
	if len(found) == 0 {
		return nil
	}
	if len(found) <= 8 {
		return &pathSet{few: found}
	}
	set := &pathSet{many: make(map[string]bool, len(found))}
	for _, p := range found {
		set.many[p] = true
	}
	return set
}

func (p *pathSet) has(file string) bool { return p.many[file] || slices.Contains(p.few, file) }

// covers reports whether a file or a folder above it is in the set.
func (p *pathSet) covers(file string) bool {
	for _, f := range p.few {
		if f == "." || below(file, f) {
			return true
		}
	}
	if p.many == nil {
		return false
	}
	for ; file != ""; file = parent(file) {
		if p.many[file] {
			return true
		}
	}
	return p.many["."]
}

// below reports whether a path is another one or stands under it.
func below(file, folder string) bool {
	return strings.HasPrefix(file, folder) && (len(file) == len(folder) || file[len(folder)] == '/')
}

// parent is the folder of a path; "" at the top.
func parent(p string) string { return p[:max(0, strings.LastIndexByte(p, '/'))] }

// known reports whether the manifest tells of a path of the root project: a
// file or a folder above one.
func (s *Selector) known(p string) bool {
	hit := p == "."
	s.eachKnownFile(func(file string) bool {
		hit = hit || below(file, p)
		return !hit
	})
	return hit
}

// globKnown finds the known paths that match a pattern.
func (s *Selector) globKnown(pattern string) []string {
	seen := map[string]bool{}
	s.eachKnownFile(func(file string) bool {
		for ; file != "" && !seen[file]; file = parent(file) {
			seen[file] = true
		}
		return true
	})
	var found []string
	parts := strings.Split(pattern, "/")
	for p := range seen {
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

// eachKnownFile calls f with the files of the root project in which nodes,
// macros and docs stand, some of them several times, until it returns false.
func (s *Selector) eachKnownFile(f func(file string) bool) {
	m := s.m
	own := func(pkg, file string) bool {
		return pkg != m.Project || file == "" || f(strings.TrimPrefix(file, "./"))
	}
	node := func(n *manifest.Node) bool {
		pkg, patch, _ := strings.Cut(n.PatchPath, "://")
		return own(n.Package, n.OriginalFilePath) && own(pkg, patch)
	}
	for _, n := range s.g.Nodes {
		if !node(n) {
			return
		}
	}
	for _, list := range m.Disabled {
		for _, n := range list {
			if !node(n) {
				return
			}
		}
	}
	for _, x := range m.Macros {
		if !own(x.Package, x.OriginalFilePath) {
			return
		}
	}
	for _, d := range m.Docs {
		if !own(d.Package, d.OriginalFilePath) {
			return
		}
	}
}
