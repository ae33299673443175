package parse

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"dex/internal/jinja/value"
)

// maxTestName is the length from which dbt cuts a generic test's name for its
// file and its table.
const maxTestName = 64

// testNames makes the two names of a generic test from its macro's name, its
// target's and its arguments: a short one for its file and table, and the full
// one for its ID. dbt: synthesize_generic_test_names.
func testNames(test, target string, args *value.Dict) (short, full string) {
	keys := make([]string, 0, args.Len())
	args.Each(func(k, _ value.Value) bool {
		if name := value.ToStr(k); name != "model" {
			keys = append(keys, name)
		}
		return true
	})
	slices.Sort(keys)
	var parts []string
	for _, k := range keys {
		v, _ := args.GetStr(k)
		for _, item := range flatArg(v) {
			parts = append(parts, cleanName(value.ToStr(item)))
		}
	}
	ident := test + "_" + target
	full = ident + "_" + strings.Join(parts, "__")
	if utf8.RuneCountInString(full) < maxTestName {
		return full, full
	}
	return firstRunes(ident, 30) + "_" + md5Hex(full), full
}

// flatArg is what an argument adds to a test's name: a container's members, not
// the container.
func flatArg(v value.Value) []value.Value {
	switch x := v.(type) {
	case *value.Dict:
		out := make([]value.Value, 0, x.Len())
		x.Each(func(_, item value.Value) bool {
			out = append(out, item)
			return true
		})
		return out
	case *value.List:
		return x.Elems
	case *value.Tuple:
		return x.Elems
	}
	return []value.Value{v}
}

// cleanName turns every run of characters that a name cannot hold into one "_".
func cleanName(s string) string {
	b := make([]byte, 0, len(s))
	run := false
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '_' || c-'0' < 10 || c|0x20-'a' < 26 {
			b = append(b, c)
			run = false
		} else if !run {
			b = append(b, '_')
			run = true
		}
	}
	return string(b)
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// testHash is the end of a generic test's ID: it tells apart tests of one name
// with other arguments. dbt: the last ten digits of an md5 over the name and
// Python's repr of the metadata, its keys sorted and its leaves as text.
func testHash(name, namespace, test string, kwargs *value.Dict) string {
	b := make([]byte, 0, 256)
	b = append(b, name...)
	b = append(b, "{'kwargs': "...)
	b = appendHashable(b, kwargs)
	b = append(b, ", 'name': "...)
	b = value.Str(test).AppendRepr(b)
	b = append(b, ", 'namespace': "...)
	if namespace == "" {
		namespace = "None"
	}
	b = value.Str(namespace).AppendRepr(b)
	b = append(b, '}')
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])[22:]
}

func appendHashable(b []byte, v value.Value) []byte {
	switch x := v.(type) {
	case *value.Dict:
		type pair struct {
			key string
			val value.Value
		}
		pairs := make([]pair, 0, x.Len())
		x.Each(func(k, v value.Value) bool {
			pairs = append(pairs, pair{value.ToStr(k), v})
			return true
		})
		slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
		b = append(b, '{')
		for i, p := range pairs {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = value.Str(p.key).AppendRepr(b)
			b = append(b, ": "...)
			b = appendHashable(b, p.val)
		}
		return append(b, '}')
	case *value.List:
		b = append(b, '[')
		for i, item := range x.Elems {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendHashable(b, item)
		}
		return append(b, ']')
	}
	return value.Str(value.ToStr(v)).AppendRepr(b)
}
