package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/notify"
	"dex/internal/result"
)

const (
	// listed is how many nodes a message names one by one.
	listed = 10
	// errorLines is how much of an error a message shows: what a person reads on a phone.
	errorLines = 15
	// errorLine is how much of it a list shows.
	errorLine = 160
)

// place is where it happened, for the beginning of headlines.
func (w *Watch) place() string { return fmt.Sprintf("[%s] %s", w.Facts.Target, w.Facts.Project) }

// message is what all messages of a rule have.
func (w *Watch) message(r *notify.Rule, event string) notify.Message {
	m := notify.Message{
		Event: event, Severity: r.Severity, Project: w.Facts.Project, Target: w.Facts.Target, Invocation: w.Facts.Invocation,
		User: w.Facts.User, Commit: w.Facts.Commit(), At: w.Now(), Details: map[string]string{"Command": "dex " + w.Facts.Command},
	}
	if w.Config.RunURL != "" {
		url, err := w.render(w.Config.RunURL, map[string]value.Value{})
		if err != nil {
			w.Failed(fmt.Errorf("render run_url of notifications: %w", err))
		}
		m.URL = strings.TrimSpace(url)
	}
	return m
}

var verbs = map[string]string{
	notify.Failure: "failed", notify.Warning: "ended with warnings", notify.Success: "succeeded", notify.Recovery: "recovered", notify.Skipped: "was skipped",
}

// nodeMessage tells of one node. since is when its trouble began, for a recovery.
func (w *Watch) nodeMessage(r *notify.Rule, event string, n ended, since time.Time) notify.Message {
	m := w.message(r, event)
	m.Node = n.id
	kind, name, file := "node", n.id, ""
	node := w.find(n.id)
	if node != nil {
		kind, name, file = strings.ReplaceAll(string(node.Kind), "_", " "), node.Name, node.OriginalFilePath
	}
	m.Title = fmt.Sprintf("%s: %s %s %s", w.place(), kind, name, verbs[event])
	switch event {
	case notify.Recovery:
		m.Text = "It is well again after " + lasted(w.Now().Sub(since)) + ", since " + since.UTC().Format(time.DateTime) + " UTC."
	case notify.Success:
	default:
		m.Text = firstLines(n.message, errorLines)
	}
	if file != "" {
		m.Details["File"] = file
	}
	if n.seconds > 0 {
		m.Details["Duration"] = lasted(time.Duration(n.seconds * float64(time.Second)))
	}
	if n.failures > 0 {
		m.Details["Failing rows"] = fmt.Sprint(n.failures)
	}
	return w.worded(r, m, w.nodeNames(n, node, m, since))
}

// restMessage tells of many failures at once.
func (w *Watch) restMessage(r *notify.Rule, told int, rest []ended) notify.Message {
	m := w.message(r, notify.Failure)
	m.Title = fmt.Sprintf("%s: %d more failures", w.place(), len(rest))
	if told == 0 {
		m.Title = fmt.Sprintf("%s: %d failures", w.place(), len(rest))
	}
	var lines []string
	for _, n := range rest {
		lines = append(lines, w.line(n.id, n.message))
	}
	m.Text = list(lines)
	return m
}

// runMessage tells of a whole run.
func (w *Watch) runMessage(r *notify.Rule, event string, run Run, since time.Time) notify.Message {
	m := w.message(r, event)
	m.Title = fmt.Sprintf("%s: dex %s %s", w.place(), w.Facts.Command, verbs[event])
	if run.Cancelled {
		m.Title = fmt.Sprintf("%s: dex %s was interrupted", w.place(), w.Facts.Command)
	}
	var lines []string
	counts := map[string]int{}
	for i := range run.Results {
		res := &run.Results[i]
		counts[string(res.Status)]++
		if res.Status.Failed() || event == notify.Warning && res.Status == result.Warn {
			lines = append(lines, w.line(res.Node, res.Message))
		}
	}
	var parts []string
	if run.Err != nil && !run.Cancelled {
		parts = append(parts, firstLines(run.Err.Error(), errorLines))
	}
	if event == notify.Recovery {
		parts = append(parts, "It is well again after "+lasted(w.Now().Sub(since))+", since "+since.UTC().Format(time.DateTime)+" UTC.")
	}
	if len(lines) > 0 && event != notify.Recovery {
		parts = append(parts, list(lines))
	}
	if len(counts) > 0 {
		parts = append(parts, tally(counts))
	}
	m.Text = strings.Join(parts, "\n\n")
	m.Details["Duration"] = lasted(run.Elapsed)
	if w.Facts.Scope != "" {
		m.Details["Selection"] = w.Facts.Scope
	}
	return w.worded(r, m, w.runNames(m, run, counts, since))
}

// line is one node in a list.
func (w *Watch) line(id, message string) string {
	name := id
	if n := w.find(id); n != nil {
		name = strings.ReplaceAll(string(n.Kind), "_", " ") + " " + n.Name
	}
	// The last line that is not empty says what is wrong; the first names the node again.
	lines := strings.Split(strings.TrimSpace(message), "\n")
	text := strings.TrimSpace(lines[0])
	if len(lines) > 1 {
		text = strings.TrimSpace(lines[1])
	}
	if r := []rune(text); len(r) > errorLine {
		text = string(r[:errorLine]) + "…"
	}
	if text == "" {
		return "• " + name
	}
	return "• " + name + ": " + text
}

func list(lines []string) string {
	more := ""
	if len(lines) > listed {
		more = fmt.Sprintf("\n… and %d more", len(lines)-listed)
	}
	return strings.Join(names(lines, listed), "\n") + more
}

