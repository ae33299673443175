package render

import (
	"errors"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
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
	resp, err := runner.RunPython(t.Ctx, s, adapter.PythonJob{
		Name: f.Node.Name, Code: value.ToStr(v[1]),
		Relation: adapter.Relation{Database: f.Node.Database, Schema: f.Node.Schema, Identifier: f.Node.Alias},
	})
	var db *adapter.DatabaseError
	if err != nil && !errors.As(err, &db) {
		return nil, runtimeErrorf("%s", err.Error())
	}
	if err != nil {
		return nil, err
	}
	return &Response{resp}, nil
}
