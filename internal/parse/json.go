package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

var errNoObject = errors.New("a JSON object is expected")

// readJSON reads a JSON document with the places of its parts, pos being where it
// begins. With an error, pos is the error's place and the Doc is good for telling of it.
func readJSON(file, src string) (doc *yamldoc.Doc, pos diag.Pos, err error) {
	r := jsonReader{file: file, src: src, d: json.NewDecoder(strings.NewReader(src)), a: yamldoc.Assemble(file, []byte(src))}
	r.d.UseNumber()
	v, pos, err := r.value()
	if err == nil {
		if _, more := r.d.Token(); more != io.EOF {
			err, pos = errors.New("there is more behind its end"), r.place(r.d.InputOffset())
		}
	}
	if err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			pos = r.place(syntax.Offset - 1)
		}
		if errors.Is(err, io.EOF) {
			err, pos = io.ErrUnexpectedEOF, r.place(int64(len(src)))
		}
		return r.a.Doc(value.None), pos, err
	}
	return r.a.Doc(v), pos, nil
}

type jsonReader struct {
	file, src string
	d         *json.Decoder
	a         *yamldoc.Assembly
}

// place is the place of a byte of the text.
func (r *jsonReader) place(at int64) diag.Pos {
	before := r.src[:min(max(at, 0), int64(len(r.src)))]
	line := strings.LastIndexByte(before, '\n') + 1
	return diag.Pos{File: r.file, Line: strings.Count(before, "\n") + 1, Col: len([]rune(before[line:])) + 1}
}

// next is the place of the next token.
func (r *jsonReader) next() diag.Pos {
	at := int(r.d.InputOffset())
	rest := bytes.TrimLeft([]byte(r.src[at:]), " \t\r\n,:")
	return r.place(int64(len(r.src) - len(rest)))
}

func (r *jsonReader) value() (value.Value, diag.Pos, error) {
	at := r.next()
	t, err := r.d.Token()
	if err != nil {
		return nil, at, err
	}
	switch x := t.(type) {
	case json.Delim:
		if x == '{' {
			v, err := r.object(at)
			return v, at, err
		}
		v, err := r.array(at)
		return v, at, err
	case string:
		return value.Str(x), at, nil
	case bool:
		return value.Bool(x), at, nil
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return value.Int(i), at, nil
		}
		f, err := x.Float64()
		return value.Float(f), at, err
	}
	return value.None, at, nil
}

func (r *jsonReader) object(at diag.Pos) (value.Value, error) {
	d := value.NewDict(0)
	r.a.Start(d, at)
	for r.d.More() {
		keyAt := r.next()
		key, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		v, valueAt, err := r.value()
		if err != nil {
			return nil, err
		}
		d.SetStr(key.(string), v)
		r.a.Key(d, key.(string), keyAt, valueAt)
	}
	_, err := r.d.Token()
	return d, err
}

func (r *jsonReader) array(at diag.Pos) (value.Value, error) {
	l := value.NewList()
	r.a.Start(l, at)
	for r.d.More() {
		v, itemAt, err := r.value()
		if err != nil {
			return nil, err
		}
		l.Elems = append(l.Elems, v)
		r.a.Item(l, itemAt)
	}
	_, err := r.d.Token()
	return l, err
}
