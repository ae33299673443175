package cli

import (
	"strconv"
	"strings"

	"dex/internal/event"
)

// Summarize implements summarizer: the report on a terminal. It comes after
// Close.
func (v *live) Summarize(r *report) {
	e := ending{cols: v.cols(), style: v.style, text: v.text}
	e.problems(r.failures, event.Bad)
	e.problems(r.warnings, event.Doubtful)
	e.notes(r.notes())
	e.counts(r)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.write(e.b.String())
}

// ending writes a report for a terminal, at most cols wide.
type ending struct {
	b     strings.Builder
	cols  int
	style style
	text  func(string) string
}

func (e *ending) line(s string) { e.b.WriteString(s + "\r\n") }

func (e *ending) tint(t event.Tone, s string) string {
	if !e.style.colour {
		return s
	}
	return paint(t, s)
}

// indented writes a text two cells in.
func (e *ending) indented(colour, s string) {
	for _, l := range wrap(e.text(s), max(8, e.cols-2)) {
		if l == "" {
			e.line("")
			continue
		}
		e.line("  " + e.style.in(colour, l))
	}
}

func (e *ending) problems(all []problem, tone event.Tone) {
	for i := range all {
		e.line("")
		e.problem(&all[i], tone)
	}
}

// problem tells of one node: its name and file, what the database or the
// template engine said, the text at fault, what to do, where the SQL is.
func (e *ending) problem(p *problem, tone event.Tone) {
	mark := row{tone: tone}.mark(e.style)
	title := mark + " " + p.kind + " " + p.name
	place := p.path
	if p.place != "" && !p.hook {
		place = p.place
	}
	for i, l := range wrap(e.text(title+"  "+place), e.cols) {
		if rest, ok := strings.CutPrefix(l, title); ok && i == 0 {
			e.line(e.tint(tone, title) + e.style.in(dim, rest))
			continue
		}
		e.line(l)
	}
	e.indented("", p.body())
	if p.hook {
		e.indented("", p.blamed())
	}
	for _, l := range p.excerpt.text(e.cols - 2) {
		e.line("  " + e.style.in(dim, e.text(l)))
	}
	if p.hint != "" {
		e.indented(bold, e.style.pick("→ ", "-> ")+p.hint)
	}
	if p.stored != "" {
		e.indented(dim, "failing rows: select * from "+p.stored)
	}
	if p.compiled != "" {
		e.indented(dim, "compiled: "+p.compiled)
	}
}

// body is the message without the heading, which names the node once more, and
// without the line that the excerpt shows.
func (p *problem) body() string {
	msg := p.message
	if head, rest, ok := strings.Cut(msg, "\n"); ok && strings.Contains(head, " Error") {
		msg = unindent(rest)
	}
	if len(p.excerpt.lines) > 0 {
		msg = withoutCaret(msg)
	}
	return strings.TrimRight(msg, " \n")
}

// unindent takes the two blanks off that dbt puts before each line of a message.
func unindent(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "  ")
	}
	return strings.Join(lines, "\n")
}

func (e *ending) notes(all []string) {
	for i, note := range all {
		if i == 0 {
			e.line("")
		}
		for _, l := range wrap(e.text(note), e.cols) {
			e.line(e.tint(event.Doubtful, l))
		}
	}
}

// counts is the last line: how it went, how much, how long.
func (e *ending) counts(r *report) {
	s := r.stats
	var parts []string
	for _, c := range []struct {
		n    int
		word string
	}{{s.Error - len(r.stopped), "failed"}, {len(r.stopped), "interrupted"}, {s.Warn, "warned"}, {s.Skip, "skipped"}, {s.NoOp, "had nothing to do"}, {s.Pass, "ok"}} {
		if c.n > 0 {
			parts = append(parts, strconv.Itoa(c.n)+" "+c.word)
		}
	}
	e.line("")
	for i, l := range wrap(e.text(headline(r)+strings.Join(parts, ", ")+" in "+span(r.took.Seconds())), e.cols) {
		if i == 0 {
			l = e.style.in(bold, e.tint(r.summary.Tone(), l))
		}
		e.line(l)
	}
}

// headline is a word about the whole run; failures speak for themselves.
func headline(r *report) string {
	if r.stats.Error > 0 || r.summary.Interrupted {
		return ""
	}
	return "Done: "
}
