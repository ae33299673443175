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
		"invocation_command": value.Str("dbt " + strings.Join(withoutParams(args), " ")),
		"strict_mode":        value.Bool(false),
	}
	for _, f := range s.defs {
		if f.own && s.from[f.name] == "" {
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
	case pairs:
		names := value.NewList()
		for _, w := range namesAlone(s.lists[f.name]) {
			names.Elems = append(names.Elems, value.Str(w))
		}
		return names
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

// withoutParams is a command line without the values of parameters: any of them may
// be a secret, and nobody has read yet which.
func withoutParams(args []string) []string {
	out := make([]string, len(args))
	copy(out, args)
	for i, a := range args {
		word, val, attached := strings.Cut(a, "=")
		pair := word == "--param" || word == "-p"
		if before, rest, short := strings.Cut(a, "p"); !pair && short && len(rest) > 0 && shortSwitches(before) { // -ptoken=x
			out[i] = before + "p" + namesAlone([]string{strings.TrimPrefix(rest, "=")})[0]
			continue
		} else if short && rest == "" && shortSwitches(before) { // -yp token=x
			pair = true
		}
		if !pair && word != "--params" {
			continue
		}
		switch {
		case attached && pair:
			out[i] = word + "=" + namesAlone([]string{val})[0]
		case attached:
			out[i] = word + "=*****"
		case i+1 < len(args) && pair:
			out[i+1] = namesAlone(args[i+1 : i+2])[0]
		case i+1 < len(args):
			out[i+1] = "*****"
		}
	}
	return out
}

// shortSwitches reports whether a word is a dash and short flags that take no value.
func shortSwitches(word string) bool {
	return strings.HasPrefix(word, "-") && strings.Trim(word[1:], "dfhqxy") == ""
}

// namesAlone gives NAME=***** for each NAME=VALUE. A word without `=` may be a value
// whose name was forgotten.
func namesAlone(given []string) []string {
	out := make([]string, len(given))
	for i, g := range given {
		name, _, ok := strings.Cut(g, "=")
		if out[i] = "*****"; ok {
			out[i] = name + "=*****"
		}
	}
	return out
}
