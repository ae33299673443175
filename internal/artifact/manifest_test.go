package artifact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// kindsMeta is what testdata/kinds.json says of its invocation.
var kindsMeta = Meta{
	InvocationID: "00000000-0000-0000-0000-000000000000",
	Started:      time.Date(2026, 1, 2, 3, 4, 0, 1000, time.UTC),
	Generated:    time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC),
	Quoting:      Quoting{Database: true, Schema: true},
}

func readGolden(t testing.TB, name string) ([]byte, *manifest.Manifest) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	m, err := DecodeManifest(src)
	if err != nil {
		t.Fatal(err)
	}
	return src, m
}

// TestManifestIsWhatDBTWrites reads a manifest that dbt wrote, of a project
// with every kind of node, and demands that writing it gives the same fields
// with the same values in the same order. Only the order of nodes is dex's own.
func TestManifestIsWhatDBTWrites(t *testing.T) {
	src, m := readGolden(t, "kinds.json")
	var out bytes.Buffer
	if err := EncodeManifest(&out, m, nil, kindsMeta); err != nil {
		t.Fatal(err)
	}
	want, err := value.ParseJSON(src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := value.ParseJSON(out.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, out.Bytes())
	}
	w, g := want.(*value.Dict), got.(*value.Dict)
	if a, b := keysOf(g), keysOf(w); a != b {
		t.Errorf("sections\ngot  %s\nwant %s", a, b)
	}
	w.Each(func(name, section value.Value) bool {
		mine, _ := g.Get(name)
		if value.ToStr(name) == "metadata" {
			if a, b := value.Repr(mine), value.Repr(section); a != b {
				t.Errorf("metadata\ngot  %s\nwant %s", a, b)
			}
			return true
		}
		compareSections(t, value.ToStr(name), mine.(*value.Dict), section.(*value.Dict))
		return true
	})
}

func keysOf(d *value.Dict) string {
	var keys []string
	d.Each(func(k, _ value.Value) bool { keys = append(keys, value.ToStr(k)); return true })
	return strings.Join(keys, " ")
}

func compareSections(t *testing.T, name string, got, want *value.Dict) {
	t.Helper()
	if got.Len() != want.Len() {
		t.Errorf("%s: %d entries, want %d", name, got.Len(), want.Len())
	}
	want.Each(func(k, w value.Value) bool {
		g, ok := got.Get(k)
		if !ok {
			t.Errorf("%s: %s is missing", name, value.ToStr(k))
			return true
		}
		if a, b := value.Repr(g), value.Repr(w); a != b {
			t.Errorf("%s: %s differs from character %d on\ngot  %s\nwant %s", name, value.ToStr(k), differ(a, b), a, b)
		}
		return true
	})
}

