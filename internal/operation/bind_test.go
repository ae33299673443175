package operation

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// declared reads an operation's configuration from YAML.
func declared(t testing.TB, src string) (*Operation, diag.List) {
	t.Helper()
	doc, faults := yamldoc.Decode("op.yml", []byte(src))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	op := New()
	op.Name, op.Package, op.Path, op.Language = "grant", "shop", "operations/grant.sql", SQL
	op.ID = "script.shop.grant"
	var found diag.List
	op.Lay(Layer{Doc: doc, Dict: doc.Value.(*value.Dict), What: "grant"}, &found)
	op.Settle()
	return op, found
}

const grant = `
params:
- {name: role, type: identifier, required: true, description: Who may read.}
- {name: level, type: string, enum: [read, write], default: read}
- {name: days, type: integer, min: 1, max: 30, default: 7}
- {name: rate, type: number, min: 0.5}
- {name: since, type: date, min: 2024-01-01, default: "{{ var('since') }}"}
- {name: tables, type: list, item: {type: identifier, pattern: "[a-z_]+"}, max_length: 2, required: false}
- {name: token, type: secret, env: GRANT_TOKEN, min_length: 8}
- {name: code, type: string, pattern: "[A-Z]{3}", required: false}
`

func bound(t *testing.T, op *Operation, env map[string]string, s Sources) (Values, diag.List) {
	t.Helper()
	given, err := s.Given()
	if err != nil {
		t.Fatal(err)
	}
	return Bind(op, given, func(name string) (string, bool) { v, ok := env[name]; return v, ok }, func(src string) (value.Value, error) {
		if strings.Contains(src, "since") {
			return value.Str("2024-05-06"), nil
		}
		return nil, errors.New("no such variable")
	})
}

func summaries(l diag.List) []string {
	var out []string
	for _, d := range l {
		s := d.Summary
		if strings.HasPrefix(d.Hint, "Did you mean") {
			hint, _, _ := strings.Cut(d.Hint, "?")
			s += " | " + hint + "?"
		}
		out = append(out, s)
	}
	return out
}

