package duckdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Credentials is a target of type duckdb. It is read once and not written again.
type Credentials struct {
	Path                string // as the profile gives it
	database, schema    string
	dir                 string // from which a relative path starts
	ConfigOptions       []option
	Settings            []option
	Extensions          []extension
	SecretSQL           []string
	Attach              []attachment
	Retries             Retries
	DisableTransactions bool
	KeepOpen            bool
	ExternalRoot        string
	IsDuckLake          bool
	ModulePaths         []string // of Python models
	noInstall           bool     // extensions that are not there stay so

	context *value.Dict
	secrets []string
}

type option struct{ name, value string }

type extension struct{ name, repo string }

// Retries says how often opening the file and running a statement are tried.
type Retries struct {
	ConnectAttempts, QueryAttempts int
	Exceptions                     []string // Python's names: "IOException"
}

// covers reports whether an error is one of those to be retried.
func (r Retries) covers(err error) bool {
	msg := err.Error()
	var locked *lockedError
	if errors.As(err, &locked) {
		msg = locked.raw
	}
	msg = strings.ToLower(msg)
	for _, name := range r.Exceptions {
		kind := strings.TrimSuffix(name, "Exception")
		for _, prefix := range []string{kind, kind + "Context", spaced(kind)} {
			if strings.Contains(msg, strings.ToLower(prefix)+" error:") {
				return true
			}
		}
	}
	return false
}

