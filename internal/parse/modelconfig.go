package parse

import (
	"fmt"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// settleModel gives what a model's configuration says about freshness, failures
// and the pointer to its latest version the form that dbt gives it, and refuses
// what dbt refuses. dbt: ModelConfig.__pre_deserialize__, __post_init__.
func settleModel(c *manifest.Config) error {
	if v, ok := c.Get("on_error"); ok && v != nil && v != value.None {
		if s := value.ToStr(v); s != "continue" && s != "skip_children" {
			return fmt.Errorf("Field \"on_error\" of type Optional[ModelOnErrorOptions] in ModelConfig has invalid value %s", value.Repr(v))
		}
	}
	if !c.IsSet("freshness") {
		return nil
	}
	given, _ := c.Get("freshness")
	var after value.Value
	if d, ok := given.(*value.Dict); ok {
		after, _ = d.GetStr("build_after")
	}
	if after == nil { // dbt: what says nothing of building is dropped
		c.Unset("freshness")
		return nil
	}
	build, err := buildAfter(after)
	if err != nil {
		return err
	}
	out := value.NewDict(1)
	out.SetStr("build_after", build)
	c.Set("freshness", out)
	return nil
}

// buildAfter is a build_after with all its fields, and no others.
func buildAfter(given value.Value) (*value.Dict, error) {
	invalid := fmt.Errorf("Field \"build_after\" of type ModelBuildAfter in ModelFreshness has invalid value %s", value.Repr(given))
	d, ok := given.(*value.Dict)
	if !ok {
		return nil, invalid
	}
	count, period, updates := optionalOrNone(d, "count"), optionalOrNone(d, "period"), optionalOrNone(d, "updates_on")
	if updates == value.None {
		updates = value.Str("any")
	}
	switch value.ToStr(updates) {
	case "any", "all":
	default:
		return nil, invalid
	}
	if period != value.None {
		switch value.ToStr(period) {
		case "minute", "hour", "day":
		default:
			return nil, invalid
		}
	}
	switch {
	case period != value.None && count == value.None:
		return nil, &classError{"`freshness.build_after` must have a value for `count` if a `period` is provided", true}
	case period == value.None && count != value.None:
		return nil, &classError{"`freshness.build_after` must have a value for `period` if a `count` is provided", true}
	}
	out := value.NewDict(3)
	out.SetStr("count", count)
	out.SetStr("period", period)
	out.SetStr("updates_on", updates)
	return out, nil
}
