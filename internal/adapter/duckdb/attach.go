package duckdb

import (
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// attachment is a further database under a name of its own.
type attachment struct {
	path, kind, alias, secret string
	readOnly, isDuckLake      bool
	options                   []attachOption
}

type attachOption struct {
	name, value string
	flag        bool // written without a value
}

// attachKeys are the keys of an entry, in dbt-duckdb's order.
var attachKeys = []string{"path", "type", "alias", "secret", "read_only", "options", "is_ducklake"}

func (r *reader) attachments() []attachment {
	var out []attachment
	for i, v := range r.list("attach") {
		d, ok := v.(*value.Dict)
		if !ok {
			r.fault("attach: entry %d: a mapping is needed, not %s", i+1, v.Type())
			continue
		}
		e := reader{dict: d}
		a := attachment{
			path: e.str("path", ""), kind: e.str("type", ""), alias: e.str("alias", ""), secret: e.str("secret", ""),
			readOnly: e.boolean("read_only", false), isDuckLake: e.boolean("is_ducklake", false),
		}
		a.options = e.attachOptions(a)
		d.Each(func(k, _ value.Value) bool {
			if name := value.ToStr(k); !slices.Contains(attachKeys, name) {
				e.fault("%s: no such key", name)
			}
			return true
		})
		if s := scheme(a.path); s == "md" || s == "motherduck" {
			e.fault("path: MotherDuck is not supported")
		}
		if a.path == "" {
			e.fault("path: missing")
		}
		for _, f := range e.faults {
			r.fault("attach: entry %d: %s", i+1, f)
		}
		r.secrets = append(r.secrets, e.secrets...)
		out = append(out, a)
	}
	return out
}

// attachOptions reads options:, which may not say again what a key of its own says.
func (r *reader) attachOptions(a attachment) []attachOption {
	var out []attachOption
	r.mapping("options").Each(func(k, v value.Value) bool {
		name := value.ToStr(k)
		twice := name == "type" && a.kind != "" || name == "secret" && a.secret != "" || name == "read_only" && a.readOnly
		if twice {
			r.fault("options: %s: it is given outside options too", name)
		}
		switch v := v.(type) {
		case value.NoneType:
		case value.Bool:
			if v {
				out = append(out, attachOption{name: name, flag: true})
			}
		case value.Str:
			text := string(v)
			if secretKey(name) {
				r.secrets = append(r.secrets, text)
			}
			if name != "type" && name != "secret" && !quoted(text) {
				text = literal(text)
			}
			out = append(out, attachOption{name: name, value: text})
		default:
			out = append(out, attachOption{name: name, value: value.ToStr(v)})
		}
		return true
	})
	return out
}

func quoted(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0]
}

// sql is the ATTACH statement.
func (a attachment) sql(c *Credentials) string {
	s := "ATTACH IF NOT EXISTS " + literal(a.file(c))
	if a.alias != "" {
		s += " AS " + a.alias
	}
	var opts []string
	if a.kind != "" {
		opts = append(opts, "TYPE "+a.kind)
	}
	if a.secret != "" {
		opts = append(opts, "SECRET "+a.secret)
	}
	if a.readOnly {
		opts = append(opts, "READ_ONLY")
	}
	for _, o := range a.options {
		if o.flag {
			opts = append(opts, strings.ToUpper(o.name))
		} else {
			opts = append(opts, strings.ToUpper(o.name)+" "+o.value)
		}
	}
	if len(opts) > 0 {
		s += " (" + strings.Join(opts, ", ") + ")"
	}
	return s
}

// file is the path as DuckDB is to see it: a connection string of another kind
// of database is left alone.
func (a attachment) file(c *Credentials) string {
	if a.kind != "" && !strings.EqualFold(a.kind, "duckdb") && !strings.EqualFold(a.kind, "sqlite") {
		return a.path
	}
	return c.absolute(a.path)
}

// secretSQL makes the CREATE SECRET statements; every value in them is a secret.
func (r *reader) secretSQL() []string {
	var out []string
	for i, v := range r.list("secrets") {
		d, ok := v.(*value.Dict)
		if !ok {
			r.fault("secrets: entry %d: a mapping is needed, not %s", i+1, v.Type())
			continue
		}
		if t, ok := d.GetStr("type"); !ok || t == value.None {
			r.fault("secrets: entry %d: type: missing", i+1)
			continue
		}
		out = append(out, r.createSecret(d, i))
	}
	return out
}

func (r *reader) createSecret(d *value.Dict, i int) string {
	name := "_dbt_secret_" + value.ToStr(value.Int(i+1))
	persistent := ""
	var params, scopes []string
	add := func(key string, v value.Value) { params = append(params, r.secretParam(key, v)) }
	if t, ok := d.GetStr("type"); ok {
		add("type", t)
	}
	d.Each(func(k, v value.Value) bool {
		key := value.ToStr(k)
		switch {
		case key == "type" || v == value.None:
		case key == "name":
			name = value.ToStr(v)
		case key == "persistent":
			if v.Truth() {
				persistent = " PERSISTENT"
			}
		case key == "scope":
			list, ok := v.(*value.List)
			if !ok {
				list = value.NewList(v)
			}
			for _, s := range list.Elems {
				scopes = append(scopes, "scope "+literal(value.ToStr(s)))
			}
		default:
			add(key, v)
		}
		return true
	})
	return "CREATE OR REPLACE" + persistent + " SECRET " + name + " (\n    " + strings.Join(append(params, scopes...), ",\n    ") + "\n)"
}

// secretParam writes one parameter: a map, an array, a bare word or a text.
func (r *reader) secretParam(key string, v value.Value) string {
	quote := func(v value.Value) string {
		s := value.ToStr(v)
		r.secrets = append(r.secrets, s)
		return literal(s)
	}
	switch v := v.(type) {
	case *value.Dict:
		var items []string
		v.Each(func(k, e value.Value) bool {
			items = append(items, literal(value.ToStr(k))+": "+quote(e))
			return true
		})
		return key + " map {" + strings.Join(items, ", ") + "}"
	case *value.List:
		var items []string
		for _, e := range v.Elems {
			items = append(items, quote(e))
		}
		return key + " array [" + strings.Join(items, ", ") + "]"
	}
	if key == "type" || key == "provider" || key == "extra_http_headers" {
		return key + " " + value.ToStr(v)
	}
	if !secretKey(key) && key != "session" {
		return key + " " + literal(value.ToStr(v)) // a region or an endpoint may be shown
	}
	return key + " " + quote(v)
}
