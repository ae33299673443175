package artifact

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dex/internal/jinja/value"
	"dex/internal/result"
)

// TestRunResultsAreWhatDBTWrites reads results that dbt wrote, of hooks, models,
// seeds, tests, failures and skipped nodes, and demands that writing them gives
// the same text. Timings are not read, so they are put back by hand.
func TestRunResultsAreWhatDBTWrites(t *testing.T) {
	src, err := os.ReadFile("testdata/run_results.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := decodeRunResults(src, "run_results.json")
	if err != nil {
		t.Fatal(err)
	}
	r.Meta = kindsMeta
	at := func(s, ms int) time.Time { return time.Date(2026, 1, 2, 3, 4, s, ms*1e6, time.UTC) }
	for _, one := range r.Results {
		if one.Node == "model.art.a" {
			one.Timing = []result.Timing{{Name: "compile", Start: at(1, 250), End: at(1, 500)}, {Name: "execute", Start: at(2, 0)}}
		}
	}
	var out bytes.Buffer
	if err := EncodeRunResults(&out, r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), src) {
		i := differ(out.String(), string(src))
		t.Errorf("differ from character %d on\ngot  …%.200s\nwant …%.200s", i, out.String()[i:], src[i:])
	}
}

func TestReadRunResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "target", "run_results.json")
	three := int64(3)
	in := &RunResults{Meta: kindsMeta, Args: value.NewDict(0), Results: []*result.Result{
		{Node: "test.shop.t", Status: result.Fail, Failures: &three, Message: "Got 3 results", Compiled: true},
		{Node: "seed.shop.s", Status: result.Success},
	}}
	if err := WriteRunResults(path, in); err != nil {
		t.Fatal(err)
	}
	r, err := ReadRunResults(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Results[0]; len(r.Results) != 2 || got.Status != result.Fail || got.Failures == nil || *got.Failures != 3 || got.Message != "Got 3 results" {
		t.Errorf("got %+v", got)
	}
	if r.Results[1].Failures != nil || r.Meta.InvocationID != kindsMeta.InvocationID {
		t.Errorf("got %+v of %s", r.Results[1], r.Meta.InvocationID)
	}
	if _, err := ReadRunResults(path + ".gone"); err == nil {
		t.Error("a file that is not there was read")
	}
	if _, err := decodeRunResults([]byte(`{"metadata": {"dbt_schema_version": "x"}}`), "run_results.json"); err == nil {
		t.Error("results of another schema were taken")
	}
}
