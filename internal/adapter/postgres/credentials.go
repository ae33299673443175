package postgres

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Credentials is a target of type postgres. It is read once and not written again.
type Credentials struct {
	Host, User       string
	Port             int
	database, schema string
	password         string
	ConnectTimeout   int // seconds; 0 waits as long as the network does
	Role             string
	SearchPath       string
	KeepalivesIdle   int               // seconds; 0 leaves it to the system
	SSL              map[string]string // sslmode, sslcert, sslkey, sslrootcert: those that are given
	ApplicationName  string
	Autocommit       bool
	Retries          int

	context *value.Dict
}

// sslKeys are the keys that go to the client library as they are.
var sslKeys = []string{"sslmode", "sslcert", "sslkey", "sslrootcert"}

// ParseCredentials reads a target. dir is not used: libpq takes a relative path of a
// certificate from the folder in which the command runs.
func ParseCredentials(target *value.Dict, _ string) (*Credentials, error) {
	c := &Credentials{SSL: map[string]string{}}
	r := profile{dict: target, given: value.NewDict(len(contextKeys))}
	r.keys()
	c.Host = r.needed("host")
	c.User = r.needed("user")
	c.Port = r.port()
	c.password = r.neededOf("password", "pass")
	c.database = r.neededOf("database", "dbname")
	c.schema = r.needed("schema")
	c.ConnectTimeout = r.integer("connect_timeout", 10)
	c.Role = r.str("role", "")
	c.SearchPath = r.str("search_path", "")
	c.KeepalivesIdle = r.integer("keepalives_idle", 0)
	for _, k := range sslKeys {
		if s := r.str(k, ""); s != "" {
			c.SSL[k] = s
		}
	}
	c.ApplicationName = r.str("application_name", "dbt")
	c.Autocommit = r.boolean("autocommit", false)
	c.Retries = r.integer("retries", 1)
	r.check(c)
	if len(r.faults) > 0 {
		return nil, fmt.Errorf("the postgres target of profiles.yml: %s", strings.Join(r.faults, "; "))
	}
	c.context = c.makeContext(r.given)
	return c, nil
}

// contextKeys are dbt-postgres' connection keys, in its order, with the alias of one
// of them.
var contextKeys = []string{
	"host", "port", "user", "database", "schema", "connect_timeout", "role", "search_path", "keepalives_idle", "sslmode", "sslcert",
	"sslkey", "sslrootcert", "application_name", "autocommit", "retries", "dbname",
}

// makeContext gives the connection keys, those that were not given with their
// defaults. The password is not among them.
func (c *Credentials) makeContext(given *value.Dict) *value.Dict {
	defaults := map[string]value.Value{
		"host": value.Str(c.Host), "port": value.Int(c.Port), "user": value.Str(c.User), "database": value.Str(c.database),
		"schema": value.Str(c.schema), "connect_timeout": value.Int(c.ConnectTimeout), "keepalives_idle": value.Int(c.KeepalivesIdle),
		"autocommit": value.Bool(c.Autocommit), "retries": value.Int(c.Retries), "dbname": value.Str(c.database),
		"application_name": value.Str(c.ApplicationName),
	}
	d := value.NewDict(len(contextKeys))
	for _, k := range contextKeys {
		v, ok := given.GetStr(k)
		if def, has := defaults[k]; !ok && has {
			v, ok = def, true
		}
		if !ok {
			v = value.None
		}
		d.SetStr(k, v)
	}
	return d
}

// Database implements adapter.Credentials.
func (c *Credentials) Database() string { return c.database }

// Schema implements adapter.Credentials.
func (c *Credentials) Schema() string { return c.schema }

// Context implements adapter.Credentials.
func (c *Credentials) Context() *value.Dict { return c.context }

// Secrets implements adapter.Credentials.
func (c *Credentials) Secrets() []string {
	var out []string
	for _, s := range []string{c.password, os.Getenv("PGPASSWORD"), os.Getenv("PGSSLPASSWORD")} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Unique implements adapter.Credentials.
func (c *Credentials) Unique() string {
	return fmt.Sprintf("%s/%s", c.address(), c.database)
}

// Still implements adapter.Still: to open a server's database changes nothing.
func (c *Credentials) Still() bool { return true }

var (
	_ adapter.Credentials = (*Credentials)(nil)
	_ adapter.Still       = (*Credentials)(nil)
)

// socket reports whether the host is the folder of a Unix socket.
func (c *Credentials) socket() bool { return strings.HasPrefix(c.Host, "/") }

func (c *Credentials) address() string {
	if c.socket() {
		return fmt.Sprintf("%s/.s.PGSQL.%d", strings.TrimSuffix(c.Host, "/"), c.Port)
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
}

// config is what pgconn connects with: what the target says, and for the rest what
// libpq looks at (the PG* environment, .pgpass, the files below ~/.postgresql).
func (c *Credentials) config() (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(c.keywords())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", c.Unique(), plainParse(err))
	}
	config.DialFunc = c.dialer().DialContext
	config.RuntimeParams["client_encoding"] = "UTF8"
	return config, nil
}

// keywords is the connection as libpq's text of keywords. What is empty is left to the
// environment, as libpq does.
func (c *Credentials) keywords() string {
	var b strings.Builder
	add := func(key, val string) {
		if val != "" {
			b.WriteString(key + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(val) + "' ")
		}
	}
	add("host", c.Host)
	add("port", strconv.Itoa(c.Port))
	add("user", c.User)
	add("password", c.password)
	add("dbname", c.database)
	add("connect_timeout", strconv.Itoa(max(c.ConnectTimeout, 0)))
	for _, k := range sslKeys {
		add(k, c.SSL[k])
	}
	add("application_name", c.ApplicationName)
	if c.SearchPath != "" {
		add("options", "-c search_path="+strings.ReplaceAll(c.SearchPath, " ", `\ `))
	}
	return b.String()
}

// dialer keeps idle connections alive as the target says, else as the system does.
func (c *Credentials) dialer() *net.Dialer {
	d := &net.Dialer{Timeout: time.Duration(max(c.ConnectTimeout, 0)) * time.Second}
	d.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: -1, Interval: -1, Count: -1}
	if c.KeepalivesIdle > 0 {
		d.KeepAliveConfig.Idle = time.Duration(c.KeepalivesIdle) * time.Second
	}
	return d
}
