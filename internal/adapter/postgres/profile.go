package postgres

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// profile takes a target apart and gathers its faults, which name keys and never
// values.
type profile struct {
	dict   *value.Dict
	given  *value.Dict // what templates see of what is given
	faults []string
}

func (r *profile) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// known are the keys that dex follows. type, threads and name are the profile's.
var known = []string{
	"type", "threads", "name", "host", "port", "user", "password", "pass", "database", "dbname", "schema", "connect_timeout", "role",
	"search_path", "keepalives_idle", "sslmode", "sslcert", "sslkey", "sslrootcert", "application_name", "autocommit", "retries",
}

// keys reports what nobody knows.
func (r *profile) keys() {
	r.dict.Each(func(k, _ value.Value) bool {
		if name := value.ToStr(k); !slices.Contains(known, name) {
			r.fault("%s: no such key (known keys: %s)", name, strings.Join(known, ", "))
		}
		return true
	})
}

// get gives a key's value; false where it is absent or null.
func (r *profile) get(key string) (value.Value, bool) {
	v, ok := r.dict.GetStr(key)
	if ok {
		r.given.SetStr(key, v)
	}
	return v, ok && v != value.None
}

func (r *profile) str(key, def string) string {
	v, ok := r.get(key)
	if !ok {
		if v == value.None {
			return ""
		}
		return def
	}
	s, ok := v.(value.Str)
	if !ok {
		r.fault("%s: a text is needed, not %s (put it in quotes)", key, v.Type())
		return def
	}
	if strings.IndexByte(string(s), 0) >= 0 {
		r.fault("%s: it holds a NUL character", key)
	}
	return string(s)
}

// needed is a text without which there is no connection.
func (r *profile) needed(key string) string { return r.neededOf(key, "") }

// neededOf is a needed text that may also be given by its alias.
func (r *profile) neededOf(key, alias string) string {
	_, has := r.dict.GetStr(key)
	_, other := r.dict.GetStr(alias)
	switch {
	case has && other && alias != "":
		r.fault("%s and %s: both are given, and mean the same: leave one out", key, alias)
		return ""
	case other && alias != "":
		key = alias
	case !has:
		r.fault("%s: missing", key)
		return ""
	}
	v, ok := r.get(key)
	if !ok {
		r.fault("%s: a text is needed, not null", key)
		return ""
	}
	if _, ok := v.(value.Str); !ok {
		r.fault("%s: a text is needed, not %s (put it in quotes)", key, v.Type())
		return ""
	}
	return r.str(key, "")
}

func (r *profile) integer(key string, def int) int {
	v, ok := r.get(key)
	if !ok {
		if v == value.None {
			r.fault("%s: a whole number is needed, not null", key)
		}
		return def
	}
	switch n := v.(type) {
	case value.Int:
		return int(n)
	case value.Float: // dbt: 5432.0 is an integer
		if i := int(n); value.Float(i) == n {
			r.given.SetStr(key, value.Int(i))
			return i
		}
	}
	r.fault("%s: a whole number is needed, not %s", key, v.Type())
	return def
}

// port is a number. dbt: a text of digits is none, so that port: "{{ env_var('PORT') }}"
// needs the filter as_number or int.
func (r *profile) port() int {
	v, ok := r.dict.GetStr("port")
	if !ok {
		r.fault("port: missing")
		return 0
	}
	if _, text := v.(value.Str); text {
		r.fault("port: a whole number is needed, not str (of a variable: {{ env_var('NAME') | as_number }})")
		return 0
	}
	n := r.integer("port", 0)
	if n < 0 || n > 65535 {
		r.fault("port: a number from 0 to 65535 is needed")
	}
	return n
}

func (r *profile) boolean(key string, def bool) bool {
	v, ok := r.get(key)
	if !ok {
		return def
	}
	b, ok := v.(value.Bool)
	if !ok {
		r.fault("%s: true or false is needed, not %s", key, v.Type())
	}
	return bool(b)
}

// sslModes are libpq's words, from no encryption to a server that proves its name.
var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// check looks at what the single keys cannot tell.
func (r *profile) check(c *Credentials) {
	if mode := c.SSL["sslmode"]; mode != "" && !slices.Contains(sslModes, mode) {
		r.fault("sslmode: one of %s is needed", strings.Join(sslModes, ", "))
	}
	if c.Retries < 0 {
		r.fault("retries: a number from 0 is needed")
	}
}
