package pgtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// Relay passes on what a program and the server say to each other, and notes each
// statement with the state of its transaction: what is on the wire, whatever the
// program believes or logs.
type Relay struct {
	Settings // where a program reaches the database through the relay

	to     string // the server's socket
	listen net.Listener
	wg     sync.WaitGroup

	mu       sync.Mutex // over all below
	cut      Cut
	quiet    sync.Cond // told when a session ends
	seen     []*Statement
	sessions int        // begun
	open     int        // of them
	ends     []net.Conn // of all sessions
	closed   bool
}

// Cut is how a relay cuts a line. A program cannot tell the two apart.
type Cut int

// The ways to cut.
const (
	Whole      Cut = iota // not at all
	CutRequest            // the statement does not reach the server
	CutAnswer             // the server has carried it out, and no word of that comes back
)

// Cut has the line break at the next statement of whatever session.
func (r *Relay) Cut(c Cut) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = c
}

// errCut ends a session whose line was cut.
var errCut = errors.New("the line was cut")

// Statement is one that was sent to the server.
type Statement struct {
	Session int    // sessions are counted from 1, in order of appearance
	SQL     string // Closed where a session ended inside a transaction
	// State is that of the session's transaction after it: I idle, T in a
	// transaction, E in a failed one; nothing where the server gave no answer.
	State  string
	Failed bool
}

// Closed is the text of a session's end.
const Closed = "<closed>"

// NewRelay opens a relay in front of a database; it ends with the test.
func NewRelay(t testing.TB, to Settings) *Relay {
	t.Helper()
	dir, err := makeFolder(nil)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	r := &Relay{Settings: to, to: socket(to)}
	r.Host, r.quiet.L = dir, &r.mu
	if r.listen, err = net.Listen("unix", socket(r.Settings)); err != nil {
		t.Fatalf("pgtest: %v", errors.Join(err, os.RemoveAll(dir)))
	}
	t.Cleanup(func() {
		if err := errors.Join(r.close(), os.RemoveAll(dir)); err != nil {
			t.Errorf("pgtest: end the relay: %v", err)
		}
	})
	r.wg.Go(r.accept)
	return r
}

func socket(s Settings) string { return filepath.Join(s.Host, ".s.PGSQL."+strconv.Itoa(s.Port)) }

// Take gives what was seen since the last call. It waits until all sessions have
// ended: they do with the program that opened them.
func (r *Relay) Take() []Statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.open > 0 {
		r.quiet.Wait()
	}
	out := make([]Statement, len(r.seen))
	for i, s := range r.seen {
		out[i] = *s
	}
	r.seen, r.sessions = nil, 0
	return out
}

// Down ends all sessions and takes no more, as a server that stops. It may be called
// before the test ends, once.
func (r *Relay) Down() error { return r.close() }

func (r *Relay) close() error {
	r.mu.Lock()
	down := r.closed
	r.mu.Unlock()
	if down {
		return nil
	}
	err := r.listen.Close()
	r.mu.Lock()
	r.closed = true
	for _, c := range r.ends {
		_ = c.Close() // most are closed
	}
	r.mu.Unlock()
	r.wg.Wait()
	return err
}

func (r *Relay) accept() {
	for {
		c, err := r.listen.Accept()
		if err != nil {
			return // closed
		}
		r.wg.Go(func() { r.serve(c) })
	}
}

// serve relays one connection until either side ends it.
func (r *Relay) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", r.to)
	if err != nil {
		return // the program sees that its connection ended
	}
	defer server.Close()
	if !r.keep(client, server) || startUp(client, server) != nil {
		return
	}
	s := r.begin()
	defer s.ended()
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		_ = pass(server, client, s.answered) // ends with either side
		_ = client.Close()
	}()
	_ = pass(client, server, s.asked)
	_ = server.Close()
	<-answers
}

// keep notes connections for close; none is made after it.
func (r *Relay) keep(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends = append(r.ends, conns...)
	return !r.closed
}

// The codes in place of a protocol version (PostgreSQL: Message Formats).
const (
	sslRequest = 80877103
	gssRequest = 80877104
)