func differ(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// TestTemplatesSeeTheFields compares the fields of NodeDict with those that a
// template of dbt 1.12.6 sees in graph.nodes.
func TestTemplatesSeeTheFields(t *testing.T) {
	_, m := readGolden(t, "kinds.json")
	const common = "database schema name resource_type package_name path original_file_path unique_id fqn alias checksum config tags description columns meta group docs patch_path build_path unrendered_config created_at config_call_dict unrendered_config_call_dict relation_name raw_code doc_blocks "
	const compiled = common + "language refs sources metrics functions depends_on compiled_path contract"
	for id, want := range map[manifest.ID]string{
		"model.art.a":                      compiled + " access constraints version latest_version deprecation_date defer_relation primary_key time_spine batch",
		"snapshot.art.sn":                  compiled + " defer_relation",
		"seed.art.s1":                      common + "root_path depends_on defer_relation",
		"operation.art.art-on-run-start-0": compiled + " index",
		"test.art.sing":                    compiled,
		"test.art.mypos.e6359b8f33":        compiled + " column_name file_key_name attached_node test_metadata",
		"source.art.s.t":                   "database schema name resource_type package_name path original_file_path unique_id fqn source_name source_description loader identifier quoting loaded_at_field loaded_at_query freshness external description columns meta source_meta tags config patch_path unrendered_config relation_name created_at unrendered_database unrendered_schema doc_blocks _event_status",
		"exposure.art.ex":                  "name resource_type package_name path original_file_path unique_id fqn type owner description label maturity meta tags config unrendered_config url depends_on refs sources metrics created_at",
	} {
		if got := keysOf(NodeDict(m.Node(id), nil)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", id, got, want)
		}
	}
}

// TestDictAndFileAgree demands that a field which both have is the same in both.
func TestDictAndFileAgree(t *testing.T) {
	src, m := readGolden(t, "kinds.json")
	top, _ := value.ParseJSON(src)
	for _, section := range []string{"nodes", "sources", "exposures", "unit_tests"} {
		nodes, _ := top.(*value.Dict).GetStr(section)
		nodes.(*value.Dict).Each(func(id, want value.Value) bool {
			got := NodeDict(m.Node(manifest.ID(value.ToStr(id))), nil)
			want.(*value.Dict).Each(func(k, w value.Value) bool {
				if g, ok := got.Get(k); !ok || value.Repr(g) != value.Repr(w) {
					t.Errorf("%s.%s\ngot  %v\nwant %s", value.ToStr(id), value.ToStr(k), g, value.Repr(w))
				}
				return true
			})
			return true
		})
	}
}

func TestNodeDictIsTheCallersOwn(t *testing.T) {
	_, m := readGolden(t, "kinds.json")
	n := m.Node("model.art.a")
	d := NodeDict(n, nil)
	meta, _ := d.GetStr("meta")
	meta.(*value.Dict).SetStr("changed", value.Bool(true))
	if _, ok := n.Meta.GetStr("changed"); ok {
		t.Error("changing the dict of a node changed the node")
	}
}

func TestCompiledFields(t *testing.T) {
	_, m := readGolden(t, "kinds.json")
	c := &Compiled{Path: "target/compiled/art/models/b.sql", BuildPath: "target/run/art/models/b.sql",
		Code: "select 1", Done: true, Injected: true, CTEs: []CTE{{"model.art.eph", "x"}}}
	d := NodeDict(m.Node("model.art.b"), c)
	for key, want := range map[string]string{
		"compiled_path": "'target/compiled/art/models/b.sql'", "build_path": "'target/run/art/models/b.sql'",
		"compiled": "True", "compiled_code": "'select 1'", "extra_ctes_injected": "True",
		"extra_ctes": "[{'id': 'model.art.eph', 'sql': 'x'}]",
	} {
		if v, ok := d.GetStr(key); !ok || value.Repr(v) != want {
			t.Errorf("%s: got %v, want %s", key, v, want)
		}
	}
}

func TestDecodeManifestRefuses(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`[]`, `Could not read WritableManifest at "manifest.json": it names no dbt_schema_version in its metadata, so it is no manifest.json`},
		{`{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v3.json"}}`,
			`Expected a schema version of "` + ManifestSchema + `" in manifest.json, but found "https://schemas.getdbt.com/dbt/manifest/v3.json". Are you running with a different version of dbt?`},
		{`{"metadata": {"dbt_schema_version": "` + RunResultsSchema + `"}}`,
			`Expected a schema version of "` + ManifestSchema + `" in manifest.json, but found "` + RunResultsSchema + `". Are you running with a different version of dbt?`},
	} {
		if _, err := DecodeManifest([]byte(tt.src)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v", tt.src, err)
		}
	}
	if _, err := DecodeManifest([]byte(`{"metadata"`)); err == nil {
		t.Error("half a document was taken")
	}
}

// brokenWriter fails after a number of bytes, as a full disk does.
type brokenWriter struct{ left int }

var errFull = errors.New("no space left")

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestAFailedWriteIsReported(t *testing.T) {
	m := manyNodes(2000)
	for _, left := range []int{0, 1 << 10, 1 << 20} {
		if err := EncodeManifest(&brokenWriter{left}, m, nil, kindsMeta); !errors.Is(err, errFull) {
			t.Errorf("with room for %d bytes: %v", left, err)
		}
	}
}

func TestWriteFileReplacesWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "target", "x.json")
	put := func(text string, err error) error {
		return writeFile(path, func(w io.Writer) error {
			if _, werr := io.WriteString(w, text); werr != nil {
				return werr
			}
			return err
		})
	}
	if err := put("old", nil); err != nil {
		t.Fatal(err)
	}
	if err := put("half", errFull); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "old" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 1 {
		t.Errorf("the folder holds %v, %v", list, err)
	}
}

