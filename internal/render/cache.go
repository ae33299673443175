package render

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"dex/internal/adapter"
)

// Cache remembers which relations stand in which schemas, so that one query per
// database answers for all nodes. A schema is known (listed whole) or unknown, and
// so is each relation of it: unknown is never taken for absent. It is safe for
// many goroutines.
type Cache struct {
	mu      sync.Mutex
	schemas map[schemaKey]*schemaEntry
	links   links
	clock   int64 // counts changes, so that a listing knows what came after it began
}

type schemaKey struct{ database, schema string }

// schemaEntry is what is known of a schema. Before it was listed it holds the
// changes that were made meanwhile.
type schemaEntry struct {
	listed bool
	byName map[string]cached
}

// cached is what is known of one relation.
type cached struct {
	relation adapter.Relation
	state    presence
	at       int64 // when it changed last; also the order of List
}

type presence uint8

const (
	absent presence = iota
	present
	doubtful // a task touched it and failed: the database must be asked
)

// NewCache returns a cache that knows nothing.
func NewCache() *Cache { return &Cache{schemas: map[schemaKey]*schemaEntry{}, links: links{}} }

func keyOf(database, schema string) schemaKey {
	return schemaKey{strings.ToLower(database), strings.ToLower(schema)}
}

// Fill lists the schemas of one database by one query and remembers them. What
// changed while the query ran keeps its change: the listing may be older.
func (c *Cache) Fill(ctx context.Context, conn adapter.Conn, database string, schemas []string) error {
	c.mu.Lock()
	began := c.clock
	c.mu.Unlock()
	rels, err := conn.Relations(ctx, database, schemas)
	if err != nil {
		return err
	}
	var found []adapter.Link
	if l, ok := conn.(adapter.Linker); ok && len(rels) > 0 {
		if found, err = l.Links(ctx, database, schemas); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range schemas {
		c.relist(keyOf(database, s), began)
	}
	for _, l := range found {
		if c.since(l.Relation) <= began && c.since(l.View) <= began {
			c.links.add(l)
		}
	}
	for _, r := range rels {
		e, name := c.entry(keyOf(r.Database, r.Schema)), strings.ToLower(r.Identifier)
		if have, ok := e.byName[name]; !ok || have.at <= began {
			c.put(e, name, cached{relation: r, state: present})
		}
	}
	return nil
}

// since is when a relation changed last; 0 where nothing is known of it.
func (c *Cache) since(r adapter.Relation) int64 {
	if e := c.schemas[keyOf(r.Database, r.Schema)]; e != nil {
		return e.byName[strings.ToLower(r.Identifier)].at
	}
	return 0
}

// relist forgets what is known of a schema from before a listing began.
func (c *Cache) relist(k schemaKey, began int64) {
	e := c.entry(k)
	e.listed = true
	for name, have := range e.byName {
		if have.at <= began {
			delete(e.byName, name)
		}
	}
}

// entry gives what is known of a schema, to be changed.
func (c *Cache) entry(k schemaKey) *schemaEntry {
	e := c.schemas[k]
	if e == nil {
		e = &schemaEntry{byName: map[string]cached{}}
		c.schemas[k] = e
	}
	return e
}

func (c *Cache) put(e *schemaEntry, name string, v cached) {
	c.clock++
	v.at = c.clock
	if have, ok := e.byName[name]; ok && have.state == present && v.state == present {
		v.at = have.at // it keeps its place in the list
	}
	e.byName[name] = v
}

// Find looks one relation up. known is false where the database must be asked.
func (c *Cache) Find(r adapter.Relation) (found adapter.Relation, exists, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.schemas[keyOf(r.Database, r.Schema)]
	if e == nil {
		return adapter.Relation{}, false, false
	}
	have, ok := e.byName[strings.ToLower(r.Identifier)]
	switch {
	case !ok:
		return adapter.Relation{}, false, e.listed
	case have.state == doubtful:
		return adapter.Relation{}, false, false
	case have.state == absent:
		return adapter.Relation{}, false, true
	}
	return have.relation, true, true
}

// List gives the relations of a schema in the order in which they became known;
// false where it must be asked for.
func (c *Cache) List(database, schema string) ([]adapter.Relation, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.schemas[keyOf(database, schema)]
	if e == nil || !e.listed {
		return nil, false
	}
	all := make([]cached, 0, len(e.byName))
	for _, have := range e.byName {
		switch have.state {
		case doubtful:
			return nil, false
		case present:
			all = append(all, have)
		}
	}
	slices.SortFunc(all, func(a, b cached) int { return cmp.Compare(a.at, b.at) })
	out := make([]adapter.Relation, len(all))
	for i, have := range all {
		out[i] = have.relation
	}
	return out, true
}

// Add notes a relation that was made.
func (c *Cache) Add(r adapter.Relation) { c.set(r, present) }

// Drop notes that a relation is gone, and gives the views that are gone with it. dbt:
// RelationsCache.drop.
func (c *Cache) Drop(r adapter.Relation) []adapter.Relation {
	c.mu.Lock()
	defer c.mu.Unlock()
	views := c.links.drop(r)
	for _, gone := range append([]adapter.Relation{r}, views...) {
		c.put(c.entry(keyOf(gone.Database, gone.Schema)), strings.ToLower(gone.Identifier), cached{relation: gone, state: absent})
	}
	return views
}

// Doubt makes relations unknown: a task changed them and failed, and whether the
// database undid the change is not ours to guess.
func (c *Cache) Doubt(rels []adapter.Relation) {
	for _, r := range rels {
		c.set(r, doubtful)
	}
}

func (c *Cache) set(r adapter.Relation, p presence) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(c.entry(keyOf(r.Database, r.Schema)), strings.ToLower(r.Identifier), cached{relation: r, state: p})
}

// Rename moves a relation to another name; its type goes with it.
func (c *Cache) Rename(from, to adapter.Relation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.links.rename(from, to)
	old, name := c.entry(keyOf(from.Database, from.Schema)), strings.ToLower(from.Identifier)
	if have, ok := old.byName[name]; ok && have.state == present {
		to.Type = have.relation.Type
	}
	c.put(old, name, cached{relation: from, state: absent})
	c.put(c.entry(keyOf(to.Database, to.Schema)), strings.ToLower(to.Identifier), cached{relation: to, state: present})
}

// DropSchema forgets a schema: it becomes unknown.
func (c *Cache) DropSchema(database, schema string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.schemas, keyOf(database, schema))
}
