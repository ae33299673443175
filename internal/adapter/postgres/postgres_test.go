package postgres

import (
	"context"
	"maps"
	"testing"

	"dex/internal/adapter"
	"dex/internal/adapter/adaptertest"
	"dex/internal/jinja/value"
	"dex/internal/pgtest"
)

// slow runs for minutes unless it is canceled, and works all the time.
const slow = "select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b"

func TestAdapter(t *testing.T) {
	adaptertest.Exercise(t, func(t *testing.T) adaptertest.Setup {
		at := pgtest.Database(t)
		return adaptertest.Setup{
			Adapter: openAt(t, at, nil), Database: at.Database, Schema: "public", Slow: slow, WholeText: true, Placeholder: "%s",
			Values: []adaptertest.Value{
				{SQL: "select 1::smallint", Repr: "1"}, {SQL: "select date '2024-02-29'", Repr: "datetime.date(2024, 2, 29)"},
				{SQL: "select array[1, null]", Repr: "[1, None]"}, {SQL: `select '{"a": 1}'::jsonb`, Repr: "{'a': 1}"},
			},
		}
	})
}

// target is a target of profiles.yml for a database of the tests' server.
func target(at pgtest.Settings, more map[string]value.Value) *value.Dict {
	keys := map[string]value.Value{
		"type": value.Str("postgres"), "host": value.Str(at.Host), "port": value.Int(at.Port), "user": value.Str(at.User),
		"pass": value.Str("none needed"), "dbname": value.Str(at.Database), "schema": value.Str("public"),
	}
	maps.Copy(keys, more)
	d := value.NewDict(len(keys))
	for k, v := range keys {
		if v != nil {
			d.SetStr(k, v)
		}
	}
	return d
}

func openAt(t testing.TB, at pgtest.Settings, more map[string]value.Value) *database {
	t.Helper()
	c, err := ParseCredentials(target(at, more), "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// newSession opens a session in a database of the test's own.
func newSession(t testing.TB, more map[string]value.Value) *session {
	t.Helper()
	return sessionOf(t, openAt(t, pgtest.Database(t), more))
}

func sessionOf(t testing.TB, d *database) *session {
	t.Helper()
	c, err := d.Conn(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	return c.(*session)
}

func (s *session) must(t testing.TB, sql string) *adapter.Table {
	t.Helper()
	_, tab, err := s.Execute(context.Background(), sql, true, 0)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tab
}

// one is the only value that a query gives, as text.
func (s *session) one(t testing.TB, sql string) string {
	t.Helper()
	tab := s.must(t, sql)
	if len(tab.Rows) != 1 || len(tab.Rows[0]) != 1 {
		t.Fatalf("%s: %d rows", sql, len(tab.Rows))
	}
	return value.ToStr(tab.Rows[0][0])
}

// each gives a query's rows, cells parted by |.
func (s *session) each(t testing.TB, sql string) []string {
	t.Helper()
	var out []string
	for _, row := range s.must(t, sql).Rows {
		line := ""
		for i, v := range row {
			if i > 0 {
				line += "|"
			}
			line += value.ToStr(v)
		}
		out = append(out, line)
	}
	return out
}
