package parse

import (
	"errors"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/render"
)

// reference is a ref or a source that an operation reads or writes.
type reference struct {
	ref    manifest.Ref
	source []string // nil: ref counts
	pos    diag.Pos
	line   string
}

func (r reference) same(s reference) bool {
	if r.source != nil || s.source != nil {
		return slices.Equal(r.source, s.source)
	}
	return r.ref.Package == s.ref.Package && r.ref.Name == s.ref.Name && (r.ref.Version == nil) == (s.ref.Version == nil) &&
		(r.ref.Version == nil || value.Equal(r.ref.Version, s.ref.Version))
}

// references reads what a layer says of `reads` or `writes`: texts such as
// ref('orders') and source('raw', 'orders').
func (o *script) references(l operation.Layer, key string) []reference {
	v, ok := l.Dict.GetStr(key)
	if !ok || v == value.None {
		return nil
	}
	places := l.Places
	if places == nil {
		places = l.Dict
	}
	list, isList := v.(*value.List)
	if !isList {
		list = value.NewList(v)
	}
	var out []reference
	for i, e := range list.Elems {
		at := l.Doc.ValuePos(places, key)
		if w, ok := places.GetStr(key); ok {
			if wl, ok := w.(*value.List); ok {
				at = l.Doc.ItemPos(wl, i)
			}
		}
		s, isText := e.(value.Str)
		ref, src, ok := render.StaticRef(strings.TrimSpace(string(s)))
		if !isText || !ok {
			f := l.Doc.Fault(at, diag.Parsing, "bad-reference", key+" of operation "+o.op.Name+" has "+value.Repr(e)+", which is no reference")
			f.Hint = `Write it as text: "ref('orders')" or "source('raw', 'orders')".`
			o.faults.Add(f)
			continue
		}
		out = append(out, reference{ref: ref, source: src, pos: at, line: l.Doc.Line(at.Line)})
	}
	return out
}

// note adds what rendering took down.
func (o *script) note(n *render.Notes) {
	if n == nil {
		return
	}
	add := func(r reference, call, name string) {
		if slices.ContainsFunc(o.reads, r.same) {
			return
		}
		r.pos = o.op.Pos
		if at := callPlace(o.src.text, call, name); at >= 0 {
			r.pos, r.line = o.src.place(at)
		}
		o.reads = append(o.reads, r)
	}
	for _, r := range n.Refs {
		add(reference{ref: r}, "ref", r.Name)
	}
	for _, src := range n.Sources {
		add(reference{source: src}, "source", src[1])
	}
	o.op.Macros = appendNew(o.op.Macros, n.Macros...)
}

// resolveScript finds what an operation reads and writes, and what its hooks read.
func (s *scripts) resolveScript(o *script) {
	for _, h := range slices.Concat(o.op.PreHooks, o.op.PostHooks) {
		s.noteHook(o, h)
	}
	o.op.Reads = s.resolved(o, o.reads)
	o.op.Writes = s.resolved(o, o.writes)
}

// noteHook renders a hook's templates for what they refer to.
func (s *scripts) noteHook(o *script, h manifest.Hook) {
	for _, text := range [...]string{h.SQL, h.Message} {
		if !hasTags(text) {
			continue
		}
		f := s.inv.NewFrame(s.ctx, render.Parse, o.node)
		samples := &sampled{declared: func() []*operation.Param { return o.op.Params }}
		f.Extra = scriptNames(samples)
		_, err := f.RenderText("hook", text)
		s.judge(o, source{file: o.src.file, made: true}, err, samples)
		o.note(f.Notes())
	}
}

func (s *scripts) resolved(o *script, refs []reference) []manifest.ID {
	var out []manifest.ID
	for _, r := range refs {
		n, err := s.find(o.op.Package, r)
		if err != nil {
			o.faults.Add(o.unresolved(r, err))
			continue
		}
		out = appendNew(out, n.ID)
	}
	return out
}

func (s *scripts) find(from string, r reference) (*manifest.Node, error) {
	if r.source != nil {
		return s.m.ResolveSource(from, r.source[0], r.source[1])
	}
	return s.m.ResolveRef(from, r.ref)
}

func (o *script) unresolved(r reference, err error) diag.Diagnostic {
	f := diag.Diagnostic{Class: diag.Compilation, Code: "ref-not-found", Summary: err.Error(), Pos: r.pos, Source: r.line, Where: o.op.Where(), Node: string(o.op.ID)}
	var miss *manifest.LookupError
	if errors.As(err, &miss) {
		f.Summary = miss.Message(o.node)
	}
	return f
}

// sampled is `params` while operations are parsed: each parameter has its default,
// or a sample of its type.
type sampled struct {
	declared func() []*operation.Param
	opaque   bool // a value was asked for whose form nobody knows yet
}

func (*sampled) Type() string                { return "params" }
func (*sampled) Truth() bool                 { return true }
func (p *sampled) AppendStr(b []byte) []byte { return p.dict().AppendStr(b) }

// AppendRepr implements value.Value.
func (p *sampled) AppendRepr(b []byte) []byte { return p.dict().AppendRepr(b) }

// Attr implements value.Getter.
func (p *sampled) Attr(name string) (value.Value, bool) {
	for _, d := range p.declared() {
		if d.Name == name {
			return p.sample(d), true
		}
	}
	v, ok, err := value.GetAttr(p.dict(), name)
	return v, ok && err == nil
}

// Item implements value.Indexer.
func (p *sampled) Item(key value.Value) (value.Value, error) {
	if v, ok := p.Attr(value.ToStr(key)); ok {
		return v, nil
	}
	return value.NewUndefined("params." + value.ToStr(key)), nil
}

// Contains implements value.Container.
func (p *sampled) Contains(x value.Value) (bool, error) {
	_, ok := p.dict().Get(x)
	return ok, nil
}

// Iterate implements value.Iterable.
func (p *sampled) Iterate() value.Iter { return p.dict().Iterate() }

// IsMapping makes it pass the test `mapping`.
func (*sampled) IsMapping() bool { return true }

func (p *sampled) dict() *value.Dict {
	d := value.NewDict(4)
	for _, x := range p.declared() {
		d.SetStr(x.Name, p.sample(x))
	}
	return d
}

func (p *sampled) sample(d *operation.Param) value.Value {
	v, known := d.Sample()
	p.opaque = p.opaque || !known
	return v
}
