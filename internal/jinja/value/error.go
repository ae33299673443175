package value

import "fmt"

// Error is a Python exception raised while a template is evaluated. Kind is the
// exception's class name ("TypeError", "UndefinedError", "KeyError", ...).
type Error struct {
	Kind string
	Msg  string
}

func (e *Error) Error() string { return e.Msg }

// Errorf makes an Error of a kind.
func Errorf(kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// TypeErrorf makes a TypeError.
func TypeErrorf(format string, args ...any) *Error { return Errorf("TypeError", format, args...) }
