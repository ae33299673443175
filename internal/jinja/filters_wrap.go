package jinja

import (
	"strings"
	"unicode"

	"dex/internal/jinja/value"
)

var filtersWrap = map[string]FilterFunc{
	"wordwrap": filterEnv("do_wordwrap", filterWordwrap, "s", "width?", "break_long_words?", "wrapstring?", "break_on_hyphens?"),
}

// filterWordwrap wraps each line of the text by itself.
func filterWordwrap(t *value.Thread, a []value.Value) (value.Value, error) {
	split, err := method(t, a[0], "splitlines")
	if err != nil {
		return nil, err
	}
	lines, err := value.ToSlice(split)
	if err != nil {
		return nil, err
	}
	w := wrapper{breakLong: a[2] == nil || a[2].Truth(), onHyphens: a[4] == nil || a[4].Truth()}
	width, ok := orDefault(a[1], value.Int(79)).(value.Int)
	if !ok {
		return nil, value.TypeErrorf("'<=' not supported between instances of '%s' and 'int'", a[1].Type())
	}
	if width <= 0 && len(lines) > 0 {
		return nil, value.Errorf("ValueError", "invalid width %d (must be > 0)", width)
	}
	w.width = int(width)
	sep := "\n"
	if !absent(a[3]) {
		if sep, ok = value.AsString(a[3]); !ok {
			return nil, value.TypeErrorf("'%s' object has no attribute 'join'", a[3].Type())
		}
	}
	var out []string
	size := 0
	for _, line := range lines {
		parts := w.wrap(value.ToStr(line))
		if len(parts) == 0 {
			parts = []string{""} // an empty line stays one
		}
		for _, p := range parts {
			size += len(p) + len(sep)
		}
		if err := value.CheckText(size); err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return value.Str(strings.Join(out, sep)), nil
}

// wrapper breaks one line as Python's textwrap does with its tabs and
// whitespace left alone.
type wrapper struct {
	width                int
	breakLong, onHyphens bool
}

// wrap fills lines with chunks, which are words, parts of hyphenated words,
// dashes and runs of whitespace. Whitespace at a break is dropped.
func (w wrapper) wrap(s string) []string {
	var lines []string
	chunks := w.chunks([]rune(s))
	for len(chunks) > 0 {
		if isBlank(chunks[0]) && len(lines) > 0 {
			chunks = chunks[1:]
		}
		var line [][]rune
		n := 0
		for len(chunks) > 0 && n+len(chunks[0]) <= w.width {
			line, n = append(line, chunks[0]), n+len(chunks[0])
			chunks = chunks[1:]
		}
		if len(chunks) > 0 && len(chunks[0]) > w.width {
			line, chunks = w.tooLong(line, n, chunks)
		}
		if len(line) > 0 && isBlank(line[len(line)-1]) {
			line = line[:len(line)-1]
		}
		if len(line) > 0 {
			lines = append(lines, joinRunes(line))
		}
	}
	return lines
}

// tooLong places a chunk that fits on no line: broken where the line ends, at a
// hyphen if there is one, or whole on a line of its own.
func (w wrapper) tooLong(line [][]rune, used int, chunks [][]rune) (placed, rest [][]rune) {
	chunk := chunks[0]
	if !w.breakLong {
		if len(line) > 0 {
			return line, chunks
		}
		return append(line, chunk), chunks[1:]
	}
	end := w.width - used
	if w.onHyphens && len(chunk) > end {
		if h := lastHyphen(chunk[:end]); h > 0 && strings.Trim(string(chunk[:h]), "-") != "" {
			end = h + 1
		}
	}
	rest = append([][]rune{chunk[end:]}, chunks[1:]...)
	return append(line, chunk[:end]), rest
}

func lastHyphen(rs []rune) int {
	for i := len(rs) - 1; i >= 0; i-- {
		if rs[i] == '-' {
			return i
		}
	}
	return -1
}

func joinRunes(parts [][]rune) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(string(p))
	}
	return b.String()
}

// isBlank is `chunk.strip() == ”`.
func isBlank(rs []rune) bool { return strings.TrimFunc(string(rs), isSpace) == "" }

// isBreak is the whitespace at which lines are broken: ASCII's alone.
func isBreak(r rune) bool { return strings.ContainsRune("\t\n\v\f\r ", r) }

func isLetter(r rune) bool { return isWordRune(r) && !unicode.Is(unicode.Nd, r) }

func isWordPunct(r rune) bool { return isWordRune(r) || strings.ContainsRune(`!"'&.,?`, r) }

func (w wrapper) chunks(rs []rune) [][]rune {
	var out [][]rune
	for i := 0; i < len(rs); {
		n := w.chunk(rs, i)
		out = append(out, rs[i:i+n])
		i += n
	}
	return out
}

// chunk is the length of the chunk that begins at i.
func (w wrapper) chunk(rs []rune, i int) int {
	end := i + 1
	if isBreak(rs[i]) {
		for end < len(rs) && isBreak(rs[end]) {
			end++
		}
		return end - i
	}
	if w.onHyphens {
		if n := dashes(rs, i); n > 0 && i > 0 && isWordPunct(rs[i-1]) {
			return n
		}
	}
	for ; end < len(rs) && !isBreak(rs[end]); end++ {
		if !w.onHyphens {
			continue
		}
		if n := hyphenAt(rs, end); n > 0 {
			return end + n - i
		}
		if isWordPunct(rs[end-1]) && dashes(rs, end) > 0 {
			break
		}
	}
	return end - i
}

// dashes is the length of a dash of two hyphens or more that a word follows.
func dashes(rs []rune, i int) int {
	n := 0
	for i+n < len(rs) && rs[i+n] == '-' {
		n++
	}
	if n < 2 || i+n >= len(rs) || !isWordRune(rs[i+n]) {
		return 0
	}
	return n
}

// hyphenAt is 1 where rs[i] is a hyphen within a word at which it may be
// parted: two letters, or a letter, a hyphen and a letter, stand on its left,
// and two letters, which may have a hyphen between them, on its right.
func hyphenAt(rs []rune, i int) int {
	if rs[i] != '-' {
		return 0
	}
	letter := func(j int) bool { return j >= 0 && j < len(rs) && isLetter(rs[j]) }
	punct := func(j int) bool { return j >= 0 && j < len(rs) && rs[j] == '-' }
	left := letter(i-1) && (letter(i-2) || punct(i-2) && letter(i-3))
	right := letter(i+1) && (letter(i+2) || punct(i+2) && letter(i+3))
	if left && right {
		return 1
	}
	return 0
}
