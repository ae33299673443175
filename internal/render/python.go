package render

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// callPythonJob has the database run the code of a Python model. dbt:
// ProviderContext.submit_python_job.
func callPythonJob(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	runner, ok := f.Inv.Adapter.(adapter.PythonRunner)
	if !ok || f.Node == nil {
		return nil, runtimeErrorf("Python models do not run on %s", f.Inv.AdapterType)
	}
	s, err := f.session()
	if err != nil {
		return nil, err
	}
	job := adapter.PythonJob{
		Name: f.Node.Name, Code: value.ToStr(v[1]), Home: f.Inv.Python, Path: f.Node.OriginalFilePath,
		Relation: adapter.Relation{Database: f.Node.Database, Schema: f.Node.Schema, Identifier: f.Node.Alias},
	}
	if dir := f.Inv.PackageDirs[f.Node.Package]; dir != "" {
		job.Path = filepath.Join(dir, filepath.FromSlash(job.Path))
	}
	if err := pythonConfig(&job, &f.Node.Config); err != nil {
		return nil, err
	}
	resp, err := runner.RunPython(t.Ctx, s, job)
	var db *adapter.DatabaseError
	if err != nil && !errors.As(err, &db) {
		return nil, pythonFault(f.Node, job.Path, err)
	}
	if err != nil {
		return nil, err
	}
	return &Response{resp}, nil
}

// pythonConfig takes from a model's configuration what its process is to have.
// dbt-duckdb looks at neither; other adapters of dbt have both.
func pythonConfig(job *adapter.PythonJob, c *manifest.Config) error {
	switch packages, _ := c.Get("packages"); p := packages.(type) {
	case value.Str:
		job.Packages = []string{string(p)}
	case *value.List:
		for _, e := range p.Elems {
			job.Packages = append(job.Packages, value.ToStr(e))
		}
	}
	timeout, ok := c.Get("timeout")
	if !ok || timeout == value.None {
		return nil
	}
	seconds, err := strconv.ParseFloat(value.ToStr(timeout), 64)
	if err != nil || seconds <= 0 {
		return runtimeErrorf("timeout: %s is no number of seconds", value.Repr(timeout))
	}
	job.Timeout = time.Duration(seconds * float64(time.Second))
	return nil
}

// pythonFault is the end of a model with the place in its own code, where the error
// knows the line.
func pythonFault(n *manifest.Node, path string, err error) error {
	out := &jinja.Error{Kind: KindRuntime, Msg: err.Error()}
	var at interface{ PythonLine() int }
	if !errors.As(err, &at) || at.PythonLine() == 0 {
		return &value.Error{Kind: KindRuntime, Msg: out.Msg}
	}
	out.Template, out.Line, out.Col = n.OriginalFilePath, at.PythonLine(), 1
	if text, err := os.ReadFile(path); err == nil {
		if lines := strings.Split(string(text), "\n"); out.Line <= len(lines) {
			out.Source = strings.TrimRight(lines[out.Line-1], "\r")
			out.Col += len(out.Source) - len(strings.TrimLeft(out.Source, " \t"))
		}
	}
	return out
}
