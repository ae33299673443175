package artifact

import (
	"io"
	"slices"

	"dex/internal/diag"
)

// DryRunFile is what --dry-run leaves in the target folder.
const DryRunFile = "dry_run.json"

// DryRunSchema names the form of dry_run.json; docs/hooks-preview.md tells it.
const DryRunSchema = "dex/dry-run/v1"

// DryRun is the plan of an invocation with every statement: what --dry-run shows.
type DryRun struct {
	Meta    Meta
	Command string
	Target  string // of the profile
	Steps   []*DryStep
	// Lacking are the relations of the database of which the plan knows nothing.
	Lacking []string
}

// DryStep is one part of it: the schemas, an on-run hook, a node.
type DryStep struct {
	Phase    string // "schemas", "on-run-start", "nodes", "on-run-end"
	Node     string // unique_id; "" of the schemas
	Name     string // for people: "model marts.dim_products (table)"
	Relation string
	// Status is "planned", "skipped", "incomplete" where what follows depends on
	// something that was not sent, or "error" where a run would fail. Because says why.
	Status  string
	Because string

	Statements []DryStatement
}

// DryStatement is one thing that a run would send.
type DryStatement struct {
	// Kind is "statement", "query" (it is only read), "transaction", "python",
	// "notification" or "operation".
	Kind string
	Hook *DryHook // whose it is; nil for the node's own
	Text string   // as it would be sent, without the query comment
	// Asked is a query that the database has answered for the plan.
	Asked bool
	Note  string
}

// DryHook names a hook.
type DryHook struct {
	Event, Name string
	Origin      diag.Pos
}

// Counts gives the number of nodes and of statements that are more than a query.
func (d *DryRun) Counts() (nodes, statements int) {
	for _, s := range d.Steps {
		if s.Phase == "nodes" {
			nodes++
		}
		for _, one := range s.Statements {
			if one.Kind != "query" && one.Kind != "transaction" {
				statements++
			}
		}
	}
	return nodes, statements
}

// WriteDryRun writes d to the file at path, which it replaces whole or not at all.
func WriteDryRun(path string, d *DryRun) error {
	return writeFile(path, func(w io.Writer) error {
		_, err := w.Write(d.JSON())
		return err
	})
}

// JSON is d as dry_run.json has it.
func (d *DryRun) JSON() []byte {
	s := &jsonSink{}
	s.b = append(s.b, '{')
	s.open("metadata")
	writeMeta(s, DryRunSchema, d.Meta)
	s.close()
	s.text("command", d.Command)
	s.text("target", d.Target)
	s.openList("steps")
	for _, step := range d.Steps {
		writeDryStep(s, step)
	}
	s.closeList()
	s.texts("lacking", d.Lacking)
	return append(s.b, '}')
}

func writeDryStep(s *jsonSink, step *DryStep) {
	s.open("")
	s.text("phase", step.Phase)
	s.textOrNull("node", step.Node)
	s.textOrNull("relation", step.Relation)
	s.text("status", step.Status)
	s.textOrNull("because", step.Because)
	s.openList("statements")
	for _, one := range step.Statements {
		s.open("")
		s.text("kind", one.Kind)
		if h := one.Hook; h != nil {
			s.open("hook")
			s.text("event", h.Event)
			s.text("name", h.Name)
			s.textOrNull("origin", origin(h.Origin))
			s.close()
		} else {
			s.raw("hook", "null")
		}
		s.text("text", one.Text)
		s.truth("asked", one.Asked)
		s.textOrNull("note", one.Note)
		s.close()
	}
	s.closeList()
	s.close()
}

func origin(at diag.Pos) string {
	if at.File == "" {
		return ""
	}
	return at.String()
}

// Step finds the step of a node; nil where there is none.
func (d *DryRun) Step(node string) *DryStep {
	for _, s := range d.Steps {
		if s.Node == node {
			return s
		}
	}
	return nil
}

// End notes how a step ended. It may be nil.
func (s *DryStep) End(status, because string) {
	if s != nil {
		s.Status, s.Because = status, because
	}
}

// Fails reports whether a run would fail, as far as that can be told.
func (d *DryRun) Fails() bool {
	return slices.ContainsFunc(d.Steps, func(s *DryStep) bool { return s.Status == "error" })
}
