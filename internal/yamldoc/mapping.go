package yamldoc

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// Mapping reads a mapping of dex's own files key by key: a value of the wrong kind
// is a fault at its place, and so, at Done, is a key that nobody asked for. All faults
// are gathered; a getter that met one gives its default.
type Mapping struct {
	Doc    *Doc
	Dict   *value.Dict // as it was rendered
	places *value.Dict // as it was written, for places
	what   string      // what it is, for messages: "channel oncall"
	faults *diag.List
	known  []string
}

// Mapping begins to read d. places is d as it stands in the document where d was
// made of it by rendering, else d itself; what names it in messages.
func (d *Doc) Mapping(m, places *value.Dict, what string, faults *diag.List) *Mapping {
	if places == nil {
		places = m
	}
	return &Mapping{Doc: d, Dict: m, places: places, what: what, faults: faults}
}

// Has reports whether key is there, null included.
func (m *Mapping) Has(key string) bool {
	m.know(key)
	_, ok := m.find(key)
	return ok
}

// find looks key up. YAML 1.1 reads the key `on` as true.
func (m *Mapping) find(key string) (value.Value, bool) {
	v, ok := m.Dict.GetStr(key)
	if !ok && key == "on" {
		v, ok = m.Dict.Get(value.Bool(true))
	}
	return v, ok
}

// Value gives what stands under key; nil where nothing does, or null.
func (m *Mapping) Value(key string) value.Value {
	m.know(key)
	v, ok := m.find(key)
	if !ok || v == value.None {
		return nil
	}
	return v
}

// Text gives a text; a number or a boolean counts as its text.
func (m *Mapping) Text(key, def string) string {
	switch v := m.Value(key).(type) {
	case nil:
		return def
	case value.Str:
		return string(v)
	case *value.Dict, *value.List:
		m.Wrong(key, "a text", v)
	default:
		return value.ToStr(v)
	}
	return def
}

// OneOf gives one of a closed list of words.
func (m *Mapping) OneOf(key, def string, words ...string) string {
	got := m.Text(key, def)
	if got == def || slices.Contains(words, got) {
		return got
	}
	hint := "It is one of: " + strings.Join(words, ", ") + "."
	if near := Nearest(got, words); near != "" {
		hint = fmt.Sprintf("Did you mean '%s'? %s", near, hint)
	}
	m.Fault(key, "bad-value", fmt.Sprintf("%s of %s may not be '%s'", key, m.what, got), hint)
	return def
}

// Bool gives a boolean.
func (m *Mapping) Bool(key string, def bool) bool {
	switch v := m.Value(key).(type) {
	case nil:
		return def
	case value.Bool:
		return bool(v)
	default:
		m.Wrong(key, "true or false", v)
	}
	return def
}

// Int gives an integer from low to high.
func (m *Mapping) Int(key string, def, low, high int) int {
	switch v := m.Value(key).(type) {
	case nil:
		return def
	case value.Int:
		if int64(v) >= int64(low) && int64(v) <= int64(high) {
			return int(v)
		}
		limit := fmt.Sprintf("%d or more", low)
		if high != math.MaxInt {
			limit = fmt.Sprintf("from %d to %d", low, high)
		}
		m.Fault(key, "out-of-range", fmt.Sprintf("%s of %s is %d; it has to be %s", key, m.what, int64(v), limit), "")
	default:
		m.Wrong(key, "an integer", v)
	}
	return def
}

// Duration gives a length of time: "30s", "1h30m", or a number of seconds.
func (m *Mapping) Duration(key string, def time.Duration) time.Duration {
	v := m.Value(key)
	if v == nil {
		return def
	}
	d, err := ParseDuration(v)
	if err != nil {
		m.Fault(key, "bad-duration", fmt.Sprintf("%s of %s: %v", key, m.what, err), "Write it as 500ms, 30s, 5m or 2h.")
		return def
	}
	return d
}

// ParseDuration reads "30s", "1h30m", "2d", or a number of seconds. It is never
// negative.
func ParseDuration(v value.Value) (time.Duration, error) { return value.ParseDuration(v) }

