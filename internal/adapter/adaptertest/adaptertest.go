// Package adaptertest is the conformance suite of the seam in package adapter:
// what every database must do for dex, whatever it is. An adapter's own test
// calls Exercise with a way to open it.
package adaptertest

import (
	"testing"

	"dex/internal/adapter"
)

// Setup is one database to be exercised, freshly opened and empty. Exercise
// closes it.
type Setup struct {
	Adapter adapter.Adapter
	// Database and Schema are where tables may be made.
	Database, Schema string
	// Slow is a statement that runs for minutes unless it is canceled.
	Slow string
	// Values are queries of one row and one column, each with the repr() of its value.
	Values []Value
	// WholeText says that the database parses a whole text before it runs any of
	// it: a syntax error anywhere keeps all of it from running.
	WholeText bool
	// Placeholder is what stands for a value in the statements of a Binder.
	Placeholder string
}

// Value is a query of one value and how Python shows it.
type Value struct{ SQL, Repr string }

// Exercise runs the suite. setup is called once for each test of it.
func Exercise(t *testing.T, setup func(t *testing.T) Setup) {
	for _, c := range suite {
		t.Run(c.name, func(t *testing.T) {
			s := setup(t)
			t.Cleanup(func() {
				if err := s.Adapter.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			c.run(&suiteTest{T: t, Setup: s})
		})
	}
}

var suite = []struct {
	name string
	run  func(*suiteTest)
}{
	{"session", testSession},
	{"isolation", testIsolation},
	{"rollback on release", testRollbackOnRelease},
	{"temporary table", testTemporary},
	{"schemas", testSchemas},
	{"relations", testRelations},
	{"unknown is not absent", testUnknown},
	{"columns", testColumns},
	{"values", testValues},
	{"several statements", testStatements},
	{"blank text", testBlank},
	{"fetch and limit", testLimit},
	{"rows affected", testAffected},
	{"errors", testErrors},
	{"cancel by context", testCancelContext},
	{"cancel by canceler", testCanceler},
	{"canceled before", testCanceledBefore},
	{"parallel sessions", testParallel},
	{"seed", testSeed},
	{"arguments", testArguments},
	{"describe", testDescribe},
	{"quote and types", testQuote},
}
