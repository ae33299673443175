// Package pymodel runs the code of one Python model in a Python process of the
// user's. It knows what is said to it and how it ends; it does not know which
// database the rows come from. The process itself is package pyrun's, as for
// operations.
//
// The process never touches the database of the project, whose file dex itself
// holds. It has a DuckDB of its own, in which the relations that the model asks for
// appear under their names: Host.Load is asked for each as a file, the first time.
// What the model returns becomes a table there, in a file that goes back. Begin with
// Run; the other side is dex_model.py.
package pymodel

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dex/internal/jinja/value"
	"dex/internal/pyrun"
)

//go:embed dex_model.py
var module []byte

// Host is the side of the database. Its methods but Log are called one at a time.
type Host interface {
	// Load writes the rows of a relation, named as SQL names it, into a file whose
	// path begins with path. An error reaches the model as an exception.
	Load(ctx context.Context, relation, path string) (Loaded, error)
	// Log takes one line that the model printed, or that is about it.
	Log(line string)
}

// Loaded says where the rows of a relation are.
type Loaded struct {
	Attach string // a DuckDB file, whose table "rows" has them; or
	Select string // the query that reads them from files
}

// Job is what a process is given.
type Job struct {
	// Name is the model's, for messages; Alias that of its relation.
	Name, Alias string
	// Path is the model's file, as tracebacks show it.
	Path string
	// Code is the model with dbt's text behind it: dbtObj, model, materialize.
	Code string
	// Database and Schema are where the model's own relation stands.
	Database, Schema string
	// Dir is the working directory; "" is this process's.
	Dir string
	// Files is a folder for what is exchanged, which the caller removes.
	Files string
	// Cache keeps what is compiled of dex's modules, Environments the virtual
	// environments of packages.
	Cache, Environments string
	// Getenv looks DEX_PYTHON and PATH up; nil is os.LookupEnv.
	Getenv func(name string) (string, bool)
	// Packages are what the model's configuration names, as pip takes them.
	Packages []string
	// Timeout ends the model; 0 is never.
	Timeout time.Duration
	Session Session
}

// Session is what the process's DuckDB begins with: what profiles.yml says of that
// of the project.
type Session struct {
	Default    string // the database of names without one
	Options    []Setting
	Settings   []Setting
	Extensions []Extension
	Statements []string // secrets
	Paths      []string // in which Python looks for modules, behind its own
}

// Setting is a setting of DuckDB.
type Setting struct{ Name, Value string }

// Extension is an extension of DuckDB; Repo is "" for the usual one.
type Extension struct{ Name, Repo string }

// Made is what a model's code made.
type Made struct {
	Table  Table
	Beside []Table // that the model made by itself
	// Replaced are those of Beside that may be there already: the model's code says
	// `create or replace`.
	Replaced []Table
}

// Table is a table in a DuckDB file, with the name that it has there and is to have.
type Table struct{ File, Database, Schema, Name string }

// Failed is a model that ended with an exception.
type Failed struct {
	Traceback string
	Line      int    // of the model's file, where its own code was last; 0 is none
	Hint      string // what may be done about it; "" where nobody knows
}

func (e *Failed) Error() string {
	msg := "Python model failed:\n" + e.Traceback
	if e.Hint != "" {
		msg += "\n" + e.Hint
	}
	return msg
}

// PythonLine is the line for whoever shows it.
func (e *Failed) PythonLine() int { return e.Line }

// ErrNoDuckDB is a Python without the module duckdb.
var ErrNoDuckDB = errors.New("no module duckdb")

// grace is how long a model may take to end once it is asked to. It has nothing to
// put in order: what it made is not in the database yet.
const grace = 2 * time.Second

// Run runs a job in a process of its own, which ends when ctx does. Errors: *Failed,
// ErrNoDuckDB, and those of pyrun.Run.
func Run(ctx context.Context, job Job, host Host) (Made, error) {
	p := &process{job: &job, host: host}
	code, lines := shift(&job)
	p.lines = lines
	proc := pyrun.Job{
		Name: "the Python model " + job.Name, Path: job.Path, Code: code, Dir: job.Dir, Cache: job.Cache,
		Getenv: job.Getenv, Environ: os.Environ(), Timeout: job.Timeout, Grace: grace, Dependencies: job.Packages,
	}
	if err := p.choose(ctx, &proc); err != nil {
		return Made{}, err
	}
	err := pyrun.RunProgram(ctx, proc, pyrun.Program{
		Module: "dex_model", Text: module, Log: p.log,
		Answers: map[string]pyrun.Answer{"model": p.facts, "load": p.load, "made": p.take, "needs": p.note},
	})
	if err := p.verdict(err); err != nil {
		return Made{}, err
	}
	return p.made, nil
}

// process is a running model.
type process struct {
	job    *Job
	host   Host
	python string
	lines  int   // of the model's file; 0 is unknown
	unmet  error // packages that could not be installed
	files  int
	needs  string // a module that is missing
	made   Made
}

