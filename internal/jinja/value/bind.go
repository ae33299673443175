package value

import (
	"fmt"
	"strconv"
	"strings"
)

// Bind places arguments on parameters, as a Python function's signature does,
// and returns a value for each parameter in order. A parameter is written
// "name", "name?" (nil when not given), "*args" (a *Tuple of the positional
// arguments left over; parameters behind it are by keyword alone) or "**kw" (a
// *Dict of the keywords left over). What does not fit is Python's TypeError.
func Bind(fname string, args []Value, kw []Arg, params ...string) ([]Value, error) {
	b := binder{fname: fname, params: params, out: make([]Value, len(params)), star: -1, dstar: -1}
	b.scan()
	n := min(len(args), b.plain)
	copy(b.out, args[:n])
	if b.star >= 0 {
		b.out[b.star] = NewTuple(append([]Value(nil), args[n:]...)...)
	}
	// CPython complains of keywords before it counts.
	if err := b.keywords(kw); err != nil {
		return nil, err
	}
	if b.star < 0 && len(args) > n {
		return nil, b.tooMany(len(args))
	}
	if err := b.missing(0, b.plain, "positional"); err != nil {
		return nil, err
	}
	if err := b.missing(b.plain, len(params), "keyword-only"); err != nil {
		return nil, err
	}
	return b.out, nil
}

type binder struct {
	fname       string
	params      []string
	out         []Value
	star, dstar int // positions of *args and **kw, or -1
	plain       int // parameters that take positional arguments
}

func (b *binder) scan() {
	b.plain = len(b.params)
	for i, p := range b.params {
		switch {
		case strings.HasPrefix(p, "**"):
			b.dstar = i
			b.out[i] = NewDict(0)
			b.plain = min(b.plain, i)
		case p[0] == '*':
			b.star = i
			b.plain = min(b.plain, i)
		}
	}
}

func (b *binder) tooMany(given int) error {
	required := 0
	for _, p := range b.params[:b.plain] {
		if !strings.HasSuffix(p, "?") {
			required++
		}
	}
	takes := strconv.Itoa(b.plain) + " positional argument" + pluralS(b.plain)
	if required != b.plain {
		takes = fmt.Sprintf("from %d to %d positional arguments", required, b.plain)
	}
	were := "were"
	if given == 1 {
		were = "was"
	}
	return TypeErrorf("%s() takes %s but %d %s given", b.fname, takes, given, were)
}

func pluralS(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func (b *binder) keywords(kw []Arg) error {
	for _, a := range kw {
		i := b.find(a.Name)
		switch {
		case i >= 0 && b.out[i] != nil:
			return TypeErrorf("%s() got multiple values for argument '%s'", b.fname, a.Name)
		case i >= 0:
			b.out[i] = a.Value
		case b.dstar >= 0:
			d := b.out[b.dstar].(*Dict)
			if _, twice := d.GetStr(a.Name); twice {
				return TypeErrorf("%s() got multiple values for keyword argument '%s'", b.fname, a.Name)
			}
			d.SetStr(a.Name, a.Value)
		default:
			return TypeErrorf("%s() got an unexpected keyword argument '%s'", b.fname, a.Name)
		}
	}
	return nil
}

func (b *binder) find(name string) int {
	for i, p := range b.params {
		if p[0] != '*' && strings.TrimSuffix(p, "?") == name {
			return i
		}
	}
	return -1
}

// missing is the error that names the required parameters of a range that have
// no value.
func (b *binder) missing(from, to int, what string) error {
	var names []string
	for i := from; i < to; i++ {
		if p := b.params[i]; b.out[i] == nil && p[0] != '*' && !strings.HasSuffix(p, "?") {
			names = append(names, "'"+p+"'")
		}
	}
	if names == nil {
		return nil
	}
	return TypeErrorf("%s() missing %d required %s argument%s: %s", b.fname, len(names), what, pluralS(len(names)), joinNames(names))
}

// joinNames is 'a', 'b', and 'c'.
func joinNames(names []string) string {
	switch n := len(names); n {
	case 1:
		return names[0]
	case 2:
		return names[0] + " and " + names[1]
	default:
		return strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
	}
}
