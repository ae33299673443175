package pylib

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"dex/internal/jinja/value"
)

// evaluator runs the Python expressions of testdata: names, literals, calls,
// attributes, items and operators, as far as the cases need them.
type evaluator struct {
	src   string
	names map[string]value.Value
	t     *value.Thread
}

type exprError struct{ msg string }

func newEvaluator() *evaluator {
	mods := Modules(Options{Now: func() time.Time { return time.Date(2024, 3, 15, 10, 30, 45, 123456000, time.UTC) }})
	e := &evaluator{names: map[string]value.Value{"None": value.None, "True": value.Bool(true), "False": value.Bool(false)}, t: value.NewThread(context.Background(), nil)}
	mods.Each(func(k, v value.Value) bool { e.names[value.ToStr(k)] = v; return true })
	for name, fn := range map[string]func(v value.Value) (value.Value, error){
		"str":  func(v value.Value) (value.Value, error) { return value.Str(value.ToStr(v)), nil },
		"bool": func(v value.Value) (value.Value, error) { return value.Bool(v.Truth()), nil },
		"list": func(v value.Value) (value.Value, error) {
			elems, err := value.ToSlice(v)
			return value.NewList(elems...), err
		},
		"abs": func(v value.Value) (value.Value, error) { return v.(*TimeDelta).Abs(), nil },
		"len": func(v value.Value) (value.Value, error) { n, err := value.Len(v); return value.Int(n), err },
	} {
		e.names[name] = function(name, func(_ *value.Thread, a []value.Value) (value.Value, error) { return fn(a[0]) }, "x")
	}
	e.names["range"] = function("range", func(_ *value.Thread, a []value.Value) (value.Value, error) {
		return value.NewRange(0, int(a[0].(value.Int)), 1)
	}, "n")
	return e
}

// eval prints the value of an expression, or its error, as the recording does.
func (e *evaluator) eval(t *testing.T, src string) (out string) {
	t.Helper()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			pe, ok := r.(*value.Error)
			if !ok {
				panic(r)
			}
			out = pe.Kind + ": " + pe.Msg
		case exprError:
			t.Fatalf("%s: %s at %q", src, r.msg, e.src)
		default:
			panic(r)
		}
	}()
	e.src = src
	v := e.compare()
	if e.src != "" {
		panic(exprError{"unread text"})
	}
	if _, ok := v.(*value.Iterator); ok {
		v = value.NewList(must(value.ToSlice(v))...)
	}
	return value.Repr(v)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (e *evaluator) space() { e.src = strings.TrimLeft(e.src, " ") }

// take reads one of some operators; the longer come first.
func (e *evaluator) take(ops ...string) (string, bool) {
	e.space()
	for _, op := range ops {
		if strings.HasPrefix(e.src, op) {
			e.src = e.src[len(op):]
			return op, true
		}
	}
	return "", false
}

func (e *evaluator) want(op string) {
	if _, ok := e.take(op); !ok {
		panic(exprError{"want " + op})
	}
}

func (e *evaluator) compare() value.Value {
	a := e.sum()
	ops := map[string]value.Op{"==": value.OpEq, "!=": value.OpNe, "<=": value.OpLe, ">=": value.OpGe, "<": value.OpLt, ">": value.OpGt}
	if op, ok := e.take("==", "!=", "<=", ">=", "<", ">"); ok {
		return value.Bool(must(value.Compare(ops[op], a, e.sum())))
	}
	return a
}

func (e *evaluator) sum() value.Value {
	a := e.product()
	for {
		switch op, _ := e.take("+", "-"); op {
		case "+":
			a = must(value.Add(a, e.product()))
		case "-":
			a = must(value.Sub(a, e.product()))
		default:
			return a
		}
	}
}

func (e *evaluator) product() value.Value {
	a := e.unary()
	for {
		switch op, _ := e.take("*", "//", "/", "%"); op {
		case "*":
			a = must(value.Mul(a, e.unary()))
		case "//":
			a = must(value.FloorDiv(a, e.unary()))
		case "/":
			a = must(value.Div(a, e.unary()))
		case "%":
			a = must(value.Mod(a, e.unary()))
		default:
			return a
		}
	}
}

