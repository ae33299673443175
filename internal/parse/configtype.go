package parse

import (
	"errors"
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// configType is what the value of a config has to be. dbt checks it with a JSON
// schema, whose words are kept.
type configType struct {
	is       func(value.Value) bool
	name     string // JSON's name of the type
	optional bool   // null is allowed, and the message is another
}

func isBool(v value.Value) bool { _, ok := v.(value.Bool); return ok }
func isDict(v value.Value) bool { _, ok := v.(*value.Dict); return ok }
func isInt(v value.Value) bool  { _, ok := v.(value.Int); return ok }

// configTypes lists the types of the configs that dbt checks. Where it wants text
// it takes whatever it gets.
var configTypes = map[string]configType{
	"enabled":        {isBool, "boolean", false},
	"meta":           {isDict, "object", false},
	"persist_docs":   {isDict, "object", false},
	"quoting":        {isDict, "object", false},
	"column_types":   {isDict, "object", false},
	"grants":         {isDict, "object", false},
	"full_refresh":   {isBool, "boolean", true},
	"quote_columns":  {isBool, "boolean", true},
	"store_failures": {isBool, "boolean", true},
	"limit":          {isInt, "integer", true},
}

// classError is what a class of configurations as a whole says against one: no
// key of it has a wrong type. dbt: final_validate.
type classError struct {
	msg string
	// bare is set where dbt gives no heading, wherever the fault stands.
	bare bool
}

func (e *classError) Error() string { return e.msg }

func classErrorf(format string, a ...any) error { return &classError{msg: fmt.Sprintf(format, a...)} }

// configWords gives the class and the words of a fault in a configuration. called
// says that config() of the node's own text has a part in it, or that the kind of
// node has its configuration validated as it is parsed: dbt lets what properties
// and dbt_project.yml alone have wrong end without a heading.
func configWords(err error, called bool) (diag.Class, string) {
	var of *classError
	switch {
	case !errors.As(err, &of):
		return diag.Parsing, err.Error()
	case called && !of.bare:
		return diag.Parsing, "at path []: " + of.msg
	}
	return "", of.msg
}

// checkConfig holds the values that were given against what they have to be.
func checkConfig(c *manifest.Config) error {
	var fail error
	c.EachField(func(k *manifest.Key, at int, v value.Value, set bool) {
		if !set || at < 0 || fail != nil {
			return
		}
		if t, ok := configTypes[k.Name]; ok {
			fail = t.check(k.Name, v)
		}
	})
	switch {
	case fail != nil:
		return fail
	case c.Schema == manifest.TestSchema:
		return checkTestConfig(c)
	case c.Schema == manifest.SeedSchema:
		return checkMaterialized(c, "seed")
	}
	if err := checkNodeColor(c); err != nil {
		return err
	}
	return checkContractConfig(c)
}

func (t configType) check(key string, v value.Value) error {
	if t.is(v) || t.optional && v == value.None {
		return nil
	}
	if t.optional {
		return fmt.Errorf("at path ['%s']: %s is not valid under any of the given schemas", key, value.Repr(v))
	}
	return fmt.Errorf("at path ['%s']: %s is not of type '%s'", key, value.Repr(v), t.name)
}

// checkTestConfig is what dbt asks of the configuration of a test.
func checkTestConfig(c *manifest.Config) error {
	if s := c.Str("severity"); !strings.EqualFold(s, "warn") && !strings.EqualFold(s, "error") {
		return classErrorf("Severity must be either 'warn' or 'error'. Got '%s'", s)
	}
	return checkMaterialized(c, "test")
}

// checkMaterialized refuses a materialization for what can have only one.
func checkMaterialized(c *manifest.Config, want string) error {
	if m := c.Materialized(); m != "" && m != want {
		return classErrorf("A %s must have a materialized value of '%s'", want, want)
	}
	return nil
}

// checkNodeColor refuses a colour for the graph of the docs that no browser knows.
func checkNodeColor(c *manifest.Config) error {
	v, _ := c.Get("docs")
	d, ok := v.(*value.Dict)
	if !ok {
		return nil
	}
	color, _ := d.GetStr("node_color")
	s, ok := color.(value.Str)
	if !ok || s == "" || isColor(string(s)) {
		return nil
	}
	return &classError{"Invalid color name for docs.node_color: " + string(s) + ". It is neither a valid HTML color name nor a valid HEX code.", true}
}

// checkContractConfig refuses a contract on a table whose columns may change
// under it.
func checkContractConfig(c *manifest.Config) error {
	if !c.IsSet("contract") || c.Materialized() != "incremental" || !truth(dictOf(c, "contract"), "enforced", false) {
		return nil
	}
	switch s := c.Str("on_schema_change"); s {
	case "append_new_columns", "fail":
		return nil
	default:
		return classErrorf("Invalid value for on_schema_change: %s. Models materialized as incremental with contracts enabled must set "+
			"on_schema_change to 'append_new_columns' or 'fail'", s)
	}
}
