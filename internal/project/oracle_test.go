package project

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	src, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(src, into); err != nil {
		t.Fatal(err)
	}
}

// TestConfigLayers: trees, with what dbt takes from each of their levels for a
// node.
func TestConfigLayers(t *testing.T) {
	var cases []struct {
		Tree   string
		FQN    []string
		Layers []json.RawMessage
	}
	readJSON(t, "config_layers.json", &cases)
	for _, c := range cases {
		doc, faults := yamldoc.Decode("x.yml", []byte(c.Tree))
		if faults.HasErrors() {
			t.Fatal(faults.Err())
		}
		d := value.NewDict(1)
		d.SetStr("models", doc.Value)
		p := &Package{rendered: newTrees(d)}
		var got []string
		for _, layer := range p.ConfigFor("model", c.FQN) {
			got = append(got, pairs(t, layer))
		}
		var want []string
		for _, layer := range c.Layers {
			want = append(want, string(layer))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v in\n%s(-dbt +dex)\n%s", c.FQN, c.Tree, diff)
		}
	}
}

// pairs writes a mapping as a list of pairs, so that order counts.
func pairs(t *testing.T, d *value.Dict) string {
	l := value.NewList()
	d.Each(func(k, v value.Value) bool {
		l.Elems = append(l.Elems, value.NewList(k, v))
		return true
	})
	b, err := value.AppendJSON(nil, l, value.JSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(", ", ",", ": ", ":").Replace(string(b))
}

func TestIgnore(t *testing.T) {
	var cases struct {
		Paths []string
		Cases []struct{ Lines, Ignored []string }
	}
	readJSON(t, "ignore.json", &cases)
	for _, c := range cases.Cases {
		rules, err := parseIgnore([]byte(strings.Join(c.Lines, "\n") + "\n"))
		if err != nil {
			t.Errorf("%q: %v", c.Lines, err)
			continue
		}
		for _, path := range cases.Paths {
			if got, want := rules.match(path), slices.Contains(c.Ignored, path); got != want {
				t.Errorf("%q: %q ignored is %v, want %v", c.Lines, path, got, want)
			}
		}
	}
}

func TestChecksums(t *testing.T) {
	var cases []struct{ Text, Contents, SHA256, Seed string }
	readJSON(t, "checksums.json", &cases)
	for _, c := range cases {
		text, lead, err := decodeText("x", []byte(c.Text))
		if err != nil {
			t.Fatal(err)
		}
		if text != c.Contents {
			t.Errorf("contents of %q are %q, want %q", c.Text, text, c.Contents)
		}
		if lead != 0 {
			t.Errorf("%q begins %d lines down", c.Text, lead)
		}
		if got := sum(text); got.Hex != c.SHA256 {
			t.Errorf("checksum of %.40q is %s, want %s", c.Text, got.Hex, c.SHA256)
		}
		got, err := seedSum("x", []byte(c.Text))
		if err != nil || got.Hex != c.Seed {
			t.Errorf("checksum of seed %.40q is %s, %v, want %s", c.Text, got.Hex, err, c.Seed)
		}
	}
}

func TestLeadingLines(t *testing.T) {
	text, lead, err := decodeText("x", []byte("\n \r\n\n  select 1\n\n"))
	if text != "select 1" || lead != 3 || err != nil {
		t.Errorf("got %q, %d, %v", text, lead, err)
	}
	if _, _, err := decodeText("x.sql", []byte("caf\xe9")); err == nil || err.Error() != "x.sql is not UTF-8 text" {
		t.Errorf("Latin-1 text gives %v", err)
	}
}
