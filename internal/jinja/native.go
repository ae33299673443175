package jinja

import (
	"dex/internal/jinja/value"
)

// nativeSink takes the output of native rendering: each piece that a template
// prints is a value of its own.
type nativeSink struct {
	n     int
	first value.Value
	text  []byte // all of them, once there are two
}

func (s *nativeSink) add(v value.Value) {
	switch s.n {
	case 0:
		s.first = v
	case 1:
		s.text = v.AppendStr(s.first.AppendStr(s.text))
	default:
		s.text = v.AppendStr(s.text)
	}
	s.n++
}

// mark is what one of dbt's as_... filters asks native rendering to do.
type nativeKind uint8

const (
	asText nativeKind = iota + 1
	asNative
	asBool
	asNumber
)

// nativeMarks are dbt's filters that steer native rendering. Elsewhere they hand
// their value on.
var nativeMarks = map[string]nativeKind{
	"as_text": asText, "as_native": asNative, "as_bool": asBool, "as_number": asNumber,
}

// marked is text with a mark.
type marked struct {
	value.Str
	kind nativeKind
}

func nativeMark(x expr, kind nativeKind) expr {
	return func(f *frame) (value.Value, error) {
		v, err := x(f)
		if err != nil || f.nat == nil {
			return v, err
		}
		return marked{value.Str(value.ToStr(v)), kind}, nil
	}
}

// RenderNative renders a template to a value, as dbt renders the values of YAML
// files: a template that is one {{ ... }} gives that value, anything else text.
// The filters as_native, as_bool and as_number ask for the text to be read as a
// Python literal; as_text asks that it is not.
func (t *Template) RenderNative(th *value.Thread, sc Scope) (value.Value, error) {
	m := newMachine(th)
	defer m.release()
	var sink nativeSink
	if err := t.run(m, sc, &sink); err != nil {
		return nil, err
	}
	switch {
	case sink.n == 0:
		return value.Str(""), nil
	case sink.n > 1:
		return value.Str(sink.text), nil
	}
	mk, ok := sink.first.(marked)
	if !ok {
		return sink.first, nil
	}
	if mk.kind == asText {
		return mk.Str, nil
	}
	return t.literal(mk)
}

// literal reads marked text as a literal; text that is none stays text.
func (t *Template) literal(mk marked) (value.Value, error) {
	v, ok := parseLiteral(string(mk.Str))
	if !ok {
		v = mk.Str
	}
	switch mk.kind {
	case asBool:
		if _, ok := v.(value.Bool); !ok {
			return nil, t.notA(mk, "bool")
		}
	case asNumber:
		switch v.(type) {
		case value.Int, value.Float, *value.BigInt:
		default:
			return nil, t.notA(mk, "number")
		}
	}
	return v, nil
}

func (t *Template) notA(mk marked, typ string) error {
	return t.prog.errorAt(0, "JinjaRenderingError", "Could not convert value '"+string(mk.Str)+"' into type '"+typ+"'")
}
