package notify

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// cutMark ends a text that was too long for its receiver.
const cutMark = "… (cut)"

// cut bounds s to n characters; what is too long ends with a mark.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	room := n - utf8.RuneCountInString(cutMark)
	if room <= 0 {
		return string([]rune(s)[:n])
	}
	count := 0
	for i := range s {
		if count == room {
			return s[:i] + cutMark
		}
		count++
	}
	return s
}

// cutBytes is cut for a receiver that counts bytes.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	room := max(n-len(cutMark), 0)
	for room > 0 && !utf8.RuneStart(s[room]) {
		room--
	}
	return s[:room] + cutMark
}

// headline is the one line of m.
func (m Message) headline() string {
	line := m.Title
	if line == "" {
		line = m.Text
	}
	line, _, _ = strings.Cut(strings.TrimSpace(line), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return "dex: " + m.Event
	}
	return line
}

// body is the text of m without what the headline says already.
func (m Message) body() string {
	text := strings.TrimSpace(m.Text)
	if m.Title == "" && text == m.headline() {
		return ""
	}
	return text
}

// fact is one thing to know of a message.
type fact struct{ name, value string }

// facts lists what is known beside the text: where and when it happened.
func (m Message) facts() []fact {
	all := []fact{
		{"Project", m.Project}, {"Target", m.Target}, {"Node", m.Node}, {"Operation", m.Operation},
	}
	for _, k := range slices.Sorted(maps.Keys(m.Details)) {
		all = append(all, fact{k, m.Details[k]})
	}
	all = append(all, fact{"Invocation", m.Invocation}, fact{"User", m.User}, fact{"Commit", m.Commit},
		fact{"At", m.At.UTC().Format(time.RFC3339)}, fact{"Run", m.URL})
	return slices.DeleteFunc(all, func(f fact) bool { return f.value == "" })
}

// repetition is said where nobody knows whether the message has arrived before.
const repetition = "This may be a repetition: dex was stopped, or got no answer, while it sent this message before."

// plain is the whole of a message as text, for channels without a form of their own.
func (p parcel) plain() string {
	var b strings.Builder
	if p.repeat {
		b.WriteString(repetition + "\n\n")
	}
	if body := p.body(); body != "" {
		b.WriteString(body + "\n\n")
	}
	for _, f := range p.facts() {
		b.WriteString(f.name + ": " + f.value + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// parcel is a message on its way to a channel.
type parcel struct {
	Message
	id      string // of the notice: the Idempotency-Key, the same at each attempt
	repeat  bool   // an earlier attempt may have arrived
	sending time.Time
}