// Texts gives a list of texts; one text counts as a list of it.
func (m *Mapping) Texts(key string) []string {
	switch v := m.Value(key).(type) {
	case nil:
	case value.Str:
		return []string{string(v)}
	case *value.List:
		out := make([]string, 0, len(v.Elems))
		for _, e := range v.Elems {
			switch e.(type) {
			case *value.Dict, *value.List:
				m.Wrong(key, "a list of texts", e)
				return nil
			}
			out = append(out, value.ToStr(e))
		}
		return out
	default:
		m.Wrong(key, "a list of texts", v)
	}
	return nil
}

// Child gives a mapping inside of this one; nil where there is none. The caller
// calls its Done.
func (m *Mapping) Child(key, what string) *Mapping {
	switch v := m.Value(key).(type) {
	case nil:
	case *value.Dict:
		return m.Doc.Mapping(v, m.placesOf(key), what, m.faults)
	default:
		m.Wrong(key, "a mapping", v)
	}
	return nil
}

// Keys lists the keys in their order.
func (m *Mapping) Keys() []string {
	var out []string
	m.Dict.Each(func(k, _ value.Value) bool {
		out = append(out, value.ToStr(k))
		return true
	})
	return out
}

// Each reads a list of mappings; a single mapping counts as a list of it.
func (m *Mapping) Each(key, what string, read func(i int, item *Mapping)) {
	v := m.Value(key)
	if v == nil {
		return
	}
	if d, ok := v.(*value.Dict); ok {
		read(0, m.Doc.Mapping(d, m.placesOf(key), what, m.faults))
		return
	}
	l, ok := v.(*value.List)
	if !ok {
		m.Wrong(key, "a list of mappings", v)
		return
	}
	var written *value.List
	if w, ok := m.places.GetStr(key); ok {
		written, _ = w.(*value.List)
	}
	for i, e := range l.Elems {
		d, ok := e.(*value.Dict)
		if !ok {
			m.Wrong(key, "a list of mappings", e)
			continue
		}
		places := d
		if written != nil && i < len(written.Elems) {
			if w, ok := written.Elems[i].(*value.Dict); ok {
				places = w
			}
		}
		read(i, m.Doc.Mapping(d, places, fmt.Sprintf("%s %d", what, i+1), m.faults))
	}
}

// Named changes what the mapping is called in messages, once its name is known.
func (m *Mapping) Named(what string) { m.what = what }

// Pos is where key stands.
func (m *Mapping) Pos(key string) diag.Pos { return m.Doc.KeyPos(m.places, key) }

// Wrong notes that the value of key is of the wrong kind.
func (m *Mapping) Wrong(key, want string, got value.Value) {
	m.Fault(key, "wrong-type", fmt.Sprintf("%s of %s has to be %s; this is a %s", key, m.what, want, got.Type()), "")
}

// Fault notes an error at the value of key.
func (m *Mapping) Fault(key, code, summary, hint string) {
	at := m.Doc.ValuePos(m.places, key)
	if at.Line == 0 {
		at = m.Doc.Start(m.places)
	}
	f := m.Doc.Fault(at, diag.Runtime, code, summary)
	f.Hint = hint
	m.faults.Add(f)
}

// Missing notes that a key has to be there.
func (m *Mapping) Missing(key, hint string) {
	f := m.Doc.Fault(m.Doc.Start(m.places), diag.Runtime, "missing-key", fmt.Sprintf("%s needs the key '%s'", m.what, key))
	f.Hint = hint
	m.faults.Add(f)
}

// Done reports the keys that were not asked for, as errors.
func (m *Mapping) Done() {
	if slices.Contains(m.known, "on") {
		m.know(value.ToStr(value.Bool(true)))
	}
	for _, f := range m.Doc.Unknown(m.places, m.known...) {
		f.Severity, f.Class = diag.Error, diag.Runtime
		f.Summary += " in " + m.what
		m.faults.Add(f)
	}
}

func (m *Mapping) know(key string) {
	if !slices.Contains(m.known, key) {
		m.known = append(m.known, key)
	}
}

func (m *Mapping) placesOf(key string) *value.Dict {
	v, _ := m.places.GetStr(key)
	d, _ := v.(*value.Dict)
	return d
}
