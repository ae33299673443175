package render

import (
	"time"

	"dex/internal/eventtime"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/result"
)

// timeFilter is the condition that ref() and source() put on the rows of n: those
// of the batch that is rendered, or of the window of --sample; "" is none. dbt:
// BaseResolver.resolve_event_time_filter.
func (f *Frame) timeFilter(n *manifest.Node) string {
	if f.Batch == nil && f.Inv.Sample == nil || n.Kind == manifest.KindFunction {
		return ""
	}
	if f.Node == nil || f.Node.Kind != manifest.KindModel && f.Node.Kind != manifest.KindSnapshot {
		return ""
	}
	field := n.Config.Str("event_time")
	if field == "" {
		return ""
	}
	if quotesColumn(n, field) {
		field = quoted(field)
	}
	var span eventtime.Span
	switch {
	case f.Batch == nil:
		span = *f.Inv.Sample
	case f.Inv.Sample == nil:
		span = *f.Batch
	default:
		span = f.Batch.Within(*f.Inv.Sample)
	}
	return field + " >= '" + eventtime.Text(span.Start) + "' and " + field + " < '" + eventtime.Text(span.End) + "'"
}

// quotesColumn reports whether a column of n is quoted: the column's own word for
// it, then that of the source.
func quotesColumn(n *manifest.Node, name string) bool {
	for _, c := range n.Columns {
		if c.Name == name && c.Quote != nil && c.Quote != value.None {
			return c.Quote.Truth()
		}
	}
	if n.Source == nil || n.Source.Quoting == nil {
		return false
	}
	q, ok := n.Source.Quoting.GetStr("column")
	return ok && q.Truth()
}

// batchValue is model.batch: id, event_time_start, event_time_end.
func (f *Frame) batchValue() value.Value {
	d := value.NewDict(3)
	d.SetStr("id", value.Str(eventtime.Size(f.Node.Config.Str("batch_size")).ID(f.Batch.Start)))
	d.SetStr("event_time_start", pylib.FromTime(f.Batch.Start))
	d.SetStr("event_time_end", pylib.FromTime(f.Batch.End))
	return d
}

// TimeValue is a time as templates see it: a datetime.
func TimeValue(t time.Time) value.Value { return pylib.FromTime(t) }

// batchResults is result.batch_results in on-run-end hooks.
func batchResults(b *result.Batches) value.Value {
	if b == nil {
		return value.None
	}
	list := func(spans []eventtime.Span) value.Value {
		l := value.NewList()
		for _, s := range spans {
			l.Elems = append(l.Elems, value.NewTuple(TimeValue(s.Start), TimeValue(s.End)))
		}
		return l
	}
	d := value.NewDict(2)
	d.SetStr("successful", list(b.Successful))
	d.SetStr("failed", list(b.Failed))
	return &attrDict{d}
}
