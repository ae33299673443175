package project

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// check says what is wrong with a value, in the words of dbt's validator; empty
// where nothing is.
type check func(v value.Value) string

// keys are the keys of dbt_project.yml with what their values must be. dbt: any
// other key is an error.
var keys = map[string]check{
	"name":                  isName,
	"version":               isVersion,
	"config-version":        optional(isInteger),
	"profile":               optional(isString),
	"project-root":          optional(isString),
	"model-paths":           optional(isStrings),
	"source-paths":          optional(isStrings),
	"macro-paths":           optional(isStrings),
	"seed-paths":            optional(isStrings),
	"data-paths":            optional(isStrings),
	"test-paths":            optional(isStrings),
	"analysis-paths":        optional(isStrings),
	"docs-paths":            optional(isStrings),
	"asset-paths":           optional(isStrings),
	"function-paths":        optional(isStrings),
	"osi-paths":             optional(isStrings),
	"snapshot-paths":        optional(isStrings),
	"clean-targets":         optional(isStrings),
	"target-path":           optional(isString),
	"log-path":              optional(isString),
	"packages-install-path": optional(isString),
	"quoting":               optional(isQuoting),
	"on-run-start":          optional(isHooks),
	"on-run-end":            optional(isHooks),
	"require-dbt-version":   optional(either(isString, isStrings)),
	"dispatch":              isDispatch,
	"models":                orNone(isObject),
	"seeds":                 orNone(isObject),
	"snapshots":             orNone(isObject),
	"analyses":              isObject,
	"sources":               isObject,
	"tests":                 isObject,
	"data_tests":            isObject,
	"unit_tests":            isObject,
	"metrics":               isObject,
	"semantic-models":       isObject,
	"saved-queries":         isObject,
	"exposures":             isObject,
	"functions":             isObject,
	"vars":                  optional(isObject),
	"packages":              isArray,
	"query-comment":         optional(isQueryComment),
	"restrict-access":       isBool,
	"dbt-cloud":             optional(isObject),
	"flags":                 isObject,
}

// outdatedPaths are keys of older times, with dbt's event for each; a value that is
// the default is passed over.
var outdatedPaths = []struct{ key, instead, otherwise, event, advice string }{
	{"source-paths", "model-paths", "", "ConfigSourcePathDeprecation", ""},
	{"data-paths", "seed-paths", "", "ConfigDataPathDeprecation", ""},
	{"log-path", "", "logs", "ConfigLogPathDeprecation", "Use the flag --log-path or the variable DBT_LOG_PATH."},
	{"target-path", "", "target", "ConfigTargetPathDeprecation", "Use the flag --target-path or the variable DBT_TARGET_PATH."},
}

// warnOutdated tells of keys of older times.
func warnOutdated(doc *yamldoc.Doc, raw, d *value.Dict) diag.List {
	var out diag.List
	for _, o := range outdatedPaths {
		v, ok := d.GetStr(o.key)
		if !ok || o.otherwise != "" && v == value.Str(o.otherwise) {
			continue
		}
		f := doc.Fault(doc.KeyPos(raw, o.key), "", "outdated-path", fmt.Sprintf("The `%s` config in `%s` has been deprecated", o.key, ProjectFile))
		f.Severity, f.Event, f.Hint = diag.Warning, o.event, o.advice
		if o.instead != "" {
			f.Summary = fmt.Sprintf("The `%s` config has been renamed to `%s`", o.key, o.instead)
		}
		out.Add(f)
	}
	return out
}