func (e *evaluator) unary() value.Value {
	if _, ok := e.take("-"); ok {
		return must(value.Neg(e.unary()))
	}
	v := e.atom()
	for {
		switch op, _ := e.take(".", "(", "["); op {
		case ".":
			v = e.attr(v, e.name())
		case "(":
			args, kw := e.arguments()
			v = must(value.Call(e.t, v, args, kw))
		case "[":
			key := e.compare()
			e.want("]")
			v = must(value.GetItem(v, key))
		default:
			return v
		}
	}
}

// attr is Python's dot; a module's names are items here.
func (e *evaluator) attr(v value.Value, name string) value.Value {
	if d, ok := v.(*value.Dict); ok {
		if m, ok := d.GetStr(name); ok {
			return m
		}
	}
	a, ok, err := value.GetAttr(v, name)
	if err != nil {
		panic(err)
	}
	if !ok {
		panic(value.Errorf("AttributeError", "'%s' object has no attribute '%s'", v.Type(), name))
	}
	return a
}

func (e *evaluator) arguments() (args []value.Value, kw []value.Arg) {
	for {
		if _, ok := e.take(")"); ok {
			return args, kw
		}
		rest := e.src
		if name := e.name(); name != "" {
			if _, eq := e.take("="); eq && !strings.HasPrefix(e.src, "=") {
				kw = append(kw, value.Arg{Name: name, Value: e.compare()})
				e.take(",")
				continue
			}
		}
		e.src = rest
		args = append(args, e.compare())
		e.take(",")
	}
}

func (e *evaluator) name() string {
	e.space()
	n := 0
	for n < len(e.src) && (e.src[n] == '_' || e.src[n] >= 'a' && e.src[n] <= 'z' || e.src[n] >= 'A' && e.src[n] <= 'Z' || n > 0 && e.src[n] >= '0' && e.src[n] <= '9') {
		n++
	}
	name := e.src[:n]
	e.src = e.src[n:]
	return name
}

func (e *evaluator) atom() value.Value {
	e.space()
	if e.src == "" {
		panic(exprError{"end of text"})
	}
	switch c := e.src[0]; {
	case c == '(' || c == '[' || c == '{':
		e.src = e.src[1:]
		return e.members(c)
	case c == '\'' || c == '"':
		return e.str(false)
	case strings.HasPrefix(e.src, "r'") || strings.HasPrefix(e.src, `r"`):
		e.src = e.src[1:]
		return e.str(true)
	case c >= '0' && c <= '9':
		n := strings.IndexFunc(e.src, func(r rune) bool { return !strings.ContainsRune("0123456789.e_", r) })
		if n < 0 {
			n = len(e.src)
		}
		text := e.src[:n]
		e.src = e.src[n:]
		if i, err := strconv.ParseInt(text, 0, 64); err == nil {
			return value.Int(i)
		}
		return value.Float(must(strconv.ParseFloat(text, 64)))
	}
	name := e.name()
	v, ok := e.names[name]
	if !ok {
		panic(exprError{"unknown name " + name})
	}
	return v
}

func (e *evaluator) members(open byte) value.Value {
	closing := map[byte]string{'(': ")", '[': "]", '{': "}"}[open]
	d := value.NewDict(0)
	var elems []value.Value
	comma := false
	for {
		if _, ok := e.take(closing); ok {
			break
		}
		v := e.compare()
		if open == '{' {
			e.want(":")
			if err := d.Set(v, e.compare()); err != nil {
				panic(err)
			}
		}
		elems = append(elems, v)
		if _, ok := e.take(","); ok {
			comma = true
		}
	}
	switch {
	case open == '{':
		return d
	case open == '[':
		return value.NewList(elems...)
	case len(elems) == 1 && !comma:
		return elems[0]
	}
	return value.NewTuple(elems...)
}

func (e *evaluator) str(raw bool) value.Value {
	quote := e.src[0]
	var b strings.Builder
	i := 1
	for ; e.src[i] != quote; i++ {
		if e.src[i] != '\\' {
			b.WriteByte(e.src[i])
			continue
		}
		i++
		switch c := e.src[i]; {
		case raw:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == 'n':
			b.WriteByte('\n')
		case c == 't':
			b.WriteByte('\t')
		case c == 'r':
			b.WriteByte('\r')
		case c == 'x':
			b.WriteRune(rune(must(strconv.ParseInt(e.src[i+1:i+3], 16, 32))))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	e.src = e.src[i+1:]
	return value.Str(b.String())
}
