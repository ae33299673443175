package operation

import (
	"errors"
	"math"
	"slices"

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

// MappingKeys are the keys whose values are mappings: in the tree of dex.yml they
// need a +, or they are folders.
var MappingKeys = []string{"meta", "retries", "approval", "concurrency"}

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
	op.layHooks(m, faults)
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
	switch m.Value("owner").(type) {
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

// errorClasses reads the classes of errors after which a try is repeated. YAML 1.1
// reads the key `on` as true.
func errorClasses(c *yamldoc.Mapping) []string {
	got := c.Texts("on")
	c.Has("True")
	if v, ok := c.Dict.Get(value.Bool(true)); ok && got == nil {
		for _, e := range joined(nil, v).(*value.List).Elems {
			got = append(got, value.ToStr(e))
		}
	}
	for _, class := range got {
		if !slices.Contains(manifest.ErrorClasses, class) {
			hint := "docs/errors.md lists the classes."
			if near := yamldoc.Nearest(class, manifest.ErrorClasses); near != "" {
				hint = "Did you mean '" + near + "'? " + hint
			}
			c.Fault("on", "bad-value", "there is no class of errors named '"+class+"'", hint)
		}
	}
	return got
}

// layHooks adds hooks, in either spelling of their keys.
func (op *Operation) layHooks(m *yamldoc.Mapping, faults *diag.List) {
	for _, side := range [...]struct {
		keys  [2]string
		event string
		to    *[]manifest.Hook
		at    *[]diag.Pos
	}{
		{[2]string{"pre_hook", "pre-hook"}, "pre-hook", &op.PreHooks, &op.PrePos},
		{[2]string{"post_hook", "post-hook"}, "post-hook", &op.PostHooks, &op.PostPos},
	} {
		if m.Value(side.keys[0]) != nil && m.Value(side.keys[1]) != nil {
			m.Fault(side.keys[1], "hook-twice", side.keys[0]+" and "+side.keys[1]+" are two spellings of one key", "Keep one of them.")
			continue
		}
		for _, key := range side.keys {
			if v := m.Value(key); v != nil {
				for i, h := range joined(nil, v).(*value.List).Elems {
					r := hookReader{m: m, key: key, at: itemPos(m, key, i), event: side.event, faults: faults}
					if hook, ok := r.read(h); ok {
						*side.to, *side.at = append(*side.to, hook), append(*side.at, r.at)
					}
				}
			}
		}
	}
}

// itemPos is where item i of a key stands; the value's own place where it is no
// list.
func itemPos(m *yamldoc.Mapping, key string, i int) diag.Pos {
	if v, ok := m.Places().GetStr(key); ok {
		if l, ok := v.(*value.List); ok {
			return m.Doc.ItemPos(l, i)
		}
	}
	return m.Doc.ValuePos(m.Places(), key)
}

// hookReader reads one hook of an operation.
type hookReader struct {
	m          *yamldoc.Mapping
	key, event string
	at         diag.Pos
	faults     *diag.List
}

// read reads a hook. It is false after a fault. All keys that dex does not know are
// faults here: dbt has no operations, and so there are no hooks of its to forgive.
func (r hookReader) read(v value.Value) (manifest.Hook, bool) {
	hook, err := manifest.HookOf(v)
	var all manifest.HookFaults
	if d, ok := v.(*value.Dict); ok {
		all = manifest.UnknownHookKeys(d)
	}
	var own manifest.HookFaults
	switch {
	case errors.As(err, &own):
		all = append(all, own...)
	case err != nil:
		all = append(all, manifest.HookFault{Msg: err.Error()})
	default:
		all = append(all, hook.Misplaced(r.event)...)
	}
	for _, f := range all {
		r.fault(v, f)
	}
	return hook, len(all) == 0
}

func (r hookReader) fault(v value.Value, f manifest.HookFault) {
	at := r.at
	if d, ok := v.(*value.Dict); ok && f.Key != "" {
		if pos := r.m.Doc.KeyPos(d, f.Key); pos.Line > 0 {
			at = pos
		}
	}
	out := r.m.Doc.Fault(at, diag.Runtime, "hook-invalid", r.event+" of "+r.m.What()+": "+f.Msg)
	if near := yamldoc.Nearest(f.Got, f.Words); near != "" {
		out.Hint = "Did you mean '" + near + "'?"
	}
	r.faults.Add(out)
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
