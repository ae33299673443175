package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"dex/internal/adapter"
)

// The times that the wire may take: for a good-bye, and for the answer to a request to
// cancel, behind which the connection is given up.
const (
	closeTimeout  = 5 * time.Second
	cancelTimeout = 10 * time.Second
)

// A request to cancel is repeated until it is heard: the server forgets one that comes
// before the statement. The first pause is short, and each is twice the last.
const (
	firstCancel = 5 * time.Millisecond
	lastCancel  = 500 * time.Millisecond
)

// taker takes what the statements of a text give.
type taker interface {
	begin()                                           // a statement's answer begins
	columns(fields []pgproto3.FieldDescription) error // it has rows
	row(cells [][]byte) error                         // the bytes belong to the connection
}

// request is what is sent in one call.
type request struct {
	sql  string // as the caller has it
	text string // as the server gets it, with $1 for each placeholder
	send func(*pgproto3.Frontend)
}

// simple is a text of any number of statements. PostgreSQL: "Simple Query".
func simple(sql string) request {
	return request{sql, sql, func(f *pgproto3.Frontend) { f.SendQuery(&pgproto3.Query{String: sql}) }}
}

// ask sends messages and takes the answer until the server is ready for more. An error
// of the taker is the error: the statement is canceled, and what it still says is read.
func (s *session) ask(ctx context.Context, r request, take taker) (adapter.Response, error) {
	a := answer{session: s, request: r, take: take, ctx: ctx, count: -1, Response: adapter.Response{Rows: -1}}
	if err := checkText(r.sql); err != nil {
		return a.Response, err
	}
	err := s.within(ctx, r.sql, func(ctx context.Context) error {
		a.ctx = ctx
		f := s.conn.Frontend()
		r.send(f)
		sent := f.Flush()
		if sent != nil {
			_ = s.conn.Conn().SetDeadline(time.Now().Add(closeTimeout)) // where it fails so does the read
		}
		err := a.read() // also where nothing could be sent: the server may have said why
		if sent != nil && s.lost == nil {
			err = s.lose(r.sql, sent)
		}
		return err
	})
	return a.Response, err
}

// within gives f a context that Cancel ends, and cancels the statement on the server
// when it ends.
func (s *session) within(ctx context.Context, sql string, f func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.mu.Lock()
	if s.released {
		s.mu.Unlock()
		return fmt.Errorf("execute on %s: the session was released", s.name)
	}
	s.cancel = cancel
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.cancel = nil
		s.mu.Unlock()
	}()
	if s.lost != nil {
		return s.lost
	}
	if ctx.Err() != nil {
		return &adapter.DatabaseError{Msg: "canceling statement due to user request", SQL: sql, Err: errors.Join(ctx.Err(), context.Cause(ctx))}
	}

	over, idle := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(idle)
		s.stop(over)
	})
	err := f(ctx)
	close(over)
	if !stop() {
		<-idle // a request to cancel must not hit the session's next statement
		if s.lost == nil {
			_ = s.conn.Conn().SetDeadline(time.Time{}) // where it fails the next read does
		}
	}
	return err
}

// stop asks the server to cancel what runs until it is over.
func (s *session) stop(over <-chan struct{}) {
	_ = s.conn.Conn().SetDeadline(time.Now().Add(cancelTimeout)) // on a closed connection nothing waits
	ctx, end := context.WithTimeout(context.Background(), cancelTimeout)
	defer end()
	for wait := firstCancel; ; wait = min(2*wait, lastCancel) {
		select {
		case <-over:
			return
		default:
		}
		// A request that does not get through is repeated; the deadline ends it all.
		_ = s.conn.CancelRequest(ctx)
		select {
		case <-over:
			return
		case <-time.After(wait):
		}
	}
}

// answer is the server's answer to one call.
type answer struct {
	*session
	adapter.Response
	request
	ctx     context.Context
	take    taker
	fault   error // of the taker, or of a COPY that cannot be done
	refused *pgconn.PgError
	count   int64 // of the rows that the last statement gave; -1 where it has none to give
}