func TestAppendString(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain", `"plain"`}, {"a\"b\\c", `"a\"b\\c"`}, {"\n\r\t\b\f\x00\x1f\x7f", `"\n\r\t\b\f\u0000\u001f` + "\x7f" + `"`},
		{"é€😀", `"\u00e9\u20ac\ud83d\ude00"`}, {"</script>", `"</script>"`}, {"\xff", `"\ufffd"`},
	} {
		if got := string(appendString(nil, tt.in)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestAppendValue(t *testing.T) {
	d := value.NewDict(0)
	for _, k := range []value.Value{value.Int(1), value.None, value.Bool(true), value.Float(1.5), value.Str("é")} {
		if err := d.Set(k, value.NewTuple(k)); err != nil && k != value.Value(value.Bool(true)) {
			t.Fatal(err)
		}
	}
	// True is the key 1 of a Python dict, and replaces its value alone.
	want := `{"1": [true], "null": [null], "1.5": [1.5], "\u00e9": ["\u00e9"]}`
	if got := string(appendValue(nil, d)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, tt := range []struct {
		v    value.Value
		want string
	}{
		{nil, "null"}, {value.Float(1e22), "1e+22"}, {value.Float(2), "2.0"}, {value.Float(math.NaN()), "NaN"},
		{value.Float(math.Inf(-1)), "-Infinity"}, {value.NewUndefined("x"), `""`},
	} {
		if got := string(appendValue(nil, tt.v)); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.v, got, tt.want)
		}
	}
}

// manyNodes makes a project of n models with code, columns, tags and parents.
func manyNodes(n int) *manifest.Manifest {
	m := manifest.New("big", "duckdb")
	code := strings.Repeat("select id, name, created_at from {{ ref('model_1') }} where id > 10\n", 30)
	for i := range n {
		name := fmt.Sprintf("model_%05d", i)
		node := &manifest.Node{ID: manifest.ID("model.big." + name), Kind: manifest.KindModel, Package: "big", Name: name,
			FQN: []string{"big", "marts", name}, Path: "marts/" + name + ".sql", OriginalFilePath: "models/marts/" + name + ".sql",
			Database: "db", Schema: "main", Alias: name, RelationName: `"db"."main"."` + name + `"`, Raw: code, Language: "sql",
			ChecksumName: "sha256", Checksum: strings.Repeat("ab", 32), Config: manifest.NewConfig(manifest.KindModel),
			Tags: []string{"nightly"}, Access: "protected", CreatedAt: 1795501575.1575975, Description: "A model of the benchmark.",
			Docs: manifest.Docs{Show: true}, Contract: manifest.Contract{AliasTypes: true}}
		node.Config.Set("materialized", value.Str("table"))
		var columns []*manifest.Column
		for c := range 8 {
			columns = append(columns, &manifest.Column{Name: fmt.Sprintf("column_%d", c), Description: "What the column holds."})
		}
		node.SetColumns(columns)
		for p := 1; p <= 3 && i-p*7 >= 0; p++ {
			parent := fmt.Sprintf("model_%05d", i-p*7)
			node.Parents = append(node.Parents, manifest.ID("model.big."+parent))
			node.Refs = append(node.Refs, manifest.Ref{Name: parent})
		}
		m.Nodes[node.ID] = node
	}
	if faults := m.Freeze(); len(faults) > 0 {
		panic(faults.Err())
	}
	return m
}

func BenchmarkEncodeManifest10k(b *testing.B) {
	m := manyNodes(10_000)
	var size counter
	if err := EncodeManifest(&size, m, nil, kindsMeta); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if err := EncodeManifest(io.Discard, m, nil, kindsMeta); err != nil {
			b.Fatal(err)
		}
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func BenchmarkNodeDict(b *testing.B) {
	m := manyNodes(10)
	n := m.Node("model.big.model_00005")
	b.ReportAllocs()
	for b.Loop() {
		NodeDict(n, nil)
	}
}

// TestManifestWrittenOver writes a manifest over an older one and holds it
// against one that is written whole.
func TestManifestWrittenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manifest.json")
	trace := filepath.Join(t.TempDir(), "trace")
	m := manyNodes(500)
	last, err := WriteManifest(path, m, nil, kindsMeta)
	if err != nil {
		t.Fatal(err)
	}
	ids := manifest.SortedIDs(m.Nodes)
	first, middle := m.Nodes[ids[3]], m.Nodes[ids[300]]
	steps := []struct {
		name     string
		do       func() []manifest.ID
		compiled map[manifest.ID]*Compiled
	}{
		{"nothing", func() []manifest.ID { return nil }, nil},
		{"a text", func() []manifest.ID { first.Raw += " -- more"; return []manifest.ID{first.ID} }, nil},
		{"two texts", func() []manifest.ID { first.Raw, middle.Raw = "a", ""; return []manifest.ID{first.ID, middle.ID} }, nil},
		{"a run", func() []manifest.ID { return nil }, map[manifest.ID]*Compiled{middle.ID: {Code: "select 1", Done: true}}},
		{"another run", func() []manifest.ID { return nil }, map[manifest.ID]*Compiled{first.ID: {Code: "select 2", Done: true}}},
		{"no run", func() []manifest.ID { return nil }, nil},
	}
	for i, s := range steps {
		if err := last.Write(trace); err != nil {
			t.Fatal(err)
		}
		if last, err = ReadTrace(trace); err != nil {
			t.Fatal(err)
		}
		touched := s.do()
		meta := kindsMeta
		meta.InvocationID = strings.Repeat("x", i)
		over := Over{last, func(id manifest.ID) bool { return slices.Contains(touched, id) }}
		if last, err = WriteManifestOver(path, over, m, s.compiled, meta); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := EncodeManifest(&want, m, s.compiled, meta); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s: what was written over differs from what is written whole", s.name)
		}
		if shows := last.Shows(path, 0); shows != (s.compiled == nil) {
			t.Errorf("%s: the trace says %v of a manifest without a run", s.name, shows)
		}
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if last.Shows(path, 0) {
		t.Error("the trace takes another file for its own")
	}
}
