package session

import (
	"context"
	"errors"
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/sqltext"
)

// whole makes sure that there is a connection to commit on: one that broke before has
// taken its transaction with it, and of that there is no doubt.
func (s *Session) whole(ctx context.Context) error {
	conn, err := s.Conn(ctx)
	if err == nil && s.Dead() {
		_, _, err = conn.Execute(ctx, "COMMIT", false, 0) // it says why it is dead
	}
	return err
}

// undone is the error of a commit that the server has answered by a rollback: it does so,
// without a word of complaint, where a statement before has made the transaction fail.
// PostgreSQL: COMMIT.
func undone(sql string, resp adapter.Response) error {
	if resp.Message != "ROLLBACK" || !commits(sql) {
		return nil
	}
	return &adapter.DatabaseError{SQL: sql, Msg: "the transaction could not be committed, and was rolled back: a statement in it had failed before, and that was passed over"}
}

func commits(sql string) bool {
	word := sql[sqltext.Begins(sql, sqltext.Postgres):]
	word = strings.ToLower(word[:min(len(word), len("commit"))])
	return strings.HasPrefix(word, "commit") || strings.HasPrefix(word, "end")
}

// unanswered words the error of a COMMIT. Where the connection broke, the database may
// have carried it out all the same: nobody can tell from here, and the error says so.
func (s *Session) unanswered(err error) error {
	if adapter.ClassOf(s.db, err) != adapter.ClassConnection && !s.Dead() {
		return err
	}
	s.unsettled = true
	var db *adapter.DatabaseError
	if !errors.As(err, &db) {
		return err
	}
	more := *db
	more.Msg += "\nThe connection broke before the database answered COMMIT: whether what was done is kept or taken back is not known. " +
		"The next run looks at what is there, and is right either way."
	more.Err = err
	return &more
}

// Unsettled reports whether the transaction that is open had its COMMIT sent, and it is
// not known what became of it.
func (s *Session) Unsettled() bool { return s.unsettled }

// Dead reports whether the session's connection broke, so that nothing can be sent on
// it any more. A session without a connection is not dead: the next statement opens one.
func (s *Session) Dead() bool {
	if s == nil || s.conn == nil {
		return false
	}
	m, ok := s.conn.(adapter.Mortal)
	return ok && m.Dead()
}

// Renewable reports whether a new connection in place of one that broke would miss
// nothing: the last statement that was carried out left no transaction open, and none of
// the session's has left something that lived in the connection. What a function sets
// that a query calls is not seen, but for set_config and locks.
func (s *Session) Renewable() bool { return !s.within && !s.keeps }

// Renew gives a connection up that broke; the next statement has a new one, and stands in
// a transaction or outside as it would have. It does nothing where the connection is well.
func (s *Session) Renew() {
	if !s.Dead() {
		return
	}
	s.emit(event.Debug, event.ConnectionClosed{ConnName: s.Name, NodeInfo: s.Info})
	s.conn.Release()
	s.conn = nil
}

// passed takes notice of a statement that was carried out.
func (s *Session) passed(sql string) {
	if _, mortal := s.conn.(adapter.Mortal); mortal {
		s.within = s.Within()
		s.keeps = s.keeps || leavesState(sql)
	}
}

// stateless are the first words of statements that leave nothing in their connection.
// PostgreSQL: SQL Commands.
var stateless = map[string]bool{
	"select": true, "with": true, "values": true, "table": true, "explain": true, "show": true,
	"insert": true, "update": true, "delete": true, "merge": true, "truncate": true, "copy": true,
	"create": true, "alter": true, "drop": true, "comment": true, "grant": true, "revoke": true, "refresh": true,
	"analyze": true, "vacuum": true, "reindex": true, "cluster": true, "notify": true, "checkpoint": true,
	"begin": true, "start": true, "commit": true, "end": true, "rollback": true, "abort": true, "savepoint": true, "release": true,
}

// leavesState reports whether a text may leave settings, temporary tables or locks in
// its connection. What it does not know, may.
func leavesState(sql string) bool {
	for _, part := range sqltext.Split(sql, sqltext.Postgres) {
		text := part.Text[sqltext.Begins(part.Text, sqltext.Postgres):]
		words := strings.FieldsFunc(strings.ToLower(text[:min(len(text), 80)]), func(r rune) bool { return r <= ' ' || r == '(' })
		switch {
		case len(words) == 0:
		case !stateless[words[0]]:
			return true
		case words[0] == "create" && slices.ContainsFunc(words[1:min(5, len(words))], temporary):
			return true
		case says(text, "set_config"), says(text, "advisory_lock"):
			return true
		}
	}
	return false
}

func temporary(word string) bool { return word == "temp" || word == "temporary" }

func says(text, word string) bool {
	return strings.Contains(text, word) || strings.Contains(text, strings.ToUpper(word))
}