// spaced writes InvalidInput as "Invalid Input", DuckDB's name of that error.
func spaced(kind string) string {
	var b strings.Builder
	for i, r := range kind {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// refused are the keys of dbt-duckdb that dex cannot follow, each with the reason.
var refused = map[string]string{
	"filesystems":             "fsspec file systems are Python's; use DuckDB's httpfs or azure extension with secrets",
	"plugins":                 "dbt-duckdb's plugins are Python modules; read the source with a DuckDB extension or a Python operation",
	"use_credential_provider": "it needs Python's cloud libraries; write secrets: [{type: s3, provider: credential_chain}] with the aws extension",
	"remote":                  "Buena Vista servers are not supported",
	"flights":                 "MotherDuck is not supported",
	"motherduck_token":        "MotherDuck is not supported",
}

// known are the keys that dex follows. type, threads and name are the profile's.
var known = []string{
	"type", "threads", "name", "path", "database", "schema", "config_options", "extensions", "settings", "secrets", "external_root",
	"attach", "disable_transactions", "keep_open", "retries", "is_ducklake", "module_paths",
}

// ParseCredentials reads a target. A relative path starts at dir: dbt goes to
// the project's folder first, so that is what a caller gives.
func ParseCredentials(target *value.Dict, dir string) (*Credentials, error) {
	c := &Credentials{Path: ":memory:", schema: "main", dir: dir, KeepOpen: true, ExternalRoot: "."}
	r := reader{dict: target}
	r.keys()
	c.Path = r.str("path", c.Path)
	c.schema = r.str("schema", c.schema)
	c.ExternalRoot = r.str("external_root", c.ExternalRoot)
	c.DisableTransactions = r.boolean("disable_transactions", false)
	c.KeepOpen = r.boolean("keep_open", true)
	c.IsDuckLake = r.boolean("is_ducklake", false)
	c.ConfigOptions = r.options("config_options")
	c.Settings = r.options("settings")
	c.Extensions = r.extensions()
	c.SecretSQL = r.secretSQL()
	c.Attach = r.attachments()
	c.Retries = r.retries()
	for _, v := range r.list("module_paths") {
		c.ModulePaths = append(c.ModulePaths, value.ToStr(v))
	}
	c.database = r.str("database", "")
	r.checkDatabase(c)
	if len(r.faults) > 0 {
		return nil, fmt.Errorf("the duckdb target of profiles.yml: %s", strings.Join(r.faults, "; "))
	}
	c.collectSecrets(r.secrets)
	c.context = c.makeContext(target)
	return c, nil
}

// Database implements adapter.Credentials.
func (c *Credentials) Database() string { return c.database }

// Schema implements adapter.Credentials.
func (c *Credentials) Schema() string { return c.schema }

// Context implements adapter.Credentials.
func (c *Credentials) Context() *value.Dict { return c.context }

// Secrets implements adapter.Credentials.
func (c *Credentials) Secrets() []string { return c.secrets }

// Unique implements adapter.Credentials.
func (c *Credentials) Unique() string {
	if c.memory() {
		return c.Path
	}
	return c.file()
}

var _ adapter.Credentials = (*Credentials)(nil)

func (c *Credentials) memory() bool { return c.Path == ":memory:" }

// file is the path with its directory, where it is a plain file.
func (c *Credentials) file() string { return c.absolute(c.Path) }

// Still implements adapter.Still. DuckDB makes a file that is missing.
func (c *Credentials) Still() bool {
	if len(c.Extensions) > 0 || len(c.setupSQL()) > 0 {
		return false
	}
	if c.memory() {
		return true
	}
	info, err := os.Stat(c.file())
	return err == nil && info.Mode().IsRegular()
}

func (c *Credentials) absolute(path string) string {
	if filepath.IsAbs(path) || c.dir == "" || strings.Contains(path, "://") || path == ":memory:" || scheme(path) != "" {
		return path
	}
	return filepath.Join(c.dir, path)
}

// scheme gives what stands before a colon, where that is more than a drive letter.
func scheme(path string) string {
	before, _, ok := strings.Cut(path, ":")
	if !ok || len(before) < 2 || strings.ContainsAny(before, `/\. `) {
		return ""
	}
	return strings.ToLower(before)
}

// databaseName is the name that DuckDB gives the database of a path: the first
// part of the file's name that is not empty.
func databaseName(path string) string {
	if path == ":memory:" {
		return "memory"
	}
	if scheme(path) != "" {
		_, path, _ = strings.Cut(path, ":")
	}
	path, _, _ = strings.Cut(path, "?")
	base := strings.TrimLeft(path[strings.LastIndexAny(path, `/\`)+1:], ".")
	name, _, _ := strings.Cut(base, ".")
	return name
}

// startOptions are set before the instance opens. Nothing is fetched from the
// network unless the profile says so.
func (c *Credentials) startOptions() []option {
	out := []option{}
	for _, name := range []string{"autoinstall_known_extensions", "autoload_known_extensions"} {
		has := func(o option) bool { return strings.EqualFold(o.name, name) }
		if !slices.ContainsFunc(c.ConfigOptions, has) && !slices.ContainsFunc(c.Settings, has) {
			out = append(out, option{name, "false"})
		}
	}
	return append(out, c.ConfigOptions...)
}

func (c *Credentials) sessionSettings() []option { return c.Settings }

type setup struct{ what, sql string }

// setupSQL makes the secrets and attaches the databases; extensions come before.
func (c *Credentials) setupSQL() []setup {
	var out []setup
	for i, s := range c.SecretSQL {
		out = append(out, setup{fmt.Sprintf("secrets: entry %d", i+1), s})
	}
	for i, a := range c.Attach {
		out = append(out, setup{fmt.Sprintf("attach: entry %d", i+1), a.sql(c)})
	}
	return out
}

// contextKeys are dbt-duckdb's connection keys, in its order.
var contextKeys = []string{
	"database", "schema", "path", "config_options", "extensions", "settings", "external_root", "use_credential_provider", "attach",
	"filesystems", "remote", "plugins", "disable_transactions",
}

// makeContext gives the connection keys with dbt's defaults. Secret values are
// blanked: a template has no use for them.
func (c *Credentials) makeContext(target *value.Dict) *value.Dict {
	d := value.NewDict(len(contextKeys))
	for _, k := range contextKeys {
		v, ok := target.GetStr(k)
		if !ok {
			v = value.None
		}
		d.SetStr(k, c.blank(v, k))
	}
	d.SetStr("database", value.Str(c.database))
	d.SetStr("schema", value.Str(c.schema))
	d.SetStr("path", value.Str(c.Path))
	d.SetStr("external_root", value.Str(c.ExternalRoot))
	d.SetStr("disable_transactions", value.Bool(c.DisableTransactions))
	if v, _ := d.GetStr("settings"); v == value.None {
		d.SetStr("settings", value.NewDict(0))
	}
	if l, ok := target.GetStr("attach"); ok && l != value.None {
		d.SetStr("attach", c.attachContext(l))
	}
	return d
}

// attachContext gives each entry of attach all the keys that it could have.
func (c *Credentials) attachContext(l value.Value) value.Value {
	out := value.NewList()
	for _, e := range l.(*value.List).Elems { // its form was checked before
		d := value.NewDict(len(attachKeys))
		for _, k := range attachKeys {
			v, ok := e.(*value.Dict).GetStr(k)
			switch {
			case ok:
				d.SetStr(k, c.blank(v, k))
			case k == "read_only":
				d.SetStr(k, value.Bool(false))
			default:
				d.SetStr(k, value.None)
			}
		}
		out.Elems = append(out.Elems, d)
	}
	return out
}

const blanked = "*****"

// blank copies a value with its secret texts blanked.
func (c *Credentials) blank(v value.Value, key string) value.Value {
	switch v := v.(type) {
	case *value.Dict:
		out := value.NewDict(v.Len())
		v.Each(func(k, e value.Value) bool {
			out.SetStr(value.ToStr(k), c.blank(e, value.ToStr(k)))
			return true
		})
		return out
	case *value.List:
		out := value.NewList()
		for _, e := range v.Elems {
			out.Elems = append(out.Elems, c.blank(e, key))
		}
		return out
	case value.Str:
		s := string(v)
		for _, secret := range c.secrets {
			s = strings.ReplaceAll(s, secret, blanked)
		}
		return value.Str(s)
	}
	return v
}

// secretWords mark the keys whose values are never shown.
var secretWords = []string{"password", "passwd", "pwd", "secret", "token", "key", "credential", "connection_string"}

func secretKey(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) })
}

// collectSecrets gathers the texts that must not be printed: secret settings, the
// values of secrets, and passwords inside the paths of attached databases.
func (c *Credentials) collectSecrets(found []string) {
	for _, o := range slices.Concat(c.ConfigOptions, c.Settings) {
		if secretKey(o.name) {
			found = append(found, o.value)
		}
	}
	for _, a := range c.Attach {
		found = append(found, passwords(a.path)...)
	}
	for _, s := range found {
		if len(s) > 1 && !slices.Contains(c.secrets, s) {
			c.secrets = append(c.secrets, s)
		}
	}
}

// passwords finds password=x in a libpq-like string and user:x@ in a URL.
func passwords(path string) []string {
	var out []string
	for _, f := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(" ;?&", r) }) {
		if k, v, ok := strings.Cut(f, "="); ok && secretKey(k[strings.LastIndexByte(k, ':')+1:]) {
			out = append(out, strings.Trim(v, "'"))
		}
	}
	if _, rest, ok := strings.Cut(path, "://"); ok {
		if auth, _, ok := strings.Cut(rest, "@"); ok {
			if _, pw, ok := strings.Cut(auth, ":"); ok {
				out = append(out, pw)
			}
		}
	}
	return out
}