// choose settles on the interpreter. Packages that cannot be installed end nothing:
// dbt installs none, so the model may have what it needs.
func (p *process) choose(ctx context.Context, proc *pyrun.Job) (err error) {
	if len(p.job.Packages) == 0 {
		p.python, err = pyrun.Interpreter(ctx, proc)
	} else {
		layered := *proc
		layered.Cache = p.job.Environments
		p.python, err = pyrun.Layered(ctx, &layered, p.log)
		if errors.As(err, new(*pyrun.PackageError)) {
			p.unmet = err
			p.host.Log(fmt.Sprintf("%v\nthe model runs without them", err))
			p.python, err = pyrun.Interpreter(ctx, proc)
		}
	}
	proc.Interpreter, proc.Dependencies = p.python, nil
	return err
}

// shift gives the code the empty lines that the model's file begins with, and that dbt
// cuts off: lines of tracebacks are then those of the file. lines is how many the file
// has; 0 where the code does not begin with its text, as behind an ephemeral model.
func shift(job *Job) (code []byte, lines int) {
	const space = " \t\r\n\f\v"
	rest := strings.TrimLeft(job.Code, space)
	text, err := os.ReadFile(job.Path)
	if err != nil {
		return []byte(rest), 0
	}
	own := strings.TrimLeft(string(text), space)
	if !strings.HasPrefix(rest, strings.TrimSpace(strings.ReplaceAll(own, "\r\n", "\n"))) {
		return []byte(rest), 0
	}
	before := strings.Count(string(text[:len(text)-len(own)]), "\n")
	return []byte(strings.Repeat("\n", before) + rest), strings.Count(string(text), "\n") + 1
}

func (p *process) log(l pyrun.Line) {
	if l.Level != pyrun.Debug { // what pip says of its work
		p.host.Log(l.Text)
	}
}

// facts is what the process asks for first.
func (p *process) facts(context.Context, *value.Dict) (value.Value, error) {
	s := &p.job.Session
	options := value.NewDict(len(s.Options))
	for _, o := range s.Options {
		options.SetStr(o.Name, value.Str(o.Value))
	}
	settings, extensions, statements, paths := value.NewList(), value.NewList(), value.NewList(), value.NewList()
	for _, o := range s.Settings {
		settings.Elems = append(settings.Elems, texts(o.Name, o.Value))
	}
	for _, e := range s.Extensions {
		extensions.Elems = append(extensions.Elems, texts(e.Name, e.Repo))
	}
	statements.Elems = append(statements.Elems, texts(s.Statements...).Elems...)
	paths.Elems = append(paths.Elems, texts(s.Paths...).Elems...)
	d := value.NewDict(10)
	d.SetStr("alias", value.Str(p.job.Alias))
	d.SetStr("folder", value.Str(p.job.Files))
	d.SetStr("default", value.Str(s.Default))
	d.SetStr("database", value.Str(p.job.Database))
	d.SetStr("schema", value.Str(p.job.Schema))
	d.SetStr("options", options)
	d.SetStr("settings", settings)
	d.SetStr("extensions", extensions)
	d.SetStr("statements", statements)
	d.SetStr("paths", paths)
	return d, nil
}

func texts(ss ...string) *value.List {
	l := value.NewList()
	for _, s := range ss {
		l.Elems = append(l.Elems, value.Str(s))
	}
	return l
}

func (p *process) load(ctx context.Context, args *value.Dict) (value.Value, error) {
	p.files++
	got, err := p.host.Load(ctx, text(args, "relation"), filepath.Join(p.job.Files, fmt.Sprintf("load%d", p.files)))
	if err != nil {
		return nil, err
	}
	d := value.NewDict(2)
	d.SetStr("attach", value.Str(got.Attach))
	d.SetStr("select", value.Str(got.Select))
	return d, nil
}

// take keeps what the process says that it made. The files are read once it is gone.
func (p *process) take(_ context.Context, args *value.Dict) (value.Value, error) {
	t, _ := args.GetStr("table")
	made, ok := tableOf(t)
	if !ok {
		return nil, &pyrun.ProtocolError{What: "the process has named no table"}
	}
	p.made = Made{Table: made}
	p.made.Beside, p.made.Replaced = tablesOf(args, "beside"), tablesOf(args, "replaced")
	return value.None, nil
}

func tablesOf(args *value.Dict, name string) (out []Table) {
	list, _ := args.GetStr(name)
	for _, t := range elements(list) {
		if table, ok := tableOf(t); ok {
			out = append(out, table)
		}
	}
	return out
}

func tableOf(v value.Value) (Table, bool) {
	words := elements(v)
	if len(words) != 4 {
		return Table{}, false
	}
	return Table{value.ToStr(words[0]), value.ToStr(words[1]), value.ToStr(words[2]), value.ToStr(words[3])}, true
}

func elements(v value.Value) []value.Value {
	if l, ok := v.(*value.List); ok {
		return l.Elems
	}
	return nil
}

func text(args *value.Dict, name string) string {
	if v, ok := args.GetStr(name); ok {
		return value.ToStr(v)
	}
	return ""
}

func (p *process) note(_ context.Context, args *value.Dict) (value.Value, error) {
	p.needs = text(args, "module")
	return value.None, nil
}
