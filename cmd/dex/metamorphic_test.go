package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dex/internal/pgtest"
)

var (
	metaProjects = flag.Int("meta-projects", 2, "how many projects TestMetamorphic makes")
	metaSeed     = flag.Uint64("meta-seed", 0, "the seed of its first project; 0 takes one of chance, and each failure names it")
)

// TestMetamorphic builds projects made at random in ways that must come to the same:
// the same tables, value by value, the same results and the same manifest, on each
// database and between them.
func TestMetamorphic(t *testing.T) {
	first := *metaSeed
	if first == 0 {
		first = rand.Uint64N(1 << 32)
	}
	for i := range *metaProjects {
		seed := first + uint64(i)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			p := newMetaProject(seed)
			duck := metaBuild(t, p, "duckdb")
			t.Run("duckdb", func(t *testing.T) { metaTry(t, duck, seed) })
			t.Run("postgres", func(t *testing.T) {
				t.Parallel()
				postgres := metaBuild(t, p, "postgres")
				sameOutcome(t, "Postgres as DuckDB", postgres, duck.outcome(), postgres.outcome(), metaOtherDatabase)
				metaTry(t, postgres, seed)
			})
		})
	}
}

// TestMetamorphicShop builds the example project in such ways. It is one of DuckDB:
// its data come from that database's own functions.
func TestMetamorphicShop(t *testing.T) {
	t.Parallel()
	plain := shopWorld(t)
	plain.dex("build", "--threads", "1", "--no-partial-parse")
	want := plain.outcome()
	log := regexp.MustCompile(`^main\.dbt_audit_log$`)
	for _, way := range []metaWay{
		{"threads", func(w *metaWorld, _ *rand.Rand) {
			w.dex("build", "--threads", "8")
		}, metaBut{}},
		{"partial", func(w *metaWorld, _ *rand.Rand) {
			macro := filepath.Join(w.dir, "macros/audit.sql")
			text, err := os.ReadFile(macro)
			must(t, err)
			w.write("macros/audit.sql", strings.ReplaceAll(string(text), "current_timestamp", "now()"))
			w.write("models/marts/too_many.sql", "select * from {{ ref('dim_customers') }}\n")
			w.dex("parse")
			w.write("macros/audit.sql", string(text))
			must(t, os.Remove(filepath.Join(w.dir, "models/marts/too_many.sql")))
			w.dex("build", "--threads", "4")
		}, metaBut{}},
		{"twice", func(w *metaWorld, _ *rand.Rand) {
			w.dex("build", "--threads", "4")
			w.dex("build", "--threads", "4")
		}, metaBut{tables: regexp.MustCompile(`^(main\.dbt_audit_log|ledger\..*)$`), manifest: metaOtherCommand.manifest}}, // a ledger grows
		{"halves", func(w *metaWorld, _ *rand.Rand) {
			w.dex("build", "--threads", "4", "--indirect-selection", "cautious", "--select", "+marts")
			w.dex("build", "--threads", "4", "--indirect-selection", "cautious", "--exclude", "+marts")
			w.dex("test", "--threads", "4")
		}, metaBut{tables: log, manifest: metaOtherCommand.manifest}},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			w := shopWorld(t)
			way.build(w, nil)
			sameOutcome(t, way.name, w, want, w.outcome(), way.but)
		})
	}
}

// shopWorld is a copy of the example project with thirty days of data.
func shopWorld(t *testing.T) *metaWorld {
	w := newMetaWorld(t, &metaProject{}, "duckdb")
	w.db = &metaDuck{t, w.dir, "shop.duckdb"}
	for _, part := range []string{"analyses", "macros", "models", "packages", "seeds", "snapshots", "tests", "dbt_project.yml", "packages.yml", "profiles.yml"} {
		from := filepath.Join("../../examples/shop", part)
		if info, err := os.Stat(from); err == nil && info.IsDir() {
			must(t, os.CopyFS(filepath.Join(w.dir, part), os.DirFS(from)))
			continue
		}
		text, err := os.ReadFile(from)
		must(t, err)
		w.write(part, string(text))
	}
	w.dex("deps")
	w.dex("run-operation", "land", "--args", "{through: 30}")
	w.results = map[string]metaResult{}
	return w
}

// metaBuild builds a project in the plainest way.
func metaBuild(t *testing.T, p *metaProject, adapter string) *metaWorld {
	w := newMetaWorld(t, p, adapter)
	w.lay(plainLayout)
	w.dex("build", "--threads", "1", "--no-partial-parse")
	return w
}

