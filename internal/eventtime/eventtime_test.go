package eventtime

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"
)

// recorded is what dbt makes of times: testdata/dbt.json.
type recorded struct {
	Sizes []struct {
		Size                      Size
		At, Floor, Ceiling, Label string
		ID                        string
		Moved                     map[string]string
	}
	Batches []struct {
		Size              Size
		Begin, Start, End string
		Now               string
		Incremental       bool
		Lookback          int
		Batches           [][2]string
	}
	Samples []struct{ Now, Sample, Start string }
}

func read(t *testing.T) recorded {
	t.Helper()
	b, err := os.ReadFile("testdata/dbt.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	got, ok := ParseISO(s)
	if !ok {
		t.Fatalf("%q is no time", s)
	}
	return got
}

func TestSizes(t *testing.T) {
	for _, c := range read(t).Sizes {
		now := at(t, c.At)
		for what, pair := range map[string][2]string{
			"floor": {Text(c.Size.Floor(now)), c.Floor}, "ceiling": {Text(c.Size.Ceiling(now)), c.Ceiling},
			"label": {c.Size.Label(now), c.Label}, "id": {c.Size.ID(now), c.ID},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s of %s by %s: %s, want %s", what, c.At, c.Size, pair[0], pair[1])
			}
		}
		for by, want := range c.Moved {
			n, err := strconv.Atoi(by)
			if err != nil {
				t.Fatal(err)
			}
			if got := Text(c.Size.Move(now, n)); got != want {
				t.Errorf("%s moved by %d %s: %s, want %s", c.At, n, c.Size, got, want)
			}
		}
	}
}

func TestBatches(t *testing.T) {
	for _, c := range read(t).Batches {
		last := at(t, c.Now)
		if c.End != "" {
			last = at(t, c.End)
		}
		end := c.Size.Ceiling(last)
		start := c.Size.Floor(at(t, c.Begin))
		switch {
		case c.Start != "":
			start = c.Size.Floor(at(t, c.Start))
		case c.Incremental:
			start = c.Size.Before(end, c.Lookback)
		}
		got := c.Size.Batches(start, end)
		if len(got) != len(c.Batches) {
			t.Errorf("%+v: %d batches %v", c, len(got), got)
			continue
		}
		for i, b := range got {
			if Text(b.Start) != c.Batches[i][0] || Text(b.End) != c.Batches[i][1] {
				t.Errorf("%+v: batch %d is %s to %s", c, i, Text(b.Start), Text(b.End))
			}
		}
	}
}

func TestBefore(t *testing.T) {
	for _, c := range read(t).Samples {
		got, err := Window(c.Sample, at(t, c.Now))
		if err != nil || Text(got.Start) != c.Start {
			t.Errorf("%s before %s: %s (%v), want %s", c.Sample, c.Now, Text(got.Start), err, c.Start)
		}
	}
	for sample, want := range map[string]string{
		"3 weeks": "Invalid grain size 'weeks'. Must be one of ['hour', 'day', 'month', 'year', 'hours', 'days', 'months', 'years'].",
		"3days":   "Cannot load SAMPLE_WINDOW from '3days'. Must be of form 'DAYS_INT GRAIN_SIZE'.",
		"x days":  "Unable to convert 'x' to an integer.",
	} {
		if _, err := Window(sample, time.Now()); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", sample, err, want)
		}
	}
}

func TestParseISO(t *testing.T) {
	for s, want := range map[string]string{
		"2026-01-01": "2026-01-01 00:00:00+00:00", "2026-01-01T05:00:00.5": "2026-01-01 05:00:00.500000+00:00",
		"2026-01-01 05:00:00+02:00": "2026-01-01 03:00:00+00:00", "2026-01-01T05:00:00Z": "2026-01-01 05:00:00+00:00",
	} {
		if got, ok := ParseISO(s); !ok || Text(got) != want {
			t.Errorf("%s: %s, want %s", s, Text(got), want)
		}
	}
	if got := Text(Wall(at(t, "2026-01-01 05:00:00+02:00"))); got != "2026-01-01 05:00:00+00:00" {
		t.Errorf("the clock's time: %s", got)
	}
	for _, s := range []string{"", "2026", "2026-1-1", "tomorrow"} {
		if got, ok := ParseISO(s); ok {
			t.Errorf("%q is read as %s", s, got)
		}
	}
}
