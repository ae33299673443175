package project

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unicode"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Raw is a dbt_project.yml as it stands, before rendering: enough to know which
// profile and flags the project asks for, which must be settled before the rest
// can be rendered.
type Raw struct {
	// Dir is the project's folder, absolute.
	Dir string
	// Doc is dbt_project.yml; its Value is a *value.Dict.
	Doc *yamldoc.Doc
}

// FindDir is the folder of the project that dir lies in: dir itself or the
// nearest parent with a dbt_project.yml; dir where none has one, as in dbt.
func FindDir(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	for at := abs; ; {
		if _, err := os.Stat(filepath.Join(at, ProjectFile)); err == nil {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			return abs
		}
		at = up
	}
}

// ReadRaw reads dbt_project.yml of the project in dir. Where the list has
// errors the Raw is nil.
func ReadRaw(dir string) (*Raw, diag.List) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, diag.List{{Class: diag.Runtime, Code: "file-unreadable", Summary: err.Error()}}
	}
	return readRaw(abs, "")
}

// readRaw reads a project whose places are named below prefix.
func readRaw(dir, prefix string) (*Raw, diag.List) {
	path := filepath.Join(dir, ProjectFile)
	name := prefix + ProjectFile
	src, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, diag.List{{
			Class: diag.Runtime, Code: "project-missing", Pos: diag.Pos{File: name},
			Summary: fmt.Sprintf("No %s found at expected path %s\nVerify that each entry within packages.yml (and their transitive dependencies) contains a file named %s", ProjectFile, path, ProjectFile),
		}}
	case err != nil:
		return nil, diag.List{{Class: diag.Runtime, Code: "file-unreadable", Summary: err.Error(), Pos: diag.Pos{File: name}}}
	}
	// dbt strips the file, so a block scalar at its end has no last newline.
	doc, faults := yamldoc.Decode(name, bytes.TrimRightFunc(src, unicode.IsSpace))
	if faults.HasErrors() {
		// dbt: text that is no YAML is a Runtime Error here, a Parsing Error in
		// properties files.
		for i := range faults {
			faults[i].Class = diag.Runtime
		}
		return nil, faults
	}
	d, ok := doc.Value.(*value.Dict)
	if !ok {
		faults.Add(doc.Fault(diag.Pos{File: name, Line: 1, Col: 1}, diag.Runtime, "not-a-dict", ProjectFile+" does not parse to a dictionary"))
		return nil, faults
	}
	// dbt: tests: is the older name of data_tests:; both together are a fault,
	// which the schema reports.
	if !has(d, "data_tests") {
		doc.Rename(d, "tests", "data_tests")
	}
	return &Raw{Dir: dir, Doc: doc}, faults
}

// Name is the project's name; empty where it has none.
func (r *Raw) Name() string { return r.text("name") }

// Profile is the name of the profile, not rendered; empty where the project
// names none.
func (r *Raw) Profile() string { return r.text("profile") }

// ProfilePos is where the project names its profile.
func (r *Raw) ProfilePos() diag.Pos { return r.Doc.Pos("profile") }

// LogPath is the folder that logs go to, not rendered.
func (r *Raw) LogPath() string { return r.text("log-path") }

// TargetPath is the folder that artifacts go to, not rendered; empty where the
// project does not say.
func (r *Raw) TargetPath() string { return r.text("target-path") }

// Flags is the flags: mapping, which other keys of the command line's flags
// fall back to; nil where there is none.
func (r *Raw) Flags() *value.Dict {
	flags, _ := r.dict().GetStr("flags")
	d, _ := flags.(*value.Dict)
	return d
}

func (r *Raw) dict() *value.Dict { return r.Doc.Value.(*value.Dict) }

func (r *Raw) text(key string) string {
	v, _ := r.dict().GetStr(key)
	s, _ := v.(value.Str)
	return string(s)
}
