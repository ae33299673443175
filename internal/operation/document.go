package operation

import (
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// File is the artifact that holds the operations of a project. dbt's manifest.json
// knows nothing of them.
const File = "dex_manifest.json"

// Schema is the form of File; docs/operations.md describes it.
const Schema = "dex_manifest/v1"

// Meta is what File says of itself.
type Meta struct{ DexVersion, Project, Adapter string }

// Document gives File's contents. They depend on the project alone, not on the
// time or the invocation. Defaults of hidden parameters are masked.
func Document(s *Set, m Meta) ([]byte, error) {
	ops, off := value.NewDict(8), value.NewDict(2)
	parents, children := value.NewDict(8), map[string][]value.Value{}
	for _, op := range s.All() {
		d := op.Dict()
		d.SetStr("raw_code", value.Str(op.Raw))
		if op.Disabled {
			off.SetStr(string(op.ID), d)
			continue
		}
		ops.SetStr(string(op.ID), d)
		parents.SetStr(string(op.ID), ids(op.Reads))
		for _, id := range op.Writes {
			children[string(op.ID)] = append(children[string(op.ID)], value.Str(id))
		}
	}
	below := value.NewDict(len(children))
	for _, op := range s.Enabled() {
		below.SetStr(string(op.ID), value.NewList(children[string(op.ID)]...))
	}
	meta := dict("dex_schema_version", value.Str(Schema), "dex_version", value.Str(m.DexVersion), "project_name", value.Str(m.Project), "adapter_type", value.Str(m.Adapter))
	top := dict("metadata", meta, "operations", ops, "disabled", off, "parent_map", parents, "child_map", below)
	return value.AppendJSON(nil, top, value.JSONOptions{Default: jsonText})
}

// jsonText gives dates and the like as JSON has them.
func jsonText(v value.Value) (value.Value, error) { return value.Str(value.ToStr(v)), nil }

// JSONText is how values that JSON has no form for are written: decimals, dates,
// timestamps as texts.
func JSONText(v value.Value) (value.Value, error) { return jsonText(v) }

// Dict gives an operation as artifacts and `--output json` show it.
func (op *Operation) Dict() *value.Dict {
	d := dict(
		"unique_id", value.Str(op.ID), "resource_type", value.Str("operation"), "name", value.Str(op.Name), "package_name", value.Str(op.Package),
		"group", text(op.Group), "path", value.Str(op.Path), "patch_path", text(op.Patch), "language", value.Str(op.Language),
		"fqn", texts(op.FQN), "description", value.Str(op.Description), "owner", text(op.Owner), "tags", texts(op.Tags), "meta", op.Meta,
		"enabled", value.Bool(!op.Disabled),
	)
	params := value.NewList()
	for _, p := range op.Params {
		params.Elems = append(params.Elems, p.Dict())
	}
	d.SetStr("params", params)
	op.policyInto(d)
	d.SetStr("pre_hooks", hooks(op.PreHooks, op.PrePos))
	d.SetStr("post_hooks", hooks(op.PostHooks, op.PostPos))
	d.SetStr("depends_on", dict("nodes", ids(op.Reads), "macros", ids(op.Macros)))
	d.SetStr("writes", ids(op.Writes))
	return d
}

// policyInto adds when and how the operation runs.
func (op *Operation) policyInto(d *value.Dict) {
	d.SetStr("targets", listOrNone(op.Targets))
	d.SetStr("transaction", value.None)
	if op.Transaction != nil {
		d.SetStr("transaction", value.Bool(*op.Transaction))
	}
	d.SetStr("timeout", seconds(op.Timeout))
	r := op.Retries
	d.SetStr("retries", dict("attempts", value.Int(max(r.Attempts, 1)), "backoff", seconds(r.Backoff), "max_backoff", seconds(r.MaxBackoff), "on", listOrNone(r.On)))
	d.SetStr("idempotent", value.Bool(op.Idempotent))
	d.SetStr("confirm", text(op.Confirm))
	d.SetStr("approval", value.None)
	if a := op.Approval; a != nil {
		d.SetStr("approval", dict("by", texts(a.By), "count", value.Int(a.Count), "targets", listOrNone(a.Targets)))
	}
	d.SetStr("concurrency", value.None)
	if c := op.Concurrency; c != nil {
		d.SetStr("concurrency", dict("limit", value.Int(c.Limit), "key", text(c.Key)))
	}
	d.SetStr("max_rows", value.Int(op.MaxRows))
	if op.Language == Python {
		d.SetStr("env", texts(op.Env))
		d.SetStr("python", text(op.Python))
		d.SetStr("working_dir", text(op.WorkingDir))
		d.SetStr("dependencies", texts(op.Dependencies))
		d.SetStr("requires_python", text(op.RequiresPython))
		d.SetStr("jinja", value.Bool(op.Jinja))
	}
}

// Dict gives a parameter as artifacts and `--output json` show it.
func (p *Param) Dict() *value.Dict {
	d := dict("name", value.Str(p.Name), "type", value.Str(p.Type), "description", value.Str(p.Description), "required", value.Bool(p.Required), "default", value.None)
	switch {
	case p.Default == nil:
	case p.Hidden():
		d.SetStr("default", value.Str("*****"))
	default:
		d.SetStr("default", p.Default)
	}
	for _, k := range [...]struct {
		key string
		v   value.Value
	}{{"min", p.Min}, {"max", p.Max}} {
		if k.v != nil {
			d.SetStr(k.key, k.v)
		}
	}
	if len(p.Enum) > 0 {
		d.SetStr("enum", value.NewList(p.Enum...))
	}
	if p.MinLength != nil {
		d.SetStr("min_length", value.Int(*p.MinLength))
	}
	if p.MaxLength != nil {
		d.SetStr("max_length", value.Int(*p.MaxLength))
	}
	for _, k := range [...]struct{ key, v string }{{"pattern", p.Pattern}, {"from_query", p.FromQuery}, {"env", p.Env}} {
		if k.v != "" {
			d.SetStr(k.key, value.Str(k.v))
		}
	}
	if p.Item != nil {
		item := p.Item.Dict()
		item.Delete(value.Str("name"))
		item.Delete(value.Str("required"))
		d.SetStr("item", item)
	}
	d.SetStr("secret", value.Bool(p.Hidden()))
	return d
}

func hooks(list []manifest.Hook, at []diag.Pos) *value.List {
	out := value.NewList()
	for i := range list {
		out.Elems = append(out.Elems, hookDict(&list[i], at[i]))
	}
	return out
}

// hookDict shows what a hook says; keys that it does not have are left out.
func hookDict(h *manifest.Hook, at diag.Pos) *value.Dict {
	d := dict("kind", value.Str(h.Kind()), "on", value.Str(h.Outcome()), "origin", value.Str(at.String()))
	for _, k := range [...]struct{ key, v string }{
		{"name", h.Name}, {"sql", h.SQL}, {"macro", h.Macro}, {"operation", h.Operation}, {"message", h.Message}, {"severity", h.Severity},
		{"when", h.When}, {"on_error", string(h.OnError)},
	} {
		if k.v != "" {
			d.SetStr(k.key, value.Str(k.v))
		}
	}
	if h.Args != nil {
		d.SetStr("args", h.Args)
	}
	if h.Params != nil {
		d.SetStr("params", h.Params)
	}
	if h.Notify != nil {
		d.SetStr("notify", texts(h.Notify))
	}
	if h.Targets != nil {
		d.SetStr("targets", texts(h.Targets))
	}
	if h.Timeout > 0 {
		d.SetStr("timeout", seconds(h.Timeout))
	}
	return d
}

func dict(pairs ...any) *value.Dict {
	d := value.NewDict(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		d.SetStr(pairs[i].(string), pairs[i+1].(value.Value))
	}
	return d
}

func text(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}

func texts[T ~string](list []T) *value.List {
	out := value.NewList()
	for _, s := range list {
		out.Elems = append(out.Elems, value.Str(s))
	}
	return out
}

func ids(list []manifest.ID) *value.List { return texts(list) }

func listOrNone(list []string) value.Value {
	if list == nil {
		return value.None
	}
	return texts(list)
}

// seconds is a length of time; none where there is none.
func seconds(d time.Duration) value.Value {
	if d == 0 {
		return value.None
	}
	return value.Float(d.Seconds())
}
