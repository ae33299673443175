package run_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/adapter/duckdb"
	"dex/internal/agate"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/parse/parsetest"
	"dex/internal/pgtest"
	"dex/internal/plan"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/run"
	"dex/internal/seedfile"
	"dex/internal/session"
)

// house is a parsed project over a DuckDB in memory that is under watch.
type house struct {
	t        testing.TB
	dir      string
	db       *faulty.Adapter
	inv      *render.Invocation
	manifest *manifest.Manifest
	blind    bool          // commands begin with an empty relation cache, as with --no-populate-cache
	exec     run.Executor  // copied for each command, to be changed by a test
	ran      *run.Executor // the copy of the last command
	on       place
	database string        // its name
	side     adapter.Conn  // the test's own session
	relay    *pgtest.Relay // the line to the database, where it has one
	planned  []manifest.ID // by the last command
	where    string        // what is being tried, for messages
}

// place is a kind of database for tests.
type place struct {
	driver adapter.Driver
	// open gives a new and empty database, and its name.
	open func(t testing.TB, h *house) (adapter.Adapter, string)
}

func (p *place) name() string { return p.driver.Type }

// onDuckDB is a DuckDB in memory.
var onDuckDB = place{duckdb.Driver(), openDuckDB}

// files is a project: path -> text.
type files map[string]string

// with is a project with one file more.
func with(f files, name, text string) files {
	out := files{name: text}
	for k, v := range f {
		out[k] = v
	}
	return out
}

// newHouse parses a project and opens a DuckDB for it.
func newHouse(t testing.TB, project files) *house {
	t.Helper()
	return newHouseOn(t, onDuckDB, project)
}

