package duckdb

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

// oracle is what dbt-duckdb makes of targets, secrets and external locations.
type oracle struct {
	Targets  []struct{ Target, Context, Attach, Error json.RawMessage }
	Secrets  []struct{ Secret, SQL json.RawMessage }
	External []struct{ Location, Options, Write, After, Read json.RawMessage }
}

func readOracle(t *testing.T) oracle {
	t.Helper()
	src, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	if err := json.Unmarshal(src, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func decode(t *testing.T, raw json.RawMessage) value.Value {
	t.Helper()
	v, err := value.ParseJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTargetContext(t *testing.T) {
	for _, c := range readOracle(t).Targets {
		creds, err := ParseCredentials(decode(t, c.Target).(*value.Dict), "")
		if (err != nil) != (c.Error != nil) {
			t.Errorf("%s: error %v, dbt's is %s", c.Target, err, c.Error)
		}
		if err != nil {
			continue
		}
		want := value.Repr(decode(t, c.Context))
		if got := value.Repr(creds.Context()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.Target, got, want)
		}
		attach := value.NewList()
		for _, a := range creds.Attach {
			attach.Elems = append(attach.Elems, value.Str(a.sql(creds)))
		}
		if got, want := value.Repr(attach), value.Repr(decode(t, c.Attach)); got != want {
			t.Errorf("%s: attach\n got %s\nwant %s", c.Target, got, want)
		}
	}
}

func TestSecretSQL(t *testing.T) {
	for _, c := range readOracle(t).Secrets {
		d := value.NewDict(0)
		d.SetStr("secrets", value.NewList(decode(t, c.Secret)))
		creds, err := ParseCredentials(d, "")
		if err != nil {
			t.Errorf("%s: %v", c.Secret, err)
			continue
		}
		if got, want := creds.SecretSQL[0], value.ToStr(decode(t, c.SQL)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.Secret, got, want)
		}
	}
}

func parseTarget(t *testing.T, src string) (*Credentials, error) {
	t.Helper()
	return ParseCredentials(decode(t, json.RawMessage(src)).(*value.Dict), "/work")
}

func TestFaultsOfTargets(t *testing.T) {
	for _, c := range []struct{ target, want string }{
		{`{"pth": "x.duckdb"}`, "pth: no such key"},
		{`{"filesystems": [{"fs": "s3"}]}`, "filesystems: not supported"},
		{`{"plugins": [{"module": "excel"}]}`, "plugins: not supported"},
		{`{"use_credential_provider": "aws"}`, "use_credential_provider: not supported"},
		{`{"remote": {"host": "h"}}`, "remote: not supported"},
		{`{"path": "md:shop"}`, "MotherDuck is not supported"},
		{`{"attach": [{"path": "md:shop"}]}`, "attach: entry 1: path: MotherDuck"},
		{`{"attach": [{"path": "x.db", "alais": "x"}]}`, "attach: entry 1: alais: no such key"},
		{`{"attach": [{"alias": "x"}]}`, "attach: entry 1: path: missing"},
		{`{"attach": [{"path": "x", "type": "sqlite", "options": {"type": "mysql"}}]}`, "options: type: it is given outside"},
		{`{"attach": "x.db"}`, "attach: a list is needed, not str"},
		{`{"settings": ["x"]}`, "settings: a mapping is needed, not list"},
		{`{"path": 5}`, "path: a text is needed, not int"},
		{`{"keep_open": "yes"}`, "keep_open: true or false is needed"},
		{`{"retries": {"connect_attempts": 0}}`, "retries: connect_attempts: a number from 1"},
		{`{"retries": {"attempts": 3}}`, "retries: attempts: no such key"},
		{`{"extensions": [{"name": "h3"}]}`, "extensions: entry 1 needs a name and a repo"},
		{`{"secrets": [{"secret": "hush-hush"}]}`, "secrets: entry 1: type: missing"},
		{`{"pth": "x", "plugins": [1], "path": 5}`, "plugins: not supported"},
	} {
		_, err := parseTarget(t, c.target)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", c.target, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the error shows a secret: %v", c.target, err)
		}
	}
}

// Nulls are as good as absent, also for what dex does not support.
func TestNullsInTargets(t *testing.T) {
	if _, err := parseTarget(t, `{"path": null, "plugins": null, "attach": null, "schema": null, "retries": null}`); err != nil {
		t.Error(err)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c, err := parseTarget(t, `{"path": "x.duckdb", "settings": {"s3_secret_access_key": "hush-1", "threads": 2},
		"config_options": {"http_proxy_password": "hush-2"},
		"secrets": [{"type": "s3", "key_id": "hush-3", "secret": "hush-4", "region": "eu"}],
		"attach": [{"path": "dbname=a password=hush-5 host=h", "type": "postgres"}, {"path": "postgres://u:hush-6@h/d", "type": "postgres"},
			{"path": "y.db", "options": {"encryption_key": "hush-7"}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	shown := value.Repr(c.Context())
	if strings.Contains(shown, "hush") {
		t.Errorf("target shows a secret: %s", shown)
	}
	if !strings.Contains(shown, "dbname=a password=***** host=h") || !strings.Contains(shown, "'threads': 2") {
		t.Errorf("target hides more than secrets: %s", shown)
	}
	secrets := strings.Join(c.Secrets(), " ")
	for _, n := range "1234567" {
		if !strings.Contains(secrets, "hush-"+string(n)) {
			t.Errorf("hush-%c is not among the secrets: %s", n, secrets)
		}
	}
	if strings.Contains(secrets, "eu") {
		t.Errorf("a region is no secret: %s", secrets)
	}
}

func TestPathStartsAtDir(t *testing.T) {
	for path, want := range map[string]string{
		"x.duckdb": filepath.Join("/work", "x.duckdb"), "/abs/x.duckdb": "/abs/x.duckdb", "../y.duckdb": "/y.duckdb", ":memory:": ":memory:",
	} {
		c, err := parseTarget(t, `{"path": "`+path+`"}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Unique(); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestRetriesCover(t *testing.T) {
	for _, c := range []struct {
		name, msg string
		want      bool
	}{
		{"IOException", "IO Error: Could not read", true}, {"IOException", "Catalog Error: no", false},
		{"TransactionException", "TransactionContext Error: Conflict", true}, {"InvalidInputException", "Invalid Input Error: x", true},
		{"OutOfMemoryException", "Out of Memory Error: x", true}, {"HTTPException", "HTTP Error: 503", true},
	} {
		if got := (Retries{Exceptions: []string{c.name}}).covers(databaseError(c.msg, "")); got != c.want {
			t.Errorf("%s on %q: %t", c.name, c.msg, got)
		}
	}
}

func TestExternalOptions(t *testing.T) {
	for _, c := range readOracle(t).External {
		args := []value.Value{decode(t, c.Location), decode(t, c.Options)}
		got, err := externalWriteOptions(call{}, args)
		if err != nil || value.Repr(got) != value.Repr(decode(t, c.Write)) {
			t.Errorf("%s %s: got %v, %v, want %s", c.Location, c.Options, got, err, c.Write)
		}
		if value.Repr(args[1]) != value.Repr(decode(t, c.After)) {
			t.Errorf("%s: the options became %s, want %s", c.Location, value.Repr(args[1]), c.After)
		}
		got, err = externalReadLocation(call{}, args)
		if err != nil || value.Repr(got) != value.Repr(decode(t, c.Read)) {
			t.Errorf("%s %s: read from %v, %v, want %s", c.Location, c.Options, got, err, c.Read)
		}
	}
}
