package operation

import (
	"errors"
	"math/big"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// PythonConfig is what the script block of a Python file says.
type PythonConfig struct {
	// Tool is the table [tool.dex], nil where there is none. Its places are in Doc.
	Tool *value.Dict
	Doc  *yamldoc.Doc
	// Dependencies and RequiresPython are those of the script, as packaging tools read
	// them too.
	Dependencies   []string
	RequiresPython string
}

// ReadPython reads the script block of a Python file. src is the whole file.
// PEP 723: other tables below `tool` are other tools' business.
func ReadPython(file, src string) (PythonConfig, diag.List) {
	var out PythonConfig
	block, faults := inlineMetadata(file, src)
	if block.at == 0 || faults.HasErrors() {
		return out, faults
	}
	t := &tomlReader{file: file, block: block.at, indent: block.indent, src: []byte(block.toml), a: yamldoc.Assemble(file, []byte(src))}
	top, fault := t.read()
	out.Doc = t.a.Doc(top)
	if fault != nil {
		fault.Source = out.Doc.Line(fault.Pos.Line)
		return out, append(faults, *fault)
	}
	m := out.Doc.Mapping(top, nil, "the script block", &faults)
	if v, ok := m.Value("dependencies").(value.Str); ok {
		m.Wrong("dependencies", "a list of texts", v)
	}
	out.Dependencies = m.Texts("dependencies")
	out.RequiresPython = m.Text("requires-python", "")
	if tool := m.Child("tool", "tool"); tool != nil {
		tool.Child("dex", "tool.dex")
		v, _ := tool.Dict.GetStr("dex")
		out.Tool, _ = v.(*value.Dict)
	}
	m.Done() // PEP 723: there are no other keys
	return out, faults
}

// tomlReader makes values with places of a TOML document. What TOML forbids is
// found by the library's decoder first, so that here everything fits.
type tomlReader struct {
	file   string
	src    []byte
	indent []int
	a      *yamldoc.Assembly
	p      unstable.Parser
	tables map[*value.List]bool // arrays of tables
	block  int                  // the line that the block begins with
	twice  diag.Pos             // the first key that was there already
}

func (t *tomlReader) read() (*value.Dict, *diag.Diagnostic) {
	top := value.NewDict(4)
	var all map[string]any
	bad := toml.Unmarshal(t.src, &all)
	var syntax *toml.DecodeError
	if errors.As(bad, &syntax) {
		return top, t.fault(bad)
	}
	t.tables = map[*value.List]bool{}
	t.a.Start(top, diag.Pos{File: t.file, Line: t.block, Col: 1})
	t.p.Reset(t.src)
	at := top
	for t.p.NextExpression() {
		switch n := t.p.Expression(); n.Kind {
		case unstable.Table:
			at = t.table(top, n, false)
		case unstable.ArrayTable:
			at = t.table(top, n, true)
		case unstable.KeyValue:
			t.pair(at, n)
		}
	}
	if bad == nil {
		bad = t.p.Error()
	}
	if bad != nil {
		return top, t.fault(bad) // of a key that stands twice the library tells no place
	}
	return top, nil
}

func (t *tomlReader) fault(err error) *diag.Diagnostic {
	f := &diag.Diagnostic{Class: diag.Parsing, Code: "toml-syntax", Summary: "The script block is not TOML: " + strings.TrimPrefix(err.Error(), "toml: "), Pos: diag.Pos{File: t.file, Line: t.block, Col: 1}}
	if t.twice.Line > 0 {
		f.Pos = t.twice
	}
	var d *toml.DecodeError
	if errors.As(err, &d) {
		line, col := d.Position()
		f.Pos = t.pos(line, col)
	}
	if strings.Contains(f.Summary, "out of range") {
		f.Hint = "TOML's integers have 64 bits. Write a larger one as a text: \"12345678901234567890\"."
	}
	return f
}

func (t *tomlReader) pos(line, col int) diag.Pos {
	if line >= 1 && line <= len(t.indent) {
		col += t.indent[line-1]
	}
	return diag.Pos{File: t.file, Line: line, Col: col}
}

func (t *tomlReader) posOf(n *unstable.Node, otherwise diag.Pos) diag.Pos {
	if n.Raw.Length == 0 {
		return otherwise
	}
	at := t.p.Shape(n.Raw).Start
	return t.pos(at.Line, at.Column)
}

// table finds the table that a heading names, and makes what is not there.
func (t *tomlReader) table(top *value.Dict, n *unstable.Node, array bool) *value.Dict {
	at := top
	for it := n.Key(); it.Next(); {
		k := it.Node()
		name, pos := string(k.Data), t.posOf(k, diag.Pos{File: t.file})
		if array && it.IsLast() {
			l, _ := at.GetStr(name)
			list, ok := l.(*value.List)
			if !ok {
				list = value.NewList()
				t.tables[list] = true
				t.put(at, name, pos, pos, list)
			}
			d := value.NewDict(4)
			t.a.Start(d, pos)
			t.a.Item(list, pos)
			list.Elems = append(list.Elems, d)
			return d
		}
		at = t.child(at, name, pos)
	}
	return at
}

// child is the table under a key; of an array of tables the last one.
func (t *tomlReader) child(at *value.Dict, name string, pos diag.Pos) *value.Dict {
	v, _ := at.GetStr(name)
	switch x := v.(type) {
	case *value.Dict:
		return x
	case *value.List:
		if t.tables[x] { // then it has one, and each is a table
			return x.Elems[len(x.Elems)-1].(*value.Dict)
		}
	}
	d := value.NewDict(4)
	t.a.Start(d, pos)
	t.put(at, name, pos, pos, d)
	return d
}

func (t *tomlReader) put(at *value.Dict, name string, keyAt, valueAt diag.Pos, v value.Value) {
	if _, there := at.GetStr(name); there && t.twice.Line == 0 {
		t.twice = keyAt
	}
	at.SetStr(name, v)
	t.a.Key(at, name, keyAt, valueAt)
}

func (t *tomlReader) pair(at *value.Dict, n *unstable.Node) {
	for it := n.Key(); it.Next(); {
		k := it.Node()
		name, pos := string(k.Data), t.posOf(k, diag.Pos{File: t.file})
		if !it.IsLast() {
			at = t.child(at, name, pos)
			continue
		}
		valueAt := t.posOf(n.Value(), pos)
		t.put(at, name, pos, valueAt, t.value(n.Value(), valueAt))
	}
}

func (t *tomlReader) value(n *unstable.Node, pos diag.Pos) value.Value {
	switch n.Kind {
	case unstable.Array:
		l := value.NewList()
		t.a.Start(l, pos)
		for it := n.Children(); it.Next(); {
			at := t.posOf(it.Node(), pos)
			t.a.Item(l, at)
			l.Elems = append(l.Elems, t.value(it.Node(), at))
		}
		return l
	case unstable.InlineTable:
		d := value.NewDict(4)
		t.a.Start(d, pos)
		for it := n.Children(); it.Next(); {
			t.pair(d, it.Node())
		}
		return d
	case unstable.Bool:
		return value.Bool(string(n.Data) == "true")
	case unstable.Integer:
		return tomlInteger(string(n.Data))
	case unstable.Float:
		f, err := strconv.ParseFloat(strings.ReplaceAll(string(n.Data), "_", ""), 64)
		if err != nil {
			return value.Str(string(n.Data))
		}
		return value.Float(f)
	}
	return value.Str(string(n.Data)) // dates and times as texts, as in YAML
}

func tomlInteger(s string) value.Value {
	if i, ok := new(big.Int).SetString(strings.TrimPrefix(s, "+"), 0); ok {
		return value.NewBigInt(i)
	}
	return value.Str(s)
}
