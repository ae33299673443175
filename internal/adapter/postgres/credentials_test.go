package postgres

import (
	"slices"
	"strings"
	"testing"

	"dex/internal/jinja/value"
	"dex/internal/pgtest"
)

var somewhere = pgtest.Settings{Host: "db.example.com", Port: 5432, User: "loader", Database: "shop"}

// TestContext: what templates see as target is what dbt-postgres shows, in its order,
// and no password.
func TestContext(t *testing.T) {
	for _, c := range []struct {
		more map[string]value.Value
		want string
	}{
		{nil, "{'host': 'db.example.com', 'port': 5432, 'user': 'loader', 'database': 'shop', 'schema': 'public', 'connect_timeout': 10, " +
			"'role': None, 'search_path': None, 'keepalives_idle': 0, 'sslmode': None, 'sslcert': None, 'sslkey': None, 'sslrootcert': None, " +
			"'application_name': 'dbt', 'autocommit': False, 'retries': 1, 'dbname': 'shop'}"},
		{map[string]value.Value{
			"dbname": nil, "database": value.Str("other"), "pass": nil, "password": value.Str("pw"), "port": value.Float(5433), "role": value.Str(""),
			"connect_timeout": value.Int(0), "search_path": value.Str("a, b"), "keepalives_idle": value.Int(30), "sslmode": value.Str("disable"),
			"application_name": value.None, "autocommit": value.None, "retries": value.Int(3), "threads": value.Int(4), "sslcert": value.Str("c"),
		}, "{'host': 'db.example.com', 'port': 5433, 'user': 'loader', 'database': 'other', 'schema': 'public', 'connect_timeout': 0, " +
			"'role': '', 'search_path': 'a, b', 'keepalives_idle': 30, 'sslmode': 'disable', 'sslcert': 'c', 'sslkey': None, 'sslrootcert': None, " +
			"'application_name': None, 'autocommit': None, 'retries': 3, 'dbname': 'other'}"},
	} {
		creds, err := ParseCredentials(target(somewhere, c.more), "")
		if err != nil {
			t.Fatal(err)
		}
		if got := value.Repr(creds.Context()); got != c.want {
			t.Errorf("%s\nwant\n%s", got, c.want)
		}
	}
}

// TestCredentialFaults: all faults come at once, name their keys and no value.
func TestCredentialFaults(t *testing.T) {
	for _, c := range []struct {
		more map[string]value.Value
		want []string
	}{
		{map[string]value.Value{"host": nil, "user": nil, "port": nil, "pass": nil, "dbname": nil, "schema": nil},
			[]string{"host: missing", "user: missing", "port: missing", "password: missing", "database: missing", "schema: missing"}},
		{map[string]value.Value{"password": value.Str("s3cret"), "database": value.Str("x")},
			[]string{"password and pass: both are given", "database and dbname: both are given"}},
		{map[string]value.Value{"port": value.Str("5432")}, []string{"port: a whole number is needed, not str", "as_number"}},
		{map[string]value.Value{"port": value.Int(70000)}, []string{"port: a number from 0 to 65535"}},
		{map[string]value.Value{"port": value.Bool(true)}, []string{"port: a whole number is needed, not bool"}},
		{map[string]value.Value{"pass": value.Int(12345)}, []string{"pass: a text is needed, not int (put it in quotes)"}},
		{map[string]value.Value{"pass": value.None, "host": value.None}, []string{"pass: a text is needed, not null", "host: a text is needed, not null"}},
		{map[string]value.Value{"connect_timeout": value.Str("10"), "retries": value.None, "keepalives_idle": value.Float(1.5)},
			[]string{"connect_timeout: a whole number is needed, not str", "retries: a whole number is needed, not null", "keepalives_idle: a whole number is needed, not float"}},
		{map[string]value.Value{"retries": value.Int(-1)}, []string{"retries: a number from 0"}},
		{map[string]value.Value{"sslmode": value.Str("bogus")}, []string{"sslmode: one of disable, allow, prefer, require, verify-ca, verify-full"}},
		{map[string]value.Value{"autocommit": value.Str("yes")}, []string{"autocommit: true or false is needed, not str"}},
		{map[string]value.Value{"hostname": value.Str("x"), "sslmod": value.Str("y")}, []string{"hostname: no such key", "sslmod: no such key"}},
		{map[string]value.Value{"role": value.Str("a\x00b")}, []string{"role: it holds a NUL character"}},
	} {
		_, err := ParseCredentials(target(somewhere, c.more), "")
		if err == nil {
			t.Errorf("%v: no fault", c.want)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%v\nlacks %q", err, w)
			}
		}
		for _, no := range []string{"s3cret", "12345"} {
			if strings.Contains(err.Error(), no) {
				t.Errorf("a value is shown: %v", err)
			}
		}
	}
}

// TestConfig: what the target says goes to the client library whatever signs are in
// it, and what it leaves empty is the environment's.
func TestConfig(t *testing.T) {
	t.Setenv("PGPASSWORD", "of the environment")
	t.Setenv("PGAPPNAME", "of the environment")
	t.Setenv("PGSSLMODE", "disable")
	t.Setenv("PGHOST", "elsewhere")
	t.Setenv("PGOPTIONS", "-c geqo=off")
	odd := `it's a \ "pass" = word`
	creds, err := ParseCredentials(target(somewhere, map[string]value.Value{"pass": value.Str(odd), "search_path": value.Str(`a, "b c"`)}), "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := creds.config()
	if err != nil {
		t.Fatal(err)
	}
	if c.Password != odd || c.Host != "db.example.com" || c.RuntimeParams["application_name"] != "dbt" || c.TLSConfig != nil {
		t.Errorf("%q %q %q %v", c.Password, c.Host, c.RuntimeParams["application_name"], c.TLSConfig)
	}
	if got := c.RuntimeParams["options"]; got != `-c search_path=a,\ "b\ c"` {
		t.Errorf("options %s", got)
	}
	if got := creds.Secrets(); !slices.Equal(got, []string{odd, "of the environment"}) {
		t.Errorf("secrets %q", got)
	}
	creds, err = ParseCredentials(target(somewhere, map[string]value.Value{"pass": value.Str(""), "application_name": value.None}), "")
	if err != nil {
		t.Fatal(err)
	}
	if c, err = creds.config(); err != nil {
		t.Fatal(err)
	}
	if c.Password != "of the environment" || c.RuntimeParams["application_name"] != "of the environment" || c.RuntimeParams["options"] != "-c geqo=off" {
		t.Errorf("%q %q %q", c.Password, c.RuntimeParams["application_name"], c.RuntimeParams["options"])
	}
}
