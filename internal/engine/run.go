package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/agate"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/plan"
	"dex/internal/project"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/run"
	"dex/internal/seedfile"
)

// executorState is the executor of a command, made once the database is open.
type executorState struct{ *run.Executor }

// executor makes the executor for the command.
func (w *work) executor() *run.Executor {
	if w.exec != nil {
		return w.exec.Executor
	}
	limit := -1
	if w.inv.Empty {
		limit = 0
	}
	sink := w.engine.Sink
	if sink == nil {
		sink = event.Discard
	}
	w.exec = &executorState{&run.Executor{
		Inv:      w.render,
		Compiler: &run.Compiler{Inv: w.render, Limit: limit, Bare: w.inv.NoInject, Write: w.writer("compiled")},
		Sessions: w.sessions(), Threads: w.profile.Threads, FailFast: w.inv.FailFast, KeepSeeds: w.inv.ShowSeeds,
		RunNodesAfterFailedStart: !w.projectFlag("skip_nodes_if_on_run_start_fails", true),
		WarnError:                w.inv.WarnError.Faults,
		WriteCompiled:            w.writer("compiled"), WriteRun: w.writer("run"),
		ReadSeed: w.readSeed, Sink: sink, Microbatch: w.microbatch(),
		Clone: w.inv.Command == "clone", HookPlace: w.placeOfHook,
		FirstRun: w.project.Dex.Hooks.FirstRun, InlineEphemeral: w.project.Dex.Hooks.Ephemeral == project.EphemeralInline,
		LateHooks: w.project.Dex.Present,
	}}
	if w.operations != nil {
		w.exec.Operator = w.operationsRunner(w.exec.Executor)
	}
	return w.exec.Executor
}

// microbatch says which batches microbatch models are run in. dbt: those of
// --sample before those of --event-time-start and --event-time-end.
func (w *work) microbatch() run.Microbatch {
	m := run.Microbatch{Window: w.inv.EventTime, Now: w.started}
	if w.inv.Sample != nil {
		m.Window = w.inv.Sample
	}
	if w.inv.Former != nil {
		m.Now, m.Previous = w.inv.Former.Started, w.batchesAgain()
	}
	if !w.projectFlag("require_batched_execution_for_custom_microbatch_strategy", true) {
		m.Off = !w.render.Macros.Builtin("get_incremental_microbatch_sql")
	}
	return m
}

// projectFlag reads one of the flags that dbt_project.yml alone can set.
func (w *work) projectFlag(name string, def bool) bool {
	if f := w.raw.Flags(); f != nil {
		if v, ok := f.GetStr(name); ok && v != value.None {
			return v.Truth()
		}
	}
	return def
}

// planRun makes the plan of what was selected.
func planRun(_ context.Context, w *work) error {
	compiling := w.inv.Command == "compile" || w.inv.Command == "show" || w.inv.Command == "generate"
	p, err := plan.New(w.inv.Command, w.out.Manifest, w.selected.set, plan.Options{NoHooks: compiling})
	if err != nil {
		return err
	}
	w.out.Plan = p
	w.render.SelectedResources = w.selected.ids
	return w.tellOrphans(p.Orphans)
}

// tellOrphans tells of unit tests that were selected and are not run. dbt does not
// run them either, and says nothing.
func (w *work) tellOrphans(orphans []*manifest.Node) error {
	if len(orphans) == 0 {
		return nil
	}
	names := make([]string, len(orphans))
	for i, n := range orphans {
		names[i] = n.Name
	}
	slices.Sort(names)
	return w.warnOf(diag.Diagnostic{
		Severity: diag.Warning, Class: diag.Runtime, Code: "unit-tests-left-out",
		Summary: "Unit tests are run by build before their models alone, and these models are not selected: " + strings.Join(names, ", "),
		Hint:    "Select the models as well, or use `dex test`.",
	})
}

// nodesOf lists the nodes of a plan's main phase.
func nodesOf(p *plan.Plan) []*manifest.Node {
	var out []*manifest.Node
	for _, t := range p.Tasks {
		if t.Phase == plan.Main {
			out = append(out, t.Node)
		}
	}
	return out
}

