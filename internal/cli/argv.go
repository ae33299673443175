package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// spelled gives the words of a command line as the parser takes them.
func spelled(args []string) []string {
	for _, a := range args {
		switch {
		case a == "--":
			return normalize(args, commandsByName())
		case a == "--version" || a == "-V": // dbt: of any command
			return []string{"--version"}
		}
	}
	// A shell asks for completions of the command line behind __complete: the
	// word that is being written stays as it is.
	if n := len(args); n > 2 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		line := normalize(args[1:n-1], commandsByName())
		return append(append([]string{args[0]}, line...), args[n-1])
	}
	return normalize(args, commandsByName())
}

// normalize rewrites a command line as people write it for dbt into one that a
// common flag parser takes: flags before the command go behind it, a flag that
// takes several words takes each by itself, and other spellings become the flag's
// own. What stands behind "--" is left alone.
func normalize(args []string, commands map[string]*commandDef) []string {
	name, rest := splitCommand(args, commands)
	if name == "" {
		// The word of a group alone: it is to say what it has, whatever the flags.
		if i := slices.IndexFunc(args, func(a string) bool { return groups[a] != "" }); i > 0 {
			return slices.Concat(args[i:], args[:i])
		}
		return args
	}
	def := commands[name]
	flags := map[string]*flagDef{}
	for _, f := range def.allFlags() {
		for _, s := range f.spellings() {
			flags[s] = f
		}
	}
	out := append(strings.Fields(name), spell(rest, flags)...)
	if def.name == "list" && slices.ContainsFunc(rest, saysModels) {
		out = append(out, "--resource-type=model")
	}
	return out
}

// saysModels tells the older spelling of --select, which to `list` means models
// and not the tests that come along. dbt: ListTask.
func saysModels(word string) bool {
	word, _, _ = strings.Cut(word, "=")
	return word == "-m" || word == "--models" || word == "--model"
}

// spell writes each flag in its own spelling, with its value attached.
func spell(args []string, flags map[string]*flagDef) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return append(out, args[i:]...)
		}
		word, val, attached := strings.Cut(a, "=")
		f := flags[word]
		if f == nil || !strings.HasPrefix(a, "-") {
			out = append(out, a)
			continue
		}
		switch {
		case f.kind == boolean:
			out = append(out, strings.Replace(a, word, "--"+f.name, 1))
		case f.kind == list:
			var words []string
			if attached {
				words = strings.Fields(val)
			}
			// dbt: words behind --select=a belong to it as well.
			for i+1 < len(args) && !isFlag(args[i+1]) {
				i++
				words = append(words, strings.Fields(args[i])...)
			}
			if len(words) == 0 {
				out = append(out, "--"+f.name) // the parser tells that a value is missing
			}
			for _, w := range words {
				out = append(out, "--"+f.name+"="+w)
			}
		case attached:
			out = append(out, "--"+f.name+"="+val)
		case i+1 < len(args):
			i++
			out = append(out, "--"+f.name+"="+args[i])
		default:
			out = append(out, "--"+f.name)
		}
	}
	return out
}

// isFlag tells flags from words; "-1" is a number.
func isFlag(s string) bool {
	return len(s) > 1 && s[0] == '-' && (s[1] < '0' || s[1] > '9')
}

// splitCommand finds the command's name, also behind flags, and gives it with
// the words around it. The name is "" where there is none.
func splitCommand(args []string, commands map[string]*commandDef) (name string, rest []string) {
	flags := valueFlags(commands)
	group, groupAt := "", 0
	for i := 0; i < len(args); i++ {
		a := args[i]
		if commands[group+a] != nil {
			rest = append(append([]string(nil), args[:i]...), args[i+1:]...)
			if group != "" {
				rest = slices.Delete(rest, groupAt, groupAt+1)
			}
			return group + a, rest
		}
		if !isFlag(a) {
			if groups[a] == "" || group != "" {
				return "", nil // an unknown command: the parser says so
			}
			group, groupAt = a+" ", i
			continue
		}
		f := flags[a]
		if f == nil {
			continue
		}
		i++
		for f.kind == list && i+1 < len(args) && !isFlag(args[i+1]) && commands[args[i+1]] == nil && groups[args[i+1]] == "" {
			i++
		}
	}
	return "", nil
}

// valueFlags are all flags that take a word, by every spelling.
func valueFlags(commands map[string]*commandDef) map[string]*flagDef {
	out := map[string]*flagDef{}
	add := func(defs []*flagDef) {
		for _, f := range defs {
			if f.kind != boolean {
				for _, s := range f.spellings() {
					out[s] = f
				}
			}
		}
	}
	add(globalFlags)
	for _, def := range commands {
		add(def.flags)
	}
	return out
}
