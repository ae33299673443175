package cli

import "strings"

// normalize rewrites a command line as people write it for dbt into one that a
// common flag parser takes: flags before the command go behind it, a flag that
// takes several words takes each by itself, and other spellings become the flag's
// own. What stands behind "--" is left alone.
func normalize(args []string, commands map[string]*commandDef) []string {
	name, rest := splitCommand(args, commands)
	if name == "" {
		return args
	}
	def := commands[name]
	flags := map[string]*flagDef{}
	for _, f := range with(globalFlags, def.flags...) {
		flags["--"+f.name] = f
		if f.short != "" {
			flags["-"+f.short] = f
		}
		for _, a := range f.alias {
			dash := "--"
			if len(a) == 1 {
				dash = "-"
			}
			flags[dash+a] = f
		}
	}
	return append([]string{name}, spell(rest, flags)...)
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
			words := []string{val}
			if !attached {
				words = nil
				for i+1 < len(args) && !isFlag(args[i+1]) {
					i++
					words = append(words, args[i])
				}
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
	takesValue := map[string]bool{}
	for _, f := range globalFlags {
		if f.kind != boolean {
			takesValue["--"+f.name] = true
			if f.short != "" {
				takesValue["-"+f.short] = true
			}
		}
	}
	for _, def := range commands {
		for _, f := range def.flags {
			if f.kind != boolean {
				takesValue["--"+f.name] = true
				if f.short != "" {
					takesValue["-"+f.short] = true
				}
			}
		}
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		if commands[a] != nil {
			return a, append(append([]string(nil), args[:i]...), args[i+1:]...)
		}
		if !isFlag(a) {
			return "", nil // an unknown command: the parser says so
		}
		if takesValue[a] {
			i++
		}
	}
	return "", nil
}
