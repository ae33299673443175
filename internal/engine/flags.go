package engine

import (
	"sort"
	"strings"

	"dex/internal/jinja/value"
)

// templateFlags is `flags` in templates: dbt's names in capitals. What the
// command line settled (Invocation.Flags) wins over what the Invocation's fields
// tell, so that a program that fills the fields alone gives templates the same.
func templateFlags(inv *Invocation, project *value.Dict) *value.Dict {
	d := value.NewDict(96)
	for _, f := range behaviours {
		d.SetStr(strings.ToUpper(f.name), value.Bool(f.on))
	}
	if project != nil {
		project.Each(func(k, v value.Value) bool {
			if name := value.ToStr(k); isBehaviour(name) {
				d.SetStr(strings.ToUpper(name), v)
			}
			return true
		})
	}
	for _, f := range settledFlags(inv) {
		d.SetStr(strings.ToUpper(f.name), f.v)
	}
	for name, v := range inv.Flags {
		if v != value.None {
			d.SetStr(strings.ToUpper(name), v)
		}
	}
	return d
}

// falseByDefault are the flags that invocation_args_dict leaves out where they
// are off. dbt: args_to_dict.
var falseByDefault = map[string]bool{
	"debug": true, "full_refresh": true, "fail_fast": true, "warn_error": true, "single_threaded": true,
	"log_cache_events": true, "store_failures": true, "use_experimental_parser": true,
}

// invocationArgs is invocation_args_dict, and args in run_results.json: what
// templates see of the flags, by dbt's lower-case names, sorted.
func invocationArgs(flags *value.Dict) *value.Dict {
	d := value.NewDict(flags.Len())
	names := make([]string, 0, flags.Len())
	flags.Each(func(k, v value.Value) bool {
		name := strings.ToLower(value.ToStr(k))
		if v != value.None && !(falseByDefault[name] && v == value.Bool(false)) {
			names = append(names, name)
		}
		return true
	})
	sort.Strings(names)
	for _, name := range names {
		v, _ := flags.GetStr(strings.ToUpper(name))
		d.SetStr(name, v)
	}
	return d
}

// behaviours are the flags that dbt_project.yml alone sets, with dbt 1.12's
// defaults. dbt: ProjectFlags.
var behaviours = []struct {
	name string
	on   bool
}{
	{"allow_jinja_file_extensions", false},
	{"enable_grouped_warn_error_parser_logs", false},
	{"latest_version_pointer_enabled_by_default", false},
	{"require_all_warnings_handled_by_warn_error", true},
	{"require_batched_execution_for_custom_microbatch_strategy", true},
	{"require_corrected_analysis_fqns", false},
	{"require_explicit_package_overrides_for_builtin_materializations", true},
	{"require_generic_test_arguments_property", true},
	{"require_nested_cumulative_type_params", true},
	{"require_ref_searches_node_package_before_root", false},
	{"require_resource_names_without_spaces", true},
	{"require_source_and_semantic_model_names_without_spaces", false},
	{"require_sql_header_in_test_configs", false},
	{"require_unique_project_resource_names", false},
	{"require_valid_schema_from_generate_schema_name", false},
	{"require_yaml_configuration_for_mf_time_spines", true},
	{"skip_nodes_if_on_run_start_fails", true},
	{"source_freshness_run_project_hooks", true},
	{"state_modified_compare_more_unrendered_values", true},
	{"state_modified_compare_vars", false},
	{"support_custom_ref_kwargs", false},
	{"use_catalogs_v2", false},
	{"validate_macro_args", true},
}

func isBehaviour(name string) bool {
	for _, f := range behaviours {
		if f.name == name {
			return true
		}
	}
	return false
}

type namedFlag struct {
	name string
	v    value.Value
}

// settledFlags lists the flags that an Invocation has fields for.
func settledFlags(inv *Invocation) []namedFlag {
	return []namedFlag{
		{"which", value.Str(inv.which())},
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
		{"empty", onlyTrue(inv.Empty)},
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
		{"state", optional(inv.State)},
		{"defer", value.Bool(inv.Defer)},
		{"defer_state", optional(inv.DeferState)},
		{"favor_state", value.Bool(inv.FavorState)},
		{"introspect", value.Bool(inv.Introspect)},
		{"version_check", value.Bool(inv.VersionCheck)},
		{"warn_error", onlyTrue(inv.WarnError.All)},
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

// onlyTrue is a flag that is None where it is not set.
func onlyTrue(b bool) value.Value {
	if b {
		return value.Bool(true)
	}
	return value.None
}

func count(n int) value.Value {
	if n == 0 {
		return value.None
	}
	return value.Int(n)
}

func texts(list []string) value.Value {
	if len(list) == 0 {
		return value.None
	}
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
	return value.Bool(b != nil && *b)
}
