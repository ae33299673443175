package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"dex/internal/adapter"
)

// states sorts errors by SQLSTATE. PostgreSQL: "Error Codes".
var states = map[string]adapter.ErrorClass{
	"42501": adapter.ClassPermission, // insufficient_privilege
	"25006": adapter.ClassPermission, // read_only_sql_transaction
	"42P01": adapter.ClassMissing,    // undefined_table
	"42703": adapter.ClassMissing,    // undefined_column
	"42883": adapter.ClassMissing,    // undefined_function
	"42704": adapter.ClassMissing,    // undefined_object
	"3F000": adapter.ClassMissing,    // invalid_schema_name
	"3D000": adapter.ClassMissing,    // invalid_catalog_name
	"34000": adapter.ClassMissing,    // invalid_cursor_name
	"26000": adapter.ClassMissing,    // invalid_sql_statement_name
	"58P01": adapter.ClassMissing,    // undefined_file
	"42P07": adapter.ClassExists,     // duplicate_table
	"42P06": adapter.ClassExists,     // duplicate_schema
	"42P04": adapter.ClassExists,     // duplicate_database
	"42701": adapter.ClassExists,     // duplicate_column
	"42710": adapter.ClassExists,     // duplicate_object
	"42723": adapter.ClassExists,     // duplicate_function
	"42P03": adapter.ClassExists,     // duplicate_cursor
	"42P05": adapter.ClassExists,     // duplicate_prepared_statement
	"58P02": adapter.ClassExists,     // duplicate_file
	"2BP01": adapter.ClassConstraint, // dependent_objects_still_exist
	"42804": adapter.ClassSyntax,     // datatype_mismatch
	"55P03": adapter.ClassLock,       // lock_not_available
	"55006": adapter.ClassLock,       // object_in_use
	"57014": adapter.ClassCancelled,  // query_canceled
	"57P01": adapter.ClassConnection, // admin_shutdown
	"57P02": adapter.ClassConnection, // crash_shutdown
	"57P03": adapter.ClassConnection, // cannot_connect_now
	"57P04": adapter.ClassConnection, // database_dropped
	"57P05": adapter.ClassConnection, // idle_session_timeout
	"25P03": adapter.ClassConnection, // idle_in_transaction_session_timeout: the session has ended
	"HV00N": adapter.ClassConnection, // fdw_unable_to_establish_connection
	"53300": adapter.ClassResource,   // too_many_connections
}

// stateClasses sorts the rest by the SQLSTATE's first two characters.
var stateClasses = map[string]adapter.ErrorClass{
	"08": adapter.ClassConnection, // connection exception
	"21": adapter.ClassData,       // cardinality violation
	"22": adapter.ClassData,       // data exception
	"P0": adapter.ClassData,       // PL/pgSQL: what a statement raises
	"23": adapter.ClassConstraint, // integrity constraint violation
	"28": adapter.ClassPermission, // invalid authorization specification
	"40": adapter.ClassLock,       // transaction rollback: deadlock, serialization
	"42": adapter.ClassSyntax,     // syntax error or access rule violation
	"44": adapter.ClassConstraint, // with check option violation
	"53": adapter.ClassResource,   // insufficient resources
	"54": adapter.ClassResource,   // program limit exceeded
	"58": adapter.ClassResource,   // system error
	"0A": adapter.ClassSyntax,     // feature not supported
	"2F": adapter.ClassSyntax,     // SQL routine exception
}

// Class implements adapter.Classifier.
func (d *database) Class(err *adapter.DatabaseError) adapter.ErrorClass {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if errors.Is(err, ErrLost) || errors.Is(err, errConnect) {
			return adapter.ClassConnection
		}
		return adapter.ClassOther
	}
	if timedOut(pg) {
		return adapter.ClassTimeout
	}
	if class, ok := states[pg.Code]; ok {
		return class
	}
	if len(pg.Code) == 5 {
		if class, ok := stateClasses[pg.Code[:2]]; ok {
			return class
		}
	}
	if errors.Is(err, ErrLost) {
		return adapter.ClassConnection
	}
	return adapter.ClassOther
}

// timedOut tells a statement that the server's own statement_timeout ended from one
// that somebody canceled: the code is the same. The routine that reports it has a name
// of its own only in the message, which lc_messages may translate.
func timedOut(pg *pgconn.PgError) bool {
	return pg.Code == queryCanceled && pg.Message == "canceling statement due to statement timeout"
}

// Spoils implements adapter.Salvager: after any error a transaction of Postgres can
// only be rolled back, as a whole or to a savepoint.
func (d *database) Spoils(*adapter.DatabaseError) bool { return true }

// Savepoints implements adapter.Salvager.
func (d *database) Savepoints() bool { return true }