// TestBindTellsAll: one error has every fault there is.
func TestBindTellsAll(t *testing.T) {
	op, faults := declared(t, grant)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	_, got := bound(t, op, map[string]string{"GRANT_TOKEN": "short"}, Sources{
		Pairs:  []string{"rol=analyst", "days=40", "level=admin", "code=abcd", "code=ABC"},
		Params: `{rate: fast, tables: [a, "B;", c], since: 2023-12-31}`,
	})
	want := []string{
		"operation grant has no parameter 'rol' (--param) | Did you mean 'role'?",
		"--param gives parameter code twice",
		"parameter role is missing",
		"parameter level (--param): 'admin' is none of read, write",
		"parameter days (--param): 40 is above 30",
		"parameter rate (--params): 'fast' is not a number",
		"parameter since (--params): 2023-12-31 is below 2024-01-01",
		"parameter tables (--params): item 2: 'B;' does not match [a-z_]+",
		"parameter token ($GRANT_TOKEN): the value is not one that it takes (it is a secret, and not shown)",
	}
	if d := cmp.Diff(want, summaries(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestBindPrecedence: --param, --params, --params-file, the variable, the default.
func TestBindPrecedence(t *testing.T) {
	op, _ := declared(t, "params: [{name: a, env: A, default: default}]")
	all := Sources{File: "p.json", Text: []byte(`{"a": "file"}`), Params: "a: params", Pairs: []string{"a=pair"}}
	env := map[string]string{"A": "env"}
	for _, step := range []struct {
		want, from string
		next       func()
	}{
		{"pair", "--param", func() { all.Pairs = nil }},
		{"params", "--params", func() { all.Params = "" }},
		{"file", "--params-file p.json", func() { all.File = "" }},
		{"env", "$A", func() { delete(env, "A") }},
		{"default", "default", func() {}},
	} {
		got, faults := bound(t, op, env, all)
		if b := got.List[0]; len(faults) > 0 || b.Value != value.Str(step.want) || b.From != step.from {
			t.Errorf("got %v from %s, want %s; %v", b.Value, b.From, step.want, faults)
		}
		step.next()
	}
}

func TestBindGood(t *testing.T) {
	op, _ := declared(t, grant)
	got, faults := bound(t, op, map[string]string{"GRANT_TOKEN": "canary-secret"}, Sources{
		Pairs: []string{"role=a b", "tables=x", "tables=y"}, Params: "{rate: '0.10000000000000000000000000001'}",
	})
	want := []string{
		"parameter rate (--params): 0.10000000000000000000000000001 is below 0.5",
	}
	if d := cmp.Diff(want, summaries(faults)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	got, faults = bound(t, op, map[string]string{"GRANT_TOKEN": "canary-secret"}, Sources{
		Pairs: []string{"role=a b", "tables=x", "tables=y"}, Params: "{rate: '1.10000000000000000000000000001'}",
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	b, err := value.AppendJSON(nil, got.Masked(), value.JSONOptions{Default: JSONText})
	if err != nil {
		t.Fatal(err)
	}
	const masked = `{"role": "a b", "level": "read", "days": 7, "rate": "1.10000000000000000000000000001", "since": "2024-05-06", "tables": ["x", "y"], "token": "*****", "code": null}`
	if d := cmp.Diff(masked, string(b)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got.Get("token") != value.Str("canary-secret") || got.Get("since").Type() != "datetime.date" {
		t.Errorf("values are not those that were given: %v", got.Dict())
	}
	if d := cmp.Diff([]string{"canary-secret"}, got.Secrets()); d != "" {
		t.Error(d)
	}
}

// TestSecretsAreNotTold: no fault of a hidden parameter holds its value.
func TestSecretsAreNotTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyParam().Draw(t, "param")
		p.Secret, p.Required = true, true
		p.Enum, p.MinLength = nil, new(int)
		*p.MinLength = 100
		canary := "canary-" + rapid.StringMatching(`[a-z0-9]{8}`).Draw(t, "canary")
		op := &Operation{Name: "x", Params: []*Param{p}}
		given := []Given{{Name: "p", Value: value.Str(canary), From: "--param"}}
		_, faults := Bind(op, given, nil, nil)
		for _, f := range faults {
			if strings.Contains(f.Error(), canary) {
				t.Fatalf("%s", f.Error())
			}
		}
		if got := Hidden(op, given); len(got) != 1 || got[0] != canary {
			t.Fatalf("the value would not be learnt: %q", got)
		}
	})
}

// TestDeclarationFaults: all that is wrong with declarations comes together, each
// with its place.
func TestDeclarationFaults(t *testing.T) {
	_, faults := declared(t, `params:
- {name: a, type: intger}
- {name: b, min: 1}
- {name: c, type: integer, min: 9, max: 3}
- {name: d, type: date, default: yesterday}
- {name: 1x}
- {type: string}
- {name: e, pattern: "("}
- {name: f, enum: [x, y], default: z}
- {name: f}
- {name: g, required: true, default: 1, type: integer}
- {name: h, type: list, item: integr}
- {name: i, type: boolean, pattern: x, max_length: 3, colour: red}
retries: {attempts: 0, on: [conection]}
approval: {count: 1}
timeout: soon
targets: []
tmeout: 3s
`)
	faults.Sort()
	var got []string
	for _, f := range faults {
		got = append(got, f.Pos.String()+" "+f.Summary)
	}
	want := []string{
		"op.yml:2:19 type of parameter a may not be 'intger'",
		"op.yml:3:18 min means nothing for parameter b, whose type is string",
		"op.yml:4:41 max of parameter c is 3, below its min 9",
		"op.yml:5:34 default of parameter d: 'yesterday' is not a date such as 2024-01-31",
		"op.yml:6:10 '1x' is no name for a parameter",
		"op.yml:7:3 parameter 6 needs the key 'name'",
		"op.yml:8:22 pattern of parameter e is no regular expression: error parsing regexp: missing closing ): `(`",
		"op.yml:9:36 default of parameter f: 'z' is none of x, y",
		"op.yml:10:10 parameter f is declared twice",
		"op.yml:11:23 parameter g is required and has a default, which would never count",
		"op.yml:12:31 item of parameter h may not be 'integr'",
		"op.yml:13:37 pattern means nothing for parameter i, whose type is boolean",
		"op.yml:13:52 max_length means nothing for parameter i, whose type is boolean",
		"op.yml:13:55 Unknown key 'colour' in parameter i",
		"op.yml:14:10 there is no class of errors named 'conection'",
		"op.yml:14:21 attempts of retries is 0; it has to be from 1 to 1000",
		"op.yml:15:11 approval needs the key 'by'",
		"op.yml:16:10 timeout of grant: 'soon' is no length of time",
		"op.yml:17:10 targets is empty: the operation could run nowhere",
		"op.yml:18:1 Unknown key 'tmeout' in grant",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
