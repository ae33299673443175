package run

import (
	"context"
	"math/big"
	"strings"
	"time"

	"dex/internal/agate"
	"dex/internal/event"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// freshness asks a source for its newest row and judges its age by the source's
// rules. dbt: FreshnessRunner.execute.
func (w *worker) freshness(ctx context.Context, n *manifest.Node, s *session.Session, res result.Result) result.Result {
	now := time.Now()
	res.Timing = []result.Timing{{Name: "compile", Start: now, End: now}} // dbt: nothing is compiled, and that takes its time
	w.emit(event.Debug, event.NodeCompiling{NodeInfo: s.Info})
	s.Info.NodeStatus = "executing"
	w.emit(event.Debug, event.NodeExecuting{NodeInfo: s.Info})
	f := w.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread = s, w.name
	w.around.watch(f)
	res = w.between(ctx, f, res, func(r result.Result) result.Result { return w.fresh(ctx, f, n, r) })
	if res.Err != nil && res.Status == result.Error {
		res.Status, res.Freshness = result.RuntimeErr, nil
	}
	res.Timing = append(res.Timing, result.Timing{Name: "execute", Start: now, End: time.Now()})
	return res
}

// fresh asks and judges.
func (w *worker) fresh(ctx context.Context, f *render.Frame, n *manifest.Node, res result.Result) result.Result {
	found, err := w.age(ctx, f, n)
	if err != nil {
		return failed(res, f, err)
	}
	res.Freshness, res.Adapter = &found.Freshness, found.response
	res.Status = judgeAge(n.Source.Freshness, found.Age)
	if res.Status == result.Warn && w.WarnError != nil && w.WarnError("LogFreshnessResult") {
		// dbt: such a source is an error, and left out of sources.json.
		res.Status, res.Freshness, res.Message = result.Error, nil, "older than warn_after, which --warn-error makes an error"
	}
	return res
}

// aged is what a source said of its age.
type aged struct {
	result.Freshness
	response *value.Dict
}

// age asks by the source's loaded_at_query, or else by its loaded_at_field.
func (w *worker) age(ctx context.Context, f *render.Frame, n *manifest.Node) (aged, error) {
	src := n.Source
	macro, args := "collect_freshness", []value.Value{w.Inv.RelationOf(n)}
	if src.LoadedAtQuery == "" && src.LoadedAtField == "" {
		return aged{}, value.Errorf(render.KindRuntime,
			"Could not compute freshness for source %s: no 'loaded_at_field' provided and %s adapter does not support metadata-based freshness checks.",
			n.Name, w.Inv.AdapterType)
	}
	// dbt: clear_transaction, before anything is asked.
	if err := f.Session.Clear(ctx); err != nil {
		return aged{}, err
	}
	if src.LoadedAtQuery != "" {
		of, _ := f.Lookup("model")
		f.Extra = map[string]value.Value{"source_node": of}
		sql, err := f.RenderText(n.OriginalFilePath, src.LoadedAtQuery)
		if err != nil {
			return aged{}, err
		}
		macro, args = "collect_freshness_custom_sql", append(args, value.Str(sql))
	} else {
		args = append(args, value.Str(src.LoadedAtField), filterOf(src.Freshness))
	}
	got, err := f.CallNamed(macro, args, nil)
	if err != nil {
		return aged{}, err
	}
	return w.readAge(f, macro, got)
}

// filterOf is freshness.filter, None where there is none.
func filterOf(freshness value.Value) value.Value {
	if d, ok := freshness.(*value.Dict); ok {
		if v, ok := d.GetStr("filter"); ok {
			return v
		}
	}
	return value.None
}

// readAge reads the one row that a macro of freshness gives: the newest row's
// time, and now. A macro of the project may give the table alone.
func (w *worker) readAge(f *render.Frame, macro string, got value.Value) (aged, error) {
	var out aged
	table, ok := got.(*agate.Table)
	if ok {
		if err := w.Inv.Warner.Warn(event.CollectFreshnessReturnSignature{}); err != nil {
			return out, err
		}
	} else {
		if resp, err := value.GetItem(got, value.Str("response")); err == nil {
			if r, ok := resp.(*render.Response); ok {
				out.response = r.Dict()
			}
		}
		t, err := value.GetItem(got, value.Str("table"))
		if err != nil {
			return out, err
		}
		if table, ok = t.(*agate.Table); !ok {
			return out, value.Errorf(render.KindRuntime, "%s gave a %s, not a table", macro, got.Type())
		}
	}
	rows := table.Data()
	if len(rows) != 1 || len(rows[0]) != 2 {
		return out, value.Errorf(render.KindCompilation, "Got an invalid result from \"%s\" macro: %s", macro, value.ToStr(table))
	}
	var err error
	// dbt: no row at all is as old as can be.
	out.MaxLoadedAt = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	if rows[0][0] != value.None {
		if out.MaxLoadedAt, err = moment(rows[0][0], "last_modified"); err != nil {
			return out, err
		}
	}
	if out.SnapshottedAt, err = moment(rows[0][1], "snapshotted_at"); err != nil {
		return out, err
	}
	out.Age = float64(out.SnapshottedAt.UnixMicro()-out.MaxLoadedAt.UnixMicro()) / 1e6
	return out, nil
}

// moment reads a time; one without a zone is in UTC. dbt: _utc.
func moment(v value.Value, field string) (time.Time, error) {
	if v == value.None {
		return time.Time{}, value.Errorf(render.KindDatabase, "Expected a non-null value when querying field '%s' of table None but received value 'null' instead", field)
	}
	d, ok := v.(*pylib.DateTime)
	if !ok {
		kind := v.Type()
		return time.Time{}, value.Errorf(render.KindDatabase, "Expected a timestamp value when querying field '%s' of table None but received value of type '%s' instead", field, kind[strings.LastIndexByte(kind, '.')+1:])
	}
	t, _ := d.GoTime()
	return t.UTC(), nil
}

// judgeAge compares an age in seconds with a source's rules. dbt:
// FreshnessThreshold.status.
func judgeAge(rules value.Value, age float64) result.Status {
	d, ok := rules.(*value.Dict)
	switch {
	case ok && exceeded(d, "error_after", age):
		return result.Error
	case ok && exceeded(d, "warn_after", age):
		return result.Warn
	}
	return result.Pass
}

var periods = map[string]int64{"minute": 60, "hour": 3600, "day": 86400}

// exceeded reports whether an age is beyond a rule; one without count or period
// never is.
func exceeded(rules *value.Dict, key string, age float64) bool {
	v, _ := rules.GetStr(key)
	after, ok := v.(*value.Dict)
	if !ok {
		return false
	}
	count, _ := after.GetStr("count")
	period, _ := after.GetStr("period")
	p, ok := period.(value.Str)
	if !ok {
		return false
	}
	var limit big.Float
	switch c := count.(type) {
	case value.Int:
		limit.SetInt64(int64(c))
	case *value.BigInt:
		limit.SetInt(c.I)
	default:
		return false
	}
	limit.Mul(&limit, new(big.Float).SetInt64(periods[string(p)]))
	return new(big.Float).SetFloat64(age).Cmp(&limit) > 0
}
