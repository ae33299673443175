package adapter

import (
	"context"
	"errors"
)

// ErrorClass sorts the failures of statements, hooks and operations by what may
// be done about them. `retries: {on: [...]}` names classes; docs/errors.md lists
// which errors of each database belong to which.
type ErrorClass string

// The classes.
const (
	ClassConnection ErrorClass = "connection" // lost, refused, not to be opened
	ClassTimeout    ErrorClass = "timeout"
	ClassCancelled  ErrorClass = "cancelled"
	ClassLock       ErrorClass = "lock" // deadlock, serialization, a conflict of writers
	ClassPermission ErrorClass = "permission"
	ClassSyntax     ErrorClass = "syntax"
	ClassMissing    ErrorClass = "missing" // a relation, column, function, file is not there
	ClassExists     ErrorClass = "exists"  // what is to be made is there already
	ClassConstraint ErrorClass = "constraint"
	ClassData       ErrorClass = "data"     // a value does not fit: conversion, overflow, division by zero
	ClassResource   ErrorClass = "resource" // memory, disk, too many connections
	ClassTemplate   ErrorClass = "template" // Jinja, not the database
	ClassScript     ErrorClass = "script"   // a Python operation's own failure
	ClassDelivery   ErrorClass = "delivery" // a notification
	ClassOther      ErrorClass = "other"
)

// Classifier is an Adapter that sorts its database's errors. Without it all of
// them but those of a cancelled or expired context are ClassOther.
type Classifier interface {
	Class(err *DatabaseError) ErrorClass
}

// ClassOf sorts an error of a. What is neither the database's nor a context's is
// ClassOther: who sent the statement knows more.
func ClassOf(a Adapter, err error) ErrorClass {
	var db *DatabaseError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return ClassTimeout
	case errors.Is(err, context.Canceled):
		return ClassCancelled
	case errors.Is(err, ErrLocked):
		return ClassConnection
	case !errors.As(err, &db):
		return ClassOther
	}
	if c, ok := a.(Classifier); ok {
		return c.Class(db)
	}
	return ClassOther
}

// Salvager is an Adapter that knows what a failed statement leaves of the
// transaction it stood in. Of any other database it is taken that nothing is left.
type Salvager interface {
	// Spoils reports whether the transaction can only be rolled back after err.
	Spoils(err *DatabaseError) bool
	// Savepoints reports whether the database has SAVEPOINT and ROLLBACK TO.
	Savepoints() bool
}
