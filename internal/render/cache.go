package render

import (
	"context"
	"sync"

	"dex/internal/adapter"
)

// Cache remembers which relations stand in which schemas, so that one query per
// database answers for all nodes. A schema is known (listed whole) or unknown;
// unknown is never taken for empty. It is safe for many goroutines.
type Cache struct {
	mu      sync.Mutex
	schemas map[schemaKey]*schemaEntry
}

type schemaKey string

// schemaEntry is a schema's relations by lower-case name, in the order in which
// they became known.
type schemaEntry struct {
	byName map[string]adapter.Relation
	order  []string
}

// NewCache returns a cache that knows nothing.
func NewCache() *Cache { return &Cache{schemas: map[schemaKey]*schemaEntry{}} }

func keyOf(database, schema string) schemaKey {
	r := adapter.Relation{Database: database, Schema: schema}.Key()
	return schemaKey(r)
}

// Fill lists the schemas of one database by one query and remembers them.
func (c *Cache) Fill(ctx context.Context, conn adapter.Conn, database string, schemas []string) error {
	rels, err := conn.Relations(ctx, database, schemas)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range schemas {
		c.schemas[keyOf(database, s)] = &schemaEntry{byName: map[string]adapter.Relation{}}
	}
	for _, r := range rels {
		c.add(r)
	}
	return nil
}

// List gives the relations of a schema; false where the schema is unknown.
func (c *Cache) List(database, schema string) ([]adapter.Relation, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.schemas[keyOf(database, schema)]
	if !ok {
		return nil, false
	}
	out := make([]adapter.Relation, 0, len(e.order))
	for _, n := range e.order {
		if r, ok := e.byName[n]; ok {
			out = append(out, r)
		}
	}
	return out, true
}

// Add notes a relation that was made. In an unknown schema it notes nothing: the
// schema stays unknown.
func (c *Cache) Add(r adapter.Relation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(r)
}

func (c *Cache) add(r adapter.Relation) {
	e, ok := c.schemas[keyOf(r.Database, r.Schema)]
	if !ok {
		return
	}
	name := r.Key()
	if _, have := e.byName[name]; !have {
		e.order = append(e.order, name)
	}
	e.byName[name] = r
}

// Drop forgets a relation.
func (c *Cache) Drop(r adapter.Relation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(r)
}

func (c *Cache) drop(r adapter.Relation) {
	e, ok := c.schemas[keyOf(r.Database, r.Schema)]
	if !ok {
		return
	}
	name := r.Key()
	if _, have := e.byName[name]; !have {
		return
	}
	delete(e.byName, name)
	for i, n := range e.order {
		if n == name {
			e.order = append(e.order[:i], e.order[i+1:]...)
			break
		}
	}
}

// Rename moves a relation to another name; its type goes with it.
func (c *Cache) Rename(from, to adapter.Relation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.schemas[keyOf(from.Database, from.Schema)]; ok {
		if old, have := e.byName[from.Key()]; have {
			to.Type = old.Type
		}
	}
	c.drop(from)
	c.add(to)
}

// DropSchema forgets a schema: it becomes unknown.
func (c *Cache) DropSchema(database, schema string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.schemas, keyOf(database, schema))
}
