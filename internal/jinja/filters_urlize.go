package jinja

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// linker makes links of the addresses in a text.
type linker struct {
	limit   int // characters of an address that are shown; negative for all
	attrs   string
	schemes []string
}

// Python's \w, \d and \S know all of Unicode, Go's only ASCII.
const (
	wordClass  = `\p{L}\p{N}_`
	digitClass = `\p{Nd}`
	noSpace    = `[^\s\v\x{1c}-\x{1f}\x{85}\p{Z}]`
)

var (
	// webAddress is http://, https:// or www. with any host; or a host without
	// them in one of the oldest domains; or an IP address behind a scheme. Then
	// a port, and a path, query or fragment.
	webAddress = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^(?:` +
			`(?:https?://|www\.)(?:(?:[` + wordClass + `%-]+\.)+)?(?:[a-z]{2,63}|xn--[` + wordClass + `%]{2,59})` +
			`|(?:[` + wordClass + `%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)` +
			`|https?://(?:` + digitClass + `{1,3}(?:\.` + digitClass + `{1,3}){3}|\[(?:[` + digitClass + `a-f]{0,4}:){2}(?:[` + digitClass + `a-f]{0,4}:?){1,6}\])` +
			`)(?::` + digitClass + `{1,5})?(?:[/?#]` + noSpace + `*)?\n?$`)
	})
	mailAddress = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^` + noSpace + `+@[` + wordClass + `][` + wordClass + `.-]*\.[` + wordClass + `]+\n?$`)
	})
	uriScheme = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[` + wordClass + `.+-]{2,}:/{0,2}$`) })
	openers   = regexp.MustCompile(`^(?:[(<]|&lt;)+`)
	closers   = regexp.MustCompile(`(?:[)>.,\n]|&gt;)+$`)
)

func isScheme(s string) bool { return uriScheme().MatchString(s) }

// text handles the words of s, which is HTML-escaped already, one by one.
func (l *linker) text(s string) string {
	var b strings.Builder
	for s != "" {
		n := strings.IndexFunc(s, isSpace)
		if n < 0 {
			n = len(s)
		}
		b.WriteString(l.word(s[:n]))
		s = s[n:]
		rest := strings.TrimLeftFunc(s, isSpace)
		b.WriteString(s[:len(s)-len(rest)])
		s = rest
	}
	return b.String()
}

func (l *linker) word(w string) string {
	head := openers.FindString(w)
	w = w[len(head):]
	tail := closers.FindString(w)
	w = w[:len(w)-len(tail)]
	// What opens within the word closes within it: a path may have brackets.
	for _, pair := range [][2]string{{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}} {
		opened := strings.Count(w, pair[0])
		if opened <= strings.Count(w, pair[1]) {
			continue
		}
		for range min(opened, strings.Count(tail, pair[1])) {
			end := strings.Index(tail, pair[1]) + len(pair[1])
			w, tail = w+tail[:end], tail[end:]
		}
	}
	return head + l.link(w) + tail
}

func (l *linker) link(w string) string {
	mail, isMailto := strings.CutPrefix(w, "mailto:")
	switch {
	case webAddress().MatchString(w):
		href := w
		if !strings.HasPrefix(w, "https://") && !strings.HasPrefix(w, "http://") {
			href = "https://" + w
		}
		return `<a href="` + href + `"` + l.attrs + `>` + l.shown(w) + `</a>`
	case isMailto && mailAddress().MatchString(mail):
		return `<a href="` + w + `">` + mail + `</a>`
	case strings.Contains(w, "@") && !strings.HasPrefix(w, "www.") && !strings.HasPrefix(w, "@") &&
		!strings.Contains(w, ":") && mailAddress().MatchString(w):
		return `<a href="mailto:` + w + `">` + w + `</a>`
	}
	for _, scheme := range l.schemes {
		if w != scheme && strings.HasPrefix(w, scheme) {
			w = `<a href="` + w + `"` + l.attrs + `>` + w + `</a>`
		}
	}
	return w
}

// shown is the address as the link's text.
func (l *linker) shown(w string) string {
	if l.limit < 0 || utf8.RuneCountInString(w) <= l.limit {
		return w
	}
	return string([]rune(w)[:l.limit]) + "..."
}
