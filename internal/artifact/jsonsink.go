package artifact

import (
	"io"
	"strconv"
	"sync"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// jsonSink appends JSON as Python's json.dumps writes it: ", " and ": " between
// parts, and all but ASCII escaped.
type jsonSink struct {
	b     []byte
	comma bool // something stands before in the map or list being written
	// clean takes secrets out of the text, see Meta; nil leaves it as it is.
	clean func([]byte) []byte
}

// writeTo writes the text without secrets.
func (s *jsonSink) writeTo(w io.Writer) error {
	b := s.b
	if s.clean != nil {
		b = s.clean(b)
	}
	_, err := w.Write(b)
	return err
}

func (s *jsonSink) key(key string) {
	if s.comma {
		s.b = append(s.b, ", "...)
	}
	s.comma = true
	if key != "" {
		s.b = append(s.b, '"')
		s.b = append(s.b, key...)
		s.b = append(s.b, `": `...)
	}
}

// anyKey writes a key that may need escaping, or be empty.
func (s *jsonSink) anyKey(key string) {
	if s.comma {
		s.b = append(s.b, ", "...)
	}
	s.comma = true
	s.b = appendString(s.b, key)
	s.b = append(s.b, ": "...)
}

func (s *jsonSink) raw(key, text string) {
	s.key(key)
	s.b = append(s.b, text...)
}

func (s *jsonSink) text(key, t string) {
	s.key(key)
	s.b = appendString(s.b, t)
}

func (s *jsonSink) textOrNull(key, t string) {
	if t == "" {
		s.raw(key, "null")
		return
	}
	s.text(key, t)
}

func (s *jsonSink) texts(key string, list []string) {
	s.key(key)
	s.b = append(s.b, '[')
	for i, t := range list {
		if i > 0 {
			s.b = append(s.b, ", "...)
		}
		s.b = appendString(s.b, t)
	}
	s.b = append(s.b, ']')
}

func (s *jsonSink) ids(key string, list []manifest.ID) {
	s.key(key)
	s.b = append(s.b, '[')
	for i, id := range list {
		if i > 0 {
			s.b = append(s.b, ", "...)
		}
		s.b = appendString(s.b, string(id))
	}
	s.b = append(s.b, ']')
}

func (s *jsonSink) truth(key string, v bool) {
	if v {
		s.raw(key, "true")
	} else {
		s.raw(key, "false")
	}
}

func (s *jsonSink) number(key string, n int64) {
	s.key(key)
	s.b = strconv.AppendInt(s.b, n, 10)
}

func (s *jsonSink) float(key string, f float64) {
	s.key(key)
	s.b = appendValue(s.b, value.Float(f))
}

func (s *jsonSink) value(key string, v value.Value) {
	s.key(key)
	s.b = appendValue(s.b, v)
}

func (s *jsonSink) dict(key string, d *value.Dict) {
	if d == nil {
		s.raw(key, "{}")
		return
	}
	s.value(key, d)
}

func (s *jsonSink) list(key string, l []value.Value) {
	s.key(key)
	s.b = appendList(s.b, l)
}

func (s *jsonSink) open(key string) {
	s.key(key)
	s.b = append(s.b, '{')
	s.comma = false
}

func (s *jsonSink) named(key string, v value.Value) {
	s.anyKey(key)
	s.b = appendValue(s.b, v)
}

func (s *jsonSink) openNamed(key string) {
	s.anyKey(key)
	s.b = append(s.b, '{')
	s.comma = false
}

func (s *jsonSink) close() {
	s.b = append(s.b, '}')
	s.comma = true
}

func (s *jsonSink) openList(key string) {
	s.key(key)
	s.b = append(s.b, '[')
	s.comma = false
}

func (s *jsonSink) closeList() {
	s.b = append(s.b, ']')
	s.comma = true
}

func (s *jsonSink) full() bool { return false }

// config writes what is set and, for the rest, texts made once per schema:
// most of a node's thirty-odd keys are defaults.
func (s *jsonSink) config(key string, c *manifest.Config) {
	defaults := defaultsOf(c.Schema)
	s.open(key)
	c.EachField(func(k *manifest.Key, at int, v value.Value, set bool) {
		switch {
		case !set:
			if s.comma {
				s.b = append(s.b, ", "...)
			}
			s.comma = true
			s.b = append(s.b, defaults[at]...)
		case at < 0:
			s.named(k.Name, v)
		default:
			s.value(k.Name, v)
		}
	})
	s.close()
}

var defaultTexts sync.Map // *manifest.Schema -> []string

// defaultsOf gives `"key": default` for every key of a schema.
func defaultsOf(sc *manifest.Schema) []string {
	if sc == nil {
		return nil
	}
	if t, ok := defaultTexts.Load(sc); ok {
		return t.([]string)
	}
	texts := make([]string, len(sc.Keys))
	for i, k := range sc.Keys {
		one := jsonSink{}
		one.value(k.Name, k.Default)
		texts[i] = string(one.b)
	}
	defaultTexts.Store(sc, texts)
	return texts
}