// read takes messages until ReadyForQuery.
func (a *answer) read() error {
	begun := false
	for {
		// Waiting is ended by stop, not by a context: one would cost a goroutine a row.
		msg, err := a.conn.ReceiveMessage(context.Background())
		if err != nil {
			return a.lose(a.sql, err)
		}
		switch msg := msg.(type) {
		case *pgproto3.DataRow:
			a.count++
			if a.fault == nil {
				a.spoil(a.take.row(msg.Values))
			}
		case *pgproto3.RowDescription:
			a.begin(&begun)
			a.count = 0
			if a.fault == nil {
				a.spoil(a.take.columns(msg.Fields))
			}
		case *pgproto3.CommandComplete:
			a.begin(&begun)
			begun = false
			a.Message = string(msg.CommandTag)
		case *pgproto3.NoticeResponse:
			a.Notices = append(a.Notices, noticeText(msg, a.text))
		case *pgproto3.ErrorResponse:
			if a.refused == nil {
				a.refused = pgconn.ErrorResponseToPgError(msg)
			}
		case *pgproto3.CopyInResponse:
			a.refuseCopy()
			a.conn.Frontend().Send(&pgproto3.CopyFail{Message: "dex has no data for COPY FROM STDIN"})
			if err := a.conn.Frontend().Flush(); err != nil {
				return a.lose(a.sql, err)
			}
		case *pgproto3.CopyOutResponse:
			a.refuseCopy()
		case *pgproto3.ReadyForQuery:
			return a.end()
		}
	}
}

func (a *answer) begin(begun *bool) {
	if !*begun {
		*begun, a.count = true, -1
		a.take.begin()
	}
}

// spoil notes an error of the taker and has the server stop: what is still to come may
// be long.
func (a *answer) spoil(err error) {
	if err == nil {
		return
	}
	a.fault = err
	ctx, end := context.WithTimeout(context.Background(), cancelTimeout)
	defer end()
	_ = a.conn.CancelRequest(ctx) // where it fails all is read
}

func (a *answer) refuseCopy() {
	if a.fault == nil { // a cancel is not needed: COPY IN is refused, COPY OUT read
		a.fault = &adapter.DatabaseError{SQL: a.sql, Msg: "COPY FROM STDIN and COPY TO STDOUT have no other end in a statement of a project: " +
			"name a file or a program on the server, or load the file as a seed"}
	}
}

// end makes the response or the error of the whole.
func (a *answer) end() error {
	a.Response.Code, a.Response.Rows, a.Response.Told = codeOf(a.Message), a.count, true
	if a.count < 0 {
		a.Response.Rows = rowsOf(a.Message)
	}
	switch {
	case a.refused != nil && a.fault == nil:
		return a.refusal(a.refused)
	case a.fault != nil:
		return a.fault
	}
	return nil
}

// refusal is the server's error, with the context's where that is why the server
// stopped.
func (a *answer) refusal(pg *pgconn.PgError) error {
	e := databaseError(pg, a.text)
	e.SQL = a.sql
	if a.ctx.Err() != nil && pg.Code == queryCanceled {
		e.Err = errors.Join(a.ctx.Err(), context.Cause(a.ctx), pg)
	}
	return e
}

// lose notes that the connection is gone and says so, now and at each further use.
func (s *session) lose(sql string, err error) error {
	why := "server closed the connection unexpectedly"
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		why = pg.Message
	case pgconn.Timeout(err):
		why = fmt.Sprintf("no answer within %s after the statement was canceled", cancelTimeout)
	}
	at := s.db.creds.Unique()
	s.lost = &adapter.DatabaseError{Msg: fmt.Sprintf("the connection to %s was lost before (%s): a new one is made with the next task", at, why), Err: errors.Join(ErrLost, err)}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = s.conn.Close(ctx) // it is gone already
	return &adapter.DatabaseError{Msg: fmt.Sprintf("%s\nThe connection to %s was lost; the server may have stopped, or an administrator or a timeout ended the session.", why, at), SQL: sql, Err: errors.Join(ErrLost, err)}
}

// ErrLost is a connection that ended while it was in use.
var ErrLost = errors.New("the connection was lost")

// codeOf is a command tag without its numbers. dbt: AdapterResponse.code.
func codeOf(tag string) string {
	words := strings.Fields(tag)
	out := words[:0]
	for _, w := range words {
		if strings.Trim(w, "0123456789") != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// rowsOf is the number of rows that a command tag tells, and -1 where it tells none.
// psycopg2: cursor.rowcount, which for a statement with a result counts its rows.
func rowsOf(tag string) int64 {
	if tag == "" || tag[len(tag)-1] < '0' || tag[len(tag)-1] > '9' {
		return -1
	}
	return pgconn.NewCommandTag(tag).RowsAffected()
}
