package operation

import (
	"math"
	"slices"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/yamldoc"
)

// Layer is one place that configures an operation: a level of dex.yml, an entry of
// a properties file, the config() of its SQL file or the table of its Python file.
type Layer struct {
	Doc *yamldoc.Doc
	// Dict is rendered; Places is the same as it is written, nil where that is Dict.
	Dict, Places *value.Dict
	// What names the layer in messages.
	What string
	// Also are keys of the layer that are none of the configuration: the name of an
	// entry, the folders of a level.
	Also []string
}

// New begins an operation with what holds where nothing is said.
func New() *Operation {
	return &Operation{MaxRows: DefaultMaxRows, Meta: value.NewDict(0), Config: value.NewDict(8)}
}

// Lay lays one more layer over the configuration: tags, hooks, reads and writes
// add up, meta and parameters are merged by name, all other keys are replaced.
// Faults, unknown keys among them, are gathered.
func (op *Operation) Lay(l Layer, faults *diag.List) {
	m := l.Doc.Mapping(l.Dict, l.Places, l.What, faults)
	for _, key := range l.Also {
		m.Has(key)
	}
	op.layPlain(m)
	op.layLists(m)
	op.layParts(m)
	op.layHooks(m)
	op.layParams(m)
	m.Done()
	op.keep(l)
}

// keep notes what a layer says under each key, as selections by config.* and
// artifacts show it.
func (op *Operation) keep(l Layer) {
	l.Dict.Each(func(k, v value.Value) bool {
		key := hookKey(value.ToStr(k))
		if slices.Contains(l.Also, key) || key == "params" || key == "description" {
			return true
		}
		had, _ := op.Config.GetStr(key)
		switch key {
		case "tags", "pre_hook", "post_hook", "reads", "writes":
			v = joined(had, v)
		case "meta":
			v = merged(had, v)
		}
		op.Config.SetStr(key, v)
		return true
	})
}

func joined(a, b value.Value) value.Value {
	out := value.NewList()
	for _, v := range [...]value.Value{a, b} {
		switch x := v.(type) {
		case nil, value.NoneType:
		case *value.List:
			out.Elems = append(out.Elems, x.Elems...)
		default:
			out.Elems = append(out.Elems, v)
		}
	}
	return out
}

func merged(a, b value.Value) value.Value {
	was, ok := a.(*value.Dict)
	next, isDict := b.(*value.Dict)
	if !ok || !isDict {
		return b
	}
	out := was.Clone()
	next.Each(func(k, v value.Value) bool {
		_ = out.Set(k, v) // k was the key of a dict already
		return true
	})
	return out
}

func (op *Operation) layPlain(m *yamldoc.Mapping) {
	op.Description = m.Text("description", op.Description)
	op.layOwner(m)
	op.Disabled = !m.Bool("enabled", !op.Disabled)
	op.Confirm = m.Text("confirm", op.Confirm)
	op.Timeout = m.Duration("timeout", op.Timeout)
	op.Idempotent = m.Bool("idempotent", op.Idempotent)
	op.MaxRows = m.Int("max_rows", op.MaxRows, 0, math.MaxInt)
	op.WorkingDir = m.Text("working_dir", op.WorkingDir)
	if m.Value("transaction") != nil {
		t := m.Bool("transaction", true)
		op.Transaction = &t
	}
	op.Python = m.Text("python", op.Python)
	op.Jinja = m.Bool("jinja", op.Jinja)
	for _, key := range [...]string{"python", "jinja", "env", "working_dir"} {
		if op.Language == SQL && m.Value(key) != nil && isFile(m) {
			m.Fault(key, "wrong-language", key+" is for Python operations; this one is SQL", "Take it out.")
		}
	}
	if op.Language == Python && m.Value("transaction") != nil && isFile(m) {
		m.Fault("transaction", "wrong-language", "transaction is for SQL operations; this one is Python", "Use `with dex.transaction():` around what belongs together.")
	}
}

// isFile tells the operation's own file and its entry from levels of dex.yml, which
// speak of operations of both languages.
func isFile(m *yamldoc.Mapping) bool { return m.Doc.File != "dex.yml" }

// layOwner takes a name, or a mapping with name and email as dbt's groups have it.
func (op *Operation) layOwner(m *yamldoc.Mapping) {
	switch v := m.Value("owner").(type) {
	case nil:
	case *value.Dict:
		c := m.Child("owner", "owner")
		name, mail := c.Text("name", ""), c.Text("email", "")
		c.Done()
		switch {
		case name == "" && mail == "":
			m.Fault("owner", "missing-key", "owner needs a name or an email", "")
		case name == "":
			op.Owner = mail
		case mail == "":
			op.Owner = name
		default:
			op.Owner = name + " <" + mail + ">"
		}
	default:
		_ = v
		op.Owner = m.Text("owner", op.Owner)
	}
}

