package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// reader takes a target apart and gathers its faults, which name keys and never
// values.
type reader struct {
	dict    *value.Dict
	faults  []string
	secrets []string
}

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// get gives a key's value; false where it is absent or null.
func (r *reader) get(key string) (value.Value, bool) {
	v, ok := r.dict.GetStr(key)
	return v, ok && v != value.None
}

// keys refuses what dex cannot follow and reports what nobody knows.
func (r *reader) keys() {
	r.dict.Each(func(k, v value.Value) bool {
		name := value.ToStr(k)
		if why, no := refused[name]; no && v != value.None {
			r.fault("%s: not supported (%s)", name, why)
		} else if !no && !slices.Contains(known, name) {
			r.fault("%s: no such key (known keys: %s)", name, strings.Join(known, ", "))
		}
		return true
	})
}

func (r *reader) str(key, def string) string {
	v, ok := r.get(key)
	if !ok {
		return def
	}
	s, ok := v.(value.Str)
	if !ok {
		r.fault("%s: a text is needed, not %s", key, v.Type())
		return def
	}
	return string(s)
}

func (r *reader) boolean(key string, def bool) bool {
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

func (r *reader) mapping(key string) *value.Dict {
	v, ok := r.get(key)
	if !ok {
		return value.NewDict(0)
	}
	d, ok := v.(*value.Dict)
	if !ok {
		r.fault("%s: a mapping is needed, not %s", key, v.Type())
		return value.NewDict(0)
	}
	return d
}

func (r *reader) list(key string) []value.Value {
	v, ok := r.get(key)
	if !ok {
		return nil
	}
	l, ok := v.(*value.List)
	if !ok {
		r.fault("%s: a list is needed, not %s", key, v.Type())
		return nil
	}
	return l.Elems
}

func (r *reader) options(key string) []option {
	var out []option
	r.mapping(key).Each(func(k, v value.Value) bool {
		out = append(out, option{value.ToStr(k), optionText(v)})
		return true
	})
	return out
}

// optionText writes an option's value as DuckDB reads it. Python's str() would
// say True and None.
func optionText(v value.Value) string {
	switch v := v.(type) {
	case value.Bool:
		return fmt.Sprint(bool(v))
	case value.NoneType:
		return ""
	}
	return value.ToStr(v)
}

func (r *reader) extensions() []extension {
	var out []extension
	for i, v := range r.list("extensions") {
		switch v := v.(type) {
		case value.Str:
			out = append(out, extension{name: string(v)})
		case *value.Dict:
			e := reader{dict: v}
			x := extension{name: e.str("name", ""), repo: e.str("repo", "")}
			if x.name == "" || x.repo == "" || v.Len() != 2 || len(e.faults) > 0 {
				r.fault("extensions: entry %d needs a name and a repo and nothing else", i+1)
				continue
			}
			out = append(out, x)
		default:
			r.fault("extensions: entry %d: a name or {name, repo} is needed, not %s", i+1, v.Type())
		}
	}
	return out
}

func (r *reader) retries() Retries {
	out := Retries{Exceptions: []string{"IOException"}}
	d := reader{dict: r.mapping("retries")}
	d.dict.Each(func(k, v value.Value) bool {
		switch name := value.ToStr(k); name {
		case "connect_attempts", "query_attempts":
			n, ok := v.(value.Int)
			if !ok || n < 1 {
				r.fault("retries: %s: a number from 1 is needed", name)
			} else if name == "connect_attempts" {
				out.ConnectAttempts = int(n)
			} else {
				out.QueryAttempts = int(n)
			}
		case "retryable_exceptions":
			out.Exceptions = nil
			for _, e := range d.list(name) {
				out.Exceptions = append(out.Exceptions, value.ToStr(e))
			}
		default:
			r.fault("retries: %s: no such key", name)
		}
		return true
	})
	r.faults = append(r.faults, d.faults...)
	return out
}

// checkDatabase settles the database's name. dbt: a name that does not follow
// from the path must be that of an attached database.
func (r *reader) checkDatabase(c *Credentials) {
	if s := scheme(c.Path); s == "md" || s == "motherduck" {
		r.fault("path: MotherDuck is not supported; give the path of a local file, or :memory:")
		return
	}
	name := databaseName(c.Path)
	switch {
	case name == "":
		r.fault("path: no database name can be taken from it; it needs a file's name")
	case c.database == "":
		c.database = name
	case c.database != name && !slices.ContainsFunc(c.Attach, func(a attachment) bool { return a.alias == c.database }):
		r.fault("database: it must be %q to match the path, or the alias of an attached database", name)
	}
}
