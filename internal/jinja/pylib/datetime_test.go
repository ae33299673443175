package pylib

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// replay runs the expressions that a script in testdata recorded.
func replay(t *testing.T, file string, known func(src, got, want string) bool) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var cases [][2]string
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	e := newEvaluator()
	failed := 0
	for _, c := range cases {
		if got := e.eval(t, c[0]); got != c[1] && (known == nil || !known(c[0], got, c[1])) {
			if failed++; failed <= 40 {
				t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
			}
		}
	}
	t.Logf("%d of %d expressions differ", failed, len(cases))
}

func TestRecordedDatetime(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	replay(t, "datetime.json", func(src, got, want string) bool {
		switch {
		case strings.Contains(src, "|%s"):
			// The C library's mktime takes the flag of another zone's summer time.
			return strings.Contains(src, "US/Eastern")
		case strings.Contains(src, "Africa/Casablanca") && strings.Contains(src, "2050"):
			// The rules of the future differ between two releases of the zone data.
			return true
		case strings.Contains(want, "redefinition of group name"):
			return strings.HasPrefix(want, got)
		}
		return false
	})
}