func (op *Operation) layLists(m *yamldoc.Mapping) {
	for _, t := range m.Texts("tags") {
		if !slices.Contains(op.Tags, t) {
			op.Tags = append(op.Tags, t)
		}
	}
	if v := m.Value("meta"); v != nil {
		if _, ok := v.(*value.Dict); ok {
			op.Meta = merged(op.Meta, v).(*value.Dict)
		} else {
			m.Wrong("meta", "a mapping", v)
		}
	}
	if m.Value("targets") != nil {
		if op.Targets = m.Texts("targets"); len(op.Targets) == 0 {
			m.Fault("targets", "bad-value", "targets is empty: the operation could run nowhere", "Name targets of profiles.yml, or set enabled: false.")
		}
	}
	if m.Value("env") != nil {
		op.Env = m.Texts("env")
	}
	// Kept in Config; who knows the project resolves them.
	m.Texts("reads")
	m.Texts("writes")
}

func (op *Operation) layParts(m *yamldoc.Mapping) {
	if c := m.Child("retries", "retries"); c != nil {
		op.Retries = manifest.Retries{
			Attempts: c.Int("attempts", 1, 1, 1000), Backoff: c.Duration("backoff", 0), MaxBackoff: c.Duration("max_backoff", 0), On: errorClasses(c),
		}
		c.Done()
	}
	if c := m.Child("approval", "approval"); c != nil {
		a := &Approval{By: c.Texts("by"), Count: c.Int("count", 1, 1, 1000), Targets: c.Texts("targets")}
		if len(a.By) == 0 {
			c.Missing("by", "Name the roles that may approve: by: [lead].")
		}
		c.Done()
		op.Approval = a
	}
	if c := m.Child("concurrency", "concurrency"); c != nil {
		op.Concurrency = &Concurrency{Limit: c.Int("limit", 1, 1, math.MaxInt), Key: c.Text("key", "")}
		c.Done()
	}
}

// errorClasses reads the classes of errors after which a try is repeated.
func errorClasses(c *yamldoc.Mapping) []string {
	got := c.Texts("on")
	for _, class := range got {
		if !slices.Contains(classNames, class) {
			hint := "docs/errors.md lists the classes."
			if near := yamldoc.Nearest(class, classNames); near != "" {
				hint = "Did you mean '" + near + "'? " + hint
			}
			c.Fault("on", "bad-value", "there is no class of errors named '"+class+"'", hint)
		}
	}
	return got
}

var classNames = []string{
	string(adapter.ClassConnection), string(adapter.ClassTimeout), string(adapter.ClassCancelled), string(adapter.ClassLock),
	string(adapter.ClassPermission), string(adapter.ClassSyntax), string(adapter.ClassMissing), string(adapter.ClassExists),
	string(adapter.ClassConstraint), string(adapter.ClassData), string(adapter.ClassResource), string(adapter.ClassTemplate),
	string(adapter.ClassScript), string(adapter.ClassDelivery), string(adapter.ClassOther),
}

// layHooks adds hooks, in either spelling of their keys.
func (op *Operation) layHooks(m *yamldoc.Mapping) {
	for _, side := range [...]struct {
		keys [2]string
		to   *[]manifest.Hook
	}{{[2]string{"pre_hook", "pre-hook"}, &op.PreHooks}, {[2]string{"post_hook", "post-hook"}, &op.PostHooks}} {
		if m.Value(side.keys[0]) != nil && m.Value(side.keys[1]) != nil {
			m.Fault(side.keys[1], "hook-twice", side.keys[0]+" and "+side.keys[1]+" are two spellings of one key", "Keep one of them.")
			continue
		}
		for _, key := range side.keys {
			v := m.Value(key)
			if v == nil {
				continue
			}
			for _, h := range joined(nil, v).(*value.List).Elems {
				hook, err := manifest.HookOf(h)
				if err != nil {
					m.Fault(key, "hook-invalid", err.Error(), "")
					continue
				}
				*side.to = append(*side.to, hook)
			}
		}
	}
}

// hookKey is the one spelling of a hook's key.
func hookKey(key string) string {
	switch key {
	case "pre-hook":
		return "pre_hook"
	case "post-hook":
		return "post_hook"
	}
	return key
}

// Late reports whether what stands at a path of an operation's configuration is
// kept as it is written: templates that are rendered when it runs.
func Late(path []string) bool {
	if len(path) == 0 {
		return false
	}
	switch hookKey(path[0]) {
	case "pre_hook", "post_hook", "description", "params":
		return true
	case "concurrency":
		return len(path) > 1 && path[1] == "key"
	}
	return false
}
