package sqltext

import "slices"

// splitter follows sqlparse's rules for the end of a statement: a semicolon
// outside parentheses and outside a BEGIN block, or GO. What looks odd in it is
// kept, since what lies behind the first statement is dropped by dbt.
type splitter struct {
	blocks  []string // the open blocks: DECLARE, BEGIN, FOR, WHILE, LOOP, IF, CASE
	loop    string   // FOR or WHILE that waits for its LOOP or DO
	create  bool     // a CREATE was seen
	begin   bool     // the word before was BEGIN
	level   int
	pending bool // the statement ends before the next token that is not blank
}

// firstStatement lexes the first statement of a text, with the blanks and line
// comments that follow it on its line.
func firstStatement(sql string) ([]token, string) {
	l := lexer{src: sql}
	toks := make([]token, 0, len(sql)/4+8)
	var s splitter
	for {
		t, ok := l.next()
		if !ok {
			return toks, sql
		}
		if t.kind == kPunct && t.end == t.start+1 {
			t.upper = sql[t.start:t.end]
		}
		if s.pending && t.kind != kSpace && t.kind != kLine {
			return toks, sql[:t.start]
		}
		s.level += s.change(t)
		toks = append(toks, t)
		s.settle(t)
	}
}

// change gives by how much a token moves the nesting.
func (s *splitter) change(t token) int {
	switch t.upper {
	case "":
		if t.kind == kDDL {
			s.create = true
		}
		return 0
	case ";":
		s.loop = ""
		if s.begin {
			s.begin = false
			return s.pop("BEGIN")
		}
		return 0
	case "(":
		return 1
	case ")":
		return -1
	case "DECLARE":
		if s.create && len(s.blocks) == 0 {
			return s.push(t.upper)
		}
		return 0
	case "BEGIN":
		s.begin = true
		if s.top() == "DECLARE" {
			s.blocks[len(s.blocks)-1] = "BEGIN"
			return 0
		}
		return s.push("BEGIN")
	case "TRANSACTION", "WORK", "DEFERRED", "IMMEDIATE", "EXCLUSIVE":
		if s.begin { // BEGIN WORK opens a transaction, not a block
			s.begin = false
			return s.pop("BEGIN")
		}
		return 0
	}
	if slices.Contains(s.blocks, "BEGIN") {
		if n, ok := s.nested(t.upper); ok {
			return n
		}
	}
	return s.closing(t.upper)
}

// nested follows loops and conditions inside a BEGIN block.
func (s *splitter) nested(word string) (int, bool) {
	switch word {
	case "FOR", "WHILE":
		s.loop = word
		return 0, true
	case "LOOP", "DO":
		if s.loop != "" {
			n := s.push(s.loop)
			s.loop = ""
			return n, true
		}
		if word == "LOOP" {
			return s.push(word), true
		}
	case "IF", "CASE":
		return s.push(word), true
	}
	return 0, false
}

func (s *splitter) closing(word string) int {
	switch word {
	case "END IF":
		return s.pop("IF")
	case "END FOR":
		return s.pop("FOR")
	case "END WHILE":
		return s.pop("WHILE")
	case "END LOOP":
		return s.pop("LOOP", "FOR", "WHILE")
	case "END CASE":
		return s.pop("CASE")
	case "END":
		if len(s.blocks) > 0 {
			s.blocks = s.blocks[:len(s.blocks)-1]
		}
		return -1
	}
	return 0
}

// settle decides, a token being taken, whether the statement is over.
func (s *splitter) settle(t token) {
	switch {
	case t.upper == ";":
		s.begin = false
		if s.level <= 0 && !slices.Contains(s.blocks, "BEGIN") {
			s.pending = true
		}
	case t.upper == "GO":
		s.pending = true
	case t.kind == kSpace, t.kind == kNewline, t.kind == kLine, t.kind == kBlock, t.upper == "BEGIN":
	default:
		s.begin = false
	}
}

func (s *splitter) top() string {
	if len(s.blocks) == 0 {
		return ""
	}
	return s.blocks[len(s.blocks)-1]
}

func (s *splitter) push(block string) int {
	s.blocks = append(s.blocks, block)
	return 1
}

// pop closes the innermost block if it is one of those named.
func (s *splitter) pop(names ...string) int {
	if !slices.Contains(names, s.top()) || len(s.blocks) == 0 {
		return 0
	}
	s.blocks = s.blocks[:len(s.blocks)-1]
	return -1
}
