package cli

import (
	"encoding/base64"
	"net/url"
	"sort"
	"strings"
	"sync"
)

// redactor takes known secrets out of everything that is shown or logged:
// the values of DBT_ENV_SECRET variables and the secret parts of the target.
type redactor struct {
	mu      sync.RWMutex
	secrets []string
	replace *strings.Replacer
}

// secretPrefix begins the names of variables whose values are secret.
const secretPrefix = "DBT_ENV_SECRET"

func newRedactor(environ []string) *redactor {
	r := &redactor{}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(k, secretPrefix) {
			r.secrets = append(r.secrets, v)
		}
	}
	r.build()
	return r
}

// add makes more texts secret.
func (r *redactor) add(secrets []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, secrets...)
	r.build()
}

// build makes the replacer, longest first, with the encodings in which a secret
// may come back: in a URL, in base64.
func (r *redactor) build() {
	seen := map[string]bool{}
	var all []string
	for _, s := range r.secrets {
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s))} {
			if len(strings.TrimSpace(s)) > 0 && !seen[form] {
				seen[form] = true
				all = append(all, form)
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return len(all[i]) > len(all[j]) })
	var pairs []string
	for _, s := range all {
		pairs = append(pairs, s, "*****")
	}
	r.replace = nil
	if len(pairs) > 0 {
		r.replace = strings.NewReplacer(pairs...)
	}
}

// clean gives s without secrets.
func (r *redactor) clean(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.replace == nil {
		return s
	}
	return r.replace.Replace(s)
}