// metaTry builds the project in every way on the database of base.
func metaTry(t *testing.T, base *metaWorld, seed uint64) {
	want := base.outcome()
	for _, way := range metaWays {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			w := newMetaWorld(t, base.project, base.adapter)
			way.build(w, rand.New(rand.NewPCG(seed, 3)))
			sameOutcome(t, way.name, w, want, w.outcome(), way.but)
		})
	}
}

// metaWay is a way to build a project that must come to what one build comes to, but
// for what it leaves out of the comparison.
type metaWay struct {
	name  string
	build func(w *metaWorld, rnd *rand.Rand)
	but   metaBut
}

// metaBut is what two builds need not have in common.
type metaBut struct {
	tables   *regexp.Regexp // by schema and name
	manifest *regexp.Regexp // keys, wherever they stand
	builtin  bool           // macros that come with the engine
}

// Whatever was compiled is in the manifest; which nodes those are is up to the command.
const compiledKeys = `compiled|compiled_code|compiled_path|extra_ctes|extra_ctes_injected|build_path`

var (
	metaOtherDatabase = metaBut{manifest: regexp.MustCompile(`^(adapter_type|relation_name|` + compiledKeys + `)$`), builtin: true}
	metaOtherCommand  = metaBut{manifest: regexp.MustCompile(`^(` + compiledKeys + `)$`)}
	metaTwice         = metaBut{tables: regexp.MustCompile(`\.told$`), manifest: metaOtherCommand.manifest}
)

var metaWays = []metaWay{
	{"threads", func(w *metaWorld, _ *rand.Rand) {
		w.lay(plainLayout)
		w.dex("build", "--threads", "8")
	}, metaBut{}},
	{"places", func(w *metaWorld, rnd *rand.Rand) {
		w.lay(scattered(rnd.Uint64()))
		w.dex("build", "--threads", "4")
		// The checksum of a snapshot in YAML is that of its file, as in dbt.
	}, metaBut{manifest: regexp.MustCompile(`^(path|original_file_path|patch_path|fqn|checksum|` + compiledKeys + `)$`)}},
	{"partial", func(w *metaWorld, rnd *rand.Rand) {
		w.edits(rnd)
		w.dex("build", "--threads", "4")
	}, metaBut{}},
	{"twice", func(w *metaWorld, _ *rand.Rand) {
		w.lay(plainLayout)
		w.dex("build", "--threads", "4")
		w.dex("build", "--threads", "4")
	}, metaTwice},
	{"anew", func(w *metaWorld, _ *rand.Rand) {
		w.lay(plainLayout)
		w.dex("build", "--threads", "4")
		w.dex("build", "--threads", "4", "--full-refresh")
	}, metaTwice},
	{"halves", func(w *metaWorld, rnd *rand.Rand) {
		w.lay(plainLayout)
		first := w.project.upTo(rnd)
		w.dex(append([]string{"build", "--threads", "4", "--indirect-selection", "cautious", "--select"}, first...)...)
		w.dex(append([]string{"build", "--threads", "4", "--indirect-selection", "cautious", "--exclude"}, first...)...)
		w.dex("test", "--threads", "4")
	}, metaOtherCommand},
}

// metaWorld is a project in a folder with a database of its own.
type metaWorld struct {
	t       *testing.T
	project *metaProject
	dir     string
	db      metaDatabase
	adapter string
	start   time.Time
	results map[string]metaResult
}

// metaResult is what run_results.json says of a node and holds on every database.
type metaResult struct {
	Status   string
	Failures string
}

type metaOutcome struct {
	tables   map[string]metaTable
	results  map[string]metaResult
	manifest any
}

func newMetaWorld(t *testing.T, p *metaProject, adapter string) *metaWorld {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	w := &metaWorld{t: t, project: p, dir: dir, adapter: adapter, start: time.Now(), results: map[string]metaResult{}}
	if adapter == "postgres" {
		w.db = &metaPostgres{t, pgtest.Database(t)}
	} else {
		w.db = &metaDuck{t, dir, "metadb.duckdb"}
	}
	return w
}

// lay writes the project's files in a layout.
func (w *metaWorld) lay(l layout) {
	files := w.project.texts(l)
	files["profiles.yml"] = "meta:\n  target: dev\n  outputs:\n    dev: {" + w.db.target() + ", schema: dw, threads: 1}\n"
	names := slices.Sorted(maps.Keys(files))
	if l.reversed {
		slices.Reverse(names)
	}
	for _, name := range names {
		w.write(name, files[name])
	}
}

func (w *metaWorld) write(name, text string) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	must(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(w.t, os.WriteFile(path, []byte(text), 0o644))
}

