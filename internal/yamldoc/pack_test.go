package yamldoc

import (
	"path/filepath"
	"reflect"
	"testing"

	"dex/internal/jinja/value"
	"dex/internal/pack"
)

func TestPackedDocumentIsTheSame(t *testing.T) {
	const src = `version: 2
anchors:
  - &base {type: int, tags: [a, b]}
models:
  - name: orders
    meta: {when: 2024-01-31, at: 2024-01-31 12:00:00+02:00, 7: seven, n: 1.5, none: ~}
    columns:
      - <<: *base
        name: id
      - *base
  - name: twice
    name: last
set: !!set {x, y}
`
	want, faults := Decode("models/schema.yml", []byte(src))
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	w := pack.NewWriter(nil)
	if err := w.Add(0, func(c *pack.Coder) { want.Pack(c, nil) }); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cache")
	if _, err := w.WriteFile(path, "b"); err != nil {
		t.Fatal(err)
	}
	r, err := pack.Open(path, "b")
	if err != nil {
		t.Fatal(err)
	}
	got := &Doc{}
	if err := r.Coder().Read(0, 0, func(c *pack.Coder) { got.Pack(c, func() []byte { return []byte(src) }) }); err != nil {
		t.Fatal(err)
	}
	if a, b := value.Repr(want.Value), value.Repr(got.Value); a != b {
		t.Errorf("wrote %s\nread  %s", a, b)
	}
	if len(want.spans) != len(got.spans) {
		t.Fatalf("wrote %d containers, read %d", len(want.spans), len(got.spans))
	}
	for i := range want.spans {
		a, b := want.spans[i], got.spans[i]
		if a.at != b.at || len(a.parts) != len(b.parts) || len(a.parts) > 0 && !reflect.DeepEqual(a.parts, b.parts) {
			t.Errorf("container %d: wrote places %v, read %v", i, a, b)
		}
	}
	if a, b := want.Line(5), got.Line(5); a != b {
		t.Errorf("line 5: want %q, got %q", a, b)
	}
	sameBase(t, got)
	top := got.Value.(*value.Dict)
	if err := top.Set(value.Str("new"), value.None); err != nil {
		t.Errorf("what came back may not be changed: %v", err)
	}
}

// sameBase asks that what an alias shares is shared again.
func sameBase(t *testing.T, d *Doc) {
	t.Helper()
	follow := func(v value.Value, steps ...value.Value) value.Value {
		for _, s := range steps {
			next, err := value.GetItem(v, s)
			if err != nil {
				t.Fatal(err)
			}
			v = next
		}
		return v
	}
	a := follow(d.Value, value.Str("anchors"), value.Int(0))
	b := follow(d.Value, value.Str("models"), value.Int(0), value.Str("columns"), value.Int(1))
	if a != b {
		t.Error("an alias became a copy")
	}
}
