package run

import (
	"fmt"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
)

// clone makes a node's relation from the one of another environment: the macro of
// the materialization `clone` does it, with the node's hooks where it takes the
// one of views. Where there is nothing to do, that is a success. dbt: CloneRunner.
func (w *worker) clone(f *render.Frame, n *manifest.Node, res result.Result) result.Result {
	e := w.Inv.Macros.Materialization(w.Inv.Project, "clone", w.Inv.AdapterType)
	if e == nil {
		return failed(res, f, &render.Fault{Class: diag.Compilation, Where: n.Where(), Msg: fmt.Sprintf(
			"No materialization 'clone' was found for adapter %s!", w.Inv.AdapterType)})
	}
	got, err := f.Call(e, nil, nil)
	if err != nil {
		return failed(res, f, err)
	}
	if _, err := w.remember(f, n, got); err != nil {
		return failed(res, f, err)
	}
	if _, sent := f.Result("main"); !sent {
		res.Message = "No-op"
		return res
	}
	return w.mainResult(f, n, res)
}
