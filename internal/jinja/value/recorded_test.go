package value

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"
)

// The files testdata/*.json hold what CPython 3.11 answered (with markupsafe 3
// for Markup and jinja2 3.1 for Undefined and str.format): a script walked over
// a list of values, called each operator, method or format through Python's own
// operator, getattr and format, and wrote down repr(result), or
// "!ErrorClass: text". Values are written as JSON: texts, true, false and null
// stand for themselves, {"i": "5"} is an int, {"f": ..} a float, {"d": ..} a
// Decimal, {"b": hex} bytes, {"m": ..} Markup, {"l": [..]} a list, {"t": ..} a
// tuple, {"s": ..} a set, {"fs": ..} a frozenset, {"D": [[k, v], ..]} a dict,
// {"r": [a, b, c]} a range and {"u": name} an Undefined. An answer of "-" is
// one that the script left out on purpose.

func readRecorded(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// coded is a value in the files' form.
type coded struct{ v Value }

func (c *coded) UnmarshalJSON(b []byte) error {
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		return err
	}
	if _, ok := plain.(map[string]any); !ok {
		c.v = FromGo(plain)
		return nil
	}
	var tagged map[string]json.RawMessage
	if err := json.Unmarshal(b, &tagged); err != nil {
		return err
	}
	for tag, raw := range tagged {
		v, err := decodeTagged(tag, raw)
		c.v = v
		return err
	}
	return errors.New("no tag")
}

