package engine

import (
	"strings"

	"dex/internal/jinja/value"
)

// templateFlags is `flags` in templates: dbt's names in capitals.
func templateFlags(inv *Invocation) *value.Dict {
	d := value.NewDict(48)
	for name, v := range inv.Flags {
		d.SetStr(strings.ToUpper(name), v)
	}
	for _, f := range settledFlags(inv) {
		d.SetStr(strings.ToUpper(f.name), f.v)
	}
	return d
}

// invocationArgs is invocation_args_dict, and args in run_results.json: what the
// command was given, by dbt's lower-case names.
func invocationArgs(inv *Invocation) *value.Dict {
	d := value.NewDict(48)
	for _, f := range settledFlags(inv) {
		if f.v != value.None {
			d.SetStr(f.name, f.v)
		}
	}
	return d
}

type namedFlag struct {
	name string
	v    value.Value
}

// settledFlags lists the flags that an Invocation has fields for.
func settledFlags(inv *Invocation) []namedFlag {
	return []namedFlag{
		{"which", value.Str(inv.Command)},
		{"invocation_command", value.Str("dbt " + inv.Command)},
		{"project_dir", optional(inv.ProjectDir)},
		{"profiles_dir", optional(inv.ProfilesDir)},
		{"profile", optional(inv.Profile)},
		{"target", optional(inv.Target)},
		{"target_path", optional(inv.TargetPath)},
		{"log_path", optional(inv.LogPath)},
		{"threads", count(inv.Threads)},
		{"vars", vars(inv.Vars)},
		{"full_refresh", value.Bool(inv.FullRefresh)},
		{"fail_fast", value.Bool(inv.FailFast)},
		{"store_failures", storeFailures(inv.StoreFailures)},
		{"empty", value.Bool(inv.Empty)},
		{"select", texts(inv.Select)},
		{"exclude", texts(inv.Exclude)},
		{"selector", optional(inv.Selector)},
		{"resource_types", texts(inv.ResourceTypes)},
		{"exclude_resource_types", texts(inv.NoTypes)},
		{"indirect_selection", optional(inv.Indirect)},
		{"partial_parse", value.Bool(inv.PartialParse)},
		{"write_json", value.Bool(inv.WriteJSON)},
		{"cache_selected_only", value.Bool(inv.CacheSelectedOnly)},
		{"populate_cache", value.Bool(inv.PopulateCache)},
		{"introspect", value.Bool(inv.Introspect)},
		{"version_check", value.Bool(inv.VersionCheck)},
		{"warn_error", value.Bool(inv.WarnError.All)},
		{"macro", optional(inv.Macro)},
		{"args", args(inv.Args)},
		{"sql", optional(inv.SQL)},
		{"inline", optional(inv.Inline)},
	}
}

func optional(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}

func count(n int) value.Value {
	if n == 0 {
		return value.None
	}
	return value.Int(n)
}

func texts(list []string) value.Value {
	l := value.NewList()
	for _, s := range list {
		l.Elems = append(l.Elems, value.Str(s))
	}
	return l
}

func vars(d *value.Dict) value.Value {
	if d == nil {
		return value.NewDict(0)
	}
	return d
}

func args(d *value.Dict) value.Value {
	if d == nil {
		return value.None
	}
	return d
}

func storeFailures(b *bool) value.Value {
	if b == nil {
		return value.None
	}
	return value.Bool(*b)
}