// tally writes counts by status: "12 success, 1 error".
func tally(counts map[string]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[status], status))
	}
	return strings.Join(parts, ", ")
}

func firstLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > n {
		lines = append(lines[:n:n], fmt.Sprintf("… (%d more lines)", len(lines)-n))
	}
	return strings.Join(lines, "\n")
}

// lasted writes a length of time for people.
func lasted(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	case d < 48*time.Hour:
		return strings.TrimSuffix(d.Round(time.Second).String(), "0s")
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func (w *Watch) find(id string) *manifest.Node {
	if w.Manifest == nil {
		return nil
	}
	return w.Manifest.Node(manifest.ID(id))
}

// worded lays the rule's own templates over a message. One that fails leaves dex's
// words, which say so: a message that is worded badly is better than none.
func (w *Watch) worded(r *notify.Rule, m notify.Message, scope map[string]value.Value) notify.Message {
	for _, t := range []struct {
		template string
		into     *string
	}{{r.Title, &m.Title}, {r.Message, &m.Text}} {
		if t.template == "" {
			continue
		}
		text, err := w.render(t.template, scope)
		if err != nil {
			w.Failed(fmt.Errorf("render the message of notification rule %s: %w", r.Name, err))
			m.Text += "\n\n(The message of rule " + r.Name + " could not be rendered: " + err.Error() + ")"
			continue
		}
		*t.into = strings.TrimSpace(text)
	}
	return m
}

// scope is the names that a template sees.
type scope map[string]value.Value

// Lookup implements jinja.Scope.
func (s scope) Lookup(name string) (value.Value, bool) {
	v, ok := s[name]
	return v, ok
}

// maxMessage bounds what a template may write, maxSteps how long it may take.
const (
	maxMessage = 1 << 20
	maxSteps   = 1 << 20
)

func (w *Watch) render(template string, more map[string]value.Value) (string, error) {
	t, err := jinja.Compile("dex.yml", template)
	if err != nil {
		return "", err
	}
	s := scope{
		"project": value.Str(w.Facts.Project), "target": w.Facts.TargetValue, "command": value.Str(w.Facts.Command),
		"invocation_id": value.Str(w.Facts.Invocation), "user": value.Str(w.Facts.User), "commit": value.Str(w.Facts.Commit()),
		"started_at": value.Str(w.Facts.StartedAt.UTC().Format(time.RFC3339)), "selection": value.Str(w.Facts.Scope),
	}
	if w.Facts.TargetValue == nil {
		s["target"] = value.NewDict(0)
	}
	maps.Copy(s, more)
	th := value.NewThread(context.Background(), nil)
	th.MaxOutput, th.Fuel = maxMessage, maxSteps
	text, err := t.Render(th, s)
	if err != nil {
		return "", errors.New(err.Error())
	}
	return text, nil
}

// messageNames are the names of each message.
func messageNames(m notify.Message, status string, since time.Time) map[string]value.Value {
	severity := m.Severity
	if severity == "" {
		severity = map[string]string{notify.Failure: "error", notify.Warning: "warning"}[m.Event]
	}
	if severity == "" {
		severity = "info"
	}
	out := map[string]value.Value{
		"event": value.Str(m.Event), "severity": value.Str(severity), "status": value.Str(status), "title": value.Str(m.Title), "text": value.Str(m.Text),
		"run_url": value.Str(m.URL), "duration": value.Str(m.Details["Duration"]), "since": value.None, "node": value.None, "error": value.None,
		"failures": value.NewList(), "counts": value.NewDict(0),
	}
	if !since.IsZero() {
		out["since"] = value.Str(since.UTC().Format(time.RFC3339))
	}
	return out
}

func (w *Watch) nodeNames(n ended, node *manifest.Node, m notify.Message, since time.Time) map[string]value.Value {
	out := messageNames(m, n.status, since)
	d := value.NewDict(8)
	d.SetStr("unique_id", value.Str(n.id))
	d.SetStr("name", value.Str(n.id))
	if node != nil {
		d.SetStr("name", value.Str(node.Name))
		d.SetStr("resource_type", value.Str(node.Kind))
		d.SetStr("path", value.Str(node.OriginalFilePath))
		d.SetStr("package", value.Str(node.Package))
		d.SetStr("database", value.Str(node.Database))
		d.SetStr("schema", value.Str(node.Schema))
		d.SetStr("alias", value.Str(node.Alias))
		d.SetStr("relation", value.Str(node.RelationName))
	}
	out["node"] = d
	if m.Event == notify.Failure || m.Event == notify.Warning {
		out["error"] = value.Str(n.message)
	}
	return out
}

func (w *Watch) runNames(m notify.Message, run Run, counts map[string]int, since time.Time) map[string]value.Value {
	out := messageNames(m, m.Event, since)
	failures := value.NewList()
	for i := range run.Results {
		res := &run.Results[i]
		if !res.Status.Failed() {
			continue
		}
		d := value.NewDict(4)
		d.SetStr("unique_id", value.Str(res.Node))
		d.SetStr("name", value.Str(res.Node))
		if n := w.find(res.Node); n != nil {
			d.SetStr("name", value.Str(n.Name))
		}
		d.SetStr("status", value.Str(res.Status))
		d.SetStr("error", value.Str(res.Message))
		failures.Elems = append(failures.Elems, d)
	}
	out["failures"] = failures
	c := value.NewDict(len(counts))
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		c.SetStr(status, value.Int(counts[status]))
	}
	out["counts"] = c
	if run.Err != nil {
		out["error"] = value.Str(run.Err.Error())
	}
	return out
}
