package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/pymodel"
)

// attached counts the files that Python models exchange, so that each has a name
// of its own in the instance.
var attached atomic.Int64

// RunPython implements adapter.PythonRunner. The model runs in a process of the
// user's Python, with a DuckDB of its own; its rows go there and come back in
// files. dbt-duckdb runs the code inside its own process, on the database itself.
func (d *database) RunPython(ctx context.Context, s adapter.Executor, job adapter.PythonJob) (adapter.Response, error) {
	dir, err := exchange(job.Home.Files)
	if err != nil {
		return adapter.Response{}, fmt.Errorf("make a folder for the Python model %s: %w", job.Name, err)
	}
	defer os.RemoveAll(dir)
	cache := job.Home.Files
	if cache == "" {
		cache = dir // nothing is kept
	}
	// A connection beside the task's: a transaction of DuckDB writes to one
	// database only.
	side, err := d.Conn(ctx, job.Name)
	if err != nil {
		return adapter.Response{}, err
	}
	defer side.Release()
	made, err := pymodel.Run(ctx, pymodel.Job{
		Name: job.Name, Alias: job.Relation.Identifier, Path: job.Path, Code: job.Code,
		Database: job.Relation.Database, Schema: job.Relation.Schema,
		Dir: job.Home.Dir, Files: dir, Cache: cache, Environments: job.Home.Environments, Getenv: job.Home.Getenv,
		Packages: job.Packages, Timeout: job.Timeout, Session: d.creds.pythonSession(),
	}, &pythonHost{side: side, s: s})
	if err != nil {
		return adapter.Response{}, err
	}
	return adapter.Response{Message: "OK", Rows: -1}, take(ctx, side, s, made)
}

// exchange makes a folder that only this user may enter: below parent, where there
// is room for rows, or where the system keeps temporary files.
func exchange(parent string) (string, error) {
	if parent != "" {
		parent = filepath.Join(parent, "python")
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return "", err
		}
	}
	return os.MkdirTemp(parent, "model-") // made with mode 0700
}

// pythonSession is what a Python model's DuckDB begins with, as dbt-duckdb's does.
// Databases that are attached are not: their relations come through dex, too.
func (c *Credentials) pythonSession() pymodel.Session {
	s := pymodel.Session{Default: databaseName(c.Path), Statements: c.SecretSQL, Paths: c.ModulePaths}
	for _, o := range c.ConfigOptions {
		s.Options = append(s.Options, pymodel.Setting{Name: o.name, Value: o.value})
	}
	for _, o := range c.Settings {
		s.Settings = append(s.Settings, pymodel.Setting{Name: o.name, Value: o.value})
	}
	for _, e := range c.Extensions {
		s.Extensions = append(s.Extensions, pymodel.Extension{Name: e.name, Repo: e.repo})
	}
	return s
}

// take makes the tables that a model's code made, on the task's own session.
func take(ctx context.Context, side adapter.Conn, s adapter.Executor, made pymodel.Made) error {
	for _, t := range made.Beside {
		create := "create table "
		if slices.Contains(made.Replaced, t) {
			create = "create or replace table "
		}
		if err := takeTable(ctx, side, s, t, create); err != nil {
			return fmt.Errorf("make the table %s, which the model's code made: %w", t.Name, err)
		}
	}
	return takeTable(ctx, side, s, made.Table, "create table ")
}

func takeTable(ctx context.Context, side adapter.Conn, s adapter.Executor, t pymodel.Table, create string) error {
	name := fmt.Sprintf("dex_made_%d", attached.Add(1))
	if err := send(ctx, side, "attach '"+escape(t.File)+"' as "+name+" (read_only)"); err != nil {
		return err
	}
	to := quoted3(t.Database, t.Schema, t.Name)
	_, _, err := s.Execute(ctx, create+to+" as select * from "+quoted3(name, t.Schema, t.Name), true, false, 0)
	return errors.Join(err, send(ctx, side, "detach "+name))
}

func quoted3(database, schema, name string) string {
	return quote(database) + "." + quote(schema) + "." + quote(name)
}

// pythonHost gives a model the relations that it asks for.
type pythonHost struct {
	side adapter.Conn
	s    adapter.Executor
}

// Load implements pymodel.Host. Inside of a transaction, where hooks may have changed
// what others do not see yet, the task's own session writes the rows; it cannot write
// to a second database then, so they go as Parquet.
func (h *pythonHost) Load(ctx context.Context, relation, path string) (pymodel.Loaded, error) {
	if h.s.InTransaction() {
		return h.copyOut(ctx, relation, path+".parquet")
	}
	file := path + ".duckdb"
	name := fmt.Sprintf("dex_load_%d", attached.Add(1))
	if err := send(ctx, h.side, "attach '"+escape(file)+"' as "+name); err != nil {
		return pymodel.Loaded{}, err
	}
	err := send(ctx, h.side, "create table "+name+".main.rows as select * from "+relation)
	return pymodel.Loaded{Attach: file}, errors.Join(err, send(ctx, h.side, "detach "+name))
}

func (h *pythonHost) copyOut(ctx context.Context, relation, file string) (pymodel.Loaded, error) {
	_, tab, err := h.s.Execute(ctx, "describe select * from "+relation, false, true, 0)
	if err != nil {
		return pymodel.Loaded{}, err
	}
	var out, back []string
	for i, row := range tab.Rows {
		name, typ := quote(value.ToStr(row[0])), value.ToStr(row[1])
		expr := name
		if !inParquet(typ) {
			expr += "::varchar"
		}
		short := fmt.Sprintf("c%d", i)
		out = append(out, expr+" as "+short)
		back = append(back, short+"::"+typ+" as "+name)
	}
	_, _, err = h.s.Execute(ctx, "copy (select "+strings.Join(out, ", ")+" from "+relation+") to '"+escape(file)+"' (format parquet)", false, false, 0)
	return pymodel.Loaded{Select: "select " + strings.Join(back, ", ") + " from read_parquet('" + escape(file) + "')"}, err
}

// notInParquet finds the types whose values Parquet changes, or does not have.
var notInParquet = regexp.MustCompile(`HUGEINT|BIGNUM|\bBIT\b|\bTIME WITH TIME ZONE|\bTIME_NS|\bUNION\(|INTERVAL|VARIANT|GEOMETRY`)

// inParquet reports whether Parquet gives values of a type back as they were, with a
// cast to that type.
func inParquet(typ string) bool { return !notInParquet.MatchString(typ) }

// Log implements pymodel.Host.
func (h *pythonHost) Log(line string) {
	if l, ok := h.s.(adapter.Logger); ok {
		l.Log(line)
	}
}

func send(ctx context.Context, c adapter.Conn, sql string) error {
	_, _, err := c.Execute(ctx, sql, false, 0)
	return err
}
