package seedfile

import (
	"strings"
	"unicode/utf8"
)

// record is one row of a file.
type record struct {
	line   int // where it begins
	fields []string
}

// parse takes a text apart by the rules of Python's csv module in its "excel"
// dialect, which refuses nothing: a quote counts only at a field's start, text
// behind a closing quote is kept, and an unclosed quote ends with the file. A
// blank line is a record without fields.
func parse(text string, delimiter rune) []record {
	p := parser{text: text, delim: string(delimiter), line: 1}
	p.records = make([]record, 0, 1+strings.Count(text, "\n"))
	for p.pos < len(p.text) {
		p.record()
	}
	return p.records
}

type parser struct {
	text    string
	delim   string
	pos     int
	line    int
	records []record
	spare   []string // room for the fields of coming records
	width   int      // of the record before, a guess at the next
}

func (p *parser) record() {
	r := record{line: p.line}
	if p.text[p.pos] == '\n' {
		p.pos++
		p.line++
		p.records = append(p.records, r)
		return
	}
	if cap(p.spare)-len(p.spare) < p.width+1 {
		p.spare = make([]string, 0, max(256, 64*(p.width+1)))
	}
	from := len(p.spare)
	for more := true; more; {
		var f string
		f, more = p.field()
		p.spare = append(p.spare, f)
	}
	r.fields = p.spare[from:len(p.spare):len(p.spare)]
	p.width = len(r.fields)
	p.records = append(p.records, r)
}

// field reads one field and what ends it; more tells that a delimiter did.
func (p *parser) field() (f string, more bool) {
	if p.pos < len(p.text) && p.text[p.pos] == '"' {
		return p.quotedField()
	}
	f = p.plain()
	return f, p.ended()
}

// plain takes the text up to the next delimiter or line end.
func (p *parser) plain() string {
	rest := p.text[p.pos:]
	end := strings.IndexByte(rest, '\n')
	if end < 0 {
		end = len(rest)
	}
	if d := strings.Index(rest[:end], p.delim); d >= 0 {
		end = d
	}
	p.pos += end
	return rest[:end]
}

// ended passes the delimiter or line end at which a field stopped.
func (p *parser) ended() (more bool) {
	if strings.HasPrefix(p.text[p.pos:], p.delim) {
		p.pos += len(p.delim)
		return true
	}
	if p.pos < len(p.text) {
		p.pos++
		p.line++
	}
	return false
}

func (p *parser) quotedField() (string, bool) {
	p.pos++
	start := p.pos
	var b []byte // the field so far, once a doubled quote has broken the text
	for {
		n := strings.IndexByte(p.text[p.pos:], '"')
		if n < 0 { // unclosed: the rest of the file
			p.line += strings.Count(p.text[p.pos:], "\n")
			p.pos = len(p.text)
			return string(append(b, p.text[start:]...)), false
		}
		p.line += strings.Count(p.text[p.pos:p.pos+n], "\n")
		p.pos += n + 1
		if p.pos < len(p.text) && p.text[p.pos] == '"' {
			b = append(b, p.text[start:p.pos]...)
			p.pos++
			start = p.pos
			continue
		}
		whole := p.text[start : p.pos-1]
		tail := ""
		if r, _ := utf8.DecodeRuneInString(p.text[p.pos:]); r != '\n' && !strings.HasPrefix(p.text[p.pos:], p.delim) {
			tail = p.plain()
		}
		if b == nil && tail == "" {
			return whole, p.ended()
		}
		b = append(append(b, whole...), tail...)
		return string(b), p.ended()
	}
}
