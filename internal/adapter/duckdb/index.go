package duckdb

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
}

// parseIndex is adapter.parse_index: none gives none.
func parseIndex(_ call, a []value.Value) (value.Value, error) {
	if a[0] == value.None {
		return value.None, nil
	}
	d, ok := a[0].(*value.Dict)
	if !ok {
		return nil, fmt.Errorf("Invalid index config:\n  Got: %s\n  Expected a dictionary with at minimum a \"columns\" key", value.ToStr(a[0]))
	}
	x := &index{}
	var fault error
	d.Each(func(k, v value.Value) bool {
		switch name := value.ToStr(k); name {
		case "columns":
			x.columns, fault = texts(v)
		case "unique":
			x.unique = v.Truth()
		default:
			fault = fmt.Errorf("Could not parse index config: %q is no key of an index (columns, unique)", name)
		}
		return fault == nil
	})
	if fault == nil && len(x.columns) == 0 {
		fault = fmt.Errorf("Could not parse index config: columns: missing in %s", value.Repr(d))
	}
	if fault != nil {
		return nil, fault
	}
	return x, nil
}

func texts(v value.Value) ([]string, error) {
	l, ok := v.(*value.List)
	if !ok {
		return nil, fmt.Errorf("Could not parse index config: columns: a list is needed, not %s", value.Repr(v))
	}
	var out []string
	for _, e := range l.Elems {
		s, ok := e.(value.Str)
		if !ok {
			return nil, fmt.Errorf("Could not parse index config: columns: a name is needed, not %s", value.Repr(e))
		}
		out = append(out, string(s))
	}
	return out, nil
}

// named counts the names of indexes that this process has made.
var named atomic.Int64

// name makes a name that is new each time: an index lives as long as its table,
// and the table before it may still be there under another name.
func (x *index) name(relation string) string {
	parts := append(append([]string(nil), x.columns...), relation, value.ToStr(value.Bool(x.unique)),
		time.Now().UTC().Format(time.RFC3339Nano), strconv.FormatInt(named.Add(1), 10))
	sum := md5.Sum([]byte(strings.Join(parts, "_")))
	return hex.EncodeToString(sum[:])
}

// Type implements value.Value.
func (x *index) Type() string { return "DuckDBIndexConfig" }

// Truth implements value.Value.
func (x *index) Truth() bool { return true }

// AppendStr implements value.Value.
func (x *index) AppendStr(b []byte) []byte { return x.AppendRepr(b) }

// AppendRepr implements value.Value.
func (x *index) AppendRepr(b []byte) []byte {
	b = append(b, "DuckDBIndexConfig(columns="...)
	b = x.list().AppendRepr(b)
	b = append(b, ", unique="...)
	return append(value.Bool(x.unique).AppendRepr(b), ')')
}

func (x *index) list() *value.List {
	l := value.NewList()
	for _, c := range x.columns {
		l.Elems = append(l.Elems, value.Str(c))
	}
	return l
}

// Attr implements value.Getter.
func (x *index) Attr(name string) (value.Value, bool) {
	switch name {
	case "columns":
		return x.list(), true
	case "unique":
		return value.Bool(x.unique), true
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
