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
		return len(n.FQN) > 0 && (want.matches(n.FQN, n.Versioned() && n.Kind == manifest.KindModel) ||
			want.matches(n.FQN[1:], n.Versioned() && n.Kind == manifest.KindModel))
	})
	return nil
}

func notSource(n *manifest.Node) bool { return n.Kind != manifest.KindSource }

// matches compares with one fully qualified name.
func (w *name) matches(fqn []string, versioned bool) bool {
	if len(fqn) == 0 {
		return false
	}
	own := fqn[len(fqn)-1]
	if versioned && len(fqn) > 1 {
		own = fqn[len(fqn)-2]
		if own+"_"+fqn[len(fqn)-1] == w.under {
			return true
		}
	}
	if own == w.whole {
		return true
	}
	if !w.wild {
		return hasPrefix(fqn, w.whole)
	}
	if w.leaf && match(w.whole, own) {
		return true
	}
	if w.prefix != "" && !hasPrefix(fqn, w.prefix[:len(w.prefix)-1]) {
		return false
	}
	joined := strings.Join(fqn, ".")
	return strings.Count(joined, ".")+1 >= w.parts && match(w.rest, joined[len(w.prefix):])
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
