package manifest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dex/internal/jinja/value"
)

// hookActs are the keys of which a hook has exactly one: what it does.
var hookActs = [...]string{"sql", "macro", "operation", "notify"}

// HookKeys are the keys of a hook given as a map, in the order in which the
// manifest shows them. The first three are dbt's.
var HookKeys = []string{
	"sql", "transaction", "index", "name", "macro", "args", "operation", "params", "notify", "message", "severity",
	"on", "when", "targets", "commands", "timeout", "retries", "on_error",
}

var (
	retryKeys  = []string{"attempts", "backoff", "max_backoff", "on"}
	onWords    = []string{"success", "failure", "always", "skip"}
	policies   = []string{"fail", "warn", "ignore"}
	severities = []string{"info", "warning", "error", "critical"}
	// ErrorClasses are the words of adapter.ErrorClass, which `retries` may name.
	ErrorClasses = []string{
		"connection", "timeout", "cancelled", "lock", "permission", "syntax", "missing", "exists", "constraint", "data",
		"resource", "template", "script", "delivery", "other",
	}
	hookCommands = []string{"run", "build", "test", "seed", "snapshot", "freshness", "retry"}
)

// maxAttempts bounds `retries: {attempts: n}`.
const maxAttempts = 100

// HookFault is one thing that is wrong with a hook given as a map.
type HookFault struct {
	Key string // "" is the map as a whole
	Msg string
	// Got is the word that is not one of Words, where that is the fault.
	Got   string
	Words []string
}

// HookFaults are all faults of a hook.
type HookFaults []HookFault

func (f HookFaults) Error() string {
	out := make([]string, len(f))
	for i := range f {
		out[i] = f[i].Msg
	}
	return strings.Join(out, "\n")
}

// ExtendedHook reports whether a map has a key of dex's own, and so is more than
// dbt's hook.
func ExtendedHook(d *value.Dict) bool {
	for _, key := range HookKeys[3:] {
		if _, ok := hookValue(d, key); ok {
			return true
		}
	}
	return false
}

// hookValue gives what stands under key. YAML 1.1 reads the key `on` as true.
func hookValue(d *value.Dict, key string) (value.Value, bool) {
	v, ok := d.GetStr(key)
	if !ok && key == "on" {
		v, ok = d.Get(value.Bool(true))
	}
	return v, ok
}

// UnknownHookKeys lists the keys of a hook, and of its retries, that neither dbt
// nor dex has, each with the keys that there are.
//
// dbt drops them without a word.
func UnknownHookKeys(d *value.Dict) []HookFault {
	out := unknownKeys(d, "a hook", HookKeys)
	if v, ok := d.GetStr("retries"); ok {
		if r, isDict := v.(*value.Dict); isDict {
			out = append(out, unknownKeys(r, "the retries of a hook", retryKeys)...)
		}
	}
	return out
}

func unknownKeys(d *value.Dict, what string, known []string) (out []HookFault) {
	d.Each(func(k, _ value.Value) bool {
		key := value.ToStr(k)
		if k != value.Bool(true) && !slices.Contains(known, key) {
			out = append(out, HookFault{Key: key, Msg: "Unknown key '" + key + "' of " + what, Got: key, Words: known})
		}
		return true
	})
	return out
}

// hookForm reads a hook given as a map and gathers what is wrong with it.
type hookForm struct {
	d      *value.Dict
	faults HookFaults
}

// readHook reads a hook with dex's own keys.
func readHook(d *value.Dict) (Hook, HookFaults) {
	f := &hookForm{d: d}
	h := Hook{
		Transaction: f.truth("transaction", true), SQL: f.text("sql"), Name: f.text("name"), Macro: f.text("macro"), Args: f.dict("args"),
		Operation: f.text("operation"), Params: f.dict("params"), Notify: f.texts("notify"), Message: f.text("message"),
		Severity: f.word("severity", severities), When: f.expression("when"), Targets: f.texts("targets"),
		Commands: f.words("commands", hookCommands), Timeout: f.duration("timeout"),
	}
	if v, ok := d.GetStr("index"); ok && v != value.None {
		h.Index = v
	}
	if on := On(f.word("on", onWords)); on != "success" {
		h.On = on
	}
	if policy := OnError(f.word("on_error", policies)); policy != "fail" {
		h.OnError = policy
	}
	h.Retries = f.retries()
	f.whole(&h)
	return h, f.faults
}

// whole checks what keys mean together.
func (f *hookForm) whole(h *Hook) {
	var acts []string
	for _, key := range hookActs {
		if v, ok := f.d.GetStr(key); ok && v != value.None && (key != "sql" || v.Truth()) {
			acts = append(acts, key)
		}
	}
	if _, empty := f.d.GetStr("sql"); len(acts) == 0 && !empty {
		f.fault("", "a hook needs one of the keys sql, macro, operation and notify: it has nothing to do")
	}
	if len(acts) > 1 {
		f.fault(acts[1], "a hook does one thing: it has one of the keys sql, macro, operation and notify, not "+strings.Join(acts, " and "))
	}
	for _, pair := range [][2]string{{"args", "macro"}, {"params", "operation"}, {"message", "notify"}, {"severity", "notify"}} {
		if _, has := f.d.GetStr(pair[0]); has && !slices.Contains(acts, pair[1]) {
			f.fault(pair[0], "the key "+pair[0]+" of a hook belongs to "+pair[1]+", which it does not have")
		}
	}
	if slices.Contains(acts, "notify") && len(h.Notify) == 0 {
		f.fault("notify", "notify of a hook names no channel")
	}
}

