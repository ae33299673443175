package postgres

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"dex/internal/jinja/value"
)

// index is an entry of a model's `indexes`, as macros see it.
type index struct {
	columns []string
	unique  bool
	method  string // "" where none is named
}

// parseIndex is adapter.parse_index: none gives none.
func parseIndex(_ string, a []value.Value) (value.Value, error) {
	if a[0] == value.None {
		return value.None, nil
	}
	x, err := readIndex(a[0])
	if err != nil {
		return nil, err
	}
	return x, nil
}

// indexFault is what dbt's schema of an index says of a wrong entry.
func indexFault(path, format string, args ...any) error {
	return &value.Error{Kind: compilationError, Msg: "Could not parse index config: at path " + path + ": " + fmt.Sprintf(format, args...)}
}

// readIndex reads {columns: [...], unique: bool, type: text or none}.
func readIndex(v value.Value) (*index, error) {
	d, ok := v.(*value.Dict)
	if !ok {
		return nil, indexFault("[]", "%s is not of type 'object'", value.Repr(v))
	}
	x, given := &index{}, false
	var fault error
	d.Each(func(k, v value.Value) bool {
		switch name := value.ToStr(k); name {
		case "columns":
			given = true
			x.columns, fault = indexColumns(v)
		case "unique":
			b, ok := v.(value.Bool)
			if x.unique = bool(b); !ok {
				fault = indexFault("['unique']", "%s is not of type 'boolean'", value.Repr(v))
			}
		case "type":
			s, ok := v.(value.Str)
			if x.method = string(s); !ok && v != value.None {
				fault = indexFault("['type']", "%s is not valid under any of the given schemas", value.Repr(v))
			}
		default:
			fault = indexFault("[]", "Additional properties are not allowed (%s was unexpected)", value.Repr(k))
		}
		return fault == nil
	})
	if fault == nil && !given {
		fault = indexFault("[]", "'columns' is a required property")
	}
	return x, fault
}

func indexColumns(v value.Value) ([]string, error) {
	l, ok := v.(*value.List)
	if !ok {
		return nil, indexFault("['columns']", "%s is not of type 'array'", value.Repr(v))
	}
	out := make([]string, 0, len(l.Elems))
	for i, e := range l.Elems {
		s, ok := e.(value.Str)
		if !ok {
			return nil, indexFault("['columns']["+strconv.Itoa(i)+"]", "%s is not of type 'string'", value.Repr(e))
		}
		out = append(out, string(s))
	}
	return out, nil
}

// named counts the names of indexes that this process has made.
var named atomic.Int64

// name makes a name that is new each time: an index lives as long as its table, and
// the table before it may still be there under another name. dbt: the time is in it.
func (x *index) name(relation string) string {
	method := x.method
	if method == "" {
		method = "None"
	}
	parts := append(append([]string(nil), x.columns...), relation, value.ToStr(value.Bool(x.unique)), method,
		time.Now().UTC().Format(time.RFC3339Nano), strconv.FormatInt(named.Add(1), 10))
	sum := md5.Sum([]byte(strings.Join(parts, "_")))
	return hex.EncodeToString(sum[:])
}

// Type implements value.Value.
func (x *index) Type() string { return "PostgresIndexConfig" }

// Truth implements value.Value.
func (x *index) Truth() bool { return true }

// AppendStr implements value.Value.
func (x *index) AppendStr(b []byte) []byte { return x.AppendRepr(b) }

// AppendRepr implements value.Value.
func (x *index) AppendRepr(b []byte) []byte {
	b = append(b, "PostgresIndexConfig(columns="...)
	b = names(x.columns).AppendRepr(b)
	b = append(b, ", unique="...)
	b = value.Bool(x.unique).AppendRepr(b)
	b = append(b, ", type="...)
	return append(textOrNone(x.method).AppendRepr(b), ')')
}

func names(list []string) *value.List {
	l := value.NewList()
	for _, s := range list {
		l.Elems = append(l.Elems, value.Str(s))
	}
	return l
}

func textOrNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}

// Attr implements value.Getter.
func (x *index) Attr(name string) (value.Value, bool) {
	switch name {
	case "columns":
		return names(x.columns), true
	case "unique":
		return value.Bool(x.unique), true
	case "type":
		return textOrNone(x.method), true
	case "render":
		return value.NewFunc("render", func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			bound, err := value.Bind("render", args, kw, "relation")
			if err != nil {
				return nil, err
			}
			return value.Str(x.name(value.ToStr(bound[0]))), nil
		}), true
	}
	return nil, false
}
