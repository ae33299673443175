// Package pgtest gives tests a Postgres server of their own: Debian's or any other
// whose programs initdb and postgres are to be found, on a socket in a temporary
// folder, run by a user that is not root.
//
// One server serves all tests of a program; each test has a database of its own.
// Begin with Database.
package pgtest
