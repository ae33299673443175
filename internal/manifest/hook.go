package manifest

import (
	"fmt"
	"time"

	"dex/internal/jinja/value"
)

// Hook is one thing that is done around a node or an invocation: a statement, a
// macro, an operation or a notification. With the fields of dbt alone (SQL,
// Transaction, Index) it is dbt's hook; the others are what dex adds, and their
// zero values are what dbt does.
type Hook struct {
	SQL         string // a template
	Transaction bool
	Index       value.Value // nil is null
	// Extended reports that a key of dex's own was given: dex runs the hook by itself,
	// in its place, and not by the statement of dbt's macro.
	Extended bool

	Name string // for people and records; "" is named by event and place
	// Macro is called with Args; Operation is run with Params; Notify are channels
	// that Message is sent to. Of SQL, Macro, Operation and Notify one is set.
	Macro     string
	Args      *value.Dict
	Operation string
	Params    *value.Dict
	Notify    []string
	Message   string // a template
	Severity  string // a notification's; "" is that of the outcome

	On       On
	When     string   // a Jinja expression, "" is always
	Targets  []string // names of targets; nil is all
	Commands []string // of on-run hooks: the commands around which they run; nil is all
	Timeout  time.Duration
	Retries  Retries
	OnError  OnError
}

// On is the outcome of its node, or of the invocation, after which a hook runs.
type On string

// The outcomes. A pre-hook has none but the default.
const (
	OnSuccess On = "" // "success"
	OnFailure On = "failure"
	OnAlways  On = "always"
	OnSkip    On = "skip"
)

// OnError is what the failure of a hook does.
type OnError string

// The policies.
const (
	Fail   OnError = "" // "fail": the node fails
	Warn   OnError = "warn"
	Ignore OnError = "ignore"
)

// Retries say how often and when a hook is tried again. The zero value is one
// attempt.
type Retries struct {
	Attempts            int // all of them, the first included; 0 is 1
	Backoff, MaxBackoff time.Duration
	On                  []string // adapter.ErrorClass; nil is those that pass by themselves
}

// Kind tells what a hook does: "sql", "macro", "operation" or "notify".
func (h *Hook) Kind() string {
	switch {
	case h.Macro != "":
		return "macro"
	case h.Operation != "":
		return "operation"
	case h.Notify != nil:
		return "notify"
	}
	return "sql"
}

// Outcome is h.On in words.
func (h *Hook) Outcome() string {
	if h.On == OnSuccess {
		return "success"
	}
	return string(h.On)
}

// Hooks reads a node's hooks from its configuration; key is "pre-hook" or
// "post-hook".
func (c *Config) Hooks(key string) ([]Hook, error) {
	v, _ := c.Get(key)
	if v == nil || v == value.None {
		return nil, nil
	}
	list := listed(v)
	if len(list) == 0 {
		return nil, nil
	}
	hooks := make([]Hook, 0, len(list))
	for i, e := range list {
		h, err := HookOf(e)
		if err != nil {
			return nil, fmt.Errorf("%s %d: %w", CanonicalKey(key), i+1, err)
		}
		hooks = append(hooks, h)
	}
	return hooks, nil
}

// OnRunHook gives an operation as the hook that it is.
func (n *Node) OnRunHook() (Hook, error) {
	if n.Hook == nil {
		return Hook{SQL: n.Raw}, nil
	}
	return HookOf(n.Hook)
}

// HookOf reads one hook: a text with SQL, a text with a JSON object, or a map.
// The error of a map is HookFaults, with all that is wrong with it.
//
// dbt: a text that is JSON of another kind (a number, say) is taken for what it
// decodes to, and refused for not being a map.
func HookOf(v value.Value) (Hook, error) {
	if s, ok := v.(value.Str); ok {
		decoded, err := value.ParseJSON([]byte(s))
		if err != nil {
			return Hook{SQL: string(s), Transaction: true}, nil
		}
		v = decoded
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return Hook{}, fmt.Errorf("a hook is a text or a map; this is a %s", v.Type())
	}
	if !ExtendedHook(d) {
		return plainHook(d)
	}
	h, faults := readHook(d)
	if len(faults) > 0 {
		return h, faults
	}
	h.Extended = true
	return h, nil
}

// plainHook reads a map with dbt's keys alone.
func plainHook(d *value.Dict) (Hook, error) {
	h := Hook{Transaction: true}
	sql, ok := d.GetStr("sql")
	if !ok {
		return Hook{}, fmt.Errorf("a hook given as a map needs one of the keys sql, macro, operation and notify: %s", value.ToStr(d))
	}
	text, ok := sql.(value.Str)
	if !ok {
		return Hook{}, fmt.Errorf("the sql of a hook is a text; this is a %s", sql.Type())
	}
	h.SQL = string(text)
	if t, ok := d.GetStr("transaction"); ok {
		h.Transaction = t.Truth()
	}
	if i, ok := d.GetStr("index"); ok && i != value.None {
		h.Index = i
	}
	return h, nil
}

// HookDict gives a hook as a map in the form that the manifest shows: dbt's three
// keys, and behind them those of dex's own that were given, as they were written.
func HookDict(d *value.Dict) *value.Dict {
	out := value.NewDict(len(HookKeys))
	out.SetStr("sql", value.Str(""))
	out.SetStr("transaction", value.Bool(true))
	out.SetStr("index", value.None)
	for _, key := range HookKeys {
		if v, ok := hookValue(d, key); ok && (v != value.None || key == "index") {
			out.SetStr(key, v)
		}
	}
	return out
}

// Dict gives a hook of dbt's form as the manifest shows it.
func (h Hook) Dict() *value.Dict {
	d := value.NewDict(3)
	d.SetStr("sql", value.Str(h.SQL))
	d.SetStr("transaction", value.Bool(h.Transaction))
	if h.Index == nil {
		d.SetStr("index", value.None)
	} else {
		d.SetStr("index", h.Index)
	}
	return d
}
