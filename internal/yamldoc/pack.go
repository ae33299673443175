package yamldoc

import (
	"dex/internal/jinja/value"
	"dex/internal/pack"
)

// Pack codes a decoded document with all its places for the parsing cache:
// writing, one that nobody has changed yet. Its text is not kept; text gives it
// when a fault wants to show a line. Containers come back as they were, those
// shared by aliases included, and may be changed.
func (d *Doc) Pack(c *pack.Coder, text func() []byte) {
	if c.Reading() {
		d.late = text
	}
	pack.Text(c, &d.File)
	p := packer{c: c}
	n := c.Len(len(d.spans), false)
	if c.Reading() {
		d.spans = make([]span, max(n, 0))
	} else {
		p.number = make(map[value.Value]int, n)
	}
	for i := range d.spans {
		p.span(&d.spans[i], d.spans)
		if !c.Reading() {
			p.number[d.spans[i].of] = i
		}
	}
	p.child(&d.Value, d.spans)
}

// packer codes the containers of one document: each comes after what it holds,
// so that a reader has the parts when it makes the whole.
type packer struct {
	c      *pack.Coder
	number map[value.Value]int // writing: of the containers so far
	spare  []entry
}

// The kinds of container.
const (
	listSpan = iota
	dictSpan
	setSpan
)

func (p *packer) span(s *span, all []span) {
	kind := uint64(listSpan)
	switch s.of.(type) {
	case *value.Dict:
		kind = dictSpan
	case *value.Set:
		kind = setSpan
	}
	p.c.Uint(&kind)
	switch kind {
	case dictSpan:
		p.dict(s, all)
	case setSpan:
		p.set(s)
	default:
		p.list(s, all)
	}
	p.place(&s.at)
	n := p.c.Len(len(s.parts), s.parts == nil)
	if p.c.Reading() {
		s.parts = p.room(n)
	}
	for i := range s.parts {
		e := &s.parts[i]
		pack.Text(p.c, &e.key)
		if kind == dictSpan {
			p.place(&e.keyAt)
		}
		p.place(&e.valueAt)
	}
}

func (p *packer) room(n int) []entry {
	const chunk = 512
	if n > len(p.spare) {
		if n > chunk/4 {
			return make([]entry, n)
		}
		p.spare = make([]entry, chunk)
	}
	if n <= 0 {
		return nil
	}
	out := p.spare[:n:n]
	p.spare = p.spare[n:]
	return out
}

func (p *packer) list(s *span, all []span) {
	l, _ := s.of.(*value.List)
	if p.c.Reading() {
		l = value.NewList()
		s.of = l
	}
	n := p.c.Len(len(l.Elems), false)
	if p.c.Reading() {
		l.Elems = make([]value.Value, max(n, 0))
	}
	for i := range l.Elems {
		p.child(&l.Elems[i], all)
	}
}

func (p *packer) dict(s *span, all []span) {
	d, _ := s.of.(*value.Dict)
	if !p.c.Reading() {
		p.c.Len(d.Len(), false)
		d.Each(func(k, v value.Value) bool {
			p.c.Value(&k)
			p.child(&v, all)
			return true
		})
		return
	}
	n := max(p.c.Len(0, false), 0)
	d = value.NewDict(n)
	s.of = d
	for range n {
		var k, v value.Value
		p.c.Value(&k)
		p.child(&v, all)
		_ = d.Set(k, v) // k was the key of a dict when it was written
	}
}

func (p *packer) set(s *span) {
	var v value.Value = s.of
	if p.c.Reading() {
		v = nil
	}
	p.c.Value(&v)
	s.of = v
}

// child codes a part of a container: another container of the document by its
// number, anything else as a value.
func (p *packer) child(v *value.Value, all []span) {
	at := uint64(0)
	if !p.c.Reading() {
		if i, ok := p.numbered(*v); ok {
			at = uint64(i) + 1
		} else if container(*v) {
			p.c.Refuse("a container without a place", *v)
		}
	}
	p.c.Uint(&at)
	if at == 0 {
		p.c.Value(v)
		return
	}
	if p.c.Reading() {
		*v = all[at-1].of
	}
}

// numbered finds a container of the document.
func (p *packer) numbered(v value.Value) (int, bool) {
	switch v.(type) {
	case *value.Dict, *value.List, *value.Set:
		i, ok := p.number[v]
		return i, ok
	}
	return 0, false
}

// container reports values that hold what a reader of the document might change.
func container(v value.Value) bool {
	switch v.(type) {
	case *value.Dict, *value.List, *value.Tuple:
		return true
	}
	return false
}

func (p *packer) place(at *place) {
	line, col := uint64(at.line), uint64(at.col)
	p.c.Uint(&line)
	p.c.Uint(&col)
	*at = place{int32(line), int32(col)}
}
