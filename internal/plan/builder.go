package plan

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/dag"
	"dex/internal/manifest"
)

// builder makes one plan. It gives each node that matters a slot; slots are in
// the order in which dbt starts nodes that could all start at once, so a slot's
// number is its rank.
type builder struct {
	m    *manifest.Manifest
	g    *manifest.Graph
	plan *Plan
	opt  Options

	gated     bool // tests hold back what comes after what they test
	selected  dag.Set
	unitTests map[int32][]int32 // in build: of each selected model
	slots     []slot
	slotOf    []int32    // by number in g; -1 for what has none
	links     []dag.Edge // between slots
}

// slot is a task, or a node that only carries order from one task to another.
type slot struct {
	task   *Task          // nil for a joint
	silent bool           // a joint that has its turn all the same: a selected ephemeral model
	model  *manifest.Node // of a silent slot
	urgent bool           // runs right behind the unit test before it
}

func (b *builder) names(cycle []int32) string {
	list := make([]string, len(cycle))
	for k, i := range cycle {
		list[k] = string(b.g.Nodes[i].ID)
	}
	return strings.Join(list, " --> ")
}

// takeUnitTests takes unit tests out of what is selected: in build they run with
// their model, right before it.
//
// dbt: a unit test whose model is not selected is left out of a build.
func (b *builder) takeUnitTests() {
	b.unitTests = map[int32][]int32{}
	for i := range b.selected.All {
		n := b.g.Nodes[i]
		if n.Kind != manifest.KindUnitTest {
			continue
		}
		b.selected.Remove(i)
		if len(n.Parents) == 0 {
			continue
		}
		if model, ok := b.g.Number(n.Parents[0]); ok {
			b.unitTests[model] = append(b.unitTests[model], i)
		}
	}
	for model, tests := range b.unitTests {
		if !b.selected.Has(model) {
			for _, i := range tests {
				b.plan.Orphans = append(b.plan.Orphans, b.g.Nodes[i])
			}
			delete(b.unitTests, model)
		}
	}
}

// edges are those of the manifest's graph and, in build, from tests to what they
// hold back.
func (b *builder) edges() []dag.Edge {
	edges := make([]dag.Edge, 0, b.g.Edges())
	for i := range int32(b.g.Len()) {
		for _, c := range b.g.Children(i) {
			edges = append(edges, dag.Edge{Parent: i, Child: c})
		}
	}
	if b.gated {
		edges = append(edges, gates(b.g)...)
	}
	return edges
}

// addSlots makes the slots of all phases. Where nothing is selected, no hook
// runs.
func (b *builder) addSlots(flow *dag.Graph) error {
	around := hooked[b.plan.Command] && !b.opt.NoHooks && !b.selected.Empty()
	if around {
		if err := b.addHooks(b.m.OnStart, Start); err != nil {
			return err
		}
	}
	b.addNodes(flow)
	if around {
		if err := b.addHooks(b.m.OnEnd, End); err != nil {
			return err
		}
	}
	between := flow.Descendants(b.selected, dag.Unlimited)
	between.And(flow.Ancestors(b.selected, dag.Unlimited))
	for i := range between.All {
		if b.slotOf[i] < 0 {
			b.addSlot(i, slot{})
		}
	}
	return nil
}

func (b *builder) addHooks(ids []manifest.ID, phase Phase) error {
	for k, id := range ids {
		n := b.m.Nodes[id]
		if n == nil {
			return fmt.Errorf("plan %s: the hook %s is not in the manifest", b.plan.Command, id)
		}
		t := &Task{ID: string(id), Kind: Hook, Phase: phase, Node: n, Fence: phase == End && k == 0}
		b.slots = append(b.slots, slot{task: t})
	}
	return nil
}

// addNodes makes the slots of what is selected, by depth and then by unique_id.
func (b *builder) addNodes(flow *dag.Graph) {
	levels := flow.Depths(b.selected)
	order := make([]int32, 0, b.selected.Len())
	for i := range b.selected.All {
		order = append(order, i)
	}
	// Numbers are in the order of IDs, so a stable sort leaves that order.
	slices.SortStableFunc(order, func(x, y int32) int { return int(levels[x] - levels[y]) })
	b.slotOf = make([]int32, b.g.Len())
	for i := range b.slotOf {
		b.slotOf[i] = -1
	}
	for _, i := range order {
		n := b.g.Nodes[i]
		if n.Ephemeral() && !compiling[b.plan.Command] {
			b.plan.Ephemeral = append(b.plan.Ephemeral, n)
			b.addSlot(i, slot{silent: true, model: b.g.Nodes[i]})
			continue
		}
		for k, u := range b.unitTests[i] {
			b.addSlot(u, slot{task: newTask(b.g.Nodes[u], levels[i]), urgent: k > 0})
		}
		b.addSlot(i, slot{task: newTask(n, levels[i]), urgent: len(b.unitTests[i]) > 0})
	}
}

