package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// templateFlags gives the settled flags as templates see them in `flags` and
// invocation_args_dict: by dbt's names, in dbt's types.
func (s *settings) templateFlags(args []string) map[string]value.Value {
	out := map[string]value.Value{
		"invocation_command": value.Str("dbt " + strings.Join(s.masked(args), " ")),
		"strict_mode":        value.Bool(false),
	}
	for _, f := range s.defs {
		if f.own && s.from[f.name] == "" || f.private {
			continue
		}
		out[f.key()] = s.flagValue(f)
	}
	if out["profiles_dir"] == value.None {
		out["profiles_dir"] = value.Str(s.defaultProfilesDir())
	}
	out["warn_error_options"] = warnErrorValue(s.dict("warn-error-options"))
	return out
}

// masked are the words of the command line without the values of private flags.
func (s *settings) masked(args []string) []string {
	out := append([]string(nil), args...)
	for i, a := range out {
		word, _, attached := strings.Cut(a, "=")
		for _, f := range s.defs {
			if !f.private || word != "--"+f.name {
				continue
			}
			if attached {
				out[i] = word + "=*****"
			} else if i+1 < len(out) {
				out[i+1] = "*****"
			}
		}
	}
	return out
}

// defaultProfilesDir is where profiles.yml is looked for when nothing says where:
// the project's folder where it has one, else ~/.dbt.
func (s *settings) defaultProfilesDir() string {
	dir := s.given["project-dir"]
	if home, err := os.UserHomeDir(); err == nil && !isFile(filepath.Join(dir, "profiles.yml")) {
		return filepath.Join(home, ".dbt")
	}
	return dir
}

// flagValue is one flag's value; None is a flag that nothing set and that has no
// default.
func (s *settings) flagValue(f *flagDef) value.Value {
	written, ok := s.given[f.name]
	if !ok {
		written = f.def
	}
	switch f.kind {
	case list:
		words := value.NewList()
		for _, w := range s.lists[f.name] {
			words.Elems = append(words.Elems, value.Str(w))
		}
		return words
	case mapping:
		if d := s.dict(f.name); d != nil {
			return d
		}
		return value.None
	case boolean:
		// "auto" is what dex finds out by itself; templates see dbt's default.
		b, known := truth(written)
		return value.Bool(b || !known && written != "")
	case number:
		n, err := strconv.Atoi(written)
		if err != nil {
			return value.None // not set: what is set has been checked
		}
		return value.Int(n)
	}
	if written == "" {
		return value.None
	}
	if f.read != nil {
		v, err := f.read(written)
		if err != nil {
			return value.None // not set: what is set has been checked
		}
		return v
	}
	return value.Str(written)
}