// runNodes makes the schemas, fills the cache, and carries out the plan.
func runNodes(ctx context.Context, w *work) error {
	p := w.out.Plan
	if len(w.selected.ids) == 0 {
		return w.warn(event.NothingToDo{})
	}
	if err := w.deferRelations(); err != nil {
		return err
	}
	if err := w.filterHooks(); err != nil {
		return err
	}
	if w.inv.DryRun {
		return w.dryRun(ctx)
	}
	e := w.executor()
	e.LeaveOut = w.leaveOut()
	w.engine.emit(event.Info, event.RunStarted{NumThreads: w.profile.Threads, TargetName: w.profile.TargetName, NodeCount: p.Total})
	if err := e.MakeSchemas(ctx, nodesOf(p)); err != nil {
		return err
	}
	if err := w.fillCache(ctx, e); err != nil {
		return err
	}
	results, err := e.Execute(ctx, p)
	w.placeHooks(results)
	w.out.Results = results
	if werr := w.writeHookResults(); werr != nil {
		return errors.Join(err, werr)
	}
	var aborted *run.HookAborted
	w.aborted = errors.As(err, &aborted)
	if err != nil && results != nil && ctx.Err() == nil {
		// dbt: a broken on-run-end hook leaves the results so far behind it.
		w.out.Fatal = err
		if werr := writeArtifacts(ctx, w); werr != nil {
			return errors.Join(err, werr)
		}
	}
	if err != nil && results != nil && ctx.Err() != nil {
		if werr := writeArtifacts(context.WithoutCancel(ctx), w); werr != nil {
			return errors.Join(err, werr)
		}
	}
	return err
}

// fillCache lists the relations of the schemas that nodes stand in: all of the
// project's, or with --cache-selected-only the selected ones'.
func (w *work) fillCache(ctx context.Context, e *run.Executor) error {
	if !w.inv.PopulateCache {
		return nil
	}
	nodes := nodesOf(w.out.Plan)
	if w.inv.Command == "clone" {
		nodes = append(nodes, w.cloneSources(nodes)...)
	}
	if !w.inv.CacheSelectedOnly {
		nodes = nil
		for _, id := range manifest.SortedIDs(w.out.Manifest.Nodes) {
			nodes = append(nodes, w.out.Manifest.Nodes[id])
		}
	}
	return e.FillCache(ctx, nodes)
}

// compileNodes compiles what was selected, without hooks and without building.
// A node that does not compile ends the command.
func compileNodes(ctx context.Context, w *work) error {
	if len(w.selected.ids) == 0 && w.selected.inline == nil {
		return w.warn(event.NothingToDo{})
	}
	if err := w.deferRelations(); err != nil {
		return err
	}
	e := w.executor()
	e.CompileOnly = true
	count := 1
	if w.selected.inline == nil {
		count = w.out.Plan.Total
	}
	w.engine.emit(event.Info, event.RunStarted{NumThreads: w.profile.Threads, TargetName: w.profile.TargetName, NodeCount: count})
	if err := w.fillCache(ctx, e); err != nil {
		return err
	}
	e.Sessions.Offline = !w.inv.Introspect
	if n := w.selected.inline; n != nil {
		w.out.Results = []result.Result{e.One(ctx, n)}
	} else {
		results, err := e.Execute(ctx, w.out.Plan)
		w.out.Results = results
		if err != nil {
			return err
		}
	}
	for i := range w.out.Results {
		if w.out.Results[i].Status == result.Error {
			return &NodeFailed{w.out.Results[i]}
		}
	}
	return nil
}

// NodeFailed is a node that ended a command which can do nothing without it.
type NodeFailed struct{ Result result.Result }

func (e *NodeFailed) Error() string { return e.Result.Message }

// runOperation is run-operation: a macro, or one statement.
func runOperation(ctx context.Context, w *work) error {
	if w.nothingAgain() {
		return nil
	}
	e := w.executor()
	// dbt: an operation runs with the cache filled.
	if err := w.fillAll(ctx, e); err != nil {
		return err
	}
	if w.inv.SQL != "" {
		n, err := w.inlineQuery(ctx, w.inv.SQL)
		if err != nil {
			return err
		}
		w.out.Results = []result.Result{e.RunSQL(ctx, n)}
		return nil
	}
	entry, err := w.operationMacro()
	if err != nil {
		if ran, operr := w.operationOfName(ctx); ran || operr != nil {
			return operr
		}
		return err
	}
	w.out.Results = []result.Result{e.RunMacro(ctx, entry, w.inv.Args)}
	return nil
}

func (w *work) fillAll(ctx context.Context, e *run.Executor) error {
	if !w.inv.PopulateCache {
		return nil
	}
	var nodes []*manifest.Node
	for _, id := range manifest.SortedIDs(w.out.Manifest.Nodes) {
		nodes = append(nodes, w.out.Manifest.Nodes[id])
	}
	return e.FillCache(ctx, nodes)
}

