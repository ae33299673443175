package deps

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// add writes a package into packages.yml, or into dependencies.yml where that is
// the file with the packages. An entry for the same package is taken out. dbt:
// the file is written anew, without its comments.
func (in *installer) add(a Addition) error {
	name, doc, err := in.packagesFile()
	if err != nil || in.faults.HasErrors() {
		return err
	}
	path := filepath.Join(in.o.Root.Dir, name)
	top, _ := doc.(*value.Dict)
	if top == nil {
		top = value.NewDict(1)
	} else {
		top = top.Clone()
	}
	list := value.NewList()
	if v, _ := top.GetStr("packages"); v != nil {
		old, _ := v.(*value.List)
		if old != nil {
			list.Elems = slices.Clone(old.Elems)
		}
	}
	list.Elems = in.withoutTwins(list.Elems, a.Name)
	list.Elems = append(list.Elems, addedEntry(a))
	top.SetStr("packages", list)
	if err := writeYAML(path, top); err != nil {
		return err
	}
	version := a.Version
	if version == "" {
		version = "None"
	}
	in.emit(event.DepsAddPackage{PackageName: a.Name, Version: version, PackagesFilepath: path})
	return nil
}

// packagesFile is the file with the packages, and what it says.
func (in *installer) packagesFile() (string, value.Value, error) {
	for _, name := range []string{"dependencies.yml", "packages.yml"} {
		src, err := os.ReadFile(filepath.Join(in.o.Root.Dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return "", nil, fmt.Errorf("read %s: %w", name, err)
		}
		doc, faults := yamldoc.Decode(name, src)
		in.faults = append(in.faults, faults...)
		if faults.HasErrors() {
			return "", nil, nil
		}
		d, ok := doc.Value.(*value.Dict)
		if name == "dependencies.yml" {
			if !ok {
				continue
			}
			if _, has := d.GetStr("packages"); !has {
				continue
			}
		} else if !ok && doc.Value != value.None {
			in.faults.Add(doc.Fault(doc.Start(doc.Value), diag.Runtime, "packages-invalid", name+" does not parse to a dictionary"))
		}
		return name, doc.Value, nil
	}
	in.emit(event.Note{Msg: "Created packages.yml"})
	return "packages.yml", nil, nil
}

// addedEntry is the entry for a package.
func addedEntry(a Addition) *value.Dict {
	key, versionKey := a.Source, "version"
	switch a.Source {
	case "hub":
		key = "package"
	case "git":
		versionKey = "revision"
	}
	e := newEntry(key, a.Name)
	switch {
	case a.Version == "":
	case strings.Contains(a.Version, ","):
		versions := value.NewList()
		for _, v := range strings.Split(a.Version, ",") {
			versions.Elems = append(versions.Elems, value.Str(v))
		}
		e.SetStr(versionKey, versions)
	default:
		e.SetStr(versionKey, value.Str(a.Version))
	}
	return e
}

// withoutTwins takes out the entries that stand for the same package: whose
// address or name has the new one's as a part of its path, whether with dashes or
// with underscores.
func (in *installer) withoutTwins(list []value.Value, name string) []value.Value {
	names := []string{name, strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "-", "_")}
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		short := name[i+1:]
		names = append(names, short, strings.ReplaceAll(short, "_", "-"), strings.ReplaceAll(short, "-", "_"))
	}
	var out []value.Value
	for _, v := range list {
		d, ok := v.(*value.Dict)
		if ok && slices.ContainsFunc(names, func(n string) bool { return isPart(n, identifier(d)) }) {
			in.emit(event.DepsFoundDuplicatePackage{Removed: in.o.Clean(value.Repr(loggable(d)))})
			continue
		}
		out = append(out, v)
	}
	return out
}

// identifier is what tells the package of an entry.
func identifier(d *value.Dict) string {
	for _, key := range []string{"package", "git", "local", "tarball", "private"} {
		if v, _ := d.GetStr(key); v != nil && v.Truth() {
			return value.ToStr(v)
		}
	}
	return ""
}

// isPart reports whether name is a whole part of id, between slashes and dots.
func isPart(name, id string) bool {
	i := strings.Index(id, name)
	if i < 0 {
		return false
	}
	end := i + len(name)
	return (i == 0 || strings.IndexByte("/.", id[i-1]) >= 0) && (end == len(id) || strings.IndexByte("/.", id[end]) >= 0)
}

// loggable is an entry without what is neither text nor number.
func loggable(d *value.Dict) *value.Dict {
	out := value.NewDict(d.Len())
	d.Each(func(k, v value.Value) bool {
		switch v.(type) {
		case value.Str, value.Int, value.Float:
			out.SetStr(value.ToStr(k), v)
		}
		return true
	})
	return out
}

// nearName is a word on what an unknown package may be meant to be.
func nearName(name string, known []string) string {
	if near := yamldoc.Nearest(name, known); near != "" {
		return fmt.Sprintf("Did you mean '%s'?", near)
	}
	return ""
}
