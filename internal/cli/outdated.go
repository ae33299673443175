package cli

import (
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/event"
)

// warnOutdated tells of ways to set flags that dbt means to give up: older
// spellings on the command line, older variables, names that it keeps for itself.
func (s *settings) warnOutdated(args, environ []string) {
	add := func(event, code, summary string) {
		s.warnings.Add(diag.Diagnostic{Severity: diag.Warning, Event: event, Code: code, Summary: summary})
	}
	for _, o := range s.renamed {
		add("EnvironmentVariableRenamed", "variable-renamed", "The environment variable `"+o.old+"` has been renamed as `"+o.name+"`. Please set that one.")
	}
	for _, word := range [...]string{"--models", "--model", "-m"} {
		if slices.Contains(args, word) {
			add("ModelParamUsageDeprecation", "models-flag", "Usage of `--models`, `--model`, and `-m` is deprecated in favor of `--select` or `-s`.")
		}
	}
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, event.EnginePrefix) && !event.IsEngineVariable(name) {
			add("EnvironmentVariableNamespaceDeprecation", "variable-reserved", "Found custom environment variable `"+name+
				"` in the environment. The prefix `"+event.EnginePrefix+"` is reserved for dbt engine environment variables. Custom environment variables with it may lead to unexpected behavior.")
		}
	}
}

// renaming is a variable of older times that was found.
type renaming struct{ old, name string }

// olderVariables are variables of older times, by the flag that they set. They win
// over the command line, as in dbt.
var olderVariables = map[string]struct {
	name   string
	negate bool
}{
	"print":       {"DBT_NO_PRINT", true},
	"defer":       {"DBT_DEFER_TO_STATE", false},
	"favor-state": {"DBT_FAVOR_STATE_MODE", false},
	"state":       {"DBT_ARTIFACT_STATE_PATH", false},
}

// takeOlder lets a variable of older times set its flag.
func (s *settings) takeOlder(f *flagDef, env func(string) (string, bool)) {
	o, ok := olderVariables[f.name]
	if !ok {
		return
	}
	v, ok := env(o.name)
	if !ok || v == "" {
		return
	}
	if o.negate {
		if yes, known := truth(v); known && yes {
			v = "false"
		} else if known {
			v = "true"
		}
	}
	s.put(f, []string{v}, o.name)
	s.renamed = append(s.renamed, renaming{o.name, event.EnginePrefix + strings.ToUpper(f.key())})
}
