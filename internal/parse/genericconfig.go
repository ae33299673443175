package parse

import "dex/internal/jinja/value"

// testConfigFault is a value of a test's configuration that cannot be rendered.
type testConfigFault struct{ text string }

func (f *testConfigFault) Error() string { return f.text }

// takeConfig takes what is configuration out of the arguments and renders it.
func (p *parser) takeConfig(g *genericTest) error {
	g.config = value.NewDict(2)
	var nested *value.Dict
	if v, ok := g.args.GetStr("config"); ok {
		if nested, ok = v.(*value.Dict); !ok {
			return &testFault{"'config' must be a dict, got " + pyType(v) + " (value " + value.ToStr(v) + ")"}
		}
	}
	for _, key := range testConfigKeys {
		v, given := g.args.GetStr(key)
		g.args.Delete(value.Str(key))
		if nested != nil {
			inner, both := nested.GetStr(key)
			if given && v.Truth() && both {
				return &testFault{"Test cannot have the same key at the top-level and in config"}
			}
			if !given || !v.Truth() {
				v, given = inner, both
				nested.Delete(value.Str(key))
			}
		}
		if given {
			if err := p.setTestConfig(g, key, v); err != nil {
				return err
			}
		}
	}
	if nested == nil {
		return nil
	}
	p.takeTestHooks(g, nested)
	g.args.Delete(value.Str("config"))
	var err error
	nested.Each(func(k, v value.Value) bool {
		err = p.setTestConfig(g, value.ToStr(k), v)
		return err == nil
	})
	return err
}

// setTestConfig renders one value of a test's configuration; none is as good as
// absent.
func (p *parser) setTestConfig(g *genericTest, key string, v value.Value) error {
	if s, ok := v.(value.Str); ok && hasTags(string(s)) {
		got, err := p.inv.Native(p.ctx, s, g.target.pkg.Name, &g.target.e.notes)
		if err != nil {
			return &testConfigFault{"The " + g.target.name + "." + orText(g.column, "None") + " column's \"" + g.name +
				"\" test could not be rendered in its " + key + " configuration argument: " + plain(err) +
				".\nPlease note that the generic test configuration parser currently does not support using custom macros to populate configuration values"}
		}
		v = got
	}
	if v != value.None {
		g.config.SetStr(key, v)
	}
	return nil
}

// takeTestHooks takes the hooks out of a test's config, to be rendered when they
// run. Without dex.yml dbt's ways stand: they are keys like others, and get lost when
// all is merged.
func (p *parser) takeTestHooks(g *genericTest, nested *value.Dict) {
	given := false
	for _, event := range hookKeys {
		given = given || len(hooksIn(nested, event)) > 0
	}
	if !given || !p.proj.Dex.Present {
		return
	}
	g.hooks = value.NewDict(2)
	joinHooks(g.hooks, nested)
	for _, event := range hookKeys {
		nested.Delete(value.Str(event))
		nested.Delete(value.Str(underscored(event)))
	}
}
