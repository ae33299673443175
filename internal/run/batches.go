package run

import (
	"context"
	"fmt"
	"time"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/eventtime"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
)

// Microbatch says which batches microbatch models are run in.
type Microbatch struct {
	// Off runs such models as any other incremental one: a project's own macro for
	// the strategy, without the flag
	// require_batched_execution_for_custom_microbatch_strategy.
	Off bool
	// Window is that of --sample or --event-time-start and --event-time-end; nil is
	// none.
	Window *eventtime.Span
	// Now is the time up to which there are batches: when the invocation started,
	// or the one that is retried.
	Now time.Time
	// Previous are the batches of models that are retried because some failed.
	Previous map[manifest.ID]*result.Batches
}

// batched reports whether n is run in batches.
func (e *Executor) batched(n *manifest.Node) bool {
	return n.Kind == manifest.KindModel && !e.Microbatch.Off && n.Config.Materialized() == "incremental" && n.Config.Str("incremental_strategy") == "microbatch"
}

// spansOf gives the batches of a model in their order: those that failed where it
// is retried, else all from its start until now. dbt: MicrobatchBuilder.
func (e *Executor) spansOf(n *manifest.Node, incremental bool) ([]eventtime.Span, error) {
	m := &e.Microbatch
	if p := m.Previous[n.ID]; p != nil {
		return p.Failed, nil
	}
	size := eventtime.Size(n.Config.Str("batch_size"))
	if !size.Known() {
		return nil, microbatchFault(n, "does not have a 'batch_size' config (one of ['hour', 'day', 'month', 'year']) specificed.")
	}
	last := m.Now
	if m.Window != nil {
		last = m.Window.End
	}
	end := size.Ceiling(last)
	switch {
	case m.Window != nil:
		return size.Batches(size.Floor(m.Window.Start), end), nil
	case incremental:
		return size.Batches(size.Before(end, lookback(n)), end), nil
	}
	begin, ok := n.Config.Get("begin")
	if !ok || begin == nil || begin == value.None {
		return nil, microbatchFault(n, "requires a 'begin' configuration.")
	}
	first, ok := eventtime.ParseISO(value.ToStr(begin))
	if !ok {
		return nil, microbatchFault(n, "has a 'begin' that is no time: "+value.ToStr(begin)+".")
	}
	return size.Batches(size.Floor(eventtime.Wall(first)), end), nil
}

// lookback is how many batches before the present one are run again.
func lookback(n *manifest.Node) int {
	v, _ := n.Config.Get("lookback")
	if i, ok := v.(value.Int); ok {
		return int(i)
	}
	return 1
}

func microbatchFault(n *manifest.Node, why string) error {
	return &render.Fault{Class: diag.Runtime, Where: n.Where(), Msg: fmt.Sprintf("Microbatch model '%s' %s", n.Name, why)}
}

// target finds the relation that a model has in the database; nil where it has
// none. incremental reports whether it is to be added to, not made anew. dbt:
// MicrobatchModelRunner._is_incremental.
func (w *worker) target(f *render.Frame, n *manifest.Node) (exists, incremental bool, err error) {
	got, err := f.CallMethod("get_relation", value.Str(n.Database), value.Str(n.Schema), value.Str(n.Alias))
	if err != nil {
		return false, false, err
	}
	rel, ok := got.(*render.Relation)
	if !ok {
		return false, false, nil
	}
	if rel.Relation.Type != adapter.TypeTable {
		return true, false, nil
	}
	if v, ok := n.Config.Get("full_refresh"); ok && v != nil && v != value.None {
		return true, !v.Truth(), nil
	}
	full, _ := w.Inv.Flags.GetStr("FULL_REFRESH")
	return true, full == nil || !full.Truth(), nil
}

// ofBatch is the node as one batch sees it, a node of its own, for batches run side
// by side: the first has the pre-hooks, the last the post-hooks.
func ofBatch(n *manifest.Node, span eventtime.Span, first, last bool) *manifest.Node {
	own := *n
	own.Config = manifest.Config{Schema: n.Config.Schema}
	n.Config.EachSet(func(key string, v value.Value) {
		if key == "pre-hook" && !first || key == "post-hook" && !last {
			return
		}
		own.Config.Set(key, v)
	})
	// dbt: kept for macros of adapters that are older than model.batch.
	own.Config.Set("__dbt_internal_microbatch_event_time_start", render.TimeValue(span.Start))
	own.Config.Set("__dbt_internal_microbatch_event_time_end", render.TimeValue(span.End))
	return &own
}

// always gives a function that answers with b whatever it is asked.
func always(name string, b bool) value.Value {
	return value.NewFunc(name, func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) { return value.Bool(b), nil })
}

// merge makes the results of batches that of their model. dbt: merge_batch_results.
func merge(res result.Result, spans []eventtime.Span, done []result.Status, before *result.Batches) result.Result {
	b := &result.Batches{}
	for i, span := range spans {
		if done[i] == result.Success {
			b.Successful = append(b.Successful, span)
		} else {
			b.Failed = append(b.Failed, span)
		}
	}
	ok, bad := len(b.Successful), len(b.Failed)
	switch {
	case bad == 0:
		res.Status, res.Message = result.Success, "SUCCESS"
	case ok == 0:
		res.Status, res.Message = result.Error, "ERROR"
	default:
		res.Status, res.Message = result.PartialSuccess, fmt.Sprintf("PARTIAL SUCCESS (%d/%d)", ok, ok+bad)
	}
	b.Successful, b.Failed = eventtime.Ordered(b.Successful), eventtime.Ordered(b.Failed)
	if before != nil {
		b.Successful = append(b.Successful, before.Successful...)
	}
	res.Batches, res.Failures = b, new(int64)
	return res
}

// selfReading reports whether a model's template names `this`: its batches build
// on each other.
func (e *Executor) selfReading(n *manifest.Node) bool {
	t, err := e.Inv.Template(n)
	return err == nil && t.Reads("this")
}

// besides reports whether batches of n may run side by side once its relation is
// there.
func (e *Executor) besides(n *manifest.Node) bool {
	if !e.Inv.Dialect.ConcurrentBatches {
		return false
	}
	if v, ok := n.Config.Get("concurrent_batches"); ok && v != nil && v != value.None {
		return v.Truth()
	}
	return !e.selfReading(n)
}

// cancelled reports whether nothing more is to be begun.
func cancelled(ctx context.Context) bool { return ctx.Err() != nil }
