package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/builtin"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/operation"
	"dex/internal/parse"
	"dex/internal/profile"
	"dex/internal/project"
	"dex/internal/render"
	"dex/internal/session"
)

// work is one command under way: what its stages hand on to each other.
type work struct {
	engine   *Engine
	inv      Invocation
	out      *Outcome
	started  time.Time
	finished bool // later stages have nothing to do
	written  bool // the manifest has been written, or could not be
	aborted  bool // a hook's template failed: dbt leaves the manifest as it was parsed

	raw     *project.Raw
	profile *profile.Profile
	driver  adapter.Driver
	project *project.Project
	render  *render.Invocation
	warner  *event.Warner
	cache   *parse.Cache
	gc      *collector
	adapter adapter.Adapter
	// opening is the database where it is opened ahead: see openAhead.
	opening *opening
	// operations are those of the project and its packages; nil before they are read.
	operations *operation.Set

	// order is the operation that is to be run.
	order *order
	// closing ends what the command holds.
	closing []func()

	kept    keeping
	auditor *auditor // nil where nothing is recorded
	// auditTried says that the audit has begun, or could not.
	auditTried bool
	alerts     *alerts // nil where dex.yml has no channels
	lost       lostRuns
	history    history
	selected   selection
	hooks      *hookFilter
	exec       *executorState
}

func newWork(e *Engine, inv Invocation) *work {
	w := &work{engine: e, inv: inv, started: e.now(), out: &Outcome{InvocationID: inv.ID}}
	w.warner = &event.Warner{Policy: inv.WarnError, Sink: e.Sink, ShowAll: inv.ShowAllDeprecations, Now: e.Now}
	w.out.shown = w.shown
	return w
}

func (w *work) close() {
	w.dropOpening()
	w.kept.close()
	defer func() {
		for _, end := range w.closing {
			end()
		}
	}()
	if w.adapter != nil {
		// What is open here has been rolled back or committed by its session; a
		// failing close cannot lose anything.
		_ = w.adapter.Close()
	}
}

// dir is the project's folder, absolute.
func (w *work) dir() string {
	dir, err := filepath.Abs(w.inv.ProjectDir)
	if err != nil {
		return w.inv.ProjectDir
	}
	return dir
}

// targetDir is the folder that artifacts go to, absolute.
func (w *work) targetDir() string { return w.below(w.targetPath()) }

// targetPath is that folder as given, for paths that artifacts show.
func (w *work) targetPath() string {
	switch {
	case w.inv.TargetPath != "":
		return w.inv.TargetPath
	case w.project != nil && w.project.Root.TargetPath != "":
		return w.project.Root.TargetPath
	}
	return "target"
}

func (w *work) below(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(w.dir(), p)
}

// take keeps diagnostics in the outcome; errors among them end the stage.
func (w *work) take(l diag.List) error {
	w.out.Faults = append(w.out.Faults, l...)
	if err := w.warnAll(l); err != nil {
		return err
	}
	return l.Err()
}

// readRoot reads dbt_project.yml. Where there is none, the fault says how to come
// by one.
func (w *work) readRoot() error {
	raw, faults := project.ReadRaw(w.dir())
	for i := range faults {
		if faults[i].Code == "project-missing" {
			faults[i].Hint = "Enter the project's folder, name it with --project-dir, or begin a project with: dex init NAME"
		}
	}
	if err := w.take(faults); err != nil {
		return err
	}
	w.raw = raw
	return nil
}

// loadProject reads dbt_project.yml, the target of profiles.yml, and the list of
// files.
func loadProject(ctx context.Context, w *work) error {
	w.gc = ease()
	if err := w.readRoot(); err != nil {
		return err
	}
	w.render = w.newRender()
	if err := w.loadProfile(); err != nil {
		return err
	}
	return w.loadFiles(ctx)
}

// newRender starts what templates share with what the command line alone tells.
func (w *work) newRender() *render.Invocation {
	flags := templateFlags(&w.inv, w.raw.Flags())
	return &render.Invocation{
		ID: w.inv.ID, StartedAt: w.started, Command: w.inv.which(),
		Project: w.raw.Name(), CLIVars: w.inv.Vars, Getenv: w.engine.Getenv, Sink: w.engine.Sink,
		Flags: flags, Args: invocationArgs(flags), Warner: w.warner,
		Macros: render.NewMacros(w.raw.Name(), nil), Cache: render.NewCache(), Sample: w.inv.Sample,
	}
}

