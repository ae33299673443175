package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// TopBlock is a top-level block of a file: {% macro x() %}...{% endmacro %}. Its
// texts are parts of the file as it stands.
type TopBlock struct {
	Kind, Name     string
	Full, Contents string
	Pos            Pos // of Full in the file
}

// BlockWarning is a tag outside of every block, which dbt ignores with a warning.
type BlockWarning struct {
	Msg string
	Pos Pos
}

// tag is what the block scanner sees of a tag: its first name and, for tags
// that name something, the second.
type tag struct {
	kind, name string
	start, end int
}

// Blocks finds the blocks of the kinds in a file, without parsing what is inside
// them. It looks at a file as dbt does: as tags, comments, expressions and
// strings, by rules that are laxer than the lexer's, so that a file with other
// faults still gives its blocks.
func Blocks(src string, kinds ...string) (blocks []TopBlock, warnings []BlockWarning, err error) {
	s := blockScanner{src: src, kinds: kinds}
	for {
		t, ok, err := s.next()
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			break
		}
		if err := s.tag(t); err != nil {
			return nil, nil, err
		}
	}
	if c := s.current; c != nil {
		line := 1 + strings.Count(src[:c.end], "\n")
		return nil, nil, s.errorf(c.start, "Reached EOF without finding a close tag for %s (searched from line %d)", c.kind, line)
	}
	return s.blocks, s.warnings, nil
}

type blockScanner struct {
	src   string
	pos   int
	kinds []string

	stack    []string // open ifs and fors
	current  *tag     // the block that is open
	blocks   []TopBlock
	warnings []BlockWarning
}

func (s *blockScanner) errorf(at int, format string, args ...any) *Error {
	return &Error{Kind: "CompilationError", Msg: fmt.Sprintf(format, args...), Pos: Pos(at)}
}

// tag takes one tag into account.
func (s *blockScanner) tag(t tag) error {
	if err := s.control(t); err != nil {
		return err
	}
	switch {
	case s.wanted(t.kind):
		if len(s.stack) > 0 {
			return s.errorf(t.start, "Got a block definition inside control flow at %s. All dbt block definitions must be at the top level", s.linepos(t.start))
		}
		if c := s.current; c != nil {
			return s.errorf(t.start, "Got nested tags: %s (started at %d) did not have a matching {{%% end%s %%}} before a subsequent %s was found (started at %d)",
				c.kind, s.runes(c.start), c.kind, t.kind, s.runes(t.start))
		}
		s.current = &t
	case s.current != nil && t.kind == "end"+s.current.kind:
		c := s.current
		s.blocks = append(s.blocks, TopBlock{Kind: c.kind, Name: c.name,
			Full: s.src[c.start:t.end], Contents: s.src[c.end:t.start], Pos: Pos(c.start)})
		s.current = nil
	case s.current == nil:
		s.warnings = append(s.warnings, BlockWarning{"Found unexpected '" + t.kind + "' block tag.", Pos(t.start)})
	}
	return nil
}