// edits comes to the project by way of another: some nodes' SQL is different at
// first, the macros are, a file is missing and one is too many. Each stage is parsed.
func (w *metaWorld) edits(rnd *rand.Rand) {
	w.lay(plainLayout)
	files := w.project.texts(plainLayout)
	models := slices.Sorted(maps.Keys(maps.Collect(func(yield func(string, bool) bool) {
		for name := range files {
			if strings.HasPrefix(name, "models/m_") && !yield(name, true) {
				return
			}
		}
	})))
	w.write("macros/all.sql", w.project.macros+"{% macro unused() %}{% endmacro %}\n")
	w.write("models/too_many.sql", "select * from {{ ref('raw_0') }}\n")
	for _, name := range models {
		if rnd.IntN(2) == 0 {
			w.write(name, "{{ config(tags=['other']) }}\nselect {{ cols() }} from {{ ref('raw_0') }}\n")
		}
	}
	w.dex("parse")
	must(w.t, os.Remove(filepath.Join(w.dir, "models/too_many.sql")))
	w.write("macros/all.sql", strings.Replace(w.project.macros, "numeric(18, 4)", "numeric(18, 2)", 1))
	w.dex("parse")
	for name, text := range files {
		w.write(name, text)
	}
}

// dex runs a command, which must go well, and notes its results.
func (w *metaWorld) dex(args ...string) {
	w.t.Helper()
	cmd := exec.Command("dex", args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "TZ=UTC", "DBT_PROFILES_DIR="+w.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%s: dex %s: %v\n%s\n%s", w.adapter, strings.Join(args, " "), err, out, w.show())
	}
	if args[0] == "parse" || args[0] == "deps" {
		return // they have no results
	}
	var doc struct {
		Results []struct {
			ID       string          `json:"unique_id"`
			Status   string          `json:"status"`
			Failures json.RawMessage `json:"failures"`
		} `json:"results"`
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "target/run_results.json"))
	must(w.t, err)
	must(w.t, json.Unmarshal(text, &doc))
	for _, r := range doc.Results {
		w.results[r.ID] = metaResult{r.Status, string(r.Failures)}
	}
}

// show is the project as it stands, for who looks into a failure.
func (w *metaWorld) show() string {
	var out strings.Builder
	if len(w.project.nodes) == 0 {
		return "" // the shop, which can be read where it is
	}
	files := w.project.texts(plainLayout)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".csv") {
			fmt.Fprintf(&out, "-- %s --\n%s", name, files[name])
		}
	}
	return out.String()
}

func (w *metaWorld) outcome() *metaOutcome {
	text, err := os.ReadFile(filepath.Join(w.dir, "target/manifest.json"))
	must(w.t, err)
	text = bytes.ReplaceAll(text, []byte(w.dir), []byte("<project>"))
	if db, ok := w.db.(*metaPostgres); ok {
		text = bytes.ReplaceAll(text, []byte(db.at.Database), []byte("metadb"))
	}
	text = anyUUID.ReplaceAll(text, []byte("<uuid>"))
	got := &metaOutcome{tables: metaTables(w.db, w.start), results: w.results}
	must(w.t, json.Unmarshal(text, &got.manifest))
	return got
}

// alwaysOther are keys of a manifest that tell invocations apart.
var alwaysOther = regexp.MustCompile(`^(created_at|generated_at|invocation_id|invocation_started_at|run_started_at)$`)

// without takes out of a manifest what two builds need not have in common.
func (but metaBut) without(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			other := alwaysOther.MatchString(k) || but.manifest != nil && but.manifest.MatchString(k)
			if !other && !(but.builtin && builtin.MatchString(k)) {
				out[k] = but.without(e)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, e := range x {
			if id, ok := e.(string); !ok || !but.builtin || !builtin.MatchString(id) {
				out = append(out, but.without(e))
			}
		}
		return out
	}
	return v
}

func sameOutcome(t *testing.T, what string, w *metaWorld, want, got *metaOutcome, but metaBut) {
	t.Helper()
	tables := func(all map[string]metaTable) map[string]metaTable {
		out := maps.Clone(all)
		maps.DeleteFunc(out, func(name string, _ metaTable) bool { return but.tables != nil && but.tables.MatchString(name) })
		return out
	}
	differ := func(part string, want, got any) {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s differ (-one build +this):\n%s\n%s", what, part, d, w.show())
		}
	}
	if len(want.tables) < 3 || len(want.results) < 3 {
		t.Fatalf("%d tables, %d results: nothing to compare", len(want.tables), len(want.results))
	}
	differ("tables", tables(want.tables), tables(got.tables))
	differ("results", want.results, got.results)
	differ("manifests", but.without(want.manifest), but.without(got.manifest))
}
