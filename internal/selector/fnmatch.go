package selector

import (
	"strings"
	"unicode/utf8"
)

// match is Python's fnmatch on Unix: * stands for any text, dots and slashes
// included, ? for one character, [a-z] and [!a-z] for one of a set. A "[" that
// nothing closes stands for itself.
func match(pattern, s string) bool {
	// After a "*", star and mark say where to go on when what follows fails: one
	// character of s later.
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, i
			p++
			continue
		}
		if p < len(pattern) {
			r, n := utf8.DecodeRuneInString(s[i:])
			if ok, next := matchOne(pattern, p, r); ok {
				p, i = next, i+n
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[mark:])
		mark += n
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne matches r with the part of the pattern at p, and says where the next
// part begins.
func matchOne(pattern string, p int, r rune) (ok bool, next int) {
	switch pattern[p] {
	case '?':
		return true, p + 1
	case '[':
		if end := setEnd(pattern, p); end > 0 {
			return inSet(pattern[p+1:end], r), end + 1
		}
	}
	c, n := utf8.DecodeRuneInString(pattern[p:])
	return c == r, p + n
}

// setEnd finds the "]" of the set that begins at p; 0 where there is none. A
// "]" right at its beginning is one of the set.
func setEnd(pattern string, p int) int {
	i := p + 1
	if i < len(pattern) && pattern[i] == '!' {
		i++
	}
	if i < len(pattern) && pattern[i] == ']' {
		i++
	}
	if j := strings.IndexByte(pattern[min(i, len(pattern)):], ']'); j >= 0 {
		return i + j
	}
	return 0
}

func inSet(set string, r rune) bool {
	not := strings.HasPrefix(set, "!")
	if not {
		set = set[1:]
	}
	chars := []rune(set)
	found := false
	for i := 0; i < len(chars); i++ {
		if i+2 < len(chars) && chars[i+1] == '-' {
			found = found || chars[i] <= r && r <= chars[i+2]
			i += 2
			continue
		}
		found = found || chars[i] == r
	}
	return found != not
}

// wild reports whether s holds a character with a meaning in patterns.
func wild(s string) bool { return strings.ContainsAny(s, "*?[]") }
