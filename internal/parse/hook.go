package parse

import (
	"errors"
	"fmt"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// hookKeys are the two configs that hold hooks, as the manifest spells them.
var hookKeys = [...]string{"pre-hook", "post-hook"}

// normalHooks gives every hook of c the form {sql, transaction, index}. A text
// is tried as JSON first: before_begin('...') and its sisters give such texts.
func normalHooks(c *manifest.Config, class string) error {
	var wrong hookFaults
	for _, key := range hookKeys {
		if !c.IsSet(key) {
			continue
		}
		v, _ := c.Get(key)
		list, ok := v.(*value.List)
		if !ok {
			list = value.NewList(v)
		}
		hooks, err := hookList(list, key, class)
		var some hookFaults
		switch {
		case errors.As(err, &some):
			wrong = append(wrong, some...)
			continue
		case err != nil:
			return err
		}
		c.Set(key, hooks)
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

func hookList(list *value.List, key, class string) (*value.List, error) {
	dicts := value.NewList()
	for _, h := range list.Elems {
		d, err := hookDict(h)
		if err != nil {
			return nil, err
		}
		dicts.Elems = append(dicts.Elems, d)
	}
	out := value.NewList()
	var wrong hookFaults
	for i, h := range dicts.Elems {
		if d, ok := h.(*value.Dict); ok && manifest.ExtendedHook(d) {
			wrong = append(wrong, hookFaultsOf(d, key, i)...)
			out.Elems = append(out.Elems, manifest.HookDict(d))
			continue
		}
		full, ok := hookRecord(h)
		if !ok {
			if v := notBool(h); v != nil {
				return nil, fmt.Errorf("at path ['%s'][%d]['transaction']: %s is not of type 'boolean'", key, len(out.Elems), value.Repr(v))
			}
			return nil, fmt.Errorf("Field \"%s\" of type List[Hook] in %s has invalid value %s", underscored(key), class, value.Repr(dicts))
		}
		out.Elems = append(out.Elems, full)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return out, nil
}

func underscored(key string) string {
	if key == hookKeys[0] {
		return "pre_hook"
	}
	return "post_hook"
}

// hookDict is dbt's get_hook_dict: a dict stays, a text is JSON or else SQL. The
// result of JSON may be anything; hookRecord judges it.
func hookDict(h value.Value) (value.Value, error) {
	switch x := h.(type) {
	case *value.Dict:
		return x, nil
	case value.Str, value.Markup:
		text := value.ToStr(x)
		if v, err := value.ParseJSON([]byte(text)); err == nil {
			return v, nil
		}
		d := value.NewDict(1)
		d.SetStr("sql", value.Str(text))
		return d, nil
	}
	// dbt: json.loads refuses what is no text.
	return nil, fmt.Errorf("the JSON object must be str, bytes or bytearray, not %s", h.Type())
}

// notBool is the `transaction` of a hook where that is the fault of it.
func notBool(h value.Value) value.Value {
	d, ok := h.(*value.Dict)
	if !ok {
		return nil
	}
	if _, ok := d.GetStr("sql"); !ok {
		return nil
	}
	v, _ := d.GetStr("transaction")
	return v
}

// hookRecord gives a hook all its fields; it is false where h is no hook. Keys
// that dbt does not know are dropped.
func hookRecord(h value.Value) (*value.Dict, bool) {
	d, ok := h.(*value.Dict)
	if !ok {
		return nil, false
	}
	sql, ok := d.GetStr("sql")
	if !ok {
		return nil, false
	}
	out := value.NewDict(3)
	out.SetStr("sql", value.Str(value.ToStr(sql)))
	out.SetStr("transaction", value.Bool(true))
	if v, ok := d.GetStr("transaction"); ok {
		if _, isBool := v.(value.Bool); !isBool {
			return nil, false
		}
		out.SetStr("transaction", v)
	}
	out.SetStr("index", value.None)
	if v, ok := d.GetStr("index"); ok {
		out.SetStr("index", v)
	}
	return out, true
}

// hookTexts are the templates of a configuration's hooks, in the order in which
// dbt renders them.
func hookTexts(c *manifest.Config) []string {
	var out []string
	for _, key := range hookKeys {
		if !c.IsSet(key) {
			continue
		}
		v, _ := c.Get(key)
		list, _ := v.(*value.List)
		if list == nil {
			continue
		}
		for _, h := range list.Elems {
			if d, ok := h.(*value.Dict); ok {
				out = append(out, hookTemplates(d)...)
			}
		}
	}
	return out
}
