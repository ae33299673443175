package sqltext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lexer below cuts SQL as sqlparse does, the library by which dbt finds the
// WITH of a query. It is lenient where a database is not (`# ` opens a comment,
// [a b] is a name, a backslash may escape a quote), and dbt's text shows it. It
// keeps only the distinctions that splitting and finding a WITH depend on.

type kind uint8

const (
	kOther   kind = iota // operators, numbers, literals, placeholders, names
	kSpace               // one white space character
	kNewline             // one line end
	kLine                // a comment to the end of its line, with the line end
	kBlock               // a block comment
	kPunct               // one of ; ( ) [ ] , . : or ::
	kWord                // a word that may be a keyword: upper holds it in upper case
	kDDL                 // CREATE, CREATE OR REPLACE
)

// token is a stretch of SQL. upper is set for the words and signs that this
// package looks at (see keywords), and empty for all others.
type token struct {
	kind       kind
	start, end int
	upper      string
}

// keywords are the words whose being a keyword matters to a statement's end or
// to the place of a WITH.
var keywords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`WITH RECURSIVE DECLARE BEGIN FOR WHILE LOOP DO IF CASE END GO TRANSACTION
		WORK DEFERRED IMMEDIATE EXCLUSIVE FOREACH WHERE LIMIT UNION EXCEPT INTERSECT HAVING RETURNING INTO`) {
		m[w] = true
	}
	return m
}()

// lexer walks a text once.
type lexer struct {
	src string
	pos int
}

// next gives the next token; false at the end.
func (l *lexer) next() (token, bool) {
	if l.pos >= len(l.src) {
		return token{}, false
	}
	t := token{start: l.pos}
	t.kind, t.end, t.upper = l.scan()
	l.pos = t.end
	return t, true
}

func (l *lexer) scan() (kind, int, string) {
	s, i := l.src, l.pos
	rest := s[i:]
	if end, k, ok := l.span(); ok {
		return k, end, ""
	}
	c := rest[0]
	switch c {
	case '\n':
		return kNewline, i + 1, ""
	case '\r':
		if strings.HasPrefix(rest, "\r\n") {
			return kNewline, i + 2, ""
		}
		return kNewline, i + 1, ""
	case '-', '#':
		if strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "# ") {
			return kLine, i + lineEnd(rest), ""
		}
	case ':':
		if strings.HasPrefix(rest, ":=") {
			return kOther, i + 2, ":="
		}
		if strings.HasPrefix(rest, "::") {
			return kPunct, i + 2, "::"
		}
	case '\'', '"', '`':
		if end, ok := lenientQuote(s, i, c != '`'); ok {
			return kOther, end, ""
		}
		return kOther, i + 1, ""
	}
	r, size := rune(c), 1
	if c >= utf8.RuneSelf {
		r, size = utf8.DecodeRuneInString(rest)
	}
	if isSpace(r) {
		return kSpace, i + size, ""
	}
	if end := l.sigil(c); end > i {
		return kOther, end, ""
	}
	if isWord(r) {
		return l.word()
	}
	if c == '[' && !wordOrCloserBefore(s, i) {
		if n := strings.IndexAny(rest[1:], "[]"); n > 0 && rest[1+n] == ']' {
			return kOther, i + n + 2, ""
		}
	}
	if strings.IndexByte(";:()[],.", c) >= 0 {
		return kPunct, i + 1, ""
	}
	return kOther, i + l.operator(rest, size), ""
}

// span matches a dollar-quoted literal or a block comment that opens here and is
// closed somewhere.
func (l *lexer) span() (int, kind, bool) {
	s, i := l.src, l.pos
	switch {
	case s[i] == '$':
		j := i + 1
		for j < len(s) {
			r, n := utf8.DecodeRuneInString(s[j:])
			if !isWord(r) || j == i+1 && r != '_' && !isLetter(r) {
				break
			}
			j += n
		}
		if j == len(s) || s[j] != '$' {
			return 0, 0, false
		}
		if r, _ := utf8.DecodeLastRuneInString(s[:i]); i > 0 && (isWord(r) || r == '"' || r == '$') {
			return 0, 0, false
		}
		tag := s[i : j+1]
		if n := strings.Index(s[j+1:], tag); n >= 0 {
			return j + 1 + n + len(tag), kOther, true
		}
	case strings.HasPrefix(s[i:], "/*"):
		from := i + 2
		if strings.HasPrefix(s[from:], "+") {
			from++
		}
		if n := strings.Index(s[from:], "*/"); n >= 0 {
			return from + n + 2, kBlock, true
		}
	}
	return 0, 0, false
}

