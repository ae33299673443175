// Package yamldoc reads YAML as PyYAML's safe loader does, which is what dbt
// projects are written for: YAML 1.1, where yes is a bool, 010 is eight, 12:30
// is 750 and 2024-01-31 is a date. A document becomes plain values (package
// value) and keeps the place of every key and item, so that a fault found much
// later still points at its line.
//
// It knows YAML and places, not which keys dbt has. Begin with Decode; scalars
// are resolved in scalar.go, explicit tags in tag.go, faults are worded in
// fault.go.
package yamldoc

import (
	"bytes"
	"slices"
	"strconv"
	"sync"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Doc is a decoded YAML document. It is complete once Decode returns and safe
// for concurrent use; its Value may be changed by its owner, whose new entries
// then have no places.
type Doc struct {
	// File is the name that places carry.
	File string
	// Value is what the document says: a *value.Dict for most files, value.None
	// for an empty one and for one that could not be read.
	Value value.Value

	src  []byte
	late func() []byte // gives src when it is asked for; nil where src is there
	// under has the places that this document does not have itself; see Derive.
	under *Doc

	linesOnce sync.Once
	lines     []int // offset of each line's first byte

	spans     []span // every mapping and sequence; a container comes after what it holds
	indexOnce sync.Once
	index     map[any]span // by container
}

// span is a container's own place and those of its parts.
type span struct {
	of    value.Value // *value.Dict, *value.List or *value.Set
	at    place
	parts []entry
}

// entry is one key of a mapping with its value's place, or one item.
type entry struct {
	key     string // of a mapping with a text key
	keyAt   place
	valueAt place
}

// place is a line and a column, both from 1.
type place struct{ line, col int32 }

// Pos turns a line and a column into a place in d's file.
func (d *Doc) pos(p place) diag.Pos {
	return diag.Pos{File: d.File, Line: int(p.line), Col: int(p.col)}
}

// Start is where a mapping or sequence of the document begins; without line for
// any other value.
func (d *Doc) Start(container value.Value) diag.Pos {
	s, ok := d.span(container)
	if !ok {
		return diag.Pos{File: d.File}
	}
	return d.pos(s.at)
}

// KeyPos is where key stands in mapping m; m's own place where it has no such
// key.
func (d *Doc) KeyPos(m *value.Dict, key string) diag.Pos {
	if e, ok := d.entry(m, key); ok {
		return d.pos(e.keyAt)
	}
	return d.Start(m)
}

// ValuePos is where the value of key begins in mapping m; m's own place where
// it has no such key.
func (d *Doc) ValuePos(m *value.Dict, key string) diag.Pos {
	if e, ok := d.entry(m, key); ok {
		return d.pos(e.valueAt)
	}
	return d.Start(m)
}

// ItemPos is where item i of sequence l begins; l's own place where there is no
// such item.
func (d *Doc) ItemPos(l *value.List, i int) diag.Pos {
	if s, ok := d.span(l); ok && i >= 0 && i < len(s.parts) {
		return d.pos(s.parts[i].valueAt)
	}
	return d.Start(l)
}

// Rename gives a key of mapping m another name, place and all. Unlike the other
// methods it changes the document: call it before the document is shared.
func (d *Doc) Rename(m *value.Dict, from, to string) {
	v, ok := m.GetStr(from)
	if !ok {
		return
	}
	m.Delete(value.Str(from))
	m.SetStr(to, v)
	s, _ := d.span(m)
	for i := range s.parts {
		if s.parts[i].key == from {
			s.parts[i].key = to
		}
	}
}

// Pos follows a path of keys and decimal indexes from the top and gives the
// place of its last key or item, or of the deepest part that the document has.
func (d *Doc) Pos(path ...string) diag.Pos {
	at := d.Start(d.Value)
	v := d.Value
	for _, step := range path {
		switch c := v.(type) {
		case *value.Dict:
			if _, ok := d.entry(c, step); !ok {
				return at
			}
			at = d.KeyPos(c, step)
			v, _ = c.GetStr(step)
		case *value.List:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(c.Elems) {
				return at
			}
			at = d.ItemPos(c, i)
			v = c.Elems[i]
		default:
			return at
		}
	}
	return at
}

// Source is the text that was decoded, of a Doc that Decode made. Nobody may
// change it.
func (d *Doc) Source() []byte { return d.src }

// Line is the text of line n (from 1) without its line break; empty where the
// file has no such line.
func (d *Doc) Line(n int) string {
	d.linesOnce.Do(func() {
		if d.late != nil {
			d.src = d.late()
		}
		d.lines = lineStarts(d.src)
	})
	if n < 1 || n > len(d.lines) {
		return ""
	}
	start, end := d.lines[n-1], len(d.src)
	if n < len(d.lines) {
		end = d.lines[n]
	}
	return string(bytes.TrimRight(d.src[start:end], "\r\n"))
}

// Fault makes an error-level diagnostic at a place of d, with the line's text
// for the caret.
func (d *Doc) Fault(at diag.Pos, class diag.Class, code, summary string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Class: class, Code: code, Summary: summary,
		Pos: at, Source: d.Line(at.Line),
	}
}

func lineStarts(src []byte) []int {
	starts := make([]int, 1, 1+bytes.Count(src, []byte{'\n'}))
	for i, c := range src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// span finds a container's places. The index is made when first asked for:
// most documents have no fault and never need it.
func (d *Doc) span(container value.Value) (span, bool) {
	switch container.(type) {
	case *value.Dict, *value.List, *value.Set:
	default:
		return span{}, false
	}
	d.indexOnce.Do(func() {
		d.index = make(map[any]span, len(d.spans))
		for _, s := range d.spans {
			d.index[s.of] = s
		}
	})
	s, ok := d.index[container]
	if !ok && d.under != nil {
		return d.under.span(container)
	}
	return s, ok
}

// entry finds a key of a mapping. Of a key that stands twice the last counts,
// as for its value.
func (d *Doc) entry(m *value.Dict, key string) (entry, bool) {
	s, ok := d.span(m)
	if !ok {
		return entry{}, false
	}
	for _, e := range slices.Backward(s.parts) {
		if e.key == key {
			return e, true
		}
	}
	return entry{}, false
}
