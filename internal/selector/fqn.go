package selector

import (
	"strings"

	"dex/internal/dag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// name is a criterion of the method fqn, taken apart once for all nodes.
type name struct {
	whole  string
	prefix string // the parts before the first one with a wildcard, with their dots
	rest   string // that part and all behind
	wild   bool
	parts  int
	leaf   bool   // a wildcard without dots matches a node's own name as well
	under  string // its last two parts with "_" between: "dim_v2" and "dim.v2" are the same
}

func newName(s string) name {
	parts := strings.Split(s, ".")
	n := name{whole: s, parts: len(parts), under: strings.Join(parts[max(0, len(parts)-2):], "_")}
	for i, p := range parts {
		if wild(p) {
			n.wild = true
			n.rest = strings.Join(parts[i:], ".")
			n.prefix = s[:len(s)-len(n.rest)]
			break
		}
	}
	n.leaf = n.wild && len(parts) == 1
	return n
}

// selectFQN matches names with everything but sources, with and without the
// package in front.
func selectFQN(q *query) error {
	want := newName(value.ToStr(q.c.Value))
	if want.whole == "*" {
		q.each(notSource, func(*manifest.Node) bool { return true })
		return nil
	}
	q.each(notSource, func(n *manifest.Node) bool {
		if len(n.FQN) == 0 {
			return false
		}
		versioned := n.Kind == manifest.KindModel && n.Versioned()
		if want.isName(n.FQN, versioned) {
			return true
		}
		if !want.wild {
			return hasPrefix(n.FQN, want.whole) || hasPrefix(n.FQN[1:], want.whole)
		}
		if want.leaf && match(want.whole, ownName(n.FQN, versioned)) {
			return true
		}
		joined := strings.Join(n.FQN, ".")
		return want.fits(joined) || len(n.FQN) > 1 && want.fits(joined[len(n.FQN[0])+1:])
	})
	return nil
}

func notSource(n *manifest.Node) bool { return n.Kind != manifest.KindSource }

// ownName is the part of a fully qualified name that is the node's: the last
// one, or the one before a version.
func ownName(fqn []string, versioned bool) string {
	if versioned && len(fqn) > 1 {
		return fqn[len(fqn)-2]
	}
	return fqn[len(fqn)-1]
}

// isName reports whether the criterion is the node's own name; one version of a
// model has several: dim.v2, dim_v2.
func (w *name) isName(fqn []string, versioned bool) bool {
	own := ownName(fqn, versioned)
	if own == w.whole {
		return true
	}
	if !versioned || len(fqn) < 2 {
		return false
	}
	version, ok := strings.CutPrefix(w.under, own+"_")
	return ok && version == fqn[len(fqn)-1]
}

// fits matches a pattern with the parts of a name, joined by dots.
func (w *name) fits(joined string) bool {
	return strings.HasPrefix(joined, w.prefix) && strings.Count(joined, ".")+1 >= w.parts && match(w.rest, joined[len(w.prefix):])
}

// hasPrefix reports whether fqn, its parts joined by dots, begins with the parts
// of s. It makes no text of them.
func hasPrefix(fqn []string, s string) bool {
	for i, part := range fqn {
		if len(s) <= len(part) {
			return strings.HasPrefix(part, s) && (len(s) == len(part) || part[len(s)] == '.')
		}
		if !strings.HasPrefix(s, part) || s[len(part)] != '.' {
			return false
		}
		s = s[len(part)+1:]
		if i == len(fqn)-1 {
			return false
		}
	}
	return false
}

// query is one criterion on its way through the nodes.
type query struct {
	s     *Selector
	c     *Criteria
	found dag.Set
}

// each adds the nodes of a kind that a test takes.
func (q *query) each(kind, test func(*manifest.Node) bool) {
	for i := range q.s.members.All {
		if n := q.s.g.Nodes[i]; kind(n) && test(n) {
			q.found.Add(i)
		}
	}
}
