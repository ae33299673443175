package session

import (
	"testing"

	"dex/internal/adapter"
)

func TestLeavesState(t *testing.T) {
	for sql, want := range map[string]bool{
		"insert into t values (1)": false, "/* a */ -- b\nselect 1; update t set i = 1": false, "commit;": false, "(select 1)": false, "": false,
		"create unlogged table t (i int)": false, "create view temporary as select 1": true, // cautious
		"set work_mem = '8MB'": true, "select 1; SET role x": true, "create temp table t (i int)": true, "CREATE LOCAL TEMPORARY TABLE t (i int)": true,
		"select set_config('a.b', 'c', false)": true, "select pg_advisory_lock(1)": true, "listen x": true, "prepare p as select 1": true, "do $$ begin end $$": true,
	} {
		if got := leavesState(sql); got != want {
			t.Errorf("%s: %t", sql, got)
		}
	}
}

func TestUndone(t *testing.T) {
	for sql, want := range map[string]bool{"COMMIT": true, "commit;": true, "/* x */ end": true, "ROLLBACK": false, "rollback to savepoint s": false} {
		if got := undone(sql, adapter.Response{Message: "ROLLBACK"}) != nil; got != want {
			t.Errorf("%s: %t", sql, got)
		}
	}
	if err := undone("COMMIT", adapter.Response{Message: "COMMIT"}); err != nil {
		t.Error(err)
	}
}
