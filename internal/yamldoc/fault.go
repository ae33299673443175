package yamldoc

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// fail notes a fault at a node.
func (b *builder) fail(n *yaml.Node, reason string) (value.Value, bool) {
	b.faults.Add(b.doc.fault(n.Line, n.Column, reason))
	return nil, false
}

// duplicate notes a key that its mapping already has. A mapping that opens with
// a merge key is left alone, as dbt does.
func (b *builder) duplicate(m, key *yaml.Node) {
	if isMerge(m.Content[0]) {
		return
	}
	at := diag.Pos{File: b.doc.File, Line: key.Line, Col: key.Column}
	b.faults.Add(diag.Diagnostic{
		Severity: diag.Warning,
		Code:     "duplicate-key",
		Event:    "DuplicateYAMLKeysDeprecation",
		Summary:  fmt.Sprintf("Duplicate key '%s'; the last value counts", key.Value),
		Hint:     "Remove one of the two.",
		Pos:      at,
		Source:   b.doc.Line(at.Line),
	})
}

// syntaxFault words what the YAML reader refused.
func (d *Doc) syntaxFault(err error) diag.Diagnostic {
	var second *documentsError
	if errors.As(err, &second) {
		return d.fault(second.line, second.col, second.Error())
	}
	var load *yaml.LoadError
	if errors.As(err, &load) {
		if load.Mark.Line == 0 { // of bytes that are no text the reader tells no place
			f := d.fault(1, 1, load.Message)
			if !utf8.Valid(d.src) {
				f.Source, f.Hint = "", "The file is no text in UTF-8: save it as such."
			}
			return f
		}
		return d.fault(load.Mark.Line, load.Mark.Column, load.Message)
	}
	return d.fault(1, 1, err.Error())
}

// fault is a document that cannot be read. dbt opens such messages with
// "Syntax error near line n".
func (d *Doc) fault(line, col int, reason string) diag.Diagnostic {
	f := d.Fault(diag.Pos{File: d.File, Line: line, Col: col}, diag.Parsing, "yaml-syntax",
		fmt.Sprintf("Syntax error near line %d: %s", line, reason))
	f.Hint = hint(f.Source, col, reason)
	return f
}

// hint says what to do about the usual slips.
func hint(line string, col int, reason string) string {
	rest := line
	for i := 1; i < col && rest != ""; i++ {
		_, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
	}
	switch {
	case strings.HasPrefix(strings.TrimLeft(line, " "), "\t") || strings.HasPrefix(rest, "\t"):
		return "YAML does not allow tabs for indentation: use blanks."
	case strings.Contains(line, ": {{") || strings.Contains(line, "- {{") || strings.Contains(line, ": {%"):
		return `Put quotes around a value that begins with Jinja: "{{ ... }}".`
	case strings.Contains(reason, "mapping values are not allowed"):
		return "Put quotes around a text that has a colon and a blank in it, or check the indentation of this line."
	case rest != "" && (rest[0] == '@' || rest[0] == '`' || rest[0] == '%'):
		return fmt.Sprintf("Put quotes around a text that begins with %s.", rest[:1])
	case strings.Contains(reason, "another document"):
		return "Keep one document in a file: remove the line ---."
	}
	return ""
}
