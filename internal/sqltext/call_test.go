package sqltext

import (
	"reflect"
	"testing"
)

func TestParseCall(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want Call
		ok   bool
	}{
		{"CALL notify_slack('all is well')", Call{"notify_slack", []string{"all is well"}, true}, true},
		{"\n  call Notify_Slack ( 'it''s \"x\"' ) ; -- done", Call{"notify_slack", []string{`it's "x"`}, true}, true},
		{"-- first\n/* then */ CALL ops.\"notify_slack\"('a', 'b')", Call{"notify_slack", []string{"a", "b"}, true}, true},
		{`CALL n(E'a\nb\'c')`, Call{"n", []string{"a\nb'c"}, true}, true},
		{"CALL n($x$it's$x$)", Call{"n", []string{"it's"}, true}, true},
		{"CALL n('a;b -- c')", Call{"n", []string{"a;b -- c"}, true}, true},
		{"CALL n('')", Call{"n", []string{""}, true}, true},
		{"CALL n()", Call{"n", nil, true}, true},
		{"CALL n('a' || b)", Call{"n", []string{}, false}, true},
		{"CALL n(now())", Call{"n", nil, false}, true},
		{"CALL n('a') extra", Call{"n", []string{"a"}, false}, true},
		{"CALL n('a'); CALL n('b')", Call{}, false},
		{"select call('a')", Call{}, false},
		{"callback('a')", Call{}, false},
		{"CALL n", Call{}, false},
		{"", Call{}, false},
	} {
		got, ok := ParseCall(c.sql, DuckDB)
		if ok != c.ok || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v %v, want %+v %v", c.sql, got, ok, c.want, c.ok)
		}
	}
}
