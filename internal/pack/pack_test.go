package pack

import (
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// fill gives every field of a struct a value of its own, so that a field that a
// Coder forgets shows.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	if !v.CanInterface() {
		return // columns, which have a round trip of their own
	}
	switch x := v.Addr().Interface().(type) {
	case *value.Value:
		*x = value.Str("v" + value.ToStr(value.Int(*n)))
		return
	case **value.Dict:
		d := value.NewDict(1)
		d.SetStr("k", value.Int(*n))
		*x = d
		return
	case *manifest.Config:
		*x = manifest.NewConfig(manifest.KindModel)
		x.Set("alias", value.Int(*n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("s" + value.ToStr(value.Int(*n)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Float64:
		v.SetFloat(float64(*n) / 4)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	default:
		t.Fatalf("no filling for %s", v.Type())
	}
}

func roundTrip[T any](t *testing.T, code func(*Coder, *T)) {
	t.Helper()
	var in, out T
	n := 0
	fill(t, reflect.ValueOf(&in).Elem(), &n)
	w := NewWriter(nil)
	if err := w.Add(3, func(c *Coder) { code(c, &in) }); err != nil {
		t.Fatal(err)
	}
	r := reopen(t, w)
	if err := r.Coder().Read(3, 0, func(c *Coder) { code(c, &out) }); err != nil {
		t.Fatal(err)
	}
	freeze(reflect.ValueOf(&in).Elem())
	if !reflect.DeepEqual(in, out) {
		t.Errorf("%T came back changed:\nwrote %+v\nread  %+v", in, in, out)
	}
}

// freeze freezes what is read frozen.
func freeze(v reflect.Value) {
	if !v.CanInterface() {
		return
	}
	if x, ok := v.Interface().(value.Value); ok {
		value.Freeze(x)
	}
	switch v.Kind() {
	case reflect.Pointer:
		freeze(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			freeze(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			freeze(v.Field(i))
		}
	}
}

func reopen(t *testing.T, w *Writer) *Reader {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cache")
	if _, err := w.WriteFile(path, "b"); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, "b")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryFieldComesBack(t *testing.T) {
	roundTrip(t, (*Coder).Node)
	roundTrip(t, (*Coder).columnList)
	roundTrip(t, (*Coder).Macro)
	roundTrip(t, (*Coder).Doc)
	roundTrip(t, (*Coder).Group)
	roundTrip(t, func(c *Coder, d *diag.Diagnostic) { c.Diagnostic(d) })
}

func TestEmptyNodeComesBack(t *testing.T) {
	in := manifest.Node{Kind: manifest.KindModel, Config: manifest.NewConfig(manifest.KindModel), Tags: []string{}}
	var out manifest.Node
	w := NewWriter(nil)
	if err := w.Add(0, func(c *Coder) { c.Node(&in) }); err != nil {
		t.Fatal(err)
	}
	if err := reopen(t, w).Coder().Read(0, 0, func(c *Coder) { c.Node(&out) }); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(in, out) { // nil and empty lists stay apart
		t.Errorf("wrote %+v\nread  %+v", in, out)
	}
}

func values(t *testing.T) []value.Value {
	set := value.NewSet()
	fixed, err := value.NewFrozenSet(value.Int(1))
	if err != nil || set.Add(value.Str("x")) != nil {
		t.Fatal("no sets")
	}
	d := value.NewDict(2)
	if d.Set(value.Int(1), value.NewList(value.Str("a"), value.None)) != nil || d.Set(value.Str("1"), value.Bool(false)) != nil {
		t.Fatal("no dict")
	}
	big, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	noon := time.Date(2024, 2, 29, 12, 0, 0, 5000, time.UTC)
	return []value.Value{
		nil, value.None, value.Bool(true), value.Bool(false), value.Int(-5), value.Int(1 << 40), value.NewBigInt(big), value.Float(-0.5),
		value.Str(""), value.Str("ä\x00b"), value.Markup("<b>"), value.Bytes("\xff"), value.NewList(), value.NewTuple(value.Int(1)),
		d, set, fixed, pylib.NewDate(2024, 2, 29), pylib.NaiveFromTime(noon), pylib.FromTime(noon),
		pylib.FromTime(noon.In(time.FixedZone("", 5*3600+1800))),
	}
}

func TestValuesComeBack(t *testing.T) {
	w := NewWriter(nil)
	in := values(t)
	for i := range in {
		if err := w.Add(1, func(c *Coder) { c.Value(&in[i]) }); err != nil {
			t.Fatal(err)
		}
	}
	r := reopen(t, w)
	c := r.Coder()
	for i, want := range in {
		var got value.Value
		if err := c.Read(1, i, func(c *Coder) { c.Value(&got) }); err != nil {
			t.Fatal(err)
		}
		if want == nil || got == nil {
			if want != got {
				t.Errorf("value %d: wrote %v, read %v", i, want, got)
			}
			continue
		}
		if got.Type() != want.Type() || value.Repr(got) != value.Repr(want) {
			t.Errorf("value %d: wrote %s %s, read %s %s", i, want.Type(), value.Repr(want), got.Type(), value.Repr(got))
		}
	}
}

func TestValueWithoutFormIsRefused(t *testing.T) {
	w := NewWriter(nil)
	var v value.Value = value.NewList(value.NewFunc("f", nil))
	if err := w.Add(1, func(c *Coder) { c.Value(&v) }); err == nil {
		t.Error("a function was written")
	}
}

func TestGoingOnFromAFile(t *testing.T) {
	w := NewWriter(nil)
	node := func(w *Writer, name string) {
		n := manifest.Node{Name: name, Config: manifest.NewConfig(manifest.KindModel)}
		n.Config.Set("alias", value.Str(name))
		if err := w.Add(2, func(c *Coder) { c.Node(&n) }); err != nil {
			t.Fatal(err)
		}
	}
	node(w, "one")
	node(w, "two")
	r := reopen(t, w)
	next := NewWriter(r)
	next.Copy(2, 1)
	node(next, "three")
	node(next, "one")
	r = reopen(t, next)
	c := r.Coder()
	var names []string
	for i := range r.Len(2) {
		var n manifest.Node
		if err := c.Read(2, i, func(c *Coder) { c.Node(&n) }); err != nil {
			t.Fatal(err)
		}
		names = append(names, n.Name+"/"+n.Config.Str("alias"))
	}
	if want := []string{"two/two", "three/three", "one/one"}; !reflect.DeepEqual(names, want) {
		t.Errorf("read %v, want %v", names, want)
	}
}

func TestDamageIsSeen(t *testing.T) {
	w := NewWriter(nil)
	in := value.Value(value.Str("some text"))
	if err := w.Add(1, func(c *Coder) { c.Value(&in) }); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cache")
	if _, err := w.WriteFile(path, "build"); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, "another build"); err == nil {
		t.Error("a file of another build was opened")
	}
	for i := range whole {
		bad := append([]byte(nil), whole...)
		bad[i] ^= 0x40
		for _, src := range [][]byte{bad, whole[:i]} {
			if err := os.WriteFile(path, src, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path, "build"); err == nil {
				t.Fatalf("a file damaged at byte %d was opened", i)
			}
		}
	}
}
