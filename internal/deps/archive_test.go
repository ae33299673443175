package deps

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	top, err := unpack(bytes.NewReader(packed(t,
		member{Header: tar.Header{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}}},
		member{Header: tar.Header{Name: "./p/", Typeflag: tar.TypeDir, Mode: 0o700}},
		member{Header: tar.Header{Name: "p/run.sh", Typeflag: tar.TypeReg, Mode: 0o755}, text: "x"},
		member{Header: tar.Header{Name: "p/a/b.sql", Typeflag: tar.TypeReg, Mode: 0o4666}, text: "y"},
		member{Header: tar.Header{Name: "p/c", Typeflag: tar.TypeSymlink, Linkname: "a/b.sql"}},
	)), dir)
	if err != nil || top != filepath.Join(dir, "p") {
		t.Fatal(top, err)
	}
	if read(t, filepath.Join(top, "c")) != "y" {
		t.Error("the link leads elsewhere")
	}
	for name, mode := range map[string]os.FileMode{"run.sh": 0o755, "a/b.sql": 0o644} {
		info, err := os.Stat(filepath.Join(top, name))
		if err != nil || info.Mode()&^0o022 != mode&^0o022 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

// TestUnpackRefuses: nothing gets out of the folder.
func TestUnpackRefuses(t *testing.T) {
	file := func(name string) member {
		return member{Header: tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}, text: "x"}
	}
	link := func(name, to string) member {
		return member{Header: tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}}
	}
	for _, c := range []struct {
		name    string
		members []member
		want    string
	}{
		{"up", []member{file("p/../../x")}, "lies outside of it"},
		{"absolute", []member{file("/etc/x")}, "lies outside of it"},
		{"backslash", []member{file(`p\..\..\x`)}, "lies outside of it"},
		{"link up", []member{link("p/l", "../../x")}, "link that leads out of it"},
		{"absolute link", []member{link("p/l", "/etc")}, "link that leads out of it"},
		{"file below a link", []member{file("p/a/x"), link("p/l", "a"), file("p/l/y")}, "below a link"},
		{"hard link", []member{file("p/a"), {Header: tar.Header{Name: "p/l", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}}}, "neither file, folder nor link"},
		{"device", []member{{Header: tar.Header{Name: "p/d", Typeflag: tar.TypeChar}}}, "neither file, folder nor link"},
		{"two folders", []member{file("p/a"), file("q/a")}, "does not hold one folder"},
		{"no folder", []member{file("a")}, "does not hold one folder"},
		{"empty", nil, "does not hold one folder"},
		{"the same file twice", []member{file("p/a"), file("p/a")}, "exists"},
		{"a file over a link", []member{link("p/a", "b"), file("p/a")}, "exists"},
	} {
		t.Run(c.name, func(t *testing.T) {
			above := t.TempDir()
			dir := filepath.Join(above, "in")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := unpack(bytes.NewReader(packed(t, c.members...)), dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if entries, _ := os.ReadDir(above); len(entries) != 1 {
				t.Errorf("written outside: %v", entries)
			}
		})
	}
	whole := packed(t, folder("p", map[string]string{"dbt_project.yml": strings.Repeat("name: x\n", 500)})...)
	for _, n := range []int{0, 5, 20, len(whole) - 4} {
		if _, err := unpack(bytes.NewReader(whole[:n]), t.TempDir()); err == nil {
			t.Errorf("%d of %d bytes are taken for an archive", n, len(whole))
		}
	}
	u := &unpacker{dir: t.TempDir(), left: 10}
	if err := u.file(filepath.Join(u.dir, "x"), &tar.Header{Size: 11}, nil); err == nil || !strings.Contains(err.Error(), "unpacks to more than") {
		t.Error(err)
	}
}
