package pylib

import (
	"fmt"
	"strings"

	"dex/internal/jinja/value"
)

// Flag is re.RegexFlag: an int that prints by name. Templates, which have no |,
// add flags up, and get an int.
type Flag int

// flagNames are in the order in which Python prints them.
var flagNames = []struct {
	letter, name string
	flag         int
}{
	{"A", "ASCII", flagASCII}, {"I", "IGNORECASE", flagIgnoreCase}, {"L", "LOCALE", flagLocale}, {"U", "UNICODE", flagUnicode},
	{"M", "MULTILINE", flagMultiline}, {"S", "DOTALL", flagDotAll}, {"X", "VERBOSE", flagVerbose},
}

// Type is "RegexFlag".
func (Flag) Type() string { return "RegexFlag" }

// Truth is whether any flag is set.
func (f Flag) Truth() bool { return f != 0 }

// AppendStr appends re.IGNORECASE.
func (f Flag) AppendStr(b []byte) []byte { return f.AppendRepr(b) }

// AppendRepr appends re.IGNORECASE.
func (f Flag) AppendRepr(b []byte) []byte {
	if f == 0 {
		return append(b, "re.NOFLAG"...)
	}
	return append(b, flagText(int(f))...)
}

func flagText(flags int) string {
	var parts []string
	for _, f := range flagNames {
		if flags&f.flag != 0 {
			parts = append(parts, "re."+f.name)
			flags &^= f.flag
		}
	}
	if flags != 0 {
		parts = append(parts, fmt.Sprintf("0x%x", flags))
	}
	return strings.Join(parts, "|")
}

// Equal compares as an int.
func (f Flag) Equal(other value.Value) bool {
	if o, ok := other.(Flag); ok {
		return f == o
	}
	return value.Equal(value.Int(f), other)
}

// HashKey is the int's.
func (f Flag) HashKey() any { return value.Int(f).HashKey() }

// BinaryOp is an int's arithmetic.
func (f Flag) BinaryOp(op value.Op, other value.Value, right bool) (value.Value, error) {
	if o, ok := other.(Flag); ok {
		other = value.Int(o)
	}
	fn, ok := map[value.Op]func(a, b value.Value) (value.Value, error){
		value.OpAdd: value.Add, value.OpSub: value.Sub, value.OpMul: value.Mul, value.OpMod: value.Mod, value.OpFloorDiv: value.FloorDiv,
	}[op]
	if !ok {
		return nil, nil
	}
	if right {
		return fn(other, value.Int(f))
	}
	return fn(value.Int(f), other)
}
