package cli

import (
	"cmp"
	"context"
	"errors"
	"sort"
	"strconv"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/engine"
	"dex/internal/event"
	"dex/internal/jinja"
	"dex/internal/manifest"
	"dex/internal/result"
	"dex/internal/run"
)

// report is how a run went, for every kind of view: failures first, then
// warnings, then what was skipped and why, then the counts.
type report struct {
	failures []problem
	warnings []problem
	skipped  []skips
	stopped  []string // nodes that were under way when the run was ended
	stats    event.StatsLine
	summary  event.EndOfRunSummary
	statLine string // "1 table model, 2 data tests"
	took     time.Duration
}

// problem is a node that failed or warned.
type problem struct {
	kind, name, path string
	node             *event.NodeInfo
	status           result.Status
	message          string // dbt's, whole
	hook             bool   // a hook is to blame
	hookName         string // its event and name, "" where it has none of its own
	place            string // file:line:col; "" where no more is known than path
	excerpt          excerpt
	shown            bool // the message shows the text of excerpt as well
	hint             string
	compiled         string // path of the SQL; "" if none was written
	stored           string // relation that holds a test's failing rows
}

// skips are nodes that did not run for one reason.
type skips struct {
	cause string // "model orders", or "" where the run itself is the reason
	names []string
}

// newReport looks through the results. blame names the node because of which
// another was skipped.
func newReport(out *engine.Outcome, blame func(id string) string) *report {
	r := &report{}
	nodes := make(map[string]*manifest.Node, len(out.Results))
	for i := range out.Results {
		res := &out.Results[i]
		n := out.Manifest.Node(manifest.ID(res.Node))
		nodes[res.Node] = n
		r.count(res)
		switch {
		case interrupted(res.Err):
			r.stopped = append(r.stopped, nameOf(n, res))
		case res.Status == result.Warn:
			r.warnings = append(r.warnings, newProblem(out, n, res))
		case res.Status == result.PartialSuccess: // dbt: counted; its batches or overloads have told what went wrong
		case res.Status.Failed():
			r.failures = append(r.failures, newProblem(out, n, res))
		}
	}
	r.skipped = groupSkips(out, nodes, blame)
	r.statLine = statLine(out.Results, nodes)
	return r
}

// interrupted reports whether a statement ended because the run was, by Ctrl-C
// or by --fail-fast: that is no fault of its node.
func interrupted(err error) bool { return errors.Is(err, context.Canceled) }

// nameOf names a node, which the manifest may not have.
func nameOf(n *manifest.Node, res *result.Result) string {
	if n == nil {
		return res.Node
	}
	return n.Name
}

// count adds a result to the counts. dbt: interpret_run_result.
func (r *report) count(res *result.Result) {
	r.stats.Total++
	switch s := res.Status; {
	case s == result.PartialSuccess:
		r.stats.Error++
		r.summary.PartialSuccesses++
	case s.Failed():
		r.stats.Error++
		r.summary.Errors++
	case s == result.Warn:
		r.stats.Warn++
		r.summary.Warnings++
	case s == result.Skipped:
		r.stats.Skip++
		if res.Message != "" {
			r.summary.Errors++ // dbt: a node skipped for a reason of its own counts as an error
		}
	case s == result.NoOp:
		r.stats.NoOp++
	default:
		r.stats.Pass++
	}
}

// runsHooks reports whether a template is one of dex's own that run hooks: where it calls
// one says nothing of what is wrong with it.
func runsHooks(template string) bool {
	return template == "macro.dbt.run_hooks" || template == "macro.dbt_duckdb.run_hooks"
}