// validate holds the rendered dbt_project.yml against the keys. Places come from
// the document's own mapping raw, which has the same keys.
func (b *builder) validate() diag.List {
	doc, raw, d := b.doc, b.raw, b.d
	var out diag.List
	at := func(key string, pos diag.Pos, reason string) {
		where := ""
		if key != "" {
			where = value.Repr(value.Str(key))
		}
		out.Add(doc.Fault(pos, diag.Runtime, "project-invalid", fmt.Sprintf("at path [%s]: %s", where, reason)))
	}
	for i := range d.Len() {
		k, v := d.At(i)
		key := value.ToStr(k)
		test, known := keys[key]
		if !known {
			at("", doc.KeyPos(raw, key), fmt.Sprintf("Additional properties are not allowed (%s was unexpected)", value.Repr(k)))
			if near := yamldoc.Nearest(key, keyNames); near != "" {
				out[len(out)-1].Hint = fmt.Sprintf("Did you mean '%s'?", near)
			}
			continue
		}
		reason := test(v)
		switch {
		case reason == "":
		case !hasMapHooks(key, v):
			at(key, doc.ValuePos(raw, key), reason)
		case !b.dex:
			at(key, doc.ValuePos(raw, key), reason)
			out[len(out)-1].Hint = "dbt takes texts here. dex takes maps too in a project with a " + DexFile + " beside " + ProjectFile + "; an empty one will do."
		}
	}
	if _, ok := d.GetStr("name"); !ok {
		f := doc.Fault(doc.Start(raw), diag.Runtime, "project-invalid", `Required "name" field not present in project`)
		f.Hint = "Add a line such as name: my_project."
		out.Add(f)
	}
	validateTogether(d, func(key, reason string) { at("", doc.KeyPos(raw, key), reason) })
	for _, pair := range [][2]string{{"source-paths", "model-paths"}, {"data-paths", "seed-paths"}} {
		if has(d, pair[0]) && has(d, pair[1]) {
			out.Add(doc.Fault(doc.KeyPos(raw, pair[0]), diag.Runtime, "project-invalid", fmt.Sprintf(
				"%s and %s cannot both be defined. The `%s` config has been deprecated in favor of `%s`. Please update your `%s` configuration to reflect this change.",
				pair[0], pair[1], pair[0], pair[1], ProjectFile)))
		}
	}
	return out
}

// validateTogether is what dbt checks beyond single keys.
func validateTogether(d *value.Dict, fault func(key, reason string)) {
	if name, ok := d.GetStr("name"); ok {
		if s, ok := name.(value.Str); ok && slices.Contains(bannedNames, string(s)) {
			fault("name", fmt.Sprintf("Invalid project name: %s is a reserved word", s))
		}
	}
	if v, ok := d.GetStr("config-version"); ok && isInteger(v) == "" && v != value.Int(2) {
		fault("config-version", fmt.Sprintf("Got an unexpected project version=%s, expected 2", value.ToStr(v)))
	}
	tests, _ := d.GetStr("tests")
	data, _ := d.GetStr("data_tests")
	if tests != nil && data != nil && tests.Truth() && data.Truth() {
		fault("tests", "Invalid project config: cannot have both 'tests' and 'data_tests' defined")
	}
	dispatch, _ := d.GetStr("dispatch")
	if l, ok := dispatch.(*value.List); ok {
		for _, entry := range l.Elems {
			if e, ok := entry.(*value.Dict); ok && !validDispatch(e) {
				fault("dispatch", "Invalid project dispatch config: "+value.Repr(e))
			}
		}
	}
}

func validDispatch(e *value.Dict) bool {
	order, _ := e.GetStr("search_order")
	_, isList := order.(*value.List)
	return has(e, "macro_namespace") && isList
}

func has(d *value.Dict, key string) bool {
	_, ok := d.GetStr(key)
	return ok
}

var keyNames = func() []string {
	names := make([]string, 0, len(keys))
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}()

// bannedNames are names that templates use for other things.
var bannedNames = strings.Fields(`_sql_results adapter api column config context database env env_var
	exceptions execute flags fromjson fromyaml graph invocation_id load_agate_table load_result log model
	modules post_hooks pre_hooks ref render return run_started_at schema source sql sql_now store_result
	store_raw_result target this tojson toyaml try_or_compiler_error var write`)

const anyOf = " is not valid under any of the given schemas"

func notType(v value.Value, name string) string {
	return fmt.Sprintf("%s is not of type '%s'", value.Repr(v), name)
}

func isString(v value.Value) string {
	if _, ok := v.(value.Str); !ok {
		return notType(v, "string")
	}
	return ""
}

func isBool(v value.Value) string {
	if _, ok := v.(value.Bool); !ok {
		return notType(v, "boolean")
	}
	return ""
}

