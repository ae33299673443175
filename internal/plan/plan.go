// Package plan decides what an invocation will do before it does any of it:
// which tasks, in which order, and what waits for what. A Plan is data: it
// prints itself (--dry-run), it has a hash, and package run walks it.
//
// It knows the manifest and what was selected, not databases and not results.
// Begin with New; the rule that tests hold back what comes after them is in
// gate.go.
package plan

import (
	"fmt"
	"slices"

	"dex/internal/dag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Kind is what a task does. Each kind has one runner in package run.
type Kind string

// The kinds of task.
const (
	Model      Kind = "model"
	Test       Kind = "test"
	UnitTest   Kind = "unit_test"
	Seed       Kind = "seed"
	Snapshot   Kind = "snapshot"
	Analysis   Kind = "analysis" // only ever compiled
	Function   Kind = "function"
	Exposure   Kind = "exposure"    // nothing to do, but it has a result
	SavedQuery Kind = "saved_query" // likewise
	Hook       Kind = "hook"        // one on-run-start or on-run-end statement
	Operation  Kind = "operation"   // one macro or statement, by run-operation
	Freshness  Kind = "freshness"   // of a source
)

// Phase is the part of an invocation that a task belongs to.
type Phase uint8

// The phases, in their order.
const (
	Start Phase = iota // on-run-start
	Main
	End // on-run-end
)

// Task is one unit of work.
type Task struct {
	ID    string // unique_id
	Kind  Kind
	Phase Phase
	Node  *manifest.Node // nil for an Operation
	Level int            // how many tasks at least come one after the other before it, within Main
	// Fence says that the task runs even where what stands before it failed.
	Fence bool

	Macro string      // of an Operation: "name" or "package.name"
	SQL   string      // of an Operation without a macro
	Args  *value.Dict // of an Operation
}

// Plan is a frozen graph of tasks.
type Plan struct {
	Command string
	// Tasks are in the order in which one worker takes them.
	Tasks []*Task
	// Total is the N of "1 of N": tasks of the main phase.
	Total int
	// Ephemeral are the selected models that exist only within others' queries.
	// They are no tasks; a command may want their compiled text.
	Ephemeral []*manifest.Node
	// Orphans are the selected unit tests that build leaves out: their models are not
	// selected.
	Orphans []*manifest.Node

	// schedule has the tasks by their place in Tasks and, behind them, joints.
	schedule schedule
}

// schedule is what a walk needs.
type schedule struct {
	graph                          *dag.Graph
	joints, silent, urgent, fences dag.Set
	rank                           []int32                  // nil is the order of numbers
	models                         map[int32]*manifest.Node // ephemeral ones that have their turn
}

func newSchedule(slots []slot, links []dag.Edge) schedule {
	n := len(slots)
	s := schedule{graph: dag.New(n, links), joints: dag.NewSet(n), silent: dag.NewSet(n), urgent: dag.NewSet(n), fences: dag.NewSet(n), models: map[int32]*manifest.Node{}}
	for i, sl := range slots {
		switch {
		case sl.silent:
			s.silent.Add(int32(i))
			s.models[int32(i)] = sl.model
		case sl.task == nil:
			s.joints.Add(int32(i))
		case sl.urgent:
			s.urgent.Add(int32(i))
		case sl.task.Fence:
			s.fences.Add(int32(i))
		}
	}
	return s
}

// NodeAt is the node that stands at a place of the walk: a task's, or an ephemeral
// model, which is no task; nil at a joint.
func (p *Plan) NodeAt(place int32) *manifest.Node {
	if int(place) < len(p.Tasks) {
		return p.Tasks[place].Node
	}
	return p.schedule.models[place]
}

func (s *schedule) walk() *dag.Walk {
	return s.graph.Walk(dag.WalkOptions{Joints: s.joints, Silent: s.silent, Urgent: s.urgent, Fences: s.fences, Rank: s.rank})
}

// Options change what a plan holds.
type Options struct {
	// NoHooks leaves on-run-start and on-run-end out.
	NoHooks bool
}

// compiling are the commands that only compile: ephemeral models are tasks there.
var compiling = map[string]bool{"compile": true, "show": true, "docs generate": true, "generate": true}

// hooked are the commands around which on-run-start and on-run-end run.
var hooked = map[string]bool{"run": true, "build": true, "test": true, "seed": true, "snapshot": true, "source freshness": true, "freshness": true}

// New makes the plan of a command over the selected nodes, which are numbered
// as in the manifest's graph. Nothing selected is a plan without tasks.
//
// dbt: nodes start in the order in which they become ready. Those that become so
// together, the first ones or the children of one node, start by their depth in
// the graph of what is selected, then by unique_id. A selected ephemeral model
// has its turn between them, though nothing is done.
func New(command string, m *manifest.Manifest, selected dag.Set, opt Options) (*Plan, error) {
	b := &builder{m: m, g: m.Graph(), plan: &Plan{Command: command}, opt: opt, gated: command == "build", selected: selected.Clone()}
	if b.gated {
		b.takeUnitTests()
	}
	var edges []dag.Edge
	if command != "clone" { // a clone needs nothing of another
		edges = b.edges()
	}
	flow := dag.New(b.g.Len(), edges)
	if c := flow.Cycle(); c != nil {
		return nil, fmt.Errorf("plan %s: nodes wait for each other: %s", command, b.names(c))
	}
	if err := b.addSlots(flow); err != nil {
		return nil, err
	}
	b.connect(flow)
	b.fence()
	b.finish()
	return b.plan, nil
}

// NewOperation makes the plan of run-operation: a macro with its arguments, or
// a statement.
func NewOperation(t *Task) *Plan {
	t.Kind, t.Phase = Operation, Main
	return &Plan{Command: "run-operation", Tasks: []*Task{t}, Total: 1, schedule: newSchedule([]slot{{task: t}}, nil)}
}

// Walk begins a walk over the plan: what may start, and what must be skipped.
// Its nodes are places in Tasks.
func (p *Plan) Walk() *dag.Walk { return p.schedule.walk() }

// After lists the tasks that task i waits for directly, by their place.
func (p *Plan) After(i int) []int {
	var after []int
	seen := map[int32]bool{}
	stack := slices.Clone(p.schedule.graph.Parents(int32(i)))
	for len(stack) > 0 {
		j := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[j] {
			continue
		}
		seen[j] = true
		if int(j) >= len(p.Tasks) {
			stack = append(stack, p.schedule.graph.Parents(j)...)
			continue
		}
		after = append(after, int(j))
	}
	slices.Sort(after)
	return after
}

// Find gives the task of a unique_id and its place; nil where there is none.
func (p *Plan) Find(id string) (*Task, int) {
	for i, t := range p.Tasks {
		if t.ID == id {
			return t, i
		}
	}
	return nil, -1
}
