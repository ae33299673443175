package event

import (
	"bytes"
	"encoding/json"
	"math"
	"sort"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoder writes events as lines of dbt's JSON log. Its zero value is ready; it
// may be used again after Reset, and belongs to one goroutine at a time.
type Encoder struct {
	// Clean is applied to every text before it is written; nil leaves texts as
	// they are. Texts are cleaned one by one, since a secret that happens to be
	// `"` or `info` must not break the JSON around it.
	Clean func(string) string

	buf  []byte
	more bool // the object under way has a field
}

// Reset drops what was written.
func (e *Encoder) Reset() { e.buf, e.more = e.buf[:0], false }

// Bytes is what was written since Reset.
func (e *Encoder) Bytes() []byte { return e.buf }

// Context is what all events of one invocation share.
type Context struct {
	InvocationID string
	PID          int
}

// Event writes ev as {"data": …, "info": …}, without a newline.
func (e *Encoder) Event(ev Event, c Context) {
	e.buf = append(e.buf, `{"data": `...)
	if f, ok := ev.Data.(Fielder); ok {
		e.open()
		f.Fields(e)
		e.close()
	} else {
		e.other(ev.Data)
	}
	e.buf = append(e.buf, `, "info": `...)
	e.open()
	e.Str("category", "")
	e.Str("code", ev.Data.Code())
	e.key("extra")
	e.buf = append(e.buf, "{}"...)
	e.Str("invocation_id", c.InvocationID)
	e.Str("level", ev.Level.String())
	e.Str("msg", ev.Data.Message())
	e.Str("name", ev.Data.Name())
	e.Int("pid", int64(c.PID))
	e.Str("thread", ev.Thread)
	e.Time("ts", ev.Time)
	e.close()
	e.buf = append(e.buf, '}')
}

func (e *Encoder) open()  { e.buf, e.more = append(e.buf, '{'), false }
func (e *Encoder) close() { e.buf, e.more = append(e.buf, '}'), true }

func (e *Encoder) key(name string) {
	if e.more {
		e.buf = append(e.buf, ", "...)
	}
	e.more = true
	e.buf = append(append(append(e.buf, '"'), name...), `": `...)
}

// Str writes a text field.
func (e *Encoder) Str(name, v string) {
	e.key(name)
	e.text(v)
}

func (e *Encoder) text(v string) {
	if e.Clean != nil {
		v = e.Clean(v)
	}
	e.buf = appendQuoted(e.buf, v)
}

// Int writes an integer field.
func (e *Encoder) Int(name string, v int64) {
	e.key(name)
	e.buf = strconv.AppendInt(e.buf, v, 10)
}

// Bool writes a true or false.
func (e *Encoder) Bool(name string, v bool) {
	e.key(name)
	e.buf = strconv.AppendBool(e.buf, v)
}

// Float writes a number with the digits of a 32-bit float, as dbt's messages
// have them.
func (e *Encoder) Float(name string, v float64) {
	e.key(name)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0 // a clock that ran backwards; JSON has no such numbers
	}
	start := len(e.buf)
	e.buf = strconv.AppendFloat(e.buf, v, 'f', -1, 32)
	if bytes.IndexByte(e.buf[start:], '.') < 0 {
		e.buf = append(e.buf, ".0"...)
	}
}

// Time writes a moment in UTC with microseconds.
func (e *Encoder) Time(name string, t time.Time) {
	e.key(name)
	e.buf = append(e.buf, '"')
	e.buf = t.UTC().AppendFormat(e.buf, "2006-01-02T15:04:05.000000Z")
	e.buf = append(e.buf, '"')
}

// Object writes a nested object.
func (e *Encoder) Object(name string, fields func()) {
	e.key(name)
	e.open()
	fields()
	e.close()
}

// List writes n nested objects.
func (e *Encoder) List(name string, n int, fields func(i int)) {
	e.key(name)
	e.buf = append(e.buf, '[')
	for i := range n {
		if i > 0 {
			e.buf = append(e.buf, ", "...)
		}
		e.open()
		fields(i)
		e.close()
	}
	e.buf = append(e.buf, ']')
	e.more = true
}

// Strs writes a field that is a list of texts.
func (e *Encoder) Strs(name string, list []string) {
	e.key(name)
	e.buf = append(e.buf, '[')
	for i, v := range list {
		if i > 0 {
			e.buf = append(e.buf, ", "...)
		}
		e.text(v)
	}
	e.buf = append(e.buf, ']')
}

// Node writes node_info; nothing where there is no node, as dbt.
func (e *Encoder) Node(n *NodeInfo) {
	if n == nil {
		return
	}
	e.key("node_info")
	e.open()
	e.Str("materialized", n.Materialized)
	e.key("meta")
	e.any(n.Meta)
	e.Str("node_checksum", n.NodeChecksum)
	e.Str("node_finished_at", n.NodeFinishedAt)
	e.Str("node_name", n.NodeName)
	e.Str("node_path", n.NodePath)
	e.key("node_relation")
	e.open()
	e.Str("alias", n.NodeRelation.Alias)
	e.Str("database", n.NodeRelation.Database)
	e.Str("relation_name", n.NodeRelation.RelationName)
	e.Str("schema", n.NodeRelation.Schema)
	e.close()
	e.Str("node_started_at", n.NodeStartedAt)
	e.Str("node_status", n.NodeStatus)
	e.Str("resource_type", n.ResourceType)
	e.Str("unique_id", n.UniqueID)
	e.close()
}

// Group writes the group that a node belongs to; nothing where there is none.
func (e *Encoder) Group(n *NodeInfo) {
	if n == nil || n.Group == nil {
		return
	}
	e.Object("group", func() {
		e.Str("name", n.Group.Name)
		e.key("owner")
		e.any(n.Group.Owner)
		e.Str("package_name", n.Group.Package)
	})
}

// other writes Data that has no Fields of its own.
func (e *Encoder) other(d Data) {
	b, err := json.Marshal(d)
	var v any
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err == nil {
		err = dec.Decode(&v)
	}
	if err != nil {
		// An event that JSON cannot hold is still worth its message.
		v = map[string]any{"msg": d.Message()}
	}
	e.any(v)
}

// any writes a decoded JSON value with sorted keys.
func (e *Encoder) any(v any) {
	switch x := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		e.open()
		for _, k := range keys {
			if e.more {
				e.buf = append(e.buf, ", "...)
			}
			e.text(k)
			e.buf = append(e.buf, ": "...)
			e.any(x[k])
			e.more = true
		}
		e.close()
	case []any:
		e.buf = append(e.buf, '[')
		for i, el := range x {
			if i > 0 {
				e.buf = append(e.buf, ", "...)
			}
			e.any(el)
		}
		e.buf = append(e.buf, ']')
	case string:
		e.text(x)
	default:
		b, err := json.Marshal(x)
		if err != nil {
			b = []byte("null")
		}
		e.buf = append(e.buf, b...)
	}
}

const hex = "0123456789abcdef"

// appendQuoted writes s as Python's json.dumps does: ASCII alone.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = appendEscape(append(b, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		b = append(b, s[from:i]...)
		if r > 0xffff {
			hi, lo := utf16.EncodeRune(r)
			b = appendU(appendU(b, hi), lo)
		} else {
			b = appendU(b, r)
		}
		i += size
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	}
	return appendU(b, rune(c))
}

func appendU(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