// sigil matches what begins with a sign and takes a word along: placeholders,
// commands and the @ and # names. It gives the end, or the position as it is.
func (l *lexer) sigil(c byte) int {
	s, i := l.src, l.pos
	switch c {
	case '?':
		return i + 1
	case '$', ':':
		if r, _ := utf8.DecodeLastRuneInString(s[:i]); i > 0 && isWord(r) {
			return i
		}
		return signWord(s, i)
	case '\\':
		return signWord(s, i)
	case '%':
		rest := s[i+1:]
		if strings.HasPrefix(rest, "(") {
			if n := wordLen(rest[1:]); n > 0 && strings.HasPrefix(rest[1+n:], ")s") {
				return i + 1 + 1 + n + 2
			}
		}
		if strings.HasPrefix(rest, "s") || strings.HasPrefix(rest, "S") {
			return i + 2
		}
	case '@', '#':
		j := i + 1
		if strings.HasPrefix(s[i:], "##") {
			j++
		}
		if r, n := utf8.DecodeRuneInString(s[j:]); isLetter(r) {
			if m := wordLen(s[j+n:]); m > 0 {
				return j + n + m
			}
		}
	}
	return i
}

// word matches a word. It is a keyword unless it is half of a dotted name or is
// followed at once by a parenthesis; some pairs of words count as one.
func (l *lexer) word() (kind, int, string) {
	s, i := l.src, l.pos
	end := i + wordLen(s[i:])
	first, _ := utf8.DecodeRuneInString(s[i:])
	upper := upperOf(s[i:end])
	if upper == "GO" && s[i:end] != upper {
		upper = "" // a batch ends at GO in capitals alone
	}
	if upper == "CASE" {
		return kWord, end, upper // a keyword even right before a parenthesis
	}
	if isLetter(first) && (dotAfter(s, end) || i > 0 && s[i-1] == '.' || strings.HasPrefix(s[end:], "(")) {
		return kOther, end, ""
	}
	if p, ok := phrase(upper, s, end); ok {
		return p.kind, p.end, p.upper
	}
	for end < len(s) {
		r, n := utf8.DecodeRuneInString(s[end:])
		if r != '$' && r != '#' && !isWord(r) {
			break
		}
		end += n
		upper = ""
	}
	if !keywords[upper] {
		upper = ""
	}
	return kWord, end, upper
}

// phrase joins the words that sqlparse reads as one token.
func phrase(upper, s string, end int) (token, bool) {
	follow := func(at int, words ...string) (int, string) {
		from := at
		for at < len(s) {
			r, n := utf8.DecodeRuneInString(s[at:])
			if !isSpace(r) && r != '\n' && r != '\r' {
				break
			}
			at += n
		}
		if at == from {
			return 0, ""
		}
		e := at + wordLen(s[at:])
		w := upperOf(s[at:e])
		for _, want := range words {
			if w == want {
				return e, s[from:at] + w
			}
		}
		return 0, ""
	}
	switch upper {
	case "END":
		if e, w := follow(end, "IF", "LOOP", "WHILE", "FOR", "CASE"); e > 0 {
			return token{kind: kWord, end: e, upper: upper + w}, true
		}
	case "IF":
		e, _ := follow(end, "EXISTS")
		if e == 0 {
			if e, _ = follow(end, "NOT"); e > 0 {
				e, _ = follow(e, "EXISTS")
			}
		}
		if e > 0 {
			return token{kind: kWord, end: e}, true
		}
	case "CREATE":
		if e, _ := follow(end, "OR"); e > 0 {
			if e, _ = follow(e, "REPLACE"); e > 0 {
				return token{kind: kDDL, end: e}, true
			}
		}
		return token{kind: kDDL, end: end}, true
	case "GROUP", "ORDER":
		if e, w := follow(end, "BY"); e > 0 {
			return token{kind: kWord, end: e, upper: upper + w}, true
		}
	case "UNION":
		if e, w := follow(end, "ALL"); e > 0 {
			return token{kind: kWord, end: e, upper: upper + w}, true
		}
	case "GO":
		if end < len(s)-1 && isDigit(s[end+1]) && (s[end] <= ' ') {
			e := end + 1
			for e < len(s) && isDigit(s[e]) {
				e++
			}
			if !wordByteAt(s, e) {
				return token{kind: kWord, end: e, upper: upper}, true
			}
		}
	case "HANDLER":
		if e, _ := follow(end, "FOR"); e > 0 {
			return token{kind: kWord, end: e}, true
		}
	}
	return token{}, false
}

