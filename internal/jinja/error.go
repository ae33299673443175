package jinja

import (
	"errors"
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// Error is a fault of a template, found when it is compiled or rendered.
type Error struct {
	Kind      string  // the Python exception's name
	Msg       string  // in the words of Python, Jinja or dbt
	Template  string  // the name the template was compiled under
	Line, Col int     // from 1; Col counts characters
	Source    string  // the text of the line
	Stack     []Frame // the macros the error passed through, innermost first
	cause     error
	line      int // where in the present macro the error, or the call it came from, is
}

// Frame is one macro call that an error passed through.
type Frame struct {
	Macro    string // the macro's name
	Template string // where it was defined
	Line     int    // the line in it where the error, or the next call, happened
}

func (e *Error) Error() string { return e.Msg }

// Unwrap is the error of the host that this one is made of, if any.
func (e *Error) Unwrap() error { return e.cause }

// Caret is the source line with a caret below the place of the error.
func (e *Error) Caret() string {
	var pad strings.Builder
	n := 1
	for _, r := range e.Source {
		if n >= e.Col {
			break
		}
		if r != '\t' {
			r = ' '
		}
		pad.WriteRune(r)
		n++
	}
	return e.Source + "\n" + pad.String() + "^"
}

// Return is the error by which a host's return() function ends a macro with a
// value. A bound Macro's call catches it.
type Return struct{ Value value.Value }

func (Return) Error() string { return "return was called outside of a macro" }

// loop control travels as errors that never leave the loop.
var (
	errBreak    = errors.New("break outside of a loop")
	errContinue = errors.New("continue outside of a loop")
)

// kindOf is the Python exception's name of an error.
func kindOf(err error) string {
	var ve *value.Error
	if errors.As(err, &ve) {
		return ve.Kind
	}
	return "TemplateRuntimeError"
}

// at gives an error its place in a template. Errors that have one, and those
// that steer (return, break, continue), are handed on as they are.
func (p *program) at(err error, pos syntax.Pos) error {
	switch err.(type) {
	case nil, *Error, Return:
		return err
	}
	if err == errBreak || err == errContinue {
		return err
	}
	var inner *Error
	if errors.As(err, &inner) {
		return err
	}
	e := p.errorAt(pos, kindOf(err), err.Error())
	e.cause = err
	return e
}

func (p *program) errorAt(pos syntax.Pos, kind, msg string) *Error {
	e := &Error{Kind: kind, Msg: msg, Template: p.name}
	e.Line, e.Col = syntax.Position(p.src, pos)
	e.Source, e.line = syntax.Line(p.src, e.Line), e.Line
	return e
}

// through notes on an error that it passed through a call of a macro.
func (p *program) through(err error, macro string) error {
	if e, ok := err.(*Error); ok {
		e.Stack = append(e.Stack, Frame{Macro: macro, Template: p.name, Line: e.line})
	}
	return err
}

func fromSyntax(name, src string, err error) error {
	var se *syntax.Error
	if !errors.As(err, &se) {
		return err
	}
	p := program{name: name, src: src}
	e := p.errorAt(se.Pos, se.Kind, se.Msg)
	e.cause = err
	return e
}
