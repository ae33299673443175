package pgtest

import (
	"slices"
	"testing"
)

// TestRelay: what a session sends is seen with the state of its transaction, by
// either protocol; an open transaction's end is seen too.
func TestRelay(t *testing.T) {
	r := NewRelay(t, Database(t))
	c, err := r.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"begin", "create table t (i int); insert into t values (1)", "selec", "rollback", "begin"} {
		_, _ = c.Exec(t.Context(), sql).ReadAll() // one of them fails, which is seen
	}
	if result := c.ExecParams(t.Context(), "select $1::int", [][]byte{[]byte("1")}, nil, nil, nil).Read(); result.Err != nil {
		t.Fatal(result.Err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := r.Rows(t, "select 2"); rows[0][0] != "2" {
		t.Errorf("through the relay: %v", rows)
	}
	want := []Statement{
		{1, "begin", "T", false},
		{1, "create table t (i int); insert into t values (1)", "T", false},
		{1, "selec", "E", true},
		{1, "rollback", "I", false},
		{1, "begin", "T", false},
		{1, "select $1::int", "T", false},
		{1, Closed, "I", false},
		{2, "select 2", "I", false},
	}
	if got := r.Take(); !slices.Equal(got, want) {
		t.Errorf("seen: %+v\nwant: %+v", got, want)
	}
}
