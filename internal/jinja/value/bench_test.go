package value

import (
	"fmt"
	"testing"
)

func BenchmarkDictGetStr(b *testing.B) {
	for _, n := range []int{4, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := numbered(n)
			key := fmt.Sprint("model.project.name_", n/2)
			b.ReportAllocs()
			for b.Loop() {
				d.GetStr(key)
			}
		})
	}
}

func BenchmarkDictGet(b *testing.B) {
	d := numbered(50_000)
	var key Value = Str("model.project.name_25000")
	b.ReportAllocs()
	for b.Loop() {
		d.Get(key)
	}
}

func BenchmarkDictSetStr(b *testing.B) {
	for _, n := range []int{4, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			keys := make([]string, n)
			for i := range keys {
				keys[i] = fmt.Sprint("model.project.name_", i)
			}
			b.ReportAllocs()
			for b.Loop() {
				d := NewDict(0)
				for _, k := range keys {
					d.SetStr(k, None)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/key")
		})
	}
}

func BenchmarkAppendStr(b *testing.B) {
	d := NewDict(0)
	d.SetStr("name", Str("orders"))
	d.SetStr("tags", NewList(Str("nightly"), Int(3), Float(2.5), None, Bool(true)))
	cases := map[string]Value{"str": Str("select 1"), "int": Int(12345), "float": Float(0.1), "dict": d}
	for name, v := range cases {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 256)
			b.ReportAllocs()
			for b.Loop() {
				buf = v.AppendStr(buf[:0])
			}
		})
	}
}

func BenchmarkCallMethod(b *testing.B) {
	d := numbered(4)
	cases := []struct {
		v    Value
		name string
		args []Value
	}{
		{Str("  orders "), "strip", nil},
		{Str("orders"), "upper", nil},
		{Str("a,b"), "startswith", []Value{Str("a")}},
		{d, "get", []Value{Str("model.project.name_1"), None}},
		{d, "items", nil},
	}
	for _, c := range cases {
		b.Run(c.v.Type()+"."+c.name, func(b *testing.B) {
			thread := testThread()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := CallMethod(thread, c.v, c.name, c.args, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPercent(b *testing.B) {
	args := NewTuple(Str("orders"), Int(5), Float(2.5))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Mod(Str("%s: %05d rows in %.2fs"), args); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	d := numbered(1000)
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		var err error
		if buf, err = AppendJSON(buf[:0], d, JSONOptions{EnsureASCII: true}); err != nil {
			b.Fatal(err)
		}
	}
}
