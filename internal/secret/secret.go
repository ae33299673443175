// Package secret knows the texts that must never be shown, and takes them out of
// whatever leaves the process: output, logs, artifacts, the store, notifications. A
// secret is found as it is, in a URL, in JSON, in hexadecimal and in base64.
//
// Begin with Redactor.
package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"sync/atomic"
)

// Redactor takes known secrets out of everything that is shown or logged: the
// values of DBT_ENV_SECRET variables and the secret parts of the target. It may
// be used from many goroutines.
type Redactor struct {
	secrets []string // only Add changes it, and nobody adds side by side
	forms   atomic.Pointer[matcher]
}

const (
	// Prefix begins the names of variables whose values are secret.
	Prefix = "DBT_ENV_SECRET"
	Mask   = "*****"
	// minEncoded is how long a secret must be for its encodings to be looked for:
	// those of a short one would blank harmless text everywhere.
	minEncoded = 6
)

// New makes a Redactor that knows the secrets of an environment.
func New(environ []string) *Redactor {
	r := &Redactor{}
	var secrets []string
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(k, Prefix) {
			secrets = append(secrets, v)
		}
	}
	r.Add(secrets)
	return r
}

// Add makes more texts secret.
func (r *Redactor) Add(secrets []string) {
	r.secrets = append(r.secrets, secrets...)
	seen := map[string]bool{}
	var all []string
	for _, s := range r.secrets {
		for _, form := range secretForms(s) {
			if strings.TrimSpace(form) != "" && !seen[form] {
				seen[form] = true
				all = append(all, form)
			}
		}
	}
	if len(all) > 0 {
		r.forms.Store(newMatcher(all))
	}
}

// Clean gives s without secrets.
func (r *Redactor) Clean(s string) string {
	m := r.forms.Load()
	if m == nil {
		return s
	}
	return m.mask(s)
}

// matcher finds many words in a text by looking at each pair of bytes once: the
// log of a large run passes through it, nearly all of it innocent.
type matcher struct {
	pairs  [1 << 16 / 64]uint64 // the first two bytes of the words
	words  map[uint16][]string  // by those
	single [256]bool            // words of one byte
}

func newMatcher(words []string) *matcher {
	m := &matcher{words: map[uint16][]string{}}
	for _, w := range words {
		if len(w) == 1 {
			m.single[w[0]] = true
			for second := range 256 {
				m.add(uint16(w[0])<<8|uint16(second), w)
			}
			continue
		}
		m.add(uint16(w[0])<<8|uint16(w[1]), w)
	}
	return m
}

func (m *matcher) add(pair uint16, word string) {
	m.pairs[pair>>6] |= 1 << (pair & 63)
	m.words[pair] = append(m.words[pair], word)
}

// at is the length of the longest word that begins at i; 0 where none does.
func (m *matcher) at(s string, i int) int {
	if i+1 == len(s) {
		if m.single[s[i]] {
			return 1
		}
		return 0
	}
	longest := 0
	for _, w := range m.words[uint16(s[i])<<8|uint16(s[i+1])] {
		if len(w) > longest && strings.HasPrefix(s[i:], w) {
			longest = len(w)
		}
	}
	return longest
}

// mask puts a mask in place of every stretch that words cover; of words that
// overlap, nothing stays.
func (m *matcher) mask(s string) string {
	var b []byte
	kept := 0 // s[:kept] is in b, or masked
	end := 0  // of the stretch under way
	for i := 0; i < len(s); i++ {
		if i+1 < len(s) {
			pair := uint16(s[i])<<8 | uint16(s[i+1])
			if m.pairs[pair>>6]&(1<<(pair&63)) == 0 {
				continue // here nearly every byte of every text ends
			}
		}
		n := m.at(s, i)
		if n == 0 {
			continue
		}
		if i >= end {
			b = append(append(b, s[kept:i]...), Mask...)
		}
		end = max(end, i+n)
		kept = end
	}
	if b == nil {
		return s
	}
	return string(append(b, s[kept:]...))
}

// secretForms lists the forms in which a secret may come back: as it is, line by
// line, in a URL, in JSON, quoted for SQL and that in JSON, in hexadecimal, in base64
// wherever in the encoded text it stands.
func secretForms(s string) []string {
	forms := []string{s}
	if len(s) < minEncoded {
		return forms
	}
	forms = append(forms, urlForms(s)...)
	// Quoted for SQL, and then shown in JSON, in a text of JSON, or as Python shows it.
	for _, quoted := range []string{s, strings.ReplaceAll(s, "'", "''"), strings.ReplaceAll(s, `"`, `""`)} {
		forms = append(forms, quoted, pythonForm(quoted))
		for _, once := range jsonForms(quoted) {
			forms = append(append(forms, once), jsonForms(once)...)
		}
	}
	h := hex.EncodeToString([]byte(s))
	forms = append(forms, h, strings.ToUpper(h))
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); len(l) >= minEncoded {
			forms = append(forms, l) // messages are indented, so a secret of many lines is met line by line
		}
	}
	return append(forms, base64Forms(s)...)
}

// jsonForms are how encoders of JSON write a text between quotes.
func jsonForms(s string) []string {
	forms := []string{asciiJSON(s)}
	if b, err := json.Marshal(s); err == nil {
		forms = append(forms, string(b[1:len(b)-1]))
	}
	if plain, err := plainJSON(s); err == nil {
		forms = append(forms, plain)
	}
	return forms
}

// pythonForm is how repr shows a text that holds both kinds of quotes, or signs that
// are not to be seen.
func pythonForm(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
}

// urlForms lists how encoders of URLs write a text: they differ in what they leave as
// it is, and in the case of their hexadecimal digits.
func urlForms(s string) []string {
	forms := []string{url.QueryEscape(s), url.PathEscape(s)}
	for _, safe := range []string{"", "/", "!'()*", "!'()*/:;,?@&=+$#"} { // RFC 3986, Python's quote, JavaScript's two
		forms = append(forms, percent(s, safe, "0123456789ABCDEF"), percent(s, safe, "0123456789abcdef"))
	}
	return append(forms, strings.ReplaceAll(percent(s, "*", "0123456789ABCDEF"), "%20", "+")) // of forms: WHATWG
}

func percent(s, safe, digits string) string {
	const always = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if strings.IndexByte(always, c) >= 0 || strings.IndexByte(safe, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// base64Forms lists what the base64 of any text that holds s must hold: three
// forms, since s may begin at any byte of a group of three. The characters at
// either end, which mix with the text around s, are left out.
func base64Forms(s string) []string {
	var forms []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for shift := range 3 {
			code := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + s))
			from := (shift*8 + 5) / 6
			to := (shift + len(s)) * 8 / 6
			forms = append(forms, code[from:to])
		}
	}
	return append(forms, base64.StdEncoding.EncodeToString([]byte(s)))
}
