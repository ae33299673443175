package value

import "testing"

// arguments are what the fuzzed formats are applied to.
func arguments() []Value {
	d := NewDict(0)
	d.SetStr("a", Float(1.5))
	d.SetStr("l", NewList(Int(1), Str("é")))
	dec, err := ParseDecimal("-12.50")
	if err != nil {
		panic(err)
	}
	return []Value{Int(-42), Str("é<"), Float(1e17), d, dec, None, Markup("<b>"), NewUndefined("u"), NewBigInt(floatToBig(1e30))}
}

func FuzzPercent(f *testing.F) {
	for _, s := range []string{"%s %d", "%(a)s", "%5.2f|%-5s|%05d", "%*d", "%(a", "%", "%c%x%#o", "é%r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all := arguments()
		for _, v := range append(all, NewTuple(all...), NewTuple(), NewList()) {
			Mod(Str(s), v) // an error is an answer; a panic is the fault looked for
			Mod(Markup(s), v)
		}
	})
}

func FuzzStrFormat(f *testing.F) {
	for _, s := range []string{"{} {0}", "{a[0].b!r:>{w}}", "{:,.2f}", "{{}}", "{0:010,}", "{3[l][1]}", "{!", "{:z#_}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kw := []Arg{{"a", arguments()[3]}, {"w", Int(7)}}
		CallMethod(testThread(), Str(s), "format", arguments(), kw)
		CallMethod(testThread(), Markup(s), "format", arguments(), kw)
	})
}

func FuzzFormatSpec(f *testing.F) {
	for _, s := range []string{"", ">10", "*^+#012,.3f", "_x", "%", ".0e", "z.1g", "05"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		for _, v := range arguments() {
			Format(v, spec)
		}
	})
}

// FuzzJSON holds that what is read can be written and read again as the same.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,null,true]}`, `"\ud83d\ude00"`, `[1e400,-0]`, `{"a":1,"a":2}`, `[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := ParseJSON(src)
		if err != nil {
			return
		}
		b, err := AppendJSON(nil, v, JSONOptions{EnsureASCII: true})
		if err != nil {
			t.Fatalf("%s cannot be written: %v", Repr(v), err)
		}
		w, err := ParseJSON(b)
		if err != nil {
			t.Fatalf("%s cannot be read again: %v", b, err)
		}
		if Repr(w) != Repr(v) {
			t.Fatalf("%s became %s", Repr(v), Repr(w))
		}
	})
}

// FuzzNumbers holds that int(), float() and Decimal() of any text end, and that
// what they read reads back from its repr.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"1", " -1_0 ", "1e5", "inf", "0x1f", "١", "1E-400", "NaN", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ParseInt(s, 0)
		if x, err := ToFloat(Str(s)); err == nil && x == x {
			y, err := ToFloat(Str(Repr(Float(x))))
			if err != nil || x != y {
				t.Fatalf("float(%q) is %v, and back %v, %v", s, x, y, err)
			}
		}
		if d, err := ParseDecimal(s); err == nil && d.form == finite {
			e, err := ParseDecimal(ToStr(d))
			if err != nil || e.cmp(d) != 0 {
				t.Fatalf("Decimal(%q) is %s, and back %v, %v", s, ToStr(d), e, err)
			}
		}
	})
}
