package deps

import (
	"context"
	"crypto/sha1" //nolint:gosec // dbt's choice; it tells files apart and guards nothing
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/project"
	"dex/internal/yamldoc"
)

// lockFile is the name of the file that pins what packages.yml resolves to.
const lockFile = "package-lock.yml"

// defaults are the keys that dbt adds to an entry, by source, before it hashes it.
var defaults = map[string][]string{
	"git":     {"revision", "subdirectory", "warn-unpinned"},
	"private": {"provider", "revision", "subdirectory", "warn-unpinned"},
	"package": {"install_prerelease"},
}

// hash identifies what packages.yml asks for, as dbt computes it: dex and dbt
// keep each other's lock files.
func hash(list []project.Dependency) string {
	lines := make([]string, len(list))
	for i, d := range list {
		b, err := value.AppendJSON(nil, hashed(d), value.JSONOptions{EnsureASCII: true, SortKeys: true, Default: asText})
		if err != nil {
			panic(fmt.Sprintf("deps: an entry of packages.yml is no JSON: %v", err)) // asText leaves nothing over
		}
		lines[i] = string(b)
	}
	slices.Sort(lines)
	sum := sha1.Sum([]byte(strings.Join(lines, "\n"))) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// hashed is an entry as dbt keeps it: whole numbers as text, keys that are not set
// as null, and the entry as written beside it.
func hashed(d project.Dependency) *value.Dict {
	entry := value.NewDict(8)
	for _, key := range defaults[d.Source] {
		entry.SetStr(key, value.None)
		if key == "install_prerelease" {
			entry.SetStr(key, value.Bool(false))
		}
	}
	d.Spec.Each(func(k, v value.Value) bool {
		switch key := value.ToStr(k); {
		case key == "name" && v == value.None:
		case key == "revision" || key == "version":
			entry.SetStr(key, wholeAsText(v))
		default:
			entry.SetStr(key, v)
		}
		return true
	})
	entry.SetStr("unrendered", d.Raw)
	return entry
}

func wholeAsText(v value.Value) value.Value {
	switch x := v.(type) {
	case value.Int:
		return value.Str(value.ToStr(x))
	case *value.List:
		out := value.NewList()
		for _, e := range x.Elems {
			out.Elems = append(out.Elems, wholeAsText(e))
		}
		return out
	}
	return v
}

// asText stands in for what JSON has no form for, such as a date.
func asText(v value.Value) (value.Value, error) { return value.Str(value.ToStr(v)), nil }

// lock writes package-lock.yml for what asked comes to.
func (in *installer) lock(ctx context.Context, packages []pinned, asked []project.Dependency) error {
	list := value.NewList()
	for _, p := range packages {
		e, err := p.entry()
		if err != nil {
			return err
		}
		m, err := p.metadata(ctx)
		if err != nil {
			in.failed(p.asked(), err)
			continue
		}
		e.SetStr("name", value.Str(m.name))
		list.Elems = append(list.Elems, e)
	}
	if in.faults.HasErrors() {
		return nil
	}
	d := value.NewDict(2)
	d.SetStr("packages", list)
	d.SetStr("sha1_hash", value.Str(hash(asked)))
	if err := writeYAML(in.out.LockFile, d); err != nil {
		return err
	}
	in.emit(event.DepsLockUpdating{LockFilepath: in.out.LockFile})
	return nil
}

// writeYAML writes a file of the project, whole or not at all.
func writeYAML(path string, v value.Value) error {
	name := filepath.Base(path)
	text, err := yamldoc.EncodeFile(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	path = resolved(path) // a link stays a link
	temp, err := os.CreateTemp(filepath.Dir(path), "."+name+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // gone after the rename
	_, err = temp.Write(text)
	if e := temp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(temp.Name(), mode)
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
