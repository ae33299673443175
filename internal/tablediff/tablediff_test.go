package tablediff_test

import (
	"encoding/json"
	"os"
	"testing"

	"dex/internal/tablediff"
)

// recorded is a comparison that daff made, as dbt calls it. A cell is its text
// and its dressed form; null where there is none.
type recorded struct {
	Columns       []string `json:"columns"`
	Before, After [][][]string
	Differs       bool   `json:"differs"`
	Plain         string `json:"plain"`
	Coloured      string `json:"coloured"`
}

func table(columns []string, rows [][][]string) *tablediff.Table {
	t := &tablediff.Table{Columns: columns}
	for _, r := range rows {
		var cells []tablediff.Cell
		for _, c := range r {
			if c == nil {
				cells = append(cells, tablediff.Cell{Text: "None", Dressed: "null", Null: true})
			} else {
				cells = append(cells, tablediff.Cell{Text: c[0], Dressed: c[1]})
			}
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// TestRecorded compares tables that daff compared. testdata/record.py makes the
// cases, and more of them for a search: DAFF_CASES names another file.
func TestRecorded(t *testing.T) {
	file := "testdata/cases.json"
	if other := os.Getenv("DAFF_CASES"); other != "" {
		file = other
	}
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []recorded
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 60 {
		t.Fatalf("only %d cases", len(cases))
	}
	for i, c := range cases {
		d := tablediff.Compare(table(c.Columns, c.Before), table(c.Columns, c.After))
		if d.Differs() != c.Differs {
			t.Errorf("case %d: differs is %v, recorded %v", i, d.Differs(), c.Differs)
			continue
		}
		if got := d.String(false); got != c.Plain {
			t.Errorf("case %d: plain\n%s\nrecorded\n%s", i, got, c.Plain)
		}
		if got := d.String(true); got != c.Coloured {
			t.Errorf("case %d: coloured\n%q\nrecorded\n%q", i, got, c.Coloured)
		}
	}
}
