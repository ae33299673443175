package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/pgtest"
)

// refused opens a session that must not come about, without waiting between attempts,
// and gives the message and how often it waited.
func refused(t *testing.T, d *database) (msg string, waits []time.Duration) {
	t.Helper()
	d.pause = func(_ context.Context, w time.Duration) error {
		waits = append(waits, w)
		return nil
	}
	c, err := d.Conn(t.Context(), "x")
	if err == nil {
		c.Release()
		t.Fatal("a session came about")
	}
	var db *adapter.DatabaseError
	if !errors.As(err, &db) {
		t.Errorf("%v is no DatabaseError", err)
	}
	return err.Error(), waits
}

// TestConnectErrors: what, where, why, what to do; no password; and again where it may
// pass.
func TestConnectErrors(t *testing.T) {
	at := pgtest.Database(t)
	login(t, at)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().(*net.TCPAddr).Port
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	text := func(s string) value.Value { return value.Str(s) }
	for _, c := range []struct {
		name  string
		more  map[string]value.Value
		want  []string
		waits int
		class adapter.ErrorClass
	}{
		{"nobody listens", map[string]value.Value{"host": text("127.0.0.1"), "port": value.Int(nobody), "retries": value.Int(3)},
			[]string{fmt.Sprintf(`connection to server at "127.0.0.1", port %d failed: Connection refused`, nobody), "Is the server running"}, 3, adapter.ClassConnection},
		{"no socket", map[string]value.Value{"host": text("/nowhere/at/all"), "retries": value.Int(0)},
			[]string{`on socket "/nowhere/at/all/.s.PGSQL.5432" failed: No such file or directory`}, 0, adapter.ClassConnection},
		{"nobody answers", map[string]value.Value{"host": text("127.0.0.1"), "port": value.Int(silent.Addr().(*net.TCPAddr).Port), "connect_timeout": value.Int(1), "retries": value.Int(0), "sslmode": text("disable")},
			[]string{"timeout expired", "connect_timeout (1 seconds)"}, 0, adapter.ClassConnection},
		{"wrong password", map[string]value.Value{"user": text("asked"), "pass": text("wr0ng")},
			[]string{`FATAL:  password authentication failed for user "asked"`, "Is the password"}, 0, adapter.ClassPermission},
		{"no password", map[string]value.Value{"user": text("asked"), "pass": text("")},
			[]string{`password authentication failed for user "asked"`, "No password is given"}, 0, adapter.ClassPermission},
		{"shut out", map[string]value.Value{"user": text("barred")},
			[]string{`pg_hba.conf rejects connection`, "pg_hba.conf"}, 0, adapter.ClassPermission},
		{"no such user", map[string]value.Value{"user": text("nobody_there")},
			[]string{`role "nobody_there" does not exist`}, 0, adapter.ClassPermission},
		{"no such database", map[string]value.Value{"dbname": text("nowhere")},
			[]string{`database "nowhere" does not exist`, "dex makes schemas and no databases"}, 0, adapter.ClassMissing},
		{"too many", map[string]value.Value{"user": text("limited")},
			[]string{`too many connections for role "limited"`, "fewer threads"}, 1, adapter.ClassResource},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openAt(t, at, c.more)
			_, err := d.Conn(t.Context(), "x")
			if got := adapter.ClassOf(d, err); got != c.class {
				t.Errorf("class %s, want %s", got, c.class)
			}
			msg, waits := refused(t, d)
			for _, w := range c.want {
				if !strings.Contains(msg, w) {
					t.Errorf("%s\nlacks %q", msg, w)
				}
			}
			if len(waits) != c.waits {
				t.Errorf("%d waits, want %d", len(waits), c.waits)
			}
			for i, w := range waits {
				if w != time.Duration(i*i)*time.Second {
					t.Errorf("wait %d is %s", i, w)
				}
			}
			if strings.Contains(msg, "wr0ng") {
				t.Errorf("the password is shown: %s", msg)
			}
		})
	}
	if got := sessionOf(t, openAt(t, at, map[string]value.Value{"user": text("asked"), "pass": text("it's right")})).one(t, "select current_user"); got != "asked" {
		t.Errorf("with the right password: %s", got)
	}
	t.Setenv("PGPASSWORD", "it's right")
	sessionOf(t, openAt(t, at, map[string]value.Value{"user": text("asked"), "pass": text("")}))
}