func decodeTagged(tag string, raw json.RawMessage) (Value, error) {
	switch tag {
	case "l", "t", "s", "fs":
		var elems []coded
		if err := json.Unmarshal(raw, &elems); err != nil {
			return nil, err
		}
		return sequenceOf(tag, values(elems))
	case "D":
		var pairs [][2]coded
		if err := json.Unmarshal(raw, &pairs); err != nil {
			return nil, err
		}
		d := NewDict(0)
		for _, p := range pairs {
			if err := d.Set(p[0].v, p[1].v); err != nil {
				return nil, err
			}
		}
		return d, nil
	case "r":
		var n [3]int
		if err := json.Unmarshal(raw, &n); err != nil {
			return nil, err
		}
		return NewRange(n[0], n[1], n[2])
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	switch tag {
	case "i":
		return ParseInt(s, 10)
	case "f":
		f, err := ToFloat(Str(s))
		return Float(f), err
	case "d":
		return ParseDecimal(s)
	case "b":
		b, err := hex.DecodeString(s)
		return Bytes(b), err
	case "m":
		return Markup(s), nil
	case "u":
		return NewUndefined(s), nil
	}
	return nil, errors.New("unknown tag " + tag)
}

func sequenceOf(tag string, vs []Value) (Value, error) {
	switch tag {
	case "l":
		return NewList(vs...), nil
	case "t":
		return NewTuple(vs...), nil
	case "s":
		return setOf(vs)
	}
	return NewFrozenSet(vs...)
}

func values(cs []coded) []Value {
	out := make([]Value, len(cs))
	for i, c := range cs {
		out[i] = c.v
	}
	return out
}

func args(kw []codedArg) []Arg {
	out := make([]Arg, len(kw))
	for i, a := range kw {
		out[i] = Arg{a.name, a.v}
	}
	return out
}

// codedArg is [name, value].
type codedArg struct {
	name string
	v    Value
}

func (a *codedArg) UnmarshalJSON(b []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	var c coded
	if err := json.Unmarshal(pair[0], &a.name); err != nil {
		return err
	}
	err := json.Unmarshal(pair[1], &c)
	a.v = c.v
	return err
}

// answer is a result in the files' form.
func answer(v Value, err error) string {
	if err == nil {
		return Repr(v)
	}
	var e *Error
	if !errors.As(err, &e) {
		return "!" + err.Error()
	}
	return "!" + e.Kind + ": " + e.Msg
}

// check compares an answer with the recorded one.
func check(t *testing.T, got, want, format string, args ...any) {
	t.Helper()
	if want == "-" || got == want {
		return
	}
	t.Errorf(format+"\n got %s\nwant %s", append(args, got, want)...)
}

func testThread() *Thread { return NewThread(context.Background(), nil) }

func TestOperators(t *testing.T) {
	var rec struct {
		Values  []coded            `json:"values"`
		Results map[string][][]int `json:"results"`
		Texts   []string           `json:"texts"`
	}
	readRecorded(t, "operators.json", &rec)
	for op, text := range opText {
		rows := rec.Results[text]
		if len(rows) != len(rec.Values) {
			t.Fatalf("%s: %d rows recorded for %d values", text, len(rows), len(rec.Values))
		}
		for i, row := range rows {
			for j, at := range row {
				a, b := rec.Values[i].v, rec.Values[j].v
				if i == j {
					continue // one NaN is not the other there, but the same here
				}
				check(t, answer(Binary(Op(op), a, b)), rec.Texts[at], "%s %s %s", Repr(a), text, Repr(b))
			}
		}
	}
}

func TestUnary(t *testing.T) {
	var cases []struct {
		V                                           coded
		Repr, Str, Len, Neg, Pos, Int, Float, Round string
		Round2, Roundm2, List, Hash                 string
		Bool                                        bool
	}
	readRecorded(t, "unary.json", &cases)
	two, minus := 2, -2
	for _, c := range cases {
		v := c.V.v
		name := c.Repr
		check(t, Repr(v), c.Repr, "repr(%s)", name)
		check(t, ToStr(v), c.Str, "str(%s)", name)
		if v.Truth() != c.Bool {
			t.Errorf("bool(%s) is not %v", name, c.Bool)
		}
		n, err := Len(v)
		check(t, answer(Int(n), err), c.Len, "len(%s)", name)
		check(t, answer(Neg(v)), c.Neg, "-%s", name)
		check(t, answer(Pos(v)), c.Pos, "+%s", name)
		check(t, answer(ToInt(v)), c.Int, "int(%s)", name)
		f, err := ToFloat(v)
		check(t, answer(Float(f), err), c.Float, "float(%s)", name)
		check(t, answer(Round(v, nil)), c.Round, "round(%s)", name)
		check(t, answer(Round(v, &two)), c.Round2, "round(%s, 2)", name)
		check(t, answer(Round(v, &minus)), c.Roundm2, "round(%s, -2)", name)
		elems, err := ToSlice(v)
		check(t, answer(NewList(elems...), err), c.List, "list(%s)", name)
		d := NewDict(0)
		err = d.Set(v, Int(1))
		check(t, answer(d, err), c.Hash, "{%s: 1}", name)
	}
}

func TestItems(t *testing.T) {
	var cases []struct {
		V     coded
		Key   coded
		Slice []coded
		Want  string
		In    string
	}
	readRecorded(t, "items.json", &cases)
	for _, c := range cases {
		v := c.V.v
		if c.Slice != nil {
			s := values(c.Slice)
			check(t, answer(GetSlice(v, s[0], s[1], s[2])), c.Want, "%s[%s]", Repr(v), Repr(NewTuple(s...)))
			continue
		}
		check(t, answer(GetItem(v, c.Key.v)), c.Want, "%s[%s]", Repr(v), Repr(c.Key.v))
		ok, err := Contains(v, c.Key.v)
		check(t, answer(Bool(ok), err), c.In, "%s in %s", Repr(c.Key.v), Repr(v))
	}
}

func TestMethods(t *testing.T) {
	var cases []struct {
		V           coded
		Name        string
		Args        []coded
		Kw          []codedArg
		Want, After string
	}
	readRecorded(t, "methods.json", &cases)
	for _, c := range cases {
		v := c.V.v
		call := Repr(v) + "." + c.Name + Repr(NewTuple(values(c.Args)...))
		got := answer(CallMethod(testThread(), v, c.Name, values(c.Args), args(c.Kw)))
		check(t, got, c.Want, "%s %v", call, c.Kw)
		if c.After != "" {
			check(t, Repr(v), c.After, "after %s %v", call, c.Kw)
		}
	}
}

func TestFormatSpecs(t *testing.T) {
	var cases [][3]coded
	readRecorded(t, "formatspec.json", &cases)
	for _, c := range cases {
		spec := ToStr(c[1].v)
		s, err := Format(c[0].v, spec)
		check(t, answer(Str(s), err), ToStr(c[2].v), "format(%s, %q)", Repr(c[0].v), spec)
	}
}

func TestStrFormat(t *testing.T) {
	var cases []struct {
		V    coded
		Args []coded
		Kw   []codedArg
		Want string
	}
	readRecorded(t, "strformat.json", &cases)
	for _, c := range cases {
		got := answer(CallMethod(testThread(), c.V.v, "format", values(c.Args), args(c.Kw)))
		check(t, got, c.Want, "%s.format%s %v", Repr(c.V.v), Repr(NewTuple(values(c.Args)...)), c.Kw)
	}
}

func TestPercent(t *testing.T) {
	var cases [][3]coded
	readRecorded(t, "percent.json", &cases)
	for _, c := range cases {
		check(t, answer(Mod(c[0].v, c[1].v)), ToStr(c[2].v), "%s %% %s", Repr(c[0].v), Repr(c[1].v))
	}
}

func TestJSONDumps(t *testing.T) {
	var cases []struct {
		V  coded
		Kw struct {
			SortKeys    bool  `json:"sort_keys"`
			EnsureASCII *bool `json:"ensure_ascii"`
			Indent      int
			Separators  [2]string
		}
		Want string
	}
	readRecorded(t, "json_dumps.json", &cases)
	for _, c := range cases {
		o := JSONOptions{EnsureASCII: true, SortKeys: c.Kw.SortKeys, Indent: c.Kw.Indent, ItemSep: c.Kw.Separators[0], KeySep: c.Kw.Separators[1]}
		if c.Kw.EnsureASCII != nil {
			o.EnsureASCII = *c.Kw.EnsureASCII
		}
		b, err := AppendJSON(nil, c.V.v, o)
		check(t, answer(Str(b), err), c.Want, "json.dumps(%s, %+v)", Repr(c.V.v), o)
	}
}

func TestJSONLoads(t *testing.T) {
	var cases [][2]string
	readRecorded(t, "json_loads.json", &cases)
	for _, c := range cases {
		check(t, answer(ParseJSON([]byte(c[0]))), c[1], "json.loads(%q)", c[0])
	}
}

// TestDecimals and TestPowers are over random numbers of many sizes.
func TestDecimals(t *testing.T) {
	var cases [][4]string
	readRecorded(t, "decimal.json", &cases)
	ops := map[string]Op{"**": OpPow}
	for op, text := range opText {
		ops[text] = Op(op)
	}
	for _, c := range cases {
		a, err := ParseDecimal(c[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseDecimal(c[2])
		if err != nil {
			t.Fatal(err)
		}
		check(t, answer(Binary(ops[c[1]], a, b)), c[3], "%s %s %s", c[0], c[1], c[2])
	}
}

func TestPowers(t *testing.T) {
	var cases [][3]string
	readRecorded(t, "power.json", &cases)
	for _, c := range cases {
		var ab [2]Value
		for i := range ab {
			v, err := ParseInt(c[i], 10)
			if err != nil {
				f, ferr := ToFloat(Str(c[i]))
				v, err = Float(f), ferr
			}
			if err != nil {
				t.Fatal(err)
			}
			ab[i] = v
		}
		check(t, answer(Pow(ab[0], ab[1])), c[2], "%s ** %s", c[0], c[1])
	}
}