func (f *hookForm) fault(key, msg string) { f.faults = append(f.faults, HookFault{Key: key, Msg: msg}) }

func (f *hookForm) wrong(key, want string, v value.Value) {
	f.fault(key, fmt.Sprintf("the key %s of a hook has to be %s; %s is a %s", key, want, value.Repr(v), v.Type()))
}

// value gives what stands under key; nil where nothing does, or null.
func (f *hookForm) value(key string) value.Value {
	v, ok := hookValue(f.d, key)
	if !ok || v == value.None {
		return nil
	}
	return v
}

func (f *hookForm) text(key string) string {
	switch v := f.value(key).(type) {
	case nil:
	case value.Str:
		return string(v)
	case value.Markup:
		return value.ToStr(v)
	default:
		f.wrong(key, "a text", v)
	}
	return ""
}

func (f *hookForm) truth(key string, def bool) bool {
	switch v := f.value(key).(type) {
	case nil:
	case value.Bool:
		return bool(v)
	default:
		f.wrong(key, "true or false", v)
	}
	return def
}

func (f *hookForm) dict(key string) *value.Dict {
	switch v := f.value(key).(type) {
	case nil:
	case *value.Dict:
		return v
	default:
		f.wrong(key, "a map", v)
	}
	return nil
}

// texts reads a text or a list of texts.
func (f *hookForm) texts(key string) []string {
	v := f.value(key)
	if v == nil {
		return nil
	}
	out := []string{}
	for _, e := range listed(v) {
		s, ok := e.(value.Str)
		if !ok {
			f.wrong(key, "a text or a list of texts", v)
			return nil
		}
		out = append(out, string(s))
	}
	return out
}

func (f *hookForm) word(key string, words []string) string {
	got := f.text(key)
	f.among(key, got, words)
	return got
}

func (f *hookForm) words(key string, words []string) []string {
	got := f.texts(key)
	for _, w := range got {
		f.among(key, w, words)
	}
	return got
}

func (f *hookForm) among(key, got string, words []string) {
	if got != "" && !slices.Contains(words, got) {
		f.faults = append(f.faults, HookFault{
			Key: key, Got: got, Words: words,
			Msg: fmt.Sprintf("the key %s of a hook may not be '%s': it is one of %s", key, got, strings.Join(words, ", ")),
		})
	}
}

// expression reads `when`: an expression with or without braces, or a truth value.
func (f *hookForm) expression(key string) string {
	if v, ok := f.value(key).(value.Bool); ok {
		return value.ToStr(v)
	}
	return strings.TrimSpace(f.text(key))
}

func (f *hookForm) duration(key string) time.Duration { return f.lengthOf(f.value(key), key) }

func (f *hookForm) lengthOf(v value.Value, key string) time.Duration {
	if v == nil || v == value.None {
		return 0
	}
	d, err := value.ParseDuration(v)
	switch {
	case err != nil:
		f.fault(key, fmt.Sprintf("the key %s of a hook: %v; write it as 500ms, 30s, 5m or 2h", key, err))
	case d == 0:
		f.fault(key, "the key "+key+" of a hook may not be 0")
	}
	return d
}

func (f *hookForm) retries() Retries {
	d := f.dict("retries")
	if d == nil {
		if n, ok := f.value("retries").(value.Int); ok { // retries: 3
			f.faults = slices.DeleteFunc(f.faults, func(x HookFault) bool { return x.Key == "retries" })
			return Retries{Attempts: f.attempts(n)}
		}
		return Retries{}
	}
	sub := &hookForm{d: d}
	r := Retries{Backoff: sub.duration("backoff"), MaxBackoff: sub.duration("max_backoff"), On: sub.words("on", ErrorClasses)}
	switch n := sub.value("attempts").(type) {
	case value.Int:
		r.Attempts = sub.attempts(n)
	case nil:
		sub.fault("attempts", "the key retries of a hook needs attempts: how often it is tried, the first time included")
	default:
		sub.wrong("attempts", "an integer", n)
	}
	if r.MaxBackoff > 0 && r.MaxBackoff < r.Backoff {
		sub.fault("max_backoff", "the key max_backoff of a hook's retries is less than its backoff")
	}
	f.faults = append(f.faults, sub.faults...)
	return r
}

func (f *hookForm) attempts(n value.Int) int {
	if n < 1 || n > maxAttempts {
		f.fault("attempts", fmt.Sprintf("attempts of a hook's retries has to be from 1 to %d; it is %d", maxAttempts, int64(n)))
		return 0
	}
	return int(n)
}

// Misplaced tells what a hook has that means nothing at its event: "pre-hook",
// "post-hook", "on-run-start" or "on-run-end".
func (h *Hook) Misplaced(event string) HookFaults {
	var out HookFaults
	if h.On != OnSuccess && (event == "pre-hook" || event == "on-run-start") {
		out = append(out, HookFault{Key: "on", Msg: fmt.Sprintf(
			"a %s cannot have on: %s: nothing has happened yet when it runs; make it a post-hook", event, h.On)})
	}
	if h.Commands != nil && (event == "pre-hook" || event == "post-hook") {
		out = append(out, HookFault{Key: "commands", Msg: "the key commands belongs to on-run-start and on-run-end; a " + event + " runs with its node"})
	}
	return out
}
