package render

import (
	"strings"

	"dex/internal/adapter"
)

// links are the views that read each relation, as the database had them when it was
// asked: what is dropped with a relation. A view that is made later is dropped by
// nothing, since nodes run after what they read.
type links map[linkKey]map[linkKey]adapter.Relation

type linkKey struct{ database, schema, name string }

func linkKeyOf(r adapter.Relation) linkKey {
	return linkKey{strings.ToLower(r.Database), strings.ToLower(r.Schema), strings.ToLower(r.Identifier)}
}

func (l links) add(found adapter.Link) {
	k := linkKeyOf(found.Relation)
	if l[k] == nil {
		l[k] = map[linkKey]adapter.Relation{}
	}
	l[k][linkKeyOf(found.View)] = found.View
}

// drop forgets a relation and gives the views that go with it, those that read such a
// view included.
func (l links) drop(r adapter.Relation) []adapter.Relation {
	k := linkKeyOf(r)
	views := l[k]
	delete(l, k)
	for _, of := range l {
		delete(of, k)
	}
	var out []adapter.Relation
	for _, v := range views {
		out = append(append(out, v), l.drop(v)...)
	}
	return out
}

// rename gives a relation its new name on both sides.
func (l links) rename(from, to adapter.Relation) {
	old, k := linkKeyOf(from), linkKeyOf(to)
	if views, ok := l[old]; ok {
		delete(l, old)
		l[k] = views
	}
	for _, of := range l {
		if v, ok := of[old]; ok {
			delete(of, old)
			to.Type = v.Type
			of[k] = to
		}
	}
}