func newProblem(out *engine.Outcome, n *manifest.Node, res *result.Result) problem {
	p := problem{kind: "node", name: res.Node, status: res.Status, message: res.Message, hook: res.Hook != ""}
	if n != nil {
		p.kind, p.name, p.path = string(n.Kind), n.Name, n.OriginalFilePath
		if n.Kind == manifest.KindUnitTest && res.Compiled {
			p.name = n.VersionedName() // dbt: of the node that its model became
		}
		p.node = run.NodeInfo(out.Manifest, n)
		p.node.NodeStatus = string(res.Status)
		if res.Compiled {
			p.compiled = out.CompiledPath(n)
		}
		if n.Kind == manifest.KindTest && res.Relation != "" && res.Err == nil {
			p.stored = res.Relation
		}
	}
	if res.HookName != "" {
		p.hookName = res.HookEvent + " " + res.HookName
	}
	if res.HookPos.File != "" {
		p.place = res.HookPos.String()
	}
	var tmpl *jinja.Error
	var db *adapter.DatabaseError
	switch {
	case errors.As(res.Err, &db):
		sql, line := withoutComment(db.SQL, db.Line)
		p.excerpt, p.shown = sqlExcerpt(sql, line, caretColumn(db.Msg)), showsLine(db.Msg)
		p.hint = hintFor(&statementFault{adapter: out.Manifest.Adapter, sql: sql, msg: db.Msg, hook: p.hook, manifest: out.Manifest, node: n})
	case errors.As(res.Err, &tmpl) && tmpl.Line > 0 && !(p.place != "" && runsHooks(tmpl.Template)):
		p.excerpt = excerpt{first: tmpl.Line, lines: []string{tmpl.Source}, mark: tmpl.Line, col: tmpl.Col}
		if p.place == "" {
			p.place = tmpl.Template + ":" + strconv.Itoa(tmpl.Line) + ":" + strconv.Itoa(tmpl.Col)
		}
	}
	return p
}

// groupSkips gathers skipped nodes under the node that is to blame, those with
// most nodes first.
func groupSkips(out *engine.Outcome, nodes map[string]*manifest.Node, blame func(id string) string) []skips {
	at := map[string]int{}
	var groups []skips
	for i := range out.Results {
		res := &out.Results[i]
		if res.Status != result.Skipped {
			continue
		}
		cause := blame(res.Node)
		g, ok := at[cause]
		if !ok {
			g = len(groups)
			at[cause] = g
			groups = append(groups, skips{cause: label(out.Manifest, cause)})
		}
		groups[g].names = append(groups[g].names, nameOf(nodes[res.Node], res))
	}
	sort.SliceStable(groups, func(i, j int) bool { return len(groups[i].names) > len(groups[j].names) })
	return groups
}

func label(m *manifest.Manifest, id string) string {
	if n := m.Node(manifest.ID(id)); n != nil {
		return string(n.Kind) + " " + n.Name
	}
	return id
}

// notes tell of the nodes that did not run to their end, a sentence each.
func (r *report) notes() []string {
	var out []string
	if len(r.stopped) > 0 {
		out = append(out, counted(len(r.stopped), "node")+" interrupted: "+some(r.stopped))
	}
	for _, s := range r.skipped {
		why := ": "
		if s.cause != "" {
			why = " because " + s.cause + " failed: "
		}
		out = append(out, counted(len(s.names), "node")+" skipped"+why+some(s.names))
	}
	return out
}

// some lists the first few of many names.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
}

// statLine counts what ran by kind. dbt: get_counts.
func statLine(results []result.Result, nodes map[string]*manifest.Node) string {
	counts := map[string]int{}
	for i := range results {
		if n := nodes[results[i].Node]; n != nil {
			counts[countedKind(n)]++
		}
	}
	kinds := make([]string, 0, len(counts))
	for k := range counts {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	for i, k := range kinds {
		kinds[i] = strings.ReplaceAll(counted(counts[k], k), "_", " ")
	}
	return strings.Join(kinds, ", ")
}

func countedKind(n *manifest.Node) string {
	switch n.Kind {
	case manifest.KindModel:
		return n.Config.Materialized() + " model"
	case manifest.KindOperation:
		return "project hook"
	}
	return string(n.Kind)
}

// counted is "1 test", "2 data_tests". dbt: pluralize.
func counted(n int, kind string) string {
	s := strconv.Itoa(n) + " "
	switch {
	case n == 1:
		return s + kind
	case kind == "test":
		return s + "data_tests"
	case kind == "analysis":
		return s + "analyses"
	case kind == "saved_query":
		return s + "saved_queries"
	}
	return s + kind + "s"
}

// blamed tells which hook is to blame: "in the post-hook audit at models/a.sql:3:15".
func (p *problem) blamed() string {
	name := cmp.Or(p.hookName, "hook")
	switch {
	case p.place != "":
		return "in the " + name + " at " + p.place
	case p.hookName != "":
		return "in the " + name
	}
	return "in a hook"
}