// login makes users whom the server asks for a password, shuts out, or has no room for.
func login(t *testing.T, at pgtest.Settings) {
	t.Helper()
	users := []string{"asked", "barred", "limited"}
	at.Exec(t, `create role asked login password 'it''s right'; create role barred login; create role limited login connection limit 0`)
	hba := at.Rows(t, "show hba_file")[0][0]
	old := at.Rows(t, "select pg_read_file('"+hba+"')")[0][0]
	write := func(text string) {
		at.Exec(t, "copy (select unnest(string_to_array("+literal(text)+", E'\n'))) to '"+hba+"'; select pg_reload_conf()")
	}
	t.Cleanup(func() {
		write(old)
		for _, u := range users {
			at.Exec(t, "drop role "+u)
		}
	})
	write("local all asked scram-sha-256\nlocal all barred reject\n" + old)
	d := openAt(t, at, map[string]value.Value{"user": value.Str("barred"), "retries": value.Int(0)})
	for end := time.Now().Add(time.Minute); ; { // the server reads the file in its own time
		c, err := d.Conn(t.Context(), "x")
		if err != nil {
			return
		}
		c.Release()
		if time.Now().After(end) {
			t.Fatal("the server does not read its pg_hba.conf")
		}
	}
}

// TestTLS: what each sslmode demands of the server, and that without one TLS is used
// where it is to be had. PostgreSQL: "SSL Mode Descriptions".
func TestTLS(t *testing.T) {
	t.Setenv("HOME", t.TempDir()) // no ~/.postgresql
	at := pgtest.Database(t)
	authority, cert := certificates(t, "localhost")
	other, _ := certificates(t, "elsewhere.example.com")
	port, secured := encrypted(t, at, cert)
	for _, c := range []struct {
		mode, root, host string
		ok, secured      bool
		want             string
	}{
		{mode: "", host: "127.0.0.1", ok: true, secured: true},
		{mode: "disable", host: "127.0.0.1", ok: true},
		{mode: "require", host: "127.0.0.1", ok: true, secured: true},
		{mode: "verify-ca", root: authority, host: "127.0.0.1", ok: true, secured: true},
		{mode: "verify-full", root: authority, host: "localhost", ok: true, secured: true},
		{mode: "verify-ca", root: other, host: "localhost", want: "certificate signed by unknown authority"},
		{mode: "require", root: other, host: "localhost", want: "certificate signed by unknown authority"}, // as verify-ca
		{mode: "verify-full", root: authority, host: "127.0.0.1", want: "127.0.0.1"},
	} {
		t.Run(c.mode+" "+c.host+" "+c.want, func(t *testing.T) {
			more := map[string]value.Value{"host": value.Str(c.host), "port": value.Int(port), "retries": value.Int(0)}
			if c.mode != "" {
				more["sslmode"] = value.Str(c.mode)
			}
			if c.root != "" {
				more["sslrootcert"] = value.Str(c.root)
			}
			d := openAt(t, at, more)
			before := secured()
			if !c.ok {
				if msg, _ := refused(t, d); !strings.Contains(msg, c.want) {
					t.Errorf("%s\nlacks %q", msg, c.want)
				}
				return
			}
			if got := sessionOf(t, d).one(t, "select 1"); got != "1" {
				t.Error(got)
			}
			if used := secured() > before; used != c.secured {
				t.Errorf("TLS is used: %t, want %t", used, c.secured)
			}
		})
	}
	creds, err := ParseCredentials(target(at, map[string]value.Value{"host": value.Str("localhost"), "sslmode": value.Str("verify-full"), "sslrootcert": value.Str("/nowhere/root.crt")}), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(creds); err == nil || !strings.Contains(err.Error(), "/nowhere/root.crt") || strings.Contains(err.Error(), "none needed") {
		t.Errorf("a certificate that is not there: %v", err)
	}
}
