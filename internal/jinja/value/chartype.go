package value

import (
	"strings"
	"unicode"
)

// isSpace is str.isspace of one character.
func isSpace(r rune) bool {
	switch {
	case r == ' ' || r >= '\t' && r <= '\r' || r >= 0x1c && r <= 0x1f:
		return true
	case r < 0x80:
		return false
	case r == 0x85 || r == 0x2028 || r == 0x2029:
		return true
	}
	return unicode.Is(unicode.Zs, r)
}

func isLineBreak(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

func isDecimal(r rune) bool { return unicode.IsDigit(r) }

func isDigit(r rune) bool { return unicode.IsDigit(r) || unicode.Is(digitChars, r) }

func isNumeric(r rune) bool { return unicode.IsNumber(r) || unicode.Is(numericLetters, r) }

func isAlnum(r rune) bool { return unicode.IsLetter(r) || isNumeric(r) }

// every is how the is-methods judge a text: it is not empty and every character
// passes.
func every(s string, pass func(rune) bool) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !pass(r) }) < 0
}

// someCased is whether s has cased letters and all of them pass.
func someCased(s string, pass func(rune) bool) bool {
	found := false
	for _, r := range s {
		if isCased(r) {
			if !pass(r) {
				return false
			}
			found = true
		}
	}
	return found
}

// isTitleText is str.istitle: upper case starts every word and nothing else.
func isTitleText(s string) bool {
	found, inWord := false, false
	for _, r := range s {
		switch {
		case isUpperRune(r) || unicode.IsTitle(r):
			if inWord {
				return false
			}
			found, inWord = true, true
		case isLowerRune(r):
			if !inWord {
				return false
			}
		default:
			inWord = false
		}
	}
	return found
}

func isIdentifier(s string) bool {
	for i, r := range s {
		start := r == '_' || unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start)
		if start || i > 0 && (unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)) {
			continue
		}
		return false
	}
	return s != ""
}
