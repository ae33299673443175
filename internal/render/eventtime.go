package render

import (
	"time"

	"dex/internal/eventtime"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/result"
)

// timeFilter is what the rows of a relation must meet: a column within a span.
type timeFilter struct {
	field string // as SQL has it; "" is no filter
	span  eventtime.Span
}

func (f timeFilter) where() string {
	return f.field + " >= '" + eventtime.Text(f.span.Start) + "' and " + f.field + " < '" + eventtime.Text(f.span.End) + "'"
}

// value is relation.event_time_filter.
func (f timeFilter) value() value.Value {
	if f.field == "" {
		return value.None
	}
	d := value.NewDict(3)
	d.SetStr("field_name", value.Str(f.field))
	d.SetStr("start", TimeValue(f.span.Start))
	d.SetStr("end", TimeValue(f.span.End))
	return &attrDict{d}
}

// timeFilter is what ref() and source() ask of the rows of n: to be of the batch
// that is rendered, or of the window of --sample. dbt:
// BaseResolver.resolve_event_time_filter.
func (f *Frame) timeFilter(n *manifest.Node) timeFilter {
	if f.Batch == nil && f.Inv.Sample == nil || n.Kind == manifest.KindFunction {
		return timeFilter{}
	}
	if f.Node == nil || f.Node.Kind != manifest.KindModel && f.Node.Kind != manifest.KindSnapshot {
		return timeFilter{}
	}
	field := n.Config.Str("event_time")
	if field != "" && quotesColumn(n, field) {
		field = quoted(field)
	}
	switch {
	case f.Batch == nil:
		return timeFilter{field, *f.Inv.Sample}
	case f.Inv.Sample == nil:
		return timeFilter{field, *f.Batch}
	}
	return timeFilter{field, f.Batch.Within(*f.Inv.Sample)}
}

// quotesColumn reports whether a column of n is quoted: the column's own word for
// it, then that of the source.
func quotesColumn(n *manifest.Node, name string) bool {
	for _, c := range n.Columns() {
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
