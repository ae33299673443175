package postgres

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// What a template reaches as adapter.x on Postgres alone. The names are those of
// dbt-postgres, so that macros written for it work.

// compilationError is the kind of the errors that dbt raises for a fault of the project.
const compilationError = "CompilationError"

// Method implements adapter.Templated.
func (d *database) Method(name string) (adapter.Method, bool) {
	m, ok := methods[name]
	if !ok {
		return nil, false
	}
	return func(_ context.Context, _ adapter.Executor, args []value.Value, kw []value.Arg) (value.Value, error) {
		bound, err := value.Bind(name, args, kw, m.params...)
		if err != nil {
			return nil, err
		}
		return m.call(d.creds.database, bound)
	}, true
}

var methods = map[string]struct {
	params []string
	call   func(target string, args []value.Value) (value.Value, error)
}{
	"parse_index":       {[]string{"raw_index"}, parseIndex},
	"verify_database":   {[]string{"database"}, verifyDatabase},
	"timestamp_add_sql": {[]string{"add_to", "number?", "interval?"}, timestampAdd},
	"date_function":     {nil, func(string, []value.Value) (value.Value, error) { return value.Str("now()"), nil }},
}

// verifyDatabase is adapter.verify_database: it renders as nothing.
func verifyDatabase(target string, a []value.Value) (value.Value, error) {
	if a[0] == value.None {
		return value.Str(""), nil
	}
	return value.Str(""), sameDatabase(target, value.ToStr(a[0]))
}

// sameDatabase refuses another database than the target's: a connection sees one. The
// name may come quoted. dbt: UnexpectedDbReferenceError.
func sameDatabase(target, name string) error {
	name = strings.Trim(name, `"`)
	if strings.EqualFold(name, target) {
		return nil
	}
	return &value.Error{Kind: "NotImplementedError", Msg: fmt.Sprintf("ERROR: Cross-db references not allowed in postgres (%s vs %s)", name, target)}
}

// timestampAdd writes a point in time and a span behind it.
func timestampAdd(_ string, a []value.Value) (value.Value, error) {
	number, interval := "1", "hour"
	if a[1] != nil {
		number = value.ToStr(a[1])
	}
	if a[2] != nil {
		interval = value.ToStr(a[2])
	}
	return value.Str(value.ToStr(a[0]) + " + interval '" + number + " " + interval + "'"), nil
}
