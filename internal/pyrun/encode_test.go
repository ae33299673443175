package pyrun

import (
	"bufio"
	"bytes"
	"context"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// kindsOfValue are values of every kind that a database gives.
func kindsOfValue(t *testing.T) []value.Value {
	t.Helper()
	dec := func(s string) value.Value {
		d, err := value.ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	delta, err := pylib.TimeDeltaOf(-400, 1_500_000)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	huge, _ := new(big.Int).SetString("-170141183460469231731687303715884105728", 10)
	inf, err := value.ToFloat(value.Str("-inf"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 5, 1, 10, 0, 0, 123_000, time.UTC)
	odd := value.NewDict(2)
	for k, v := range map[value.Value]value.Value{value.Int(1): value.Str("one"), value.NewTuple(value.Int(1), value.None): value.None} {
		if err := odd.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	tricky, plain := value.NewDict(1), value.NewDict(2)
	tricky.SetStr("$", value.Str("dec"))
	tricky.SetStr("v", value.Str("not a number"))
	plain.SetStr("a", value.NewList(value.Int(1), dec("1.50")))
	plain.SetStr("b", value.NewDict(0))
	return []value.Value{
		value.None, value.Bool(true), value.Bool(false), value.Int(0), value.Int(-1 << 63), value.NewBigInt(huge),
		value.Float(0.1), value.Float(1e300), value.Float(-0.0), value.Float(3), value.Float(inf),
		dec("0"), dec("-12345678901234567890.0123456789"), dec("NaN"), dec("1E+30"),
		value.Str(""), value.Str("grün \"quoted\" \\ \n\t\x00\x1f 😀 \u2028 it's $ {{ }}"), value.Bytes(""), value.Bytes("\x00\xff'\""),
		pylib.NewDate(1, 1, 1), pylib.NewDate(9999, 12, 31), pylib.TimeFromTime(at), pylib.TimeInZone(at.In(time.FixedZone("", -5400))),
		pylib.NaiveFromTime(at), pylib.FromTime(at), pylib.FromTime(at.In(zone)), pylib.FixedFromTime(at.In(time.FixedZone("", 19800))),
		delta, value.NewList(), value.NewList(value.None, value.NewList(value.Int(1))), value.NewTuple(), value.NewTuple(value.Int(1), value.Str("x")),
		plain, odd, tricky,
	}
}

// TestValuesThroughPython: each value comes to the script as Python's own, and goes back
// as it came.
func TestValuesThroughPython(t *testing.T) {
	vs := kindsOfValue(t)
	j := job(t, `
import dex
back, kinds = [], []
for row in dex.query("rows"):
    v = row["v"]
    back.append(v)
    kinds.append(type(v).__module__ + "." + type(v).__name__ + " " + repr(v))
for row in dex.query("alone"):
    back.append(row["v"])
dex.result([back, kinds])
dex.execute("bound", back)
`)
	h := &host{}
	h.query = func(_ context.Context, q Statement, rows Rows) error {
		if err := rows.Columns([]string{"v"}, []string{""}); err != nil {
			return err
		}
		table := make([][]value.Value, len(vs))
		for i, v := range vs {
			table[i] = []value.Value{v}
		}
		if q.SQL == "rows" {
			return rows.Rows(table)
		}
		for _, row := range table { // each alone: as a column of one kind
			if err := rows.Rows([][]value.Value{row, {value.None}}); err != nil {
				return err
			}
		}
		return nil
	}
	var bound []value.Value
	h.execute = func(_ context.Context, q Statement) (int64, error) {
		for _, a := range q.Args {
			bound = append(bound, a.Value)
		}
		return 0, nil
	}
	if err := Run(bounded(t), j, h); err != nil {
		t.Fatal(err)
	}
	res := h.result.(*value.List)
	back, kinds := res.Elems[0].(*value.List).Elems, res.Elems[1].(*value.List).Elems
	if len(back) != 3*len(vs) || len(bound) != len(back) {
		t.Fatalf("%d values came back, %d bound", len(back), len(bound))
	}
	for i, v := range vs {
		for _, got := range []value.Value{back[i], back[len(vs)+2*i], bound[i]} {
			if got.Type() != v.Type() || text(got) != text(v) {
				t.Errorf("%s %s came back as %s %s (in Python %s)", v.Type(), value.Repr(v), got.Type(), value.Repr(got), kinds[i])
			}
		}
	}
}

// text is a value's text; that of a moment in its offset, since a zone's name does not
// come back.
func text(v value.Value) string {
	if d, ok := v.(*pylib.DateTime); ok {
		return strings.Split(string(appendMoment(nil, d)), "[")[0]
	}
	return value.Repr(v)
}

// TestEncodedIsDecoded: what is written is read back, for random values.
func TestEncodedIsDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "value")
		parsed, err := value.ParseJSON(appendValue(nil, v))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeValue(parsed)
		if err != nil || value.Repr(got) != value.Repr(v) {
			t.Fatalf("%s came back as %v (%v)", value.Repr(v), got, err)
		}
	})
}

func anyValue(depth int) *rapid.Generator[value.Value] {
	return rapid.Custom(func(t *rapid.T) value.Value {
		kinds := 6
		if depth > 0 {
			kinds = 9
		}
		some := func() []value.Value { return rapid.SliceOfN(anyValue(depth-1), 0, 4).Draw(t, "elems") }
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return value.None
		case 1:
			return value.Int(rapid.Int64().Draw(t, "int"))
		case 2:
			return value.Float(rapid.Float64().Draw(t, "float"))
		case 3:
			return value.Str(rapid.String().Draw(t, "text"))
		case 4:
			return value.Bytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		case 5:
			return pylib.NaiveFromTime(time.UnixMicro(rapid.Int64Range(-6e16, 2e17).Draw(t, "moment")).UTC())
		case 6:
			return value.NewList(some()...)
		case 7:
			return value.NewTuple(some()...)
		}
		d := value.NewDict(2)
		for _, v := range some() {
			d.SetStr(rapid.SampledFrom([]string{"$", "v", "a", "ß", ""}).Draw(t, "key"), v)
		}
		return d
	})
}

// FuzzMessages: no bytes make the reader of messages do more than fail.
func FuzzMessages(f *testing.F) {
	f.Add(finish(append(newMessage(nil), `{"op":"query","sql":"select","params":[{"$":"dec","v":"1"}]}`...)))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x02{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readMessage(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return
		}
		if _, err := decodeValue(m); err != nil {
			return
		}
	})
}

func TestDistinctNames(t *testing.T) {
	got := strings.Join(distinct([]string{"a", "b", "a", "a_1", "a"}), " ")
	if got != "a b a_2 a_1 a_3" {
		t.Errorf("names %s", got)
	}
}