func (s *blockScanner) wanted(kind string) bool {
	for _, k := range s.kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// control keeps the stack of ifs and fors.
func (s *blockScanner) control(t tag) error {
	switch t.kind {
	case "if", "for":
		s.stack = append(s.stack, t.kind)
	case "endif", "endfor":
		n := len(s.stack)
		if n == 0 {
			return s.errorf(t.start, "Got an unexpected control flow end tag, got %s but never saw a preceeding %s (@ %s)",
				t.kind, t.kind[len("end"):], s.linepos(t.start))
		}
		want := "end" + s.stack[n-1]
		s.stack = s.stack[:n-1]
		if want != t.kind {
			return s.errorf(t.start, "Got an unexpected control flow end tag, got %s but expected %s next (@ %s)",
				t.kind, want, s.linepos(t.start))
		}
	}
	return nil
}

// linepos is line:column as dbt's messages have it, the column from 0.
func (s *blockScanner) linepos(at int) string {
	line, col := Position(s.src, Pos(at))
	return fmt.Sprintf("%d:%d", line, col-1)
}

// runes turns an offset into dbt's, which counts characters.
func (s *blockScanner) runes(at int) int { return utf8.RuneCountInString(s.src[:at]) }

// next finds the next tag, going over comments and expressions.
func (s *blockScanner) next() (tag, bool, error) {
	for off := s.pos; ; {
		i := strings.IndexByte(s.src[off:], '{')
		if i < 0 {
			return tag{}, false, nil
		}
		off += i
		switch byteAt(s.src, off+1) {
		case '#':
			end := strings.Index(s.src[off+2:], "#}")
			if end < 0 {
				return tag{}, false, s.eof("#}", off+2)
			}
			off += 2 + end + 2
		case '{':
			end, err := s.skipTo(spaceEnd(s.src, off+2), "}}", "}}")
			if err != nil {
				return tag{}, false, err
			}
			off = end
		case '%':
			t, ok, err := s.tagAt(off)
			if err != nil || ok {
				return t, ok, err
			}
			off++
			continue
		default:
			off++
			continue
		}
		s.pos = off
	}
}

func (s *blockScanner) eof(want string, at int) error {
	return s.errorf(at, "unexpected EOF, expected %s, got \"%s\"", want, s.src[min(at, len(s.src)):])
}

// tagAt reads the tag that opens at off. It is none if no name follows.
func (s *blockScanner) tagAt(off int) (tag, bool, error) {
	t := tag{start: off}
	p := off + 2
	if byteAt(s.src, p) == '-' {
		p++
		for t.start > s.pos { // the white space before belongs to the tag
			r, n := utf8.DecodeLastRuneInString(s.src[s.pos:t.start])
			if !isSpace(r) {
				break
			}
			t.start -= n
		}
	}
	t.kind, p = nameAt(s.src, spaceEnd(s.src, p))
	if t.kind == "" {
		return t, false, nil
	}
	if q := spaceEnd(s.src, p); q > p {
		if name, end := nameAt(s.src, q); name != "" {
			t.name, p = name, end
		}
	}
	if t.kind == "raw" {
		end := rawBlockEnd(s.src, off)
		if end < 0 {
			return t, false, s.eof("{% raw %}...{% endraw %}", t.start)
		}
		t.end = end
	} else {
		end, err := s.skipTo(p, "%}", `tag close ("%}")`)
		if err != nil {
			return t, false, err
		}
		t.end = end
		if s.src[end-3] == '-' {
			t.end = spaceEnd(s.src, end)
		}
	}
	s.pos = t.end
	return t, true, nil
}

// skipTo finds the end of a tag or expression, going over strings.
func (s *blockScanner) skipTo(p int, close, want string) (int, error) {
	for q := p; q < len(s.src); {
		switch c := s.src[q]; {
		case c == '\'' || c == '"':
			end := stringEnd(s.src, q)
			if end < 0 {
				if close == "%}" {
					p = q
				}
				return 0, s.eof("string", p)
			}
			p, q = end, end
		case strings.HasPrefix(s.src[q:], close):
			return q + 2, nil
		default:
			q++
		}
	}
	return 0, s.eof(want, p)
}

// stringEnd is the end of the first complete string from off on, or -1.
func stringEnd(src string, off int) int {
	for ; off < len(src); off++ {
		q := src[off]
		if q != '\'' && q != '"' {
			continue
		}
		for p := off + 1; p < len(src); p++ {
			if src[p] == '\\' {
				p++
			} else if src[p] == q {
				return p + 1
			}
		}
	}
	return -1
}

func nameAt(src string, off int) (string, int) {
	p := off
	for p < len(src) && isNameByte(src[p]) && (p > off || !isDigit(src[p])) {
		p++
	}
	return src[off:p], p
}

// rawBlockEnd is the end of the first raw block from off on, or -1.
func rawBlockEnd(src string, off int) int {
	inRaw := false
	for {
		i := strings.Index(src[off:], "{%")
		if i < 0 {
			return -1
		}
		off += i + 2
		p := off
		if byteAt(src, p) == '-' {
			p++
		}
		name, p := nameAt(src, spaceEnd(src, p))
		end := tagEnd(src, spaceEnd(src, p), "%}", false)
		switch {
		case end < 0:
		case !inRaw && name == "raw":
			inRaw, off = true, end
		case inRaw && name == "endraw":
			return end
		}
	}
}
