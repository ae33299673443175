package notify

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/yamldoc"
)

// Rule says of what is told to whom.
type Rule struct {
	Name string
	Pos  diag.Pos
	// On are the events: "failure", "warning", "success", "recovery", "skipped".
	On []string
	// Nodes makes it a rule about single nodes; else it is one about whole runs.
	Nodes           bool
	Select, Exclude []string // in dbt's grammar; nil is all
	Channels        []string
	Targets         []string // nil is all
	Commands        []string // nil is all
	Severity        string   // "" is that of the event
	Title, Message  string   // templates; "" is dex's own words
	// SummarizeAfter is how many failures of one run are told one by one; the rest is
	// told together, at its end.
	SummarizeAfter int
}

// Events are what rules may be about.
var Events = []string{Failure, Warning, Success, Recovery, Skipped}

// Commands are those that rules know.
var Commands = []string{"run", "build", "test", "seed", "snapshot", "clone", "freshness", "run-operation", "operation run"}

// summarizeAfter is the default: more than five messages at a time are not read.
const summarizeAfter = 5

// Wants reports whether the rule is about an event.
func (r *Rule) Wants(event string) bool { return slices.Contains(r.On, event) }

// Covers reports whether the rule is about a command on a target.
func (r *Rule) Covers(target, command string) bool {
	return (r.Targets == nil || slices.Contains(r.Targets, target)) && (r.Commands == nil || slices.Contains(r.Commands, command))
}

func (r *reader) rule(i int, m *yamldoc.Mapping) {
	rule := &Rule{Name: m.Text("name", fmt.Sprintf("rule%d", i+1))}
	m.Named("notification rule " + rule.Name)
	rule.Pos = m.Doc.Start(m.Dict)
	rule.On = r.words(m, "on", Events)
	if rule.On == nil {
		rule.On = []string{Failure, Recovery}
	}
	rule.Select, rule.Exclude = m.Texts("select"), m.Texts("exclude")
	level := "run"
	if rule.Select != nil || rule.Exclude != nil {
		level = "node"
	}
	rule.Nodes = m.OneOf("for", level, "node", "run") == "node"
	if !rule.Nodes && (rule.Select != nil || rule.Exclude != nil) {
		m.Fault("for", "bad-value", "A rule for runs has no select and no exclude", "Leave out 'for', or the selection.")
	}
	if !rule.Nodes && rule.Wants(Skipped) {
		m.Fault("on", "bad-value", "skipped is an event of nodes, and this rule is about runs", "Add for: node, or a selection.")
	}
	rule.Channels = r.ruleChannels(m)
	rule.Targets, rule.Commands = m.Texts("targets"), r.words(m, "commands", Commands)
	if word := m.Text("severity", ""); word != "" {
		var ok bool
		if rule.Severity, ok = Severity(word); !ok {
			m.OneOf("severity", "", append(slices.Clone(Severities), "low", "medium", "high")...)
		}
	}
	rule.SummarizeAfter = m.Int("summarize_after", summarizeAfter, 0, 1000)
	r.wording(m, rule)
	if slices.ContainsFunc(r.c.Rules, func(o *Rule) bool { return o.Name == rule.Name }) {
		m.Fault("name", "duplicate-name", "There is more than one notification rule named '"+rule.Name+"'", "The name keeps apart which troubles a rule has told of.")
	}
	m.Done()
	r.c.Rules = append(r.c.Rules, rule)
}

// words reads a list of words of a closed list; nil where the key is not there.
func (r *reader) words(m *yamldoc.Mapping, key string, known []string) []string {
	var out []string
	for _, w := range m.Texts(key) {
		if slices.Contains(known, w) {
			out = append(out, w)
			continue
		}
		hint := "It is one of: " + strings.Join(known, ", ") + "."
		if near := yamldoc.Nearest(w, known); near != "" {
			hint = fmt.Sprintf("Did you mean '%s'? %s", near, hint)
		}
		m.Fault(key, "bad-value", fmt.Sprintf("%s may not be '%s'", key, w), hint)
	}
	return out
}

// ruleChannels reads channel or channels.
func (r *reader) ruleChannels(m *yamldoc.Mapping) []string {
	var out []string
	for _, key := range [...]string{"channel", "channels"} {
		for _, name := range m.Texts(key) {
			if r.known(m, key, name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	if !m.Has("channel") && !m.Has("channels") {
		m.Missing("channel", suggestion("", r.seen))
	}
	return out
}

// wording reads title and message; a message that is the name of a template is that.
func (r *reader) wording(m *yamldoc.Mapping, rule *Rule) {
	if f, ok := r.named[m.Text("message", "")]; ok {
		rule.Title, rule.Message = f.title, f.message
	} else {
		rule.Message = r.template(m, "message")
	}
	if t := r.template(m, "title"); t != "" {
		rule.Title = t
	}
}