func (b *builder) addSlot(i int32, s slot) {
	b.slotOf[i] = int32(len(b.slots))
	b.slots = append(b.slots, s)
}

func newTask(n *manifest.Node, level int32) *Task {
	return &Task{ID: string(n.ID), Kind: kindOf(n), Phase: Main, Node: n, Level: int(level)}
}

// kinds are the tasks of each resource type.
var kinds = map[manifest.Kind]Kind{
	manifest.KindModel: Model, manifest.KindTest: Test, manifest.KindUnitTest: UnitTest, manifest.KindSeed: Seed,
	manifest.KindSnapshot: Snapshot, manifest.KindAnalysis: Analysis, manifest.KindFunction: Function,
	manifest.KindExposure: Exposure, manifest.KindSavedQuery: SavedQuery, manifest.KindOperation: Hook,
	manifest.KindSQLOperation: Analysis, manifest.KindSource: Freshness,
}

func kindOf(n *manifest.Node) Kind {
	if k, ok := kinds[n.Kind]; ok {
		return k
	}
	return Kind(n.Kind)
}

// connect carries the edges of flow over to the slots. What comes before a model
// comes before its unit tests as well. They run one after the other: once one has
// failed, dbt skips the rest and the model.
func (b *builder) connect(flow *dag.Graph) {
	for i, at := range b.slotOf {
		if at < 0 || b.gated && b.g.Nodes[i].Kind == manifest.KindUnitTest {
			continue
		}
		tests := b.unitTests[int32(i)]
		for k, u := range tests {
			next := at
			if k+1 < len(tests) {
				next = b.slotOf[tests[k+1]]
			}
			b.link(b.slotOf[u], next)
		}
		for _, p := range flow.Parents(int32(i)) {
			from := b.slotOf[p]
			if from < 0 {
				continue
			}
			b.link(from, at)
			for _, u := range tests {
				b.link(from, b.slotOf[u])
			}
		}
	}
}

func (b *builder) link(parent, child int32) {
	b.links = append(b.links, dag.Edge{Parent: parent, Child: child})
}

// fence puts the on-run-start hooks, one after the other, before all that waits
// for nothing, and the on-run-end hooks behind all that nothing waits for. The
// first of the latter is a fence: they run however the nodes ended. Within a
// phase, a failed hook stops the rest.
func (b *builder) fence() {
	nodes := dag.New(len(b.slots), b.links)
	var start, end []int32
	for i, s := range b.slots {
		switch {
		case s.task == nil || s.task.Phase == Main:
		case s.task.Phase == Start:
			start = append(start, int32(i))
		default:
			end = append(end, int32(i))
		}
	}
	for i := range int32(len(b.slots)) {
		if t := b.slots[i].task; t != nil && t.Phase != Main {
			continue
		}
		if len(start) > 0 && len(nodes.Parents(i)) == 0 {
			b.link(start[len(start)-1], i)
		}
		if len(end) > 0 && len(nodes.Children(i)) == 0 {
			b.link(i, end[0])
		}
	}
	for _, chain := range [][]int32{start, end} {
		for k := 1; k < len(chain); k++ {
			b.link(chain[k-1], chain[k])
		}
	}
}

// finish puts the tasks in the order in which one worker takes them, by walking
// the slots, and the joints behind.
func (b *builder) finish() {
	draft := newSchedule(b.slots, b.links)
	order := make([]int32, 0, len(b.slots)) // slots by their final place
	for w := draft.walk(); !w.Over(); {
		s, ok := w.Next()
		if !ok {
			panic("plan: a graph without cycles leaves tasks that never become ready")
		}
		order = append(order, s.Node)
		w.Done(s.Node, true)
	}
	p := b.plan
	for _, i := range order {
		t := b.slots[i].task
		p.Tasks = append(p.Tasks, t)
		if t.Phase == Main {
			p.Total++
		}
	}
	for i, s := range b.slots {
		if s.task == nil {
			order = append(order, int32(i))
		}
	}
	place := make([]int32, len(order))
	slots := make([]slot, len(order))
	for at, i := range order {
		place[i] = int32(at)
		slots[at] = b.slots[i]
	}
	for k, e := range b.links {
		b.links[k] = dag.Edge{Parent: place[e.Parent], Child: place[e.Child]}
	}
	p.schedule = newSchedule(slots, b.links)
	p.schedule.rank = order
}
