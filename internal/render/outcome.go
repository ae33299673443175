package render

import (
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/result"
)

// ResultValue is a node's outcome as on-run-end hooks see it: an element of
// `results`. dbt: RunResult.
func ResultValue(r *result.Result, n *manifest.Node) value.Value {
	node := NodeValue(n)
	if r.Compiled {
		node.SetStr("compiled", value.Bool(true))
		node.SetStr("compiled_code", value.Str(r.Code))
	}
	d := value.NewDict(11)
	d.SetStr("status", status(r.Status))
	d.SetStr("timing", timings(r.Timing))
	d.SetStr("thread_id", value.Str(r.Thread))
	d.SetStr("execution_time", value.Float(r.Elapsed.Seconds()))
	response := r.Adapter
	if response == nil {
		response = value.NewDict(0)
	}
	d.SetStr("adapter_response", response)
	d.SetStr("message", textOrNone(r.Message))
	if r.Failures != nil {
		d.SetStr("failures", value.Int(*r.Failures))
	} else {
		d.SetStr("failures", value.None)
	}
	d.SetStr("batch_results", batchResults(r.Batches))
	d.SetStr("node", &attrDict{node})
	d.SetStr("agate_table", value.None)
	d.SetStr("overload_results", value.None)
	return &outcome{attrDict{d}}
}

// outcome is a result with its to_dict method.
type outcome struct{ attrDict }

// Type implements value.Value.
func (o *outcome) Type() string { return "RunResult" }

// Attr implements value.Getter.
func (o *outcome) Attr(name string) (value.Value, bool) {
	if name == "to_dict" {
		return value.NewFunc(name, func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) {
			return value.Copy(o.Dict), nil
		}), true
	}
	return o.attrDict.Attr(name)
}

// status is a text that prints as dbt's status does.
func status(s result.Status) value.Value { return value.Str(s) }

func timings(list []result.Timing) value.Value {
	out := value.NewList()
	for _, t := range list {
		d := value.NewDict(3)
		d.SetStr("name", value.Str(t.Name))
		d.SetStr("started_at", pylib.FromTime(t.Start.UTC()))
		d.SetStr("completed_at", pylib.FromTime(t.End.UTC()))
		out.Elems = append(out.Elems, &attrDict{d})
	}
	return out
}
