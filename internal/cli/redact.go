package cli

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"sort"
	"strings"
	"sync/atomic"
)

// redactor takes known secrets out of everything that is shown or logged: the
// values of DBT_ENV_SECRET variables and the secret parts of the target. It may
// be used from many goroutines.
type redactor struct {
	secrets []string // only add changes it, and nobody adds side by side
	replace atomic.Pointer[strings.Replacer]
}

const (
	// secretPrefix begins the names of variables whose values are secret.
	secretPrefix = "DBT_ENV_SECRET"
	mask         = "*****"
	// minEncoded is how long a secret must be for its encodings to be looked for:
	// those of a short one would blank harmless text everywhere.
	minEncoded = 6
)

func newRedactor(environ []string) *redactor {
	r := &redactor{}
	var secrets []string
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(k, secretPrefix) {
			secrets = append(secrets, v)
		}
	}
	r.add(secrets)
	return r
}

// add makes more texts secret.
func (r *redactor) add(secrets []string) {
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
	if len(all) == 0 {
		return
	}
	// Longest first: a secret may hold another one.
	sort.SliceStable(all, func(i, j int) bool { return len(all[i]) > len(all[j]) })
	pairs := make([]string, 0, 2*len(all))
	for _, s := range all {
		pairs = append(pairs, s, mask)
	}
	r.replace.Store(strings.NewReplacer(pairs...))
}

// clean gives s without secrets.
func (r *redactor) clean(s string) string {
	p := r.replace.Load()
	if p == nil {
		return s
	}
	return p.Replace(s)
}

// secretForms lists the forms in which a secret may come back: as it is, line by
// line, in a URL, in JSON, quoted for SQL, in hexadecimal, in base64 wherever in
// the encoded text it stands.
func secretForms(s string) []string {
	forms := []string{s}
	if len(s) < minEncoded {
		return forms
	}
	forms = append(forms, url.QueryEscape(s), url.PathEscape(s), strings.ReplaceAll(s, "'", "''"), strings.ReplaceAll(s, `"`, `""`))
	h := hex.EncodeToString([]byte(s))
	forms = append(forms, h, strings.ToUpper(h))
	if b, err := json.Marshal(s); err == nil {
		forms = append(forms, string(b[1:len(b)-1]))
	}
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); len(l) >= minEncoded {
			forms = append(forms, l) // messages are indented, so a secret of many lines is met line by line
		}
	}
	return append(forms, base64Forms(s)...)
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
