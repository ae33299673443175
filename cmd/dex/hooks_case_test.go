package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// hookCase is one file below testdata/hooks: a project, the commands to run on
// it and, recorded from dbt, what each did.
type hookCase struct {
	Adapters   []string                  `yaml:"adapters"`
	Theme      string                    `yaml:"theme"`
	Title      string                    `yaml:"title"`
	Shows      string                    `yaml:"shows"`
	Files      map[string]string         `yaml:"files"`
	Setup      byAdapter                 `yaml:"setup"`   // SQL to run first
	Profile    map[string]any            `yaml:"profile"` // over the default target
	Targets    map[string]map[string]any `yaml:"targets"` // further ones
	Check      map[string]byAdapter      `yaml:"check"`   // name -> query, run after each command
	Commands   []hookCommand             `yaml:"commands"`
	Unordered  bool                      `yaml:"unordered"` // threads: statements come in any order
	Difference string                    `yaml:"known_difference"`
	Recorded   map[string][]facts        `yaml:"recorded"` // by adapter
}

// hookCommand is one command of a case: a list of arguments, or a mapping that
// says what to do before it and what to look at after.
type hookCommand struct {
	Argv   []string          `yaml:"argv"`
	SQL    byAdapter         `yaml:"sql"`
	Files  files             `yaml:"files"`
	Copy   map[string]string `yaml:"copy"`
	Env    map[string]string `yaml:"env"`
	Stdout bool              `yaml:"stdout"`
	Read   []string          `yaml:"read"`
}

// files is what to write, by path below the project; nil removes the file.
type files map[string]*string

// facts is what one command did.
type facts struct {
	Argv       []string             `yaml:"argv"`
	Exit       int                  `yaml:"exit"`
	Results    []resultFact         `yaml:"results"`    // nil: no run_results.json was written
	ErrorText  string               `yaml:"error_text"` // for the reader, never compared
	Manifest   map[string]nodeFact  `yaml:"manifest"`   // nil: none was written, or one with the last one's facts
	Stdout     []string             `yaml:"stdout"`
	Files      map[string]*string   `yaml:"files"`
	Statements []statementFact      `yaml:"statements"`
	Tables     map[string]yaml.Node `yaml:"tables"`
}

// resultFact is a row of run_results.json.
type resultFact struct {
	ID       string  `yaml:"id" json:"unique_id"`
	Status   string  `yaml:"status" json:"status"`
	Message  *string `yaml:"message" json:"message"`
	Failures *int64  `yaml:"failures" json:"failures"`
}

// nodeFact is what manifest.json says of an operation, or of a node with hooks.
type nodeFact struct {
	SQL     string     `yaml:"sql"`
	Tags    []string   `yaml:"tags"`
	Index   *int       `yaml:"index"`
	Path    string     `yaml:"path"`
	File    string     `yaml:"file"`
	Enabled *bool      `yaml:"enabled"`
	Pre     []hookFact `yaml:"pre-hook"`
	Post    []hookFact `yaml:"post-hook"`
	Nodes   []string   `yaml:"nodes"`
	Macros  []string   `yaml:"macros"`
}

type hookFact struct {
	SQL         *string `yaml:"sql" json:"sql"`
	Transaction *bool   `yaml:"transaction" json:"transaction"`
	Index       *int    `yaml:"index" json:"index"`
}

// statementFact is one statement that reached the database.
type statementFact struct {
	Conn   string // by order of appearance: "c1"
	State  string // of the transaction after it: I idle, T open, E failed
	Failed bool   // the statement itself
	On     string // the node or connection it was sent for
	SQL    string // pgtest.Closed where a session ended inside a transaction
}

// UnmarshalYAML reads [connection, state, on, sql].
func (s *statementFact) UnmarshalYAML(n *yaml.Node) error {
	var row [4]string
	if err := n.Decode(&row); err != nil {
		return err
	}
	state, failed := strings.CutSuffix(row[1], "!")
	*s = statementFact{row[0], state, failed, row[2], row[3]}
	return nil
}

// byAdapter is a text for every database, under "", or one for each.
type byAdapter map[string]string

// UnmarshalYAML takes a text or a mapping.
func (b *byAdapter) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode {
		return n.Decode((*map[string]string)(b))
	}
	var text string
	err := n.Decode(&text)
	*b = byAdapter{"": text}
	return err
}

// on gives the text for a database, or none.
func (b byAdapter) on(adapter string) string {
	if text, ok := b[""]; ok {
		return text
	}
	return b[adapter]
}

// UnmarshalYAML takes a bare list for its arguments.
func (c *hookCommand) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode(&c.Argv)
	}
	type plain hookCommand
	return n.Decode((*plain)(c))
}

func loadCase(t *testing.T, path string) *hookCase {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &hookCase{}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", path, err))
	}
	if c.Adapters == nil {
		c.Adapters = []string{"duckdb", "postgres"}
	}
	for _, adapter := range c.Adapters {
		if got := len(c.Recorded[adapter]); got != len(c.Commands) {
			t.Fatalf("%s: %d commands, %d recorded on %s", path, len(c.Commands), got, adapter)
		}
	}
	return c
}
