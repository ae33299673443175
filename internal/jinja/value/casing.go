package value

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// specials reads a table of casing_data.go.
func specials(words string) func() map[rune]string {
	return sync.OnceValue(func() map[rune]string {
		out := map[rune]string{}
		for _, w := range strings.Fields(words) {
			r, n := utf8.DecodeRuneInString(w)
			out[r] = w[n:]
		}
		return out
	})
}

var (
	upperSpecial = specials(upperSpecials)
	titleSpecial = specials(titleSpecials)
	foldSpecial  = specials(foldSpecials)
)

func appendMapped(b []byte, r rune, special func() map[rune]string, simple func(rune) rune) []byte {
	if r >= utf8.RuneSelf {
		if s, ok := special()[r]; ok {
			return append(b, s...)
		}
	}
	return utf8.AppendRune(b, simple(r))
}

func pyUpper(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = appendMapped(b, r, upperSpecial, unicode.ToUpper)
	}
	return string(b)
}

func pyLower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	b := make([]byte, 0, len(s))
	for i, r := range s {
		b = appendLower(b, s, i, r)
	}
	return string(b)
}

// appendLower appends the lower case of the character r at s[i:]. Two depend on
// more than the character: a capital sigma at a word's end, and a dotted I.
func appendLower(b []byte, s string, i int, r rune) []byte {
	switch r {
	case 'Σ':
		if finalSigma(s, i) {
			return append(b, "ς"...)
		}
		return append(b, "σ"...)
	case 'İ':
		return append(b, "i\u0307"...)
	}
	return utf8.AppendRune(b, unicode.ToLower(r))
}

// finalSigma is Unicode's Final_Sigma: a cased letter before, none behind,
// looking past the characters without case of their own.
func finalSigma(s string, i int) bool {
	before := strings.TrimRightFunc(s[:i], caseIgnorable)
	r, _ := utf8.DecodeLastRuneInString(before)
	if before == "" || !isCased(r) {
		return false
	}
	after := strings.TrimLeftFunc(s[i+len("Σ"):], caseIgnorable)
	r, _ = utf8.DecodeRuneInString(after)
	return after == "" || !isCased(r)
}

func caseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:·’", r)
}

func isCased(r rune) bool { return isUpperRune(r) || isLowerRune(r) || unicode.IsTitle(r) }

func isUpperRune(r rune) bool { return unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r) }

func isLowerRune(r rune) bool { return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r) }

func pyCasefold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r == 'İ' {
			b = append(b, "i\u0307"...)
			continue
		}
		b = appendMapped(b, r, foldSpecial, unicode.ToLower)
	}
	return string(b)
}

func pySwapcase(s string) string {
	b := make([]byte, 0, len(s))
	for i, r := range s {
		switch {
		case isUpperRune(r):
			b = appendLower(b, s, i, r)
		case isLowerRune(r):
			b = appendMapped(b, r, upperSpecial, unicode.ToUpper)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

func pyCapitalize(s string) string {
	b := make([]byte, 0, len(s))
	for i, r := range s {
		if i == 0 {
			b = appendMapped(b, r, titleSpecial, unicode.ToTitle)
			continue
		}
		b = appendLower(b, s, i, r)
	}
	return string(b)
}

// pyTitle starts a word at every cased letter behind one without case.
func pyTitle(s string) string {
	b := make([]byte, 0, len(s))
	inWord := false
	for i, r := range s {
		if inWord {
			b = appendLower(b, s, i, r)
		} else {
			b = appendMapped(b, r, titleSpecial, unicode.ToTitle)
		}
		inWord = isCased(r)
	}
	return string(b)
}
