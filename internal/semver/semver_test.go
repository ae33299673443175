package semver_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/semver"
)

// recorded holds what dbt makes of random conditions.
type recorded struct {
	Compare, Reduce, Resolve, Parse [][]json.RawMessage
}

func load(t *testing.T) recorded {
	t.Helper()
	src, err := os.ReadFile("testdata/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(src, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func decode(t *testing.T, row []json.RawMessage, into ...any) {
	t.Helper()
	for i, v := range into {
		if err := json.Unmarshal(row[i], v); err != nil {
			t.Fatal(err)
		}
	}
}

func parse(t *testing.T, text string) semver.Spec {
	t.Helper()
	s, err := semver.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecordedCompare(t *testing.T) {
	for _, row := range load(t).Compare {
		var a, b, shown string
		var want int
		decode(t, row, &a, &b, &want, &shown)
		if got := parse(t, a).Compare(parse(t, b)); got != want {
			t.Errorf("%s against %s: %d, not %d", a, b, got, want)
		}
		if got := parse(t, a).String(); got != shown {
			t.Errorf("%s shown as %s, not %s", a, got, shown)
		}
	}
}

func TestRecordedReduce(t *testing.T) {
	for _, row := range load(t).Reduce {
		var conditions []string
		var want string
		decode(t, row, &conditions, &want)
		specs, err := semver.ParseAll(conditions)
		if err != nil {
			t.Fatal(err)
		}
		r, err := semver.Reduce(specs...)
		got := r.String()
		if err != nil {
			got = "ERR " + err.Error()
		}
		if got != want {
			t.Errorf("%v: %s, not %s", conditions, got, want)
		}
	}
}

func TestRecordedResolve(t *testing.T) {
	for _, row := range load(t).Resolve {
		var conditions, available, want []string
		var prereleases bool
		var target *string
		decode(t, row, &conditions, &available, &prereleases, &want, &target)
		specs, err := semver.ParseAll(conditions)
		if err != nil {
			t.Fatal(err)
		}
		r, err := semver.Reduce(specs...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := semver.Installable(available, prereleases)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v: %v\n%s", available, err, diff)
		}
		best, err := r.Latest(got)
		if err != nil || best != "" && target == nil || target != nil && best != *target {
			t.Errorf("%v of %v: %q, %v", conditions, available, best, err)
		}
	}
}

func TestRecordedParse(t *testing.T) {
	for _, row := range load(t).Parse {
		var text, want string
		decode(t, row, &text, &want)
		s, err := semver.Parse(text)
		got := s.String()
		if err != nil {
			got = "ERR " + err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
	if _, err := semver.Parse("99999999999999999999.0.0"); err == nil || !strings.Contains(err.Error(), "valid semantic version") {
		t.Errorf("a number beyond all bounds: %v", err)
	}
}
