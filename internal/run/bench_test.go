package run_test

import (
	"context"
	"fmt"
	"testing"

	"dex/internal/adapter"
)

// idle is a database that does nothing, so that what is left is dex's own work.
type idle struct{ adapter.Adapter }

// Conn implements adapter.Adapter.
func (idle) Conn(_ context.Context, name string) (adapter.Conn, error) { return idleConn{name}, nil }

// Method implements adapter.Templated by the real database's methods.
func (a idle) Method(name string) (adapter.Method, bool) {
	return a.Adapter.(adapter.Templated).Method(name)
}

type idleConn struct{ name string }

func (c idleConn) Execute(context.Context, string, bool, int) (adapter.Response, *adapter.Table, error) {
	return adapter.Response{Message: "OK", Rows: -1}, &adapter.Table{Columns: []adapter.Column{{Name: "x"}}}, nil
}
func (c idleConn) Schemas(context.Context, string) ([]string, error) { return []string{"dw"}, nil }
func (c idleConn) Relations(context.Context, string, []string) ([]adapter.Relation, error) {
	return nil, nil
}
func (c idleConn) Columns(context.Context, adapter.Relation) ([]adapter.Column, error) {
	return nil, nil
}
func (c idleConn) Name() string { return c.name }
func (c idleConn) Release()     {}

// BenchmarkNode is the time that dex takes for one node beside the database's: it
// runs projects of 200 models that ref each other on a database that does nothing.
func BenchmarkNode(b *testing.B) {
	const models = 200
	for _, kind := range []string{"view", "table", "table with hooks", "incremental"} {
		b.Run(kind, func(b *testing.B) {
			config := map[string]string{
				"view": "", "table": "{{ config(materialized='table') }}", "incremental": "{{ config(materialized='incremental', unique_key='id') }}",
				"table with hooks": "{{ config(materialized='table', pre_hook='select 1', post_hook=\"insert into log select '{{ this }}'\") }}",
			}[kind]
			project := files{"models/m0.sql": config + "select 1 as id"}
			for i := 1; i < models; i++ {
				project[fmt.Sprintf("models/m%d.sql", i)] = fmt.Sprintf("%s select * from {{ ref('m%d') }}", config, i/2)
			}
			h := newHouse(b, project)
			h.inv.Adapter = idle{h.db}
			b.ReportAllocs()
			for b.Loop() {
				results, err := h.command(context.Background(), "run")
				if err != nil || len(results) != models || results[0].Status.Failed() {
					b.Fatal(err, h.statuses(results))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/models, "µs/node")
		})
	}
}