func isInteger(v value.Value) string {
	if _, ok := v.(value.Int); !ok {
		return notType(v, "integer")
	}
	return ""
}

func isObject(v value.Value) string {
	if _, ok := v.(*value.Dict); !ok {
		return notType(v, "object")
	}
	return ""
}

func isArray(v value.Value) string {
	if _, ok := v.(*value.List); !ok {
		return notType(v, "array")
	}
	return ""
}

func isStrings(v value.Value) string {
	l, ok := v.(*value.List)
	if !ok {
		return notType(v, "array")
	}
	for _, item := range l.Elems {
		if isString(item) != "" {
			return notType(item, "string")
		}
	}
	return ""
}

// isHooks admits one text too: dbt makes a list of it before it looks.
func isHooks(v value.Value) string {
	if isString(v) == "" {
		return ""
	}
	return isStrings(v)
}

// hasMapHooks reports whether v are on-run hooks of which some are maps, which dbt
// refuses.
func hasMapHooks(key string, v value.Value) bool {
	if key != "on-run-start" && key != "on-run-end" {
		return false
	}
	list := []value.Value{v}
	if l, ok := v.(*value.List); ok {
		list = l.Elems
	}
	maps := false
	for _, e := range list {
		_, isMap := e.(*value.Dict)
		if maps = maps || isMap; !isMap && isString(e) != "" {
			return false
		}
	}
	return maps
}

func isDispatch(v value.Value) string {
	l, ok := v.(*value.List)
	if !ok {
		return notType(v, "array")
	}
	for _, item := range l.Elems {
		if reason := isObject(item); reason != "" {
			return reason
		}
	}
	return ""
}

func isQuoting(v value.Value) string {
	return mappingOf(v, map[string]check{
		"schema": optional(isBool), "database": optional(isBool), "project": optional(isBool),
		"identifier": optional(isBool), "snowflake_ignore_case": optional(isBool),
	})
}

func isQueryComment(v value.Value) string {
	if isString(v) == "" {
		return ""
	}
	return mappingOf(v, map[string]check{"comment": isString, "append": optional(isBool), "job-label": isBool})
}

func mappingOf(v value.Value, known map[string]check) string {
	d, ok := v.(*value.Dict)
	if !ok {
		return notType(v, "object")
	}
	for i := range d.Len() {
		k, item := d.At(i)
		test, ok := known[value.ToStr(k)]
		if !ok {
			return fmt.Sprintf("Additional properties are not allowed (%s was unexpected)", value.Repr(k))
		}
		if reason := test(item); reason != "" {
			return reason
		}
	}
	return ""
}

// optional admits null. dbt's validator then no longer says what was wrong.
func optional(test check) check {
	return func(v value.Value) string {
		if v == value.None || test(v) == "" {
			return ""
		}
		return value.Repr(v) + anyOf
	}
}

// orNone admits null, which dbt takes for an empty mapping.
func orNone(test check) check {
	return func(v value.Value) string {
		if v == value.None {
			return ""
		}
		return test(v)
	}
}

func either(a, b check) check {
	return func(v value.Value) string {
		if a(v) == "" || b(v) == "" {
			return ""
		}
		return value.Repr(v) + anyOf
	}
}

func isName(v value.Value) string {
	s, ok := v.(value.Str)
	if !ok {
		return notType(v, "string")
	}
	for i, r := range string(s) {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsNumber(r)) {
			return notName(v)
		}
	}
	if s == "" {
		return notName(v)
	}
	return ""
}

func notName(v value.Value) string {
	return fmt.Sprintf(`%s does not match '^[^\\d\\W]\\w*$'`, value.Repr(v))
}

// versionText is a version of two or three numbers, three with the usual extras.
var versionText = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?$`)

// isVersion checks version. dbt: an integer passes its first check and fails its
// second, as text.
func isVersion(v value.Value) string {
	switch x := v.(type) {
	case value.NoneType, value.Float:
		return ""
	case value.Str:
		if versionText.MatchString(string(x)) {
			return ""
		}
	case value.Int:
		return value.Repr(value.Str(value.ToStr(v))) + anyOf
	}
	return value.Repr(v) + anyOf
}
