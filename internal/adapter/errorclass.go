package adapter

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
