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
}

// files is a project: path -> text.
type files map[string]string

// newHouse parses a project and opens a database for it.
func newHouse(t testing.TB, project files) *house {
	t.Helper()
	p := parsetest.Load(t, project, nil)
	h := &house{t: t, dir: p.Dir, inv: p.Inv, manifest: p.Manifest}
	h.exec = run.Executor{Inv: p.Inv, Sessions: session.Options{AdapterType: "duckdb", Sink: event.Discard}, Threads: 1, Sink: event.Discard, ReadSeed: h.seed}
	h.open()
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
	target := value.NewDict(2)
	target.SetStr("type", value.Str("duckdb"))
	target.SetStr("schema", value.Str("dw"))
	driver := duckdb.Driver()
	creds, err := driver.Credentials(target, h.dir)
	must(h.t, err)
	db, err := driver.Open(context.Background(), creds, adapter.Options{Threads: 1})
	must(h.t, err)
	h.t.Cleanup(func() { must(h.t, db.Close()) })
	h.db = faulty.Wrap(db)
	h.inv.Adapter = h.db
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

// query gives the rows of a query as text: cells by blanks, rows by commas.
func (h *house) query(text string) (string, error) {
	h.t.Helper()
	c, err := h.db.Adapter.Conn(context.Background(), "test")
	must(h.t, err)
	defer c.Release()
	_, table, err := c.Execute(context.Background(), text, true, 0)
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
	c, err := h.db.Adapter.Conn(context.Background(), "test")
	must(h.t, err)
	defer c.Release()
	rels, err := c.Relations(context.Background(), "memory", []string{"dw"})
	must(h.t, err)
	there := map[string]bool{}
	for _, r := range rels {
		there[r.Identifier] = true
		if _, exists, known := h.inv.Cache.Find(r); known && !exists {
			h.t.Errorf("the cache says that %s is absent, but it is there", r.Identifier)
		}
	}
	for _, n := range h.manifest.Nodes {
		for _, name := range []string{n.Alias, n.Alias + "__dbt_tmp", n.Alias + "__dbt_backup"} {
			r := adapter.Relation{Database: "memory", Schema: "dw", Identifier: name}
			if _, exists, _ := h.inv.Cache.Find(r); exists && !there[name] {
				h.t.Errorf("the cache says that %s is there, but it is not", name)
			}
		}
	}
}
