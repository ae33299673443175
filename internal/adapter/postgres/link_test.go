package postgres

import (
	"context"
	"slices"
	"testing"

	"dex/internal/adapter"
)

// TestLinks: views and materialized views of every schema, by each relation that they
// read; neither tables nor a view's own rule.
func TestLinks(t *testing.T) {
	s := newSession(t, nil)
	for _, sql := range []string{
		`create schema "Other"`,
		`create table base (id int, name text)`,
		`create table copied as select * from base`,
		`create view first as select id, name from base`,
		`create materialized view "Second" as select f.id from first f join base b on b.id = f.id`,
		`create view "Other".third as select count(*) as n from "Second"`,
		`create view alone as select 1 as id`,
	} {
		s.must(t, sql)
	}
	links := func(schemas ...string) []string {
		found, err := s.Links(context.Background(), s.db.creds.database, schemas)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, l := range found {
			if l.View.Type != adapter.TypeView && l.View.Type != adapter.TypeMaterializedView {
				t.Errorf("%s is a %s", l.View.Identifier, l.View.Type)
			}
			out = append(out, l.Relation.Schema+"."+l.Relation.Identifier+" < "+l.View.Schema+"."+l.View.Identifier)
		}
		slices.Sort(out)
		return out
	}
	want := []string{"public.Second < Other.third", "public.base < public.Second", "public.base < public.first", "public.first < public.Second"}
	if got := links("PUBLIC"); !slices.Equal(got, want) {
		t.Errorf("links %q, not %q", got, want)
	}
	if got := links("Other"); len(got) != 0 {
		t.Errorf("links of the other schema: %q", got)
	}
	if got := links(); len(got) != 0 {
		t.Errorf("links of no schema: %q", got)
	}
}
