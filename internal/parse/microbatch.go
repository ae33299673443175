package parse

import (
	"dex/internal/diag"
	"dex/internal/eventtime"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// microbatch reports whether n is a model that is run in batches.
func (p *parser) microbatch(n *manifest.Node) bool {
	return n.Config.Materialized() == "incremental" && n.Config.Str("incremental_strategy") == "microbatch" && p.inBatches()
}

// inBatches reports whether microbatch models are run in batches: always, unless
// the project has a macro of its own for the strategy and asks for the older way.
// dbt: use_microbatch_batches.
func (p *parser) inBatches() bool {
	if p.flag("require_batched_execution_for_custom_microbatch_strategy", true) {
		return true
	}
	return p.inv.Macros.Builtin("get_incremental_microbatch_sql")
}

// checkMicrobatch asks a microbatch model for the configs that it needs, and keeps
// its begin as a time.
func (p *parser) checkMicrobatch(nodes []*manifest.Node) {
	for _, n := range nodes {
		if !p.microbatch(n) {
			continue
		}
		if why := microbatchFault(n); why != "" {
			p.report(p.draftOf(n).configured(nodeFault(n, diag.Parsing, "microbatch-invalid", "Microbatch model '"+n.Name+"' "+why)))
			continue
		}
		begin, _ := n.Config.Get("begin")
		if t, ok := beginTime(begin); ok {
			n.Config.Set("begin", t)
		}
	}
}

// beginTime reads `begin`: a time, a day, or the text of one.
func beginTime(v value.Value) (value.Value, bool) {
	switch v.(type) {
	case *pylib.DateTime:
		return v, true
	case *pylib.Date, value.Str:
		t, err := pylib.ParseDateTime(value.ToStr(v))
		return t, err == nil
	}
	return nil, false
}

func microbatchFault(n *manifest.Node) string {
	get := func(key string) value.Value {
		v, _ := n.Config.Get(key)
		if v == nil {
			return value.None
		}
		return v
	}
	isText := func(v value.Value) bool { _, ok := v.(value.Str); return ok }
	begin, size, lookback, concurrent := get("begin"), get("batch_size"), get("lookback"), get("concurrent_batches")
	_, dated := beginTime(begin)
	switch e := get("event_time"); {
	case e == value.None:
		return "must provide an 'event_time' (string) config that indicates the name of the event time column."
	case !isText(e):
		return "must provide an 'event_time' config of type string, but got: " + pyType(e) + "."
	case begin == value.None:
		return "must provide a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from."
	case !dated && isText(begin):
		return "must provide a 'begin' config of valid datetime (ISO format), but got: " + value.ToStr(begin) + "."
	case !dated:
		return "must provide a 'begin' config of type datetime, but got: " + pyType(begin) + "."
	case !eventtime.Size(value.ToStr(size)).Known():
		return "must provide a 'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: " + value.ToStr(size) + "."
	}
	if !isWhole(lookback) && lookback != value.None {
		return "must provide the optional 'lookback' config as type int, but got: " + pyType(lookback) + ")."
	}
	if _, ok := concurrent.(value.Bool); !ok && concurrent != value.None {
		return "optional 'concurrent_batches' config must be of type `bool` if specified, but got: " + pyType(concurrent) + ")."
	}
	return ""
}

func isWhole(v value.Value) bool {
	switch v.(type) {
	case value.Int, value.Bool: // Python's booleans are numbers
		return true
	}
	return false
}

// checkBatchInputs warns of microbatch models of whose inputs none can be cut into
// batches, and refuses inputs whose event_time is no name. dbt:
// check_microbatch_model_has_a_filtered_input.
func (p *parser) checkBatchInputs(nodes []*manifest.Node) {
	for _, n := range nodes {
		if !p.microbatch(n) || microbatchFault(n) != "" {
			continue
		}
		cut := false
		for _, id := range n.Parents {
			input := p.m.Node(id)
			if input == nil {
				continue
			}
			e, ok := input.Config.Get("event_time")
			if !ok || e == nil || !e.Truth() {
				continue
			}
			cut = true
			if _, text := e.(value.Str); !text {
				p.report(nodeFault(n, diag.Parsing, "microbatch-invalid", "Microbatch model '"+n.Name+"' depends on an input node '"+input.Name+
					"' with an 'event_time' config of invalid (non-string) type: "+pyType(e)+"."))
			}
		}
		if !cut {
			p.report(warning(n.Pos, "MicrobatchModelNoEventTimeInputs", "The microbatch model '"+n.Name+
				"' has no 'ref' or 'source' input with an 'event_time' configuration. \nThis means no filtering can be applied and can result in unexpected duplicate records in the resulting microbatch model."))
		}
	}
}
