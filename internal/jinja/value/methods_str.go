package value

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func init() {
	strMethods = table("str", strCaseRows, strTestRows, strTrimRows, strSearchRows, strSplitRows, strOtherRows())
	initMarkup()
}

// textOf is the text of a method's value: Markup shares the rows of str.
func textOf(v Value) string {
	s, _ := AsString(v)
	return s
}

// textMap is a row whose method maps a text to another.
func textMap(name string, f func(string) string) method {
	return method{name: name, fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return Str(f(textOf(self))), nil
	}}
}

// textTest is a row whose method answers yes or no.
func textTest(name string, f func(string) bool) method {
	return method{name: name, fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return Bool(f(textOf(self))), nil
	}}
}

func charTest(name string, pass func(rune) bool) method {
	return textTest(name, func(s string) bool { return every(s, pass) })
}

var strCaseRows = []method{
	textMap("upper", pyUpper),
	textMap("lower", pyLower),
	textMap("title", pyTitle),
	textMap("capitalize", pyCapitalize),
	textMap("swapcase", pySwapcase),
	textMap("casefold", pyCasefold),
}

var strTestRows = []method{
	charTest("isalpha", unicode.IsLetter),
	charTest("isdecimal", isDecimal),
	charTest("isdigit", isDigit),
	charTest("isnumeric", isNumeric),
	charTest("isalnum", isAlnum),
	charTest("isspace", isSpace),
	textTest("isascii", isASCII),
	textTest("isidentifier", isIdentifier),
	textTest("isupper", func(s string) bool { return someCased(s, isUpperRune) }),
	textTest("islower", func(s string) bool { return someCased(s, isLowerRune) }),
	textTest("istitle", isTitleText),
	textTest("isprintable", func(s string) bool { return s == "" || every(s, isPrintable) }),
}

var strTrimRows = []method{
	{name: "strip", max: 1, fn: trimmer("strip", strings.TrimFunc)},
	{name: "lstrip", max: 1, fn: trimmer("lstrip", strings.TrimLeftFunc)},
	{name: "rstrip", max: 1, fn: trimmer("rstrip", strings.TrimRightFunc)},
	{name: "removeprefix", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		p, err := needText(a[0], "removeprefix() argument must be str, not %s")
		return Str(strings.TrimPrefix(textOf(self), p)), err
	}},
	{name: "removesuffix", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		p, err := needText(a[0], "removesuffix() argument must be str, not %s")
		return Str(strings.TrimSuffix(textOf(self), p)), err
	}},
	{name: "center", min: 1, max: 2, fn: padder(padCenter)},
	{name: "ljust", min: 1, max: 2, fn: padder(func(_, fill int) int { return 0 })},
	{name: "rjust", min: 1, max: 2, fn: padder(func(_, fill int) int { return fill })},
	{name: "zfill", min: 1, max: 1, fn: strZfill},
	{name: "expandtabs", max: 1, params: []string{"tabsize"}, fn: strExpandtabs},
}

// needText is the text of an argument, or the TypeError that format makes of
// its type.
func needText(v Value, format string) (string, error) {
	if s, ok := AsString(v); ok {
		return s, nil
	}
	if u, ok := v.(*Undefined); ok {
		return "", u.Error()
	}
	return "", TypeErrorf(format, v.Type())
}

func trimmer(name string, trim func(string, func(rune) bool) string) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		s := textOf(self)
		if len(a) == 0 || !given(a[0]) {
			return Str(trim(s, isSpace)), nil
		}
		cut, ok := AsString(a[0])
		if !ok {
			return nil, TypeErrorf("%s arg must be None or str", name)
		}
		return Str(trim(s, func(r rune) bool { return strings.ContainsRune(cut, r) })), nil
	}
}

// padCenter is how much of the fill goes to the left: with an odd width the
// larger half.
func padCenter(width, fill int) int { return fill/2 + fill&width&1 }

func padder(left func(width, fill int) int) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		s := textOf(self)
		width, err := needIndex(a[0])
		if err != nil {
			return nil, err
		}
		char := " "
		if len(a) == 2 {
			if char, err = needText(a[1], "The fill character must be a unicode character, not %s"); err != nil {
				return nil, err
			}
			if runeLen(char) != 1 {
				return nil, TypeErrorf("The fill character must be exactly one character long")
			}
		}
		fill := width - runeLen(s)
		if fill <= 0 {
			return Str(s), nil
		}
		n := left(width, fill)
		if _, err = repeatText(char, fill); err != nil {
			return nil, err
		}
		return Str(strings.Repeat(char, n) + s + strings.Repeat(char, fill-n)), nil
	}
}

func strZfill(_ *Thread, self Value, a []Value) (Value, error) {
	s := textOf(self)
	width, err := needIndex(a[0])
	if err != nil {
		return nil, err
	}
	zeros, err := repeatText("0", max(width-runeLen(s), 0))
	if err != nil {
		return nil, err
	}
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return Str(s[:1] + zeros + s[1:]), nil
	}
	return Str(zeros + s), nil
}

func strExpandtabs(_ *Thread, self Value, a []Value) (Value, error) {
	size := 8
	if a[0] != nil {
		n, err := needIndex(a[0])
		if err != nil {
			return nil, err
		}
		size = n
	}
	s := textOf(self)
	if size > 0 && size > maxSequence/(strings.Count(s, "\t")+1) {
		return nil, Errorf("OverflowError", "new string is too long")
	}
	var b []byte
	column := 0
	for _, r := range s {
		switch r {
		case '\t':
			if size > 0 {
				n := size - column%size
				column += n
				for range n {
					b = append(b, ' ')
				}
			}
		case '\n', '\r':
			column = 0
			b = utf8.AppendRune(b, r)
		default:
			column++
			b = utf8.AppendRune(b, r)
		}
	}
	return Str(b), nil
}
