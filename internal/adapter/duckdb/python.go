package duckdb

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"

	"dex/internal/adapter"
	"dex/internal/pymodel"
)

// attached counts the files that Python models exchange, so that each has a name
// of its own in the instance.
var attached atomic.Int64

// RunPython implements adapter.PythonRunner. The model runs in a process of the
// user's Python, with a DuckDB of its own; its rows go there and come back in
// files. dbt-duckdb runs the code inside its own process, on the database itself.
func (d *database) RunPython(ctx context.Context, s adapter.Executor, job adapter.PythonJob) (adapter.Response, error) {
	dir, err := os.MkdirTemp("", "dex-python-")
	if err != nil {
		return adapter.Response{}, fmt.Errorf("make a folder for the Python model %s: %w", job.Name, err)
	}
	defer os.RemoveAll(dir)
	// A connection beside the task's: a transaction of DuckDB writes to one
	// database only.
	side, err := d.Conn(ctx, job.Name)
	if err != nil {
		return adapter.Response{}, err
	}
	defer side.Release()
	made, err := pymodel.Run(ctx, pymodel.Job{
		Name: job.Name, Code: job.Code, Database: job.Relation.Database, Schema: job.Relation.Schema,
	}, &pythonHost{side, s}, dir)
	if err != nil {
		return adapter.Response{}, err
	}
	return adapter.Response{Message: "OK", Rows: -1}, take(ctx, side, s, made)
}

// take makes the table that a model's code made, on the task's own session.
func take(ctx context.Context, side adapter.Conn, s adapter.Executor, made pymodel.Made) error {
	name := fmt.Sprintf("dex_made_%d", attached.Add(1))
	if err := send(ctx, side, "attach '"+escape(made.File)+"' as "+name+" (read_only)"); err != nil {
		return err
	}
	to := quote(made.Name)
	if made.Schema != "" {
		to = quote(made.Database) + "." + quote(made.Schema) + "." + to
	}
	_, _, err := s.Execute(ctx, "create table "+to+" as select * from "+name+".main.rows", true, false, 0)
	if detached := send(ctx, side, "detach "+name); err == nil {
		err = detached
	}
	return err
}

// pythonHost gives a model the relations that it asks for.
type pythonHost struct {
	side adapter.Conn
	s    adapter.Executor
}

// Load implements pymodel.Host.
func (h *pythonHost) Load(ctx context.Context, relation, path string) error {
	name := fmt.Sprintf("dex_load_%d", attached.Add(1))
	if err := send(ctx, h.side, "attach '"+escape(path)+"' as "+name); err != nil {
		return err
	}
	err := send(ctx, h.side, "create table "+name+".main.rows as select * from "+relation)
	if detached := send(ctx, h.side, "detach "+name); err == nil {
		err = detached
	}
	return err
}

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