// operator matches a run of operator signs, in sqlparse's order of trial.
func (l *lexer) operator(rest string, size int) int {
	switch c := rest[0]; {
	case c == '*':
		return 1
	case c == '-':
		if strings.HasPrefix(rest, "->>") {
			return 3
		}
		if strings.HasPrefix(rest, "->") {
			return 2
		}
		return 1
	case c == '#' && strings.HasPrefix(rest, "#>"), c == '@' && strings.HasPrefix(rest, "@>"), c == '#' && strings.HasPrefix(rest, "#-"):
		return 2
	case strings.HasPrefix(rest, "<@"):
		return 2
	case strings.IndexByte("<>=~!", c) >= 0:
		return signs(rest, "<>=~!")
	case strings.IndexByte("+/@#%^&|", c) >= 0:
		return signs(rest, "+/@#%^&|-")
	}
	return size
}

func signs(s, set string) int {
	n := 0
	for n < len(s) && strings.IndexByte(set, s[n]) >= 0 {
		n++
	}
	return n
}

// lenientQuote matches a quoted stretch in which a quote may be doubled or, where
// backslash is set, stand behind a backslash. Where that reading never closes,
// the latest such quote is the closing one after all: 'C:\' is whole.
func lenientQuote(s string, i int, backslash bool) (int, bool) {
	q, last := s[i], 0
	for j := i + 1; j < len(s); j++ {
		switch {
		case s[j] == q && j+1 < len(s) && s[j+1] == q:
			last = j + 1
			j++
		case s[j] == q:
			return j + 1, true
		case backslash && s[j] == '\\' && j+1 < len(s) && s[j+1] == q:
			last = j + 2
			j++
		}
	}
	return last, last > 0
}

// lineEnd gives the length of a line comment with its line end.
func lineEnd(s string) int {
	n := strings.IndexAny(s, "\r\n")
	if n < 0 {
		return len(s)
	}
	if strings.HasPrefix(s[n:], "\r\n") {
		return n + 2
	}
	return n + 1
}

// dotAfter reports whether a dot follows that makes the word before it a name:
// spaces may stand between, a digit may not follow (BETWEEN .5).
func dotAfter(s string, i int) bool {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if isSpace(r) || r == '\n' || r == '\r' {
			i += n
			continue
		}
		if r != '.' {
			return false
		}
		d, _ := utf8.DecodeRuneInString(s[i+1:])
		return i+1 == len(s) || !unicode.IsDigit(d)
	}
	return false
}

func wordOrCloserBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return i > 0 && (isWord(r) || r == ']' || r == ')')
}

func wordLen(s string) int {
	for i, r := range s {
		if !isWord(r) {
			return i
		}
	}
	return len(s)
}

// upperOf gives an ASCII word of at most 11 letters in upper case: no keyword of
// interest is longer, and others need no copy.
func upperOf(w string) string {
	if len(w) < 2 || len(w) > 11 {
		return ""
	}
	return strings.ToUpper(w)
}

// signWord gives the end of a sign with the word behind it; without a word, the
// sign's own position.
func signWord(s string, i int) int {
	if n := wordLen(s[i+1:]); n > 0 {
		return i + 1 + n
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func wordByteAt(s string, i int) bool { return i < len(s) && wordByte(s[i]) }

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 'À' && r <= 'Ü' || r >= 'à' && r <= 'ü'
}

func isSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\f' || r == '\v' || r >= 0x1c && r <= 0x1f || r >= utf8.RuneSelf && unicode.IsSpace(r)
}
