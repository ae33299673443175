// Package syntax turns the text of a template into a tree. It speaks Jinja 3.1
// in the dialect of dbt: the do, break and continue tags, macro, test,
// materialization and docs blocks, and typed macro parameters.
//
// It knows nothing of values: a constant keeps its text. Parse is the door;
// lex.go cuts the text into tokens, parse_stmt.go and parse_expr.go build the
// tree of tree.go, walk.go visits it, and blocks.go finds the top-level blocks
// of a macro file without parsing their insides.
package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Pos is a byte offset in the text of a template.
type Pos int32

// Error is a fault in the text of a template, in Jinja's words.
type Error struct {
	Kind string // TemplateSyntaxError, TemplateAssertionError or SyntaxError
	Msg  string
	Pos  Pos
}

func (e *Error) Error() string { return e.Msg }

// Errorf makes a TemplateSyntaxError.
func Errorf(pos Pos, format string, args ...any) *Error {
	return &Error{Kind: "TemplateSyntaxError", Msg: fmt.Sprintf(format, args...), Pos: pos}
}

// Position gives the line and the column, both counted from 1, of an offset.
// Columns count characters.
func Position(src string, pos Pos) (line, col int) {
	off := min(max(int(pos), 0), len(src))
	start := strings.LastIndexByte(src[:off], '\n') + 1
	return 1 + strings.Count(src[:off], "\n"), 1 + utf8.RuneCountInString(src[start:off])
}

// Line is the text of the line, counted from 1, without its newline.
func Line(src string, line int) string {
	for ; line > 1; line-- {
		i := strings.IndexByte(src, '\n')
		if i < 0 {
			return ""
		}
		src = src[i+1:]
	}
	s, _, _ := strings.Cut(src, "\n")
	return s
}

// Normalize makes every newline of a source "\n" and drops one at its end, as
// Jinja does before anything else. Offsets in trees and errors refer to the
// result; lines and columns are those of the source.
func Normalize(src string) string {
	if strings.IndexByte(src, '\r') >= 0 {
		src = strings.ReplaceAll(src, "\r\n", "\n")
		src = strings.ReplaceAll(src, "\r", "\n")
	}
	return strings.TrimSuffix(src, "\n")
}
