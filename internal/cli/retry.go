package cli

import (
	"strings"

	"dex/internal/engine"
	"dex/internal/jinja/value"
)

// ownOfRetry are the flags that a retry has of its own, whatever the former
// command had: where things lie and, beside what dbt says, how they are shown.
// dbt: IGNORE_PARENT_FLAGS.
var ownOfRetry = map[string]bool{
	"log-path": true, "profiles-dir": true, "project-dir": true, "target-path": true, "warn-error": true, "defer-state": true,
	"log-format": true, "log-format-file": true, "log-level": true, "log-level-file": true, "log-file-max-bytes": true,
	"debug": true, "quiet": true, "print": true, "use-colors": true, "use-colors-file": true, "printer-width": true, "record-timing-info": true,
}

// givenToRetry are the flags that a retry takes in place of the former command's where
// they are given to it. dbt: the first two.
var givenToRetry = map[string]bool{"vars": true, "threads": true, "hooks": true, "skip-hooks": true}

// retry makes of inv, a retry, the invocation of the former command: with its
// flags, but for those that a retry has of its own, and for --vars and --threads
// where they are given. Where there is nothing to take up again inv comes back as
// it is: the engine tells why. dbt: RetryTask.
func (s *settings) retry(p *Process, inv engine.Invocation) (engine.Invocation, error) {
	former, err := engine.ReadFormer(&inv, inv.State)
	if err != nil {
		return inv, nil
	}
	def := commandsByName()[former.Command]
	if former.Command == "generate" {
		def = commandsByName()["docs generate"]
	}
	if def == nil {
		return inv, nil
	}
	defs := with(globalFlags, def.flags...)
	then, err := settle(defs, func(f *flagDef) ([]string, bool) {
		if own := ownOfRetry[f.name]; own || s.from[f.name] == "--"+f.name && givenToRetry[f.name] {
			if f.kind == list {
				return s.lists[f.name], true
			}
			v, ok := s.given[f.name]
			return []string{v}, ok && s.from[f.name] != ""
		}
		return formerWords(f, former.Args)
	}, p.getenv, s.given["project-dir"])
	if err != nil {
		return inv, err
	}
	again := then.invocation(former.Command)
	again.Flags, again.Former = then.templateFlags(p.Args), former
	if macro, ok := former.Args.GetStr("macro"); ok && macro != value.None {
		again.Macro = value.ToStr(macro)
		again.Flags["macro"] = macro
	}
	if s.bool("full-refresh", false) && s.from["full-refresh"] == "--full-refresh" && !again.FullRefresh {
		s.notes = append(s.notes, "retry goes by the flags of the former command, which had no --full-refresh: give it to that command.")
	}
	return again, nil
}

// formerWords writes a flag of run_results.json as a command line would. What is
// at its default is left to variables and to dbt_project.yml, as dbt does.
func formerWords(f *flagDef, args *value.Dict) ([]string, bool) {
	v, ok := args.GetStr(f.key())
	if !ok || v == value.None {
		return nil, false
	}
	switch x := v.(type) {
	case *value.List:
		var words []string
		for _, e := range x.Elems {
			words = append(words, value.ToStr(e))
		}
		return words, len(words) > 0
	case *value.Dict:
		if empty(x) {
			return nil, false
		}
		text, err := flagText(x)
		return []string{text}, err == nil
	case value.Bool:
		on := f.def == "true" || f.def == "auto"
		return []string{strings.ToLower(value.ToStr(x))}, bool(x) != on
	}
	text := value.ToStr(v)
	return []string{text}, text != f.def
}

// empty reports whether a map holds nothing, or nothing but empty lists:
// warn_error_options that nobody set.
func empty(d *value.Dict) bool {
	none := true
	d.Each(func(_, v value.Value) bool {
		none = !v.Truth()
		return none
	})
	return none
}
