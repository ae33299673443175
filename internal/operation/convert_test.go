package operation

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// texts are texts that people and attackers write.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"", "1", "-0", "1e999", "0x10", "1_000", ".", "true", "NULL", "2024-02-30", "2024-01-01T25:00", "[1,2", "{}", `"a".b`, "a..b", "'; drop table x; --", "\x00", "\xff", "{{ x }}", strings.Repeat("9", 5000)}),
		rapid.StringMatching(`[0-9eE.+\-]{1,12}`),
		rapid.StringMatching(`[0-9T:Z+ \-]{1,25}`),
	)
}

// anyValue is what JSON, YAML or a template may give.
func anyValue(depth int) *rapid.Generator[value.Value] {
	return rapid.Custom(func(t *rapid.T) value.Value {
		kinds := 7
		if depth > 0 {
			kinds = 9
		}
		switch rapid.IntRange(0, kinds).Draw(t, "kind") {
		case 0:
			return value.None
		case 1:
			return value.Bool(rapid.Bool().Draw(t, "bool"))
		case 2:
			return value.Int(rapid.Int64().Draw(t, "int"))
		case 3:
			return value.Float(rapid.Float64().Draw(t, "float"))
		case 4:
			return value.NewBigInt(new(big.Int).Lsh(big.NewInt(rapid.Int64().Draw(t, "big")), 70))
		case 5:
			return pylib.NewDate(rapid.IntRange(1, 9999).Draw(t, "year"), time.March, 1)
		case 6:
			return value.NewUndefined("x")
		case 8:
			return value.NewList(rapid.SliceOfN(anyValue(depth-1), 0, 4).Draw(t, "list")...)
		case 9:
			d := value.NewDict(2)
			d.SetStr("k", anyValue(depth-1).Draw(t, "value"))
			return d
		}
		return value.Str(anyText().Draw(t, "text"))
	})
}

func anyParam() *rapid.Generator[*Param] {
	return rapid.Custom(func(t *rapid.T) *Param {
		p := &Param{Name: "p", Type: Type(rapid.SampledFrom(Types).Draw(t, "type"))}
		if p.Type == List {
			p.Item = &Param{Name: "p", Type: Type(rapid.SampledFrom(Types).Draw(t, "item"))}
		}
		return p
	})
}

// TestConvertNeverPanics: whatever is given for a parameter of any type is a value
// or an error, and a value that was taken once is taken again as it is.
func TestConvertNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, v := anyParam().Draw(t, "param"), anyValue(2).Draw(t, "value")
		got, err := p.Convert(v)
		if err != nil {
			return
		}
		if p.Type == JSON || p.Type == List && p.Item.Type == JSON {
			return // a text in JSON would be read a second time
		}
		again, err := p.Convert(got)
		if err != nil || !value.Equal(got, again) {
			t.Fatalf("%s took %s as %s, and that as %v, %v", p.Type, value.Repr(v), value.Repr(got), again, err)
		}
	})
}

// valid draws a value of a type, as it is written and as it is meant.
func valid(t *rapid.T, typ Type) (string, value.Value) {
	switch typ {
	case Integer:
		i := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "negative") {
			i.Neg(i)
		}
		return i.String(), value.NewBigInt(i)
	case Number:
		s := rapid.StringMatching(`-?(0|[1-9][0-9]{0,30})\.[0-9]{1,20}`).Draw(t, "number")
		d, err := value.ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		return s, d
	case Boolean:
		b := rapid.Bool().Draw(t, "bool")
		return fmt.Sprint(b), value.Bool(b)
	case Date:
		d := time.Date(rapid.IntRange(1, 9999).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		return d.Format(time.DateOnly), pylib.DateFromTime(d)
	case Timestamp:
		d := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 1000*rapid.Int64Range(0, 999999).Draw(t, "micros")).UTC()
		return d.Format("2006-01-02T15:04:05.000000Z"), pylib.FixedFromTime(d)
	}
	s := rapid.StringMatching(`[\pL_ "'.;-]{1,20}`).Filter(func(s string) bool { return strings.TrimSpace(s) != "" }).Draw(t, "text")
	return s, value.Str(s)
}

// TestRoundTrip: a good value that is written as a text, as the command line, an
// environment variable or a text in JSON has it, is that value again, exactly.
func TestRoundTrip(t *testing.T) {
	types := []Type{String, Secret, Identifier, Integer, Number, Boolean, Date, Timestamp}
	rapid.Check(t, func(t *rapid.T) {
		p := &Param{Name: "p", Type: rapid.SampledFrom(types).Draw(t, "type")}
		written, want := valid(t, p.Type)
		got, err := p.Convert(value.Str(written))
		if err != nil || !value.Equal(got, want) {
			t.Fatalf("%s: %q gives %v, %v", p.Type, written, got, err)
		}
		if p.Type == Number || p.Type == Integer {
			if s := value.ToStr(got); s != value.ToStr(want) {
				t.Fatalf("%q became %q", written, s)
			}
		}
		list := &Param{Name: "p", Type: List, Item: p}
		src, err := json.Marshal([]string{written, written})
		if err != nil {
			t.Fatal(err)
		}
		items, err := list.Convert(value.Str(src))
		if err != nil || !value.Equal(items, value.NewList(want, want)) {
			t.Fatalf("a list of %s: %s gives %v, %v", p.Type, src, items, err)
		}
	})
}

// TestRelationParts: names that are quoted as SQL quotes them come back.
func TestRelationParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[\pL0-9_ ".;']{1,12}`).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
		parts := rapid.SliceOfN(name, 1, 3).Draw(t, "parts")
		quoted := make([]string, len(parts))
		for i, p := range parts {
			quoted[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
		}
		got, err := RelationParts(strings.Join(quoted, "."))
		if err != nil || !slices.Equal(got, parts) {
			t.Fatalf("%q gives %q, %v", quoted, got, err)
		}
	})
	for _, s := range []string{"", ".", "a.", ".a", "a..b", "a.b.c.d", `"a`, `"a"b`, `a"b`, `""`, "a\nb"} {
		if got, err := RelationParts(s); err == nil {
			t.Errorf("%q was taken for %q", s, got)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	for typ, words := range map[Type][]string{
		Integer:   {"", "1.0", "1e3", "0x10", "1_000", "one", "１２"},
		Number:    {"", "1,5", "nan", "inf", "1e", "1e9999", "0x1p3"},
		Boolean:   {"", "maybe", "2", "truee"},
		Date:      {"", "2024-02-30", "2024-1-1", "20240101", "2024-01-01T00:00:00", "today", "2024-W01-1"},
		Timestamp: {"", "2024-01-01T25:00", "12:00", "2024-01-01T10:00:00+99:99", "now"},
	} {
		p := &Param{Name: "p", Type: typ}
		for _, s := range words {
			if got, err := p.Convert(value.Str(s)); err == nil {
				t.Errorf("%s took %q for %s", typ, s, value.Repr(got))
			}
		}
	}
	text := &Param{Name: "p", Type: String}
	for _, v := range []value.Value{value.Int(7), value.Bool(true), value.NewList()} {
		if _, err := text.Convert(v); err == nil || !strings.Contains(err.Error(), "quotes") && v.Type() != "list" {
			t.Errorf("a text took %s: %v", value.Repr(v), err)
		}
	}
}