func (w *work) sqlOperation(sql string) *manifest.Node {
	name := "inline_query"
	return &manifest.Node{
		ID: manifest.ID("sql_operation." + w.render.Project + "." + name), Kind: manifest.KindSQLOperation, Package: w.render.Project, Name: name,
		Path: "sql/" + name, OriginalFilePath: "from remote system.sql", Raw: sql, Language: "sql",
		Database: w.render.Database, Schema: w.render.Schema, Config: manifest.NewConfig(manifest.KindSQLOperation),
	}
}

// operationMacro finds [package.]macro.
func (w *work) operationMacro() (*render.Entry, error) {
	pkg, name := "", w.inv.Macro
	if p, n, ok := cut(name, '.'); ok {
		pkg, name = p, n
	}
	var e *render.Entry
	if pkg != "" {
		e = w.render.Macros.FindIn(pkg, name)
	} else {
		e = w.render.Macros.Anywhere(w.render.Project, name)
	}
	if e == nil {
		return nil, &diag.ListError{List: diag.List{{
			Class: diag.Runtime, Code: "macro-not-found",
			Summary: fmt.Sprintf("dbt could not find a macro with the name '%s' in %s", name, whichPackage(pkg)),
			Hint:    "Look for a typing error; a macro of a package is named PACKAGE.MACRO.",
		}}}
	}
	return e, nil
}

func whichPackage(pkg string) string {
	if pkg == "" {
		return "any package"
	}
	return "the '" + pkg + "' package"
}

func cut(s string, sep byte) (before, after string, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// writer makes the function that stores a node's SQL below target/<kind>.
func (w *work) writer(kind string) run.Writer {
	root := filepath.Join(w.targetDir(), kind)
	return func(n *manifest.Node, batch, sql string) error {
		path := filepath.Join(root, n.Package, filepath.FromSlash(batchFile(nodeFile(n), batch)))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("store %s SQL of %s: %w", kind, n.ID, err)
		}
		if err := os.WriteFile(path, []byte(w.clean(sql)), 0o644); err != nil {
			return fmt.Errorf("store %s SQL of %s: %w", kind, n.ID, err)
		}
		return nil
	}
}

// nodeFile is a node's file below target/compiled/<package>. A file with many
// nodes (generic tests, hooks) becomes a folder, and so does that of snapshots
// always. dbt: get_target_write_path.
func nodeFile(n *manifest.Node) string {
	if n.Kind == manifest.KindSnapshot {
		return n.OriginalFilePath + "/" + n.Name + ".sql"
	}
	if n.Kind == manifest.KindOperation {
		return n.OriginalFilePath + "/" + n.Path // "./dbt_project.yml/hooks/x.sql"
	}
	if n.UnitTest != nil {
		return run.UnitTestPath(n)
	}
	if filepath.Base(n.Path) == filepath.Base(n.OriginalFilePath) {
		return n.OriginalFilePath
	}
	return filepath.ToSlash(filepath.Join(n.OriginalFilePath, n.Path))
}

// batchFile is the file of one batch: orders/orders_2024-09-17.sql for orders.sql.
func batchFile(file, batch string) string {
	if batch == "" {
		return file
	}
	ext := path.Ext(file)
	stem := strings.TrimSuffix(file, ext)
	return stem + "/" + path.Base(stem) + "_" + batch + ext
}

// readSeed reads a seed's CSV file with the types that its values have.
func (w *work) readSeed(n *manifest.Node) (value.Value, error) {
	path := filepath.Join(w.dir(), n.OriginalFilePath)
	if pkg, ok := w.project.Package(n.Package); ok && pkg.Dir != "" {
		path = filepath.Join(pkg.Dir, n.OriginalFilePath)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read seed %s: %w", n.OriginalFilePath, err)
	}
	opt := seedfile.Options{Delimiter: n.Config.Str("delimiter")}
	if t, ok := n.Config.Get("column_types"); ok {
		if d, ok := t.(*value.Dict); ok {
			d.Each(func(k, _ value.Value) bool {
				opt.TextColumns = append(opt.TextColumns, value.ToStr(k))
				return true
			})
		}
	}
	file, err := seedfile.Read(src, opt)
	if err != nil {
		return nil, fmt.Errorf("seed %s: %w", n.OriginalFilePath, err)
	}
	if w.inv.Empty {
		file.Table.Rows = file.Table.Rows[:0]
	}
	return agate.FromSeed(file.Table, file.Types, path), nil
}
