package render

import (
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// configObject is `config`: while parsing its calls are noted and its getters
// give the empty text; afterwards calls do nothing and getters read the node.
// dbt: ParseConfigObject, RuntimeConfigObject.
type configObject struct{ f *Frame }

func (c *configObject) Type() string               { return "Config" }
func (c *configObject) Truth() bool                { return true }
func (c *configObject) AppendStr(b []byte) []byte  { return append(b, "<config>"...) }
func (c *configObject) AppendRepr(b []byte) []byte { return c.AppendStr(b) }

// Call is {{ config(...) }}: one dict or keywords.
func (c *configObject) Call(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	if c.f.Phase != Parse {
		return value.Str(""), nil
	}
	var opts *value.Dict
	switch {
	case len(args) == 1 && len(kw) == 0:
		d, ok := args[0].(*value.Dict)
		if !ok {
			return nil, compileErrorf("Invalid inline model config")
		}
		opts = d.Clone()
	case len(args) == 0 && len(kw) > 0:
		opts = value.NewDict(len(kw))
		for _, a := range kw {
			opts.SetStr(a.Name, a.Value)
		}
	default:
		return nil, compileErrorf("Invalid inline model config")
	}
	if err := hyphenHooks(opts); err != nil {
		return nil, err
	}
	if err := value.CheckTree(opts); err != nil {
		return nil, err
	}
	at := t.At
	if len(c.f.stack) > 0 {
		at = c.f.outermost
	}
	c.f.notes.Configs = append(c.f.notes.Configs, opts)
	c.f.notes.ConfigsAt = append(c.f.notes.ConfigsAt, int(at))
	return value.Str(""), nil
}

// hyphenHooks renames pre_hook and post_hook; both spellings at once are a fault.
func hyphenHooks(opts *value.Dict) error {
	for old, key := range map[string]string{"pre_hook": "pre-hook", "post_hook": "post-hook"} {
		v, ok := opts.GetStr(old)
		if !ok {
			continue
		}
		if _, both := opts.GetStr(key); both {
			return compileErrorf("Invalid config, has conflicting keys %q and %q", old, key)
		}
		opts.Delete(value.Str(old))
		opts.SetStr(key, v)
	}
	return nil
}

// Attr implements value.Getter: the methods, and the node itself as config.model.
func (c *configObject) Attr(name string) (value.Value, bool) {
	if name == "model" {
		v := nodeModel(c.f)
		return v, v != nil
	}
	fn, ok := configMethods[name]
	if !ok {
		return nil, false
	}
	return fn.bind(c.f, name), true
}

var configMethods = map[string]function{
	"get": {[]string{"name", "default?", "validator?"}, func(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
		if f.Phase == Parse {
			return value.Str(""), nil
		}
		got, ok := f.configValue(value.ToStr(v[0]))
		if !ok {
			return orNone(v[1]), nil
		}
		return got, validate(t, v[2], got)
	}},
	"require": {[]string{"name", "validator?"}, func(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
		if f.Phase == Parse {
			return value.Str(""), nil
		}
		name := value.ToStr(v[0])
		got, ok := f.configValue(name)
		if !ok {
			return nil, compileErrorf("Model '%s' does not define a required config parameter '%s'.", f.id(), name)
		}
		return got, validate(t, v[1], got)
	}},
	"meta_get": {[]string{"name", "default?", "validator?"}, func(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
		if f.Phase == Parse {
			return value.Str(""), nil
		}
		got, ok := f.metaValue(v[0])
		if !ok {
			return orNone(v[1]), nil
		}
		return got, validate(t, v[2], got)
	}},
	"meta_require": {[]string{"name", "validator?"}, func(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
		if f.Phase == Parse {
			return value.Str(""), nil
		}
		got, ok := f.metaValue(v[0])
		if !ok {
			return nil, compileErrorf("Model '%s' does not define a required config parameter '%s'.", f.id(), value.ToStr(v[0]))
		}
		return got, validate(t, v[1], got)
	}},
	"set": {[]string{"name", "value"}, func(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
		d := value.NewDict(1)
		d.SetStr(value.ToStr(v[0]), v[1])
		return (&configObject{f}).Call(t, []value.Value{d}, nil)
	}},
	"persist_relation_docs": {nil, func(f *Frame, _ *value.Thread, _ []value.Value) (value.Value, error) {
		return f.persistDocs("relation")
	}},
	"persist_column_docs": {nil, func(f *Frame, _ *value.Thread, _ []value.Value) (value.Value, error) { return f.persistDocs("columns") }},
}

func orNone(v value.Value) value.Value {
	if v == nil {
		return value.None
	}
	return v
}

// validate calls a validator such as validation.any[...] on a config value.
func validate(t *value.Thread, validator, v value.Value) error {
	if validator == nil || validator == value.None {
		return nil
	}
	_, err := value.Call(t, validator, []value.Value{v}, nil)
	return err
}

func (f *Frame) id() manifest.ID {
	if f.Node == nil {
		return ""
	}
	return f.Node.ID
}

// snapshotColumnNames are the names of a snapshot's own columns, those that
// snapshot_meta_column_names changes among them. dbt: a property of the config
// that no file can set.
func snapshotColumnNames(n *manifest.Node) (value.Value, bool) {
	if n.Kind != manifest.KindSnapshot {
		return nil, false
	}
	given, _ := n.Config.Get("snapshot_meta_column_names")
	out := value.NewDict(5)
	for _, name := range []string{"dbt_valid_from", "dbt_valid_to", "dbt_scd_id", "dbt_updated_at", "dbt_is_deleted"} {
		out.SetStr(name, value.Str(name))
		if d, ok := given.(*value.Dict); ok {
			if v, ok := d.GetStr(name); ok && v.Truth() {
				out.SetStr(name, v)
			}
		}
	}
	return out, true
}

// configValue reads a config of the node. Lists and maps are copied: the node is
// shared, and a template may change what it gets.
func (f *Frame) configValue(name string) (value.Value, bool) {
	if f.Node == nil {
		return nil, false
	}
	switch name {
	case "pre-hook", "post-hook": // dbt: the names of files are not those of templates
		return nil, false
	case "pre_hook":
		name = "pre-hook"
	case "post_hook":
		name = "post-hook"
	case "snapshot_table_column_names":
		return snapshotColumnNames(f.Node)
	}
	v, ok := f.Node.Config.Get(name)
	if !ok || v == nil {
		return nil, false
	}
	return value.Copy(v), true
}

func (f *Frame) metaValue(name value.Value) (value.Value, bool) {
	m, ok := f.configValue("meta")
	if !ok {
		return nil, false
	}
	d, ok := m.(*value.Dict)
	if !ok {
		return nil, false
	}
	return d.Get(name)
}

func (f *Frame) persistDocs(part string) (value.Value, error) {
	if f.Phase == Parse {
		return value.Bool(false), nil
	}
	v, ok := f.configValue("persist_docs")
	if !ok || v == value.None {
		return value.Bool(false), nil
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return nil, compileErrorf("Invalid value provided for 'persist_docs'. Expected dict but received %s", v.Type())
	}
	if p, ok := d.GetStr(part); ok {
		return p, nil
	}
	return value.Bool(false), nil
}