// startUp passes on the first message, which has no type byte. Encryption is refused.
func startUp(client, server net.Conn) error {
	for {
		var head [8]byte
		if _, err := io.ReadFull(client, head[:]); err != nil {
			return err
		}
		size, code := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
		if code == sslRequest || code == gssRequest {
			if _, err := client.Write([]byte("N")); err != nil {
				return err
			}
			continue
		}
		if size < 8 || size > 1<<16 {
			return fmt.Errorf("a start-up message of %d bytes", size)
		}
		body := make([]byte, size-8)
		if _, err := io.ReadFull(client, body); err != nil {
			return err
		}
		_, err := server.Write(append(head[:], body...))
		return err
	}
}

// pass copies messages and shows each to note before it is handed on, unless note holds
// it back.
func pass(from io.Reader, to io.Writer, note func(kind byte, body []byte) (hold bool, err error)) error {
	for {
		message := make([]byte, 5)
		if _, err := io.ReadFull(from, message); err != nil {
			return err
		}
		size := binary.BigEndian.Uint32(message[1:])
		if size < 4 {
			return fmt.Errorf("a message of %d bytes", size)
		}
		message = append(message, make([]byte, size-4)...)
		if _, err := io.ReadFull(from, message[5:]); err != nil {
			return err
		}
		hold, err := note(message[0], message[5:])
		if err != nil {
			return err
		}
		if hold {
			continue
		}
		if _, err := to.Write(message); err != nil {
			return err
		}
	}
}

// tapped is one session as the relay sees it.
type tapped struct {
	relay  *Relay
	number int
	// What follows is under the relay's lock, but for prepared and portals, which
	// only asked uses.
	pending  []*Statement // not answered yet
	state    string
	failed   bool
	mute     bool              // the line is cut behind the statement under way
	prepared map[string]string // by name of statement
	portals  map[string]string
}

func (r *Relay) begin() *tapped {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions++
	r.open++
	return &tapped{relay: r, number: r.sessions, prepared: map[string]string{}, portals: map[string]string{}}
}

// asked notes statements: of the simple protocol, and where a portal is executed.
func (s *tapped) asked(kind byte, body []byte) (hold bool, err error) {
	if (kind == 'Q' || kind == 'P') && s.cutNow() {
		return false, errCut
	}
	words := bytes.SplitN(body, []byte{0}, 3)
	switch kind {
	case 'Q':
		s.note(string(words[0]))
	case 'P':
		s.prepared[string(words[0])] = string(words[1])
	case 'B':
		s.portals[string(words[0])] = s.prepared[string(words[1])]
	case 'E':
		s.note(s.portals[string(words[0])])
	}
	return false, nil
}

// cutNow reports whether the line is to be cut before the statement that has come; one
// that is to be cut behind it is muted.
func (s *tapped) cutNow() bool {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	cut := s.relay.cut
	s.relay.cut = Whole
	s.mute = s.mute || cut == CutAnswer
	return cut == CutRequest
}

func (s *tapped) note(sql string) {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	one := &Statement{Session: s.number, SQL: sql}
	s.relay.seen = append(s.relay.seen, one)
	s.pending = append(s.pending, one)
}

// answered notes how it went: an error, and the state when the server is ready for
// the next.
func (s *tapped) answered(kind byte, body []byte) (hold bool, err error) {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	switch kind {
	case 'E':
		s.failed = true
	case 'Z':
		s.state = string(body)
		for i, one := range s.pending {
			one.State, one.Failed = s.state, s.failed && i == len(s.pending)-1
		}
		s.pending, s.failed = nil, false
		if s.mute {
			return true, errCut
		}
	}
	return s.mute, nil
}

// ended notes the end of a session that left a transaction open.
func (s *tapped) ended() {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	s.relay.open--
	s.relay.quiet.Broadcast()
	if s.state != "I" && s.state != "" {
		s.relay.seen = append(s.relay.seen, &Statement{Session: s.number, SQL: Closed, State: "I"})
	}
}
