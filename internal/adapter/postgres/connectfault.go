package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"dex/internal/adapter"
)

// plainParse leaves out of pgconn's complaint the text that it complains of, in which
// the password stands.
func plainParse(err error) error {
	var p *pgconn.ParseConfigError
	if errors.As(err, &p) {
		if inner := p.Unwrap(); inner != nil {
			return inner
		}
	}
	return errors.New("the settings of the connection cannot be read (target, PG* variables, service file)")
}

// connectFault says why no connection was made and what to do, in libpq's words first,
// since those are what a search finds.
func (c *Credentials) connectFault(err error) error {
	where := fmt.Sprintf(`connection to server at "%s", port %d failed: `, c.Host, c.Port)
	if c.socket() {
		where = fmt.Sprintf(`connection to server on socket "%s" failed: `, c.address())
	}
	what, hint := c.connectReason(err)
	msg := where + what
	if hint != "" {
		msg += "\n\t" + hint
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // connect_timeout's, not that of who asked for the session
	}
	return &adapter.DatabaseError{Msg: msg, Err: errors.Join(errConnect, err)}
}

// errConnect is a connection that was not made.
var errConnect = errors.New("no connection")

func (c *Credentials) connectReason(err error) (what, hint string) {
	var pg *pgconn.PgError
	var dns *net.DNSError
	switch {
	case errors.As(err, &pg):
		return pg.Severity + ":  " + pg.Message, c.refusalHint(pg)
	case errors.As(err, &dns):
		return "could not translate the host's name to an address: " + dns.Err, "Is host in profiles.yml spelled right, and is the network there?"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused", "Is the server running there, and does it listen on this address and port?"
	case errors.Is(err, os.ErrNotExist):
		return "No such file or directory", "Is the server running locally, and is host the folder of its socket?"
	case errors.Is(err, os.ErrPermission):
		return "Permission denied", "May this user of the system open the socket?"
	case pgconn.Timeout(err) || os.IsTimeout(err):
		return "timeout expired", fmt.Sprintf("Nobody answered within connect_timeout (%d seconds): a firewall, a wrong host, or a server under load.", c.ConnectTimeout)
	case strings.Contains(err.Error(), "server refused TLS"):
		return "server does not support SSL, but SSL was required", "Set ssl = on at the server, or sslmode: prefer in profiles.yml."
	}
	return lastLine(err), ""
}

// lastLine is the last attempt's complaint: pgconn tells all attempts, one a line.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// The SQLSTATEs of a refused connection.
const (
	invalidPassword      = "28P01"
	invalidAuthorization = "28000"
	noSuchDatabase       = "3D000"
	tooManyConnections   = "53300"
	cannotConnectNow     = "57P03"
	queryCanceled        = "57014"
)

func (c *Credentials) refusalHint(pg *pgconn.PgError) string {
	switch pg.Code {
	case invalidPassword:
		if c.password == "" {
			return "No password is given: neither in profiles.yml nor by PGPASSWORD or .pgpass."
		}
		return "Is the password in profiles.yml that of this user?"
	case invalidAuthorization:
		return "The server does not let this user in from here (pg_hba.conf), or there is no such user."
	case noSuchDatabase:
		return "Make it first (create database), or name another one by dbname: dex makes schemas and no databases."
	case tooManyConnections:
		return "Use fewer threads, or raise max_connections at the server."
	case cannotConnectNow:
		return "The server is starting or stopping: retries in profiles.yml says how often to try again."
	}
	return ""
}

// passing reports whether a failure to connect may pass by itself. dbt tries again
// after any; a wrong password stays wrong, and some servers lock who tries it often.
func passing(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return true
	}
	switch pg.Code {
	case invalidPassword, invalidAuthorization, noSuchDatabase:
		return false
	}
	return true
}
