package run

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"dex/internal/adapter"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/session"
)

// schemaRef is one schema of one database.
type schemaRef struct{ database, schema string }

// schemasOf lists the schemas in which nodes stand, sorted.
func schemasOf(inv *render.Invocation, nodes []*manifest.Node) []schemaRef {
	seen := map[schemaRef]bool{}
	var out []schemaRef
	for _, n := range nodes {
		ref := schemaRef{n.Database, n.Schema}
		if n.Schema == "" || seen[ref] || !needsSchema(inv, n) {
			continue
		}
		seen[ref] = true
		out = append(out, ref)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].database != out[j].database {
			return out[i].database < out[j].database
		}
		return out[i].schema < out[j].schema
	})
	return out
}

// needsSchema reports whether running n makes something in its schema. A test
// does only where it stores its failures.
func needsSchema(inv *render.Invocation, n *manifest.Node) bool {
	if n.Kind == manifest.KindTest {
		return storesFailures(inv, n)
	}
	return relational(n)
}

// MakeSchemas creates the schemas that the nodes need and that are not there.
// dbt: create_schemas.
func (e *Executor) MakeSchemas(ctx context.Context, nodes []*manifest.Node) error {
	wanted := schemasOf(e.Inv, nodes)
	have, err := e.existing(ctx, wanted)
	if err != nil {
		return err
	}
	for _, ref := range wanted {
		if have[lower(ref)] {
			continue
		}
		have[lower(ref)] = true
		if err := e.makeSchema(ctx, ref); err != nil {
			return fmt.Errorf("create schema %s: %w", ref.schema, err)
		}
	}
	return nil
}

func lower(r schemaRef) schemaRef {
	return schemaRef{strings.ToLower(r.database), strings.ToLower(r.schema)}
}

// existing lists the schemas of every database that is wanted.
func (e *Executor) existing(ctx context.Context, wanted []schemaRef) (map[schemaRef]bool, error) {
	have := map[schemaRef]bool{}
	asked := map[string]bool{}
	for _, ref := range wanted {
		if asked[ref.database] {
			continue
		}
		asked[ref.database] = true
		s := session.New(e.Inv.Adapter, "list_"+ref.database, &e.Sessions)
		s.Thread = mainThread
		c, err := s.Conn(ctx)
		if err != nil {
			s.Close() // it may have been opened, and lost since
			return nil, err
		}
		names, err := c.Schemas(ctx, ref.database)
		s.Close()
		if err != nil {
			return nil, fmt.Errorf("list schemas of %s: %w", ref.database, err)
		}
		for _, n := range names {
			have[lower(schemaRef{ref.database, n})] = true
		}
	}
	return have, nil
}

func (e *Executor) makeSchema(ctx context.Context, ref schemaRef) error {
	s := session.New(e.Inv.Adapter, "create_"+ref.database+"_"+ref.schema, &e.Sessions)
	s.Thread = mainThread
	defer s.Close()
	f := e.Inv.NewFrame(ctx, render.Run, nil)
	f.Session, f.Thread = s, mainThread
	rel := e.Inv.RelationValue(adapter.Relation{Database: ref.database, Schema: ref.schema})
	_, err := f.CallMethod("create_schema", rel)
	return err
}

// FillCache lists the relations of the schemas in question, one query for each
// database, whatever the number of schemas.
func (e *Executor) FillCache(ctx context.Context, nodes []*manifest.Node) error {
	byDatabase := map[string][]string{}
	var order []string
	for _, ref := range schemasOf(e.Inv, nodes) {
		if byDatabase[ref.database] == nil {
			order = append(order, ref.database)
		}
		byDatabase[ref.database] = append(byDatabase[ref.database], ref.schema)
	}
	for _, db := range order {
		s := session.New(e.Inv.Adapter, "list_"+db, &e.Sessions)
		s.Thread = mainThread
		c, err := s.Conn(ctx)
		if err == nil {
			err = e.Inv.Cache.Fill(ctx, c, db, byDatabase[db])
		}
		s.Close()
		if err != nil {
			return fmt.Errorf("list relations of %s: %w", db, err)
		}
	}
	return nil
}