// newHouseOn parses a project and opens a database for it.
func newHouseOn(t testing.TB, on place, project files) *house {
	t.Helper()
	h := &house{t: t, on: on}
	h.open()
	p := parsetest.LoadFor(t, on.driver, project, func(inv *render.Invocation) {
		inv.Database, inv.Adapter = h.database, h.db
		inv.Target.SetStr("database", value.Str(h.database))
	})
	h.dir, h.inv, h.manifest = p.Dir, p.Inv, p.Manifest
	h.exec = run.Executor{Inv: p.Inv, Sessions: session.Options{AdapterType: on.name(), Sink: event.Discard}, Threads: 1, Sink: event.Discard, ReadSeed: h.seed}
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open gives the project a new and empty database.
func (h *house) open() {
	h.t.Helper()
	db, name := h.on.open(h.t, h)
	h.db, h.database, h.side = faulty.Wrap(db), name, nil
	h.t.Cleanup(func() {
		if h.side != nil {
			h.side.Release()
		}
		must(h.t, db.Close())
	})
	if h.inv != nil {
		h.inv.Adapter = h.db
	}
}

func openDuckDB(t testing.TB, _ *house) (adapter.Adapter, string) {
	t.Helper()
	target := value.NewDict(2)
	target.SetStr("type", value.Str("duckdb"))
	target.SetStr("schema", value.Str("dw"))
	return openTarget(t, duckdb.Driver(), target), "memory"
}

func openTarget(t testing.TB, driver adapter.Driver, target *value.Dict) adapter.Adapter {
	t.Helper()
	creds, err := driver.Credentials(target, t.TempDir())
	must(t, err)
	db, err := driver.Open(context.Background(), creds, adapter.Options{Threads: 1})
	must(t, err)
	return db
}

func (h *house) seed(n *manifest.Node) (value.Value, error) {
	src, err := os.ReadFile(filepath.Join(h.dir, n.OriginalFilePath))
	if err != nil {
		return nil, err
	}
	f, err := seedfile.Read(src, seedfile.Options{Delimiter: ","})
	if err != nil {
		return nil, err
	}
	return agate.FromSeed(f.Table, f.Types, n.OriginalFilePath), nil
}

// command carries out a command on all nodes as the engine does, with a relation
// cache of its own.
func (h *house) command(ctx context.Context, name string) ([]result.Result, error) {
	h.t.Helper()
	var ids []manifest.ID
	var nodes []*manifest.Node
	for id, n := range h.manifest.Nodes {
		if n.Kind != manifest.KindOperation && (name == "build" || n.Kind == manifest.KindModel) {
			ids, nodes = append(ids, id), append(nodes, n)
		}
	}
	p, err := plan.New(name, h.manifest, h.manifest.Graph().Set(ids...), plan.Options{})
	must(h.t, err)
	h.planned = nil
	for _, t := range p.Tasks {
		h.planned = append(h.planned, t.Node.ID)
	}
	h.inv.Cache = render.NewCache()
	e := h.exec
	h.ran = &e
	e.Compiler = &run.Compiler{Inv: h.inv, Limit: -1}
	if err := e.MakeSchemas(ctx, nodes); err != nil {
		return nil, err
	}
	if h.blind {
		return e.Execute(ctx, p)
	}
	if err := e.FillCache(ctx, nodes); err != nil {
		return nil, err
	}
	return e.Execute(ctx, p)
}

// operation carries out run-operation as the engine does.
func (h *house) operation(ctx context.Context, macro string) ([]result.Result, error) {
	h.t.Helper()
	h.inv.Cache = render.NewCache()
	e := h.exec
	h.ran = &e
	e.Compiler = &run.Compiler{Inv: h.inv, Limit: -1}
	if err := e.FillCache(ctx, nil); err != nil {
		return nil, err
	}
	res := e.RunMacro(ctx, h.inv.Macros.Anywhere(h.inv.Project, macro), nil)
	return []result.Result{res}, ctx.Err()
}

// build carries out `build`, which must not be given up.
func (h *house) build() map[string]result.Result {
	h.t.Helper()
	results, err := h.command(context.Background(), "build")
	must(h.t, err)
	return h.byName(results)
}

// byName gives results by the node's name; each node has one at most.
func (h *house) byName(results []result.Result) map[string]result.Result {
	h.t.Helper()
	out := map[string]result.Result{}
	for _, r := range results {
		n := h.manifest.Nodes[manifest.ID(r.Node)]
		if n == nil {
			h.t.Fatalf("a result of %s, which is no node", r.Node)
		}
		if _, twice := out[n.Name]; twice {
			h.t.Errorf("two results of %s", r.Node)
		}
		out[n.Name] = r
	}
	return out
}

// allWell holds a run to have gone well.
func (h *house) allWell(what string, results map[string]result.Result) {
	h.t.Helper()
	if len(results) == 0 {
		h.t.Errorf("%s: no results", what)
	}
	for name, r := range results {
		if r.Status != result.Success && r.Status != result.Pass {
			h.t.Errorf("%s: %s: %s: %s", what, name, r.Status, r.Message)
		}
	}
}

// statuses shows results as "name status", in order.
func (h *house) statuses(results []result.Result) string {
	var out []string
	for _, r := range results {
		out = append(out, h.manifest.Nodes[manifest.ID(r.Node)].Name+" "+string(r.Status))
	}
	return strings.Join(out, ", ")
}

// sql runs a script on a connection of its own, past the watch.
func (h *house) sql(text string) {
	h.t.Helper()
	_, err := h.query(text)
	must(h.t, err)
}

// own is the test's own session, past the watch. It is opened before any line is cut.
func (h *house) own() adapter.Conn {
	h.t.Helper()
	if h.side == nil {
		c, err := h.db.Adapter.Conn(context.Background(), "test")
		must(h.t, err)
		h.side = c
	}
	return h.side
}

// query gives the rows of a query as text: cells by blanks, rows by commas.
func (h *house) query(text string) (string, error) {
	h.t.Helper()
	_, table, err := h.own().Execute(context.Background(), text, true, 0)
	if err != nil {
		return "", err
	}
	var rows []string
	for _, row := range table.Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, value.ToStr(v))
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return strings.Join(rows, ", "), nil
}

// want compares what a query gives.
func (h *house) want(query, want string) {
	h.t.Helper()
	got, err := h.query(query)
	must(h.t, err)
	if got != want {
		h.t.Errorf("%s: want %s, got %s", query, want, got)
	}
}

// cacheTellsTruth compares the relation cache with the database: unknown may be
// anything, but absent must be absent, and present there.
func (h *house) cacheTellsTruth() {
	h.t.Helper()
	rels, err := h.own().Relations(context.Background(), h.database, []string{"dw"})
	must(h.t, err)
	there := map[string]bool{}
	for _, r := range rels {
		there[r.Identifier] = true
		if _, exists, known := h.inv.Cache.Find(r); known && !exists {
			h.t.Errorf("the cache says that %s is absent, but it is there", r.Identifier)
		}
	}
	for _, n := range h.manifest.Nodes {
		if n.Kind == manifest.KindFunction {
			continue // no list of relations has it
		}
		for _, name := range []string{n.Alias, n.Alias + "__dbt_tmp", n.Alias + "__dbt_backup"} {
			r := adapter.Relation{Database: h.database, Schema: "dw", Identifier: name}
			if _, exists, _ := h.inv.Cache.Find(r); exists && !there[name] {
				h.t.Errorf("the cache says that %s is there, but it is not", name)
			}
		}
	}
}
