package duckdb

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// newSession opens a database in memory and a session on it.
func newSession(t testing.TB, target map[string]value.Value) adapter.Conn {
	t.Helper()
	db := openTarget(t, "", target)
	c, err := db.Conn(context.Background(), "master")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	return c
}

func openTarget(t testing.TB, dir string, target map[string]value.Value) *database {
	t.Helper()
	d := value.NewDict(len(target))
	d.SetStr("type", value.Str("duckdb"))
	for k, v := range target {
		d.SetStr(k, v)
	}
	creds, err := ParseCredentials(d, dir)
	if err != nil {
		t.Fatal(err)
	}
	db, err := open(context.Background(), creds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// values.json is what Python's DuckDB shows of the same statements in the same
// order: names, values by str() and type(), and the text of errors.
func TestValuesAsPython(t *testing.T) {
	src, err := os.ReadFile("testdata/values.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		SQL, Error string
		Columns    []string
		Rows       [][][2]string
	}
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	s := newSession(t, nil)
	for _, c := range cases {
		_, tab, err := s.Execute(context.Background(), c.SQL, true, 0)
		if c.Error != "" || err != nil {
			if err == nil || err.Error() != c.Error {
				t.Errorf("%s\n error %v\n  want %v", c.SQL, err, c.Error)
			}
			continue
		}
		if len(tab.Rows) != len(c.Rows) || len(tab.Columns) != len(c.Columns) && len(c.Rows) > 0 {
			t.Errorf("%s\n %d rows of %d columns, want %d of %d", c.SQL, len(tab.Rows), len(tab.Columns), len(c.Rows), len(c.Columns))
			continue
		}
		for i, row := range tab.Rows {
			for j, v := range row {
				if tab.Columns[j].Name != c.Columns[j] {
					t.Errorf("%s\n column %q, want %q", c.SQL, tab.Columns[j].Name, c.Columns[j])
				}
				want := c.Rows[i][j]
				if got := value.ToStr(v); got != want[0] {
					t.Errorf("%s\n got %s, want %s", c.SQL, got, want[0])
				}
				if got := pythonType(v); got != want[1] && !asText[want[1]] {
					t.Errorf("%s\n %s is of type %s, want %s", c.SQL, want[0], got, want[1])
				}
			}
		}
	}
}

// asText are the Python classes whose values dex shows by their text.
var asText = map[string]bool{"UUID": true}

// pythonType is the name of a value's Python class without its module.
func pythonType(v value.Value) string {
	name := v.Type()
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}
