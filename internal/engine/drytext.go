package engine

import (
	"fmt"
	"strings"

	"dex/internal/artifact"
)

// dryLines is a dry run for people: SQL with comments, so that it can be read, kept
// and compared as a script. With --output json it is dry_run.json.
func (w *work) dryLines(d *artifact.DryRun) []string {
	if w.inv.Output == "json" {
		return []string{string(d.JSON())}
	}
	t := &dryText{}
	t.line("-- Dry run of %s for target %s: what would be sent, in order. Nothing that changes anything was sent.", d.Command, d.Target)
	for _, name := range d.Lacking {
		t.line("-- The plan knows nothing of %s: its definition could not be read.", name)
	}
	nodes, _ := d.Counts()
	at := 0
	for _, s := range d.Steps {
		head := ""
		if s.Phase == "nodes" {
			at++
			head = fmt.Sprintf("%d of %d ", at, nodes)
		}
		t.step(s, head)
	}
	nodes, statements := d.Counts()
	t.line("")
	t.line("-- %s, %s.", plural(nodes, "node"), plural(statements, "statement"))
	return t.lines
}

// dryText writes the lines of a dry run.
type dryText struct{ lines []string }

func (t *dryText) line(format string, args ...any) {
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

func (t *dryText) step(s *artifact.DryStep, head string) {
	t.line("")
	t.line("-- %s%s", head, s.Name)
	open := false // a transaction
	for i := range s.Statements {
		one := &s.Statements[i]
		if one.Kind == "transaction" {
			open = strings.EqualFold(strings.Trim(one.Text, " \t\n;"), "begin")
		}
		t.statement(one, open && one.Kind != "transaction")
	}
	switch {
	case s.Status == "skipped":
		t.comment("", "would be skipped: "+or(s.Because, "a node before it would fail"))
	case s.Status == "incomplete":
		t.comment("", "the plan of this node ends here, since what follows depends on what was not sent: "+s.Because)
	case s.Status == "error":
		t.comment("", "a run would fail here: "+s.Because)
	case len(s.Statements) == 0:
		t.comment("", "nothing to send")
	}
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// statement writes one statement, indented within a transaction.
func (t *dryText) statement(s *artifact.DryStatement, within bool) {
	indent := ""
	if within {
		indent = "    "
	}
	if h := s.Hook; h != nil && s.Kind != "transaction" {
		at := ""
		if h.Origin.File != "" {
			at = ", " + h.Origin.String()
		}
		t.comment(indent, h.Event+" "+strings.TrimPrefix(h.Name, h.Event+".")+at)
	}
	switch {
	case s.Kind == "query" && s.Asked:
		t.comment(indent, "read")
	case s.Kind == "query" && s.Note == "":
		t.comment(indent, "not read")
	}
	if s.Note != "" {
		t.comment(indent, s.Note)
	}
	text := strings.TrimRight(dedent(s.Text), " \t\n;")
	if s.Kind == "python" || s.Kind == "notification" || s.Kind == "operation" {
		t.comment(indent, s.Kind+":\n"+text)
		return
	}
	for _, l := range strings.Split(text+";", "\n") {
		t.line("%s", strings.TrimRight(indent+l, " "))
	}
}

func (t *dryText) comment(indent, text string) {
	for _, l := range strings.Split(text, "\n") {
		t.line("%s", strings.TrimRight(indent+"-- "+l, " "))
	}
}

// dedent takes off the blanks that all lines of a statement begin with, and the
// empty lines around it. A first line that stands deeper than all others is one that a
// template has put behind blanks of its own.
func dedent(sql string) string {
	lines := strings.Split(strings.ReplaceAll(sql, "\t", "    "), "\n")
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	least := -1
	for i, l := range lines {
		if blank := len(l) - len(strings.TrimLeft(l, " ")); strings.TrimSpace(l) != "" && (least < 0 || blank < least) {
			if i > 0 && least > blank && strings.TrimSpace(l) != "" {
				lines[0] = strings.Repeat(" ", blank) + strings.TrimLeft(lines[0], " ")
			}
			least = blank
		}
	}
	for i, l := range lines {
		lines[i] = l[min(max(least, 0), len(l)):]
	}
	return strings.Join(lines, "\n")
}
