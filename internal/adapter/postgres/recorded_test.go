package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// recorded is what psycopg2 gave: testdata/record.py.
type recorded struct {
	Server      int
	Zone, Setup string
	Values      []struct{ SQL, Type, Repr, Error string }
	Responses   []struct {
		SQL, Message string
		Rows         int64
		Columns      []string
	}
	Errors []struct{ SQL, State, Message string }
}

func readRecorded(t *testing.T) recorded {
	t.Helper()
	b, err := os.ReadFile("testdata/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Values) == 0 || len(r.Responses) == 0 || len(r.Errors) == 0 {
		t.Fatal("nothing is recorded")
	}
	return r
}

// beyondPython are the values at which psycopg2 fails, as dex gives them: Postgres' text.
var beyondPython = map[string]string{
	"select date '0044-03-15 BC'":                      "'0044-03-15 BC'",
	"select date '12024-01-01'":                        "'12024-01-01'",
	"select timestamp '0044-03-15 12:00:00 BC'":        "'0044-03-15 12:00:00 BC'",
	"select timestamp '12024-01-01 00:00:00'":          "'12024-01-01 00:00:00'",
	"select interval '178000000 years'":                "'178000000 years'",
	"select array[date '2024-01-01', date 'infinity']": "[datetime.date(2024, 1, 1), datetime.date(9999, 12, 31)]",
}

func TestRecordedValues(t *testing.T) {
	r := readRecorded(t)
	s := newSession(t, nil)
	s.must(t, r.Setup)
	s.must(t, r.Zone)
	for _, v := range r.Values {
		tab := s.must(t, v.SQL)
		want := v.Repr
		if v.Error != "" {
			want = beyondPython[v.SQL]
		}
		if got := value.Repr(tab.Rows[0][0]); got != want {
			t.Errorf("%s: %s, want %s %s", v.SQL, got, want, v.Error)
		}
		if v.Type == "STRING" {
			v.Type = "TEXT" // dbt: Column.TYPE_LABELS
		}
		if got := tab.Columns[0].Type; got != v.Type && !strings.HasPrefix(got, v.Type+" ") {
			t.Errorf("%s: type %s, want %s", v.SQL, got, v.Type)
		}
		cols, err := s.Describe(context.Background(), v.SQL)
		if err != nil || len(cols) != 1 || cols[0] != tab.Columns[0] {
			t.Errorf("%s: described as %v, %v; want %v", v.SQL, cols, err, tab.Columns[0])
		}
	}
}

func TestRecordedResponses(t *testing.T) {
	r := readRecorded(t)
	s := newSession(t, nil)
	s.must(t, r.Setup)
	for _, q := range r.Responses {
		res, tab, err := s.Execute(context.Background(), q.SQL, true, 0)
		if err != nil {
			t.Errorf("%s: %v", q.SQL, err)
			continue
		}
		if res.Message != q.Message || res.Rows != q.Rows {
			t.Errorf("%s: %q and %d rows, want %q and %d", q.SQL, res.Message, res.Rows, q.Message, q.Rows)
		}
		var cols []string
		for _, c := range tab.Columns {
			cols = append(cols, c.Name)
		}
		if strings.Join(cols, " ") != strings.Join(q.Columns, " ") {
			t.Errorf("%s: columns %v, want %v", q.SQL, cols, q.Columns)
		}
	}
}

func TestRecordedErrors(t *testing.T) {
	r := readRecorded(t)
	s := newSession(t, nil)
	s.must(t, r.Setup)
	same := strings.HasPrefix(s.one(t, "show server_version"), value.ToStr(value.Int(r.Server))+".")
	if !same {
		t.Logf("the server is not of version %d: the SQLSTATEs alone are compared", r.Server)
	}
	for _, q := range r.Errors {
		_, _, err := s.Execute(context.Background(), q.SQL, true, 0)
		var db *adapter.DatabaseError
		var pg *pgconn.PgError
		if !errors.As(err, &db) || !errors.As(err, &pg) {
			t.Errorf("%s: %v", q.SQL, err)
			continue
		}
		if pg.Code != q.State {
			t.Errorf("%s: state %s, want %s", q.SQL, pg.Code, q.State)
		}
		if same && db.Msg != q.Message {
			t.Errorf("%s:\n%s\nwant\n%s", q.SQL, db.Msg, q.Message)
		}
		if db.SQL != q.SQL {
			t.Errorf("%s: the error is of %q", q.SQL, db.SQL)
		}
	}
}