func (w *work) loadProfile() error {
	p, faults := profile.Load(profile.Options{
		ProjectDir: w.dir(), ProjectName: w.raw.Name(), ProjectProfile: w.raw.Profile(), ProjectDoc: w.raw.Doc, ProjectPos: w.raw.ProfilePos(),
		Dir: w.inv.ProfilesDir, Name: w.inv.Profile, Target: w.inv.Target, Threads: w.inv.Threads,
		Renderer: &yamlRenderer{inv: w.render, secret: profile.Placeholder}, Env: w.engine.Getenv,
		Learn: w.engine.Learn,
	})
	if err := w.take(faults); err != nil {
		return err
	}
	if w.engine.Learn != nil {
		w.engine.Learn(p.Secrets())
	}
	for _, n := range p.Notices {
		w.engine.emit(event.Info, event.Note{Msg: n})
	}
	driver, ok := adapter.Lookup(p.Type)
	if !ok {
		return errors.New("no adapter of type " + p.Type)
	}
	w.profile, w.driver = p, driver
	r := w.render
	r.Profile, r.AdapterType, r.Dialect = p.Name, p.Type, driver.Dialect
	r.Database, r.Schema = p.Credentials.Database(), p.Credentials.Schema()
	r.Target = targetValue(p)
	r.InternalPackages = []string{"dbt_" + p.Type, "dbt"}
	r.Macros = render.NewMacros(w.raw.Name(), r.InternalPackages)
	return nil
}

// targetValue is `target` in templates: the connection's own keys without
// secrets, then dbt's.
func targetValue(p *profile.Profile) *value.Dict {
	d := masked(p.Credentials.Context(), p.Secrets()).(*value.Dict)
	d.SetStr("type", value.Str(p.Type))
	d.SetStr("threads", value.Int(p.Threads))
	d.SetStr("name", value.Str(p.TargetName))
	d.SetStr("target_name", value.Str(p.TargetName))
	d.SetStr("profile_name", value.Str(p.Name))
	return d
}

// masked copies a value with secrets blanked in every text of it: settings of a
// target may hold some that no driver knows for what they are.
func masked(v value.Value, secrets []string) value.Value {
	switch x := v.(type) {
	case value.Str:
		s := string(x)
		for _, secret := range secrets {
			s = strings.ReplaceAll(s, secret, "*****")
		}
		return value.Str(s)
	case *value.List:
		out := value.NewList()
		for _, e := range x.Elems {
			out.Elems = append(out.Elems, masked(e, secrets))
		}
		return out
	case *value.Dict:
		out := value.NewDict(x.Len())
		x.Each(func(k, e value.Value) bool {
			out.SetStr(value.ToStr(k), masked(e, secrets))
			return true
		})
		return out
	}
	return v
}

func (w *work) loadFiles(ctx context.Context) error {
	with := w.projectRenderer()
	w.cache = w.openCache(ctx)
	p, faults, err := project.Load(ctx, project.Options{
		Raw: w.raw, Renderer: with, PackageRenderer: with,
		SecretRenderer: w.secretRenderer(false), OwnRenderer: w.secretRenderer(true), Learn: w.engine.Learn,
		Builtin: []fs.FS{builtin.Project, w.driver.Macros},
		Version: w.requiredVersion(), TargetPath: w.inv.TargetPath,
		JinjaExtensions: w.projectFlag("allow_jinja_file_extensions", false),
		AnalysisTree:    w.projectFlag("require_corrected_analysis_fqns", false),
		Known:           w.cache.Known,
		MaxSeedBytes:    int64(w.inv.MaxSeedMiB) << 20,
		CatalogsV2:      w.projectFlag("use_catalogs_v2", false), Adapter: w.profile.Type,
	})
	w.secretsKnown()
	if lerr := w.take(faults); lerr != nil {
		return lerr
	}
	if err != nil {
		return err
	}
	w.project, w.render.Strict = p, p.Dex.Hooks.Strict
	w.openAlerts()
	r := w.render
	r.PackageVars, r.Dispatch, r.PackageDirs = map[string]*value.Dict{}, map[string][]string{}, map[string]string{}
	for _, pkg := range p.Packages {
		r.PackageNames = append(r.PackageNames, pkg.Name)
		r.PackageVars[pkg.Name] = pkg.Vars
		r.PackageDirs[pkg.Name] = pkg.Dir
	}
	r.Python = adapter.PythonHome{
		Dir: w.dir(), Files: w.targetDir(), Environments: filepath.Join(w.dir(), ".dex"), Getenv: w.scriptEnv,
	}
	for _, d := range p.Root.Dispatch {
		r.Dispatch[d.Namespace] = d.SearchOrder
	}
	r.Quoting = render.Quoting{Database: true, Schema: true, Identifier: true}.Merged(p.Root.Quoting)
	r.QueryComment = p.Root.QueryComment
	return nil
}

// secretsKnown lets through what waited for all secrets to be known.
func (w *work) secretsKnown() {
	if w.engine.Known != nil {
		w.engine.Known()
	}
}

// projectRenderer renders dbt_project.yml, which sees the variables of vars.yml
// where profiles.yml does not.
func (w *work) projectRenderer() *yamlRenderer {
	if vars, _ := project.FileVars(w.dir()); vars != nil { // its faults are told when the project is loaded
		w.render.PackageVars = map[string]*value.Dict{w.raw.Name(): vars}
	}
	return &yamlRenderer{inv: w.render}
}

