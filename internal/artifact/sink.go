// Package artifact writes and reads what dbt leaves in target/: manifest.json
// and run_results.json. It knows which fields dbt gives each kind of node, in
// which order; the same description makes the dicts that templates see as
// `model` and `graph.nodes[...]`, so that the two never differ.
//
// It does not know how nodes came to be. Begin with node.go, which lists the
// fields; sink.go says what they are written to, manifest.go puts the whole
// file together.
package artifact

import (
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// A sink takes the fields of nodes one by one: a JSON text or a dict. Elements
// of a list have the key "".
type sink interface {
	text(key, s string)
	textOrNull(key, s string) // "" is null
	texts(key string, list []string)
	ids(key string, list []manifest.ID)
	truth(key string, v bool)
	number(key string, n int64)
	float(key string, f float64)
	value(key string, v value.Value)  // nil is null
	dict(key string, d *value.Dict)   // nil is {}
	list(key string, l []value.Value) // nil is []
	config(key string, c *manifest.Config)
	open(key string) // begins a map; close ends it
	close()
	// named and openNamed are value and open for keys that a user chose.
	named(key string, v value.Value)
	openNamed(key string)
	openList(key string) // begins a list; closeList ends it
	closeList()
	// full is true for what templates see, which has a few fields more than
	// the file.
	full() bool
}

// dictSink makes a value.Dict. What it holds is copied: a template that changes
// its dict changes nothing else.
type dictSink struct {
	stack []value.Value // *value.Dict and *value.List, innermost last
	root  *value.Dict
}

func newDictSink() *dictSink {
	s := &dictSink{root: value.NewDict(48)}
	s.stack = append(s.stack, s.root)
	return s
}

func (s *dictSink) put(key string, v value.Value) {
	switch top := s.stack[len(s.stack)-1].(type) {
	case *value.Dict:
		top.SetStr(key, v)
	case *value.List:
		top.Elems = append(top.Elems, v)
	}
}

func (s *dictSink) text(key, t string) { s.put(key, value.Str(t)) }

func (s *dictSink) textOrNull(key, t string) {
	if t == "" {
		s.put(key, value.None)
		return
	}
	s.put(key, value.Str(t))
}

func (s *dictSink) texts(key string, list []string) {
	l := value.NewList()
	for _, t := range list {
		l.Elems = append(l.Elems, value.Str(t))
	}
	s.put(key, l)
}

func (s *dictSink) ids(key string, list []manifest.ID) {
	l := value.NewList()
	for _, id := range list {
		l.Elems = append(l.Elems, value.Str(id))
	}
	s.put(key, l)
}

func (s *dictSink) truth(key string, v bool)    { s.put(key, value.Bool(v)) }
func (s *dictSink) number(key string, n int64)  { s.put(key, value.Int(n)) }
func (s *dictSink) float(key string, f float64) { s.put(key, value.Float(f)) }

func (s *dictSink) value(key string, v value.Value) {
	if v == nil {
		v = value.None
	}
	s.put(key, value.Copy(v))
}

func (s *dictSink) dict(key string, d *value.Dict) {
	if d == nil {
		s.put(key, value.NewDict(0))
		return
	}
	s.put(key, value.Copy(d))
}

func (s *dictSink) list(key string, l []value.Value) {
	c := value.NewList()
	for _, v := range l {
		c.Elems = append(c.Elems, value.Copy(v))
	}
	s.put(key, c)
}

func (s *dictSink) config(key string, c *manifest.Config) { s.put(key, value.Copy(c.Dict())) }

func (s *dictSink) open(key string) {
	d := value.NewDict(8)
	s.put(key, d)
	s.stack = append(s.stack, d)
}

func (s *dictSink) named(key string, v value.Value) { s.value(key, v) }
func (s *dictSink) openNamed(key string)            { s.open(key) }

func (s *dictSink) close() { s.stack = s.stack[:len(s.stack)-1] }

func (s *dictSink) openList(key string) {
	l := value.NewList()
	s.put(key, l)
	s.stack = append(s.stack, l)
}

func (s *dictSink) closeList() { s.close() }
func (s *dictSink) full() bool { return true }