func (w *work) requiredVersion() string {
	if !w.inv.VersionCheck {
		return ""
	}
	return render.DBTVersion
}

// tellVars tells what the last parse is only good for. dbt: build_manifest_state_check.
func (w *work) tellVars() {
	given := w.inv.Vars
	if given == nil {
		given = value.NewDict(0)
	}
	// Printed, a long text is broken into pieces, in which nobody finds a secret.
	e := event.StateCheckVarsHash{Vars: jinja.Pformat(w.cleanDict(given)), Profile: w.profile.Name, Target: w.profile.TargetName, Version: render.DBTVersion}
	sum := sha256.Sum256([]byte(strings.Join([]string{e.Vars, e.Profile, e.Target, e.Version}, "\x00")))
	e.Checksum = hex.EncodeToString(sum[:])
	w.engine.emit(event.Debug, e)
}

// parseProject turns the files into a manifest.
func parseProject(ctx context.Context, w *work) error {
	w.tellVars()
	minded, err := w.minded(ctx)
	if err != nil {
		return err
	}
	spare := w.spares()
	if minded {
		spare = nil // their references are resolved in the manifest
	}
	m, faults, err := parse.Manifest(ctx, parse.Options{
		Project: w.project, Inv: w.render, Sink: w.engine.Sink, Cache: w.cache, CustomEnv: customEnv(),
		Spare: spare, NoFileDiff: w.inv.NoFileDiff,
	})
	w.gc.restore()
	for _, why := range w.cache.Unfit() {
		w.engine.emit(event.Info, event.UnableToPartialParse{Reason: why})
	}
	w.out.Manifest = m // there is one beside a cycle: dbt writes it as well
	if lerr := w.take(faults); lerr != nil {
		return lerr
	}
	if err == nil {
		err = w.checkComment()
	}
	if err != nil {
		return err
	}
	if w.cache.Way() == parse.Resumed {
		w.engine.emit(event.Debug, event.Note{Msg: "Nothing changed, skipping partial parsing."})
	}
	stats := w.cache.Stats()
	if m != nil {
		stats = m.Stats()
	}
	if minded {
		err = readOperations(ctx, w)
	}
	w.engine.emit(event.Info, foundStats(stats, w.operations))
	return err
}

// openDatabase opens the target.
func openDatabase(ctx context.Context, w *work) error {
	w.gc.restore() // the database wants the memory
	if w.opening != nil {
		return w.opened()
	}
	open := w.driver.Open
	if w.previewing() {
		if open = w.driver.Preview; open == nil {
			return fmt.Errorf("there is no preview of a database of type %s: --dry-run and --introspect do not work with it", w.profile.Type)
		}
	}
	a, err := open(ctx, w.profile.Credentials, adapter.Options{Threads: w.profile.Threads})
	if err != nil {
		return &TargetError{Target: w.profile.Credentials.Unique(), Err: err}
	}
	w.adapter = a
	w.render.Adapter = a
	return nil
}

// TargetError is a database that could not be opened.
type TargetError struct {
	Target string
	Err    error
}

// Error is the driver's own word for it, which names what it opened.
func (e *TargetError) Error() string { return e.Err.Error() }

// Unwrap gives the driver's error.
func (e *TargetError) Unwrap() error { return e.Err }

// sessions says how sessions of this invocation behave.
func (w *work) sessions() session.Options {
	o := session.Options{AdapterType: w.profile.Type, Sink: w.engine.Sink, Comment: w.queryComment(), Explicit: w.render.Strict, Names: &session.Names{}}
	if t, ok := w.adapter.(interface{ TransactionsDisabled() bool }); ok {
		o.NoTransactions = t.TransactionsDisabled()
	}
	if o.Sink == nil {
		o.Sink = event.Discard
	}
	return o
}

// yamlRenderer renders the text of YAML files with the names of an invocation.
type yamlRenderer struct {
	inv *render.Invocation
	// secret stands in for the value of secret variables; nil refuses them.
	secret func(name string) string
	own    bool // dex.yml is read
}

// secretRenderer renders files in which secrets may be used: packages.yml, or dex's own.
func (w *work) secretRenderer(own bool) project.Renderer {
	return profile.Revealing(&yamlRenderer{inv: w.render, secret: profile.Placeholder, own: own}, w.engine.getenv)
}

// Render implements yamldoc.Renderer.
func (r *yamlRenderer) Render(v value.Value, _ []string) (value.Value, error) {
	s, ok := v.(value.Str)
	if !ok || !strings.Contains(string(s), "{") {
		return v, nil
	}
	if r.own {
		return r.inv.NativeOwn(context.Background(), string(s), r.secret)
	}
	return r.inv.NativeWith(context.Background(), string(s), r.secret)
}
