package pyrun

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"dex/internal/jinja/value"
)

const (
	socketName = "dex.sock"
	// maxSocketPath is how long the path of a unix socket may be on every system
	// (sun_path is 104 bytes on macOS, 108 on Linux).
	maxSocketPath = 100
	// helloTime is how long a stranger on the socket may stay silent.
	helloTime = 5 * time.Second
	// protocol is the version that the module dex has to speak.
	protocol = 1
)

// bridge is dex's end of the connection with a script. One connection is taken, of
// whoever knows the token; the socket is closed then.
type bridge struct {
	job *Job
	speech
	dir   string
	token string
	// address is a path, or 127.0.0.1:port where there are no unix sockets.
	address string
	ln      net.Listener

	mu   sync.Mutex
	conn net.Conn
	shut bool

	end ending // what the script said of its end
	// over is closed once the connection is; end is not changed then.
	over chan struct{}
	out  []byte // the message under way
	file *upload
}

// speech is what is said on a bridge.
type speech struct {
	log      func(Line)
	host     Host // of an operation
	requests map[string]request
}

// request does what one message asks for. Where it writes nothing to b.out it gives
// no answer.
type request func(ctx context.Context, x *exchange) error

// ending is how a script's conversation went.
type ending struct {
	met    bool // it said hello
	bye    bool // it said that it is done
	failed *Failed
	err    error // *ProtocolError: it broke the protocol
}

func openBridge(dir string, job *Job, talk speech) (*bridge, error) {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	b := &bridge{job: job, speech: talk, dir: dir, token: hex.EncodeToString(secret), over: make(chan struct{})}
	path := filepath.Join(dir, socketName)
	var err error
	if runtime.GOOS != "windows" && len(path) < maxSocketPath {
		b.ln, err = net.Listen("unix", path)
		b.address = path
	} else {
		b.ln, err = net.Listen("tcp", "127.0.0.1:0")
		if err == nil {
			b.address = "127.0.0.1:" + strconv.Itoa(b.ln.Addr().(*net.TCPAddr).Port)
		}
	}
	if err == nil {
		// The token stands in neither the environment nor the arguments; the script's
		// first act is to remove this file.
		err = os.WriteFile(filepath.Join(dir, "bridge"), []byte(b.address+"\n"+b.token+"\n"), 0o600)
	}
	return b, err
}

// serve takes the script's connection and answers until it closes it.
func (b *bridge) serve(ctx context.Context) {
	defer close(b.over)
	known := make(chan greeted, 1)
	go b.accept(known)
	if g, ok := <-known; ok {
		b.talk(ctx, g.conn, g.r)
	}
}

// greeted is the connection of somebody who has the token.
type greeted struct {
	conn net.Conn
	r    *bufio.Reader
}

// accept takes connections until one holds the token, or the socket is closed: then
// the script has ended without a word. Strangers are kept apart from each other, so
// that one who is silent keeps nobody waiting.
func (b *bridge) accept(known chan<- greeted) {
	var strangers sync.WaitGroup
	for {
		conn, err := b.ln.Accept()
		if err != nil {
			strangers.Wait()
			close(known)
			return
		}
		strangers.Go(func() {
			r := bufio.NewReaderSize(conn, 1<<16)
			if !b.greet(conn, r) {
				conn.Close()
				return
			}
			known <- greeted{conn, r}
			b.ln.Close()
		})
	}
}

// greet reads the first message of a connection, and keeps the connection where it
// holds the token. Anybody else gets no answer.
func (b *bridge) greet(conn net.Conn, r *bufio.Reader) bool {
	if conn.SetReadDeadline(time.Now().Add(helloTime)) != nil {
		return false
	}
	var head [headerSize + 1]byte
	first, err := r.Peek(len(head))
	// A stranger's first message is not worth reading where it is long.
	if err != nil || first[0] != 0 || first[1] != 0 || first[headerSize] != '{' {
		return false
	}
	m, err := readMessage(r)
	if err != nil {
		return false
	}
	token, _ := m.GetStr("token")
	text, ok := token.(value.Str)
	if !ok || subtle.ConstantTimeCompare([]byte(text), []byte(b.token)) != 1 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut || b.end.met || conn.SetReadDeadline(time.Time{}) != nil {
		return false
	}
	b.conn, b.end.met = conn, true
	return true
}

// talk answers messages until the script says that it is done, or is gone.
func (b *bridge) talk(ctx context.Context, conn net.Conn, r *bufio.Reader) {
	defer conn.Close()
	defer b.dropUpload()
	if _, err := conn.Write(b.facts()); err != nil {
		return
	}
	for !b.end.bye {
		m, err := readMessage(r)
		if err == errGone {
			return
		}
		if err != nil {
			b.end.err = err
			return
		}
		if err := b.answer(ctx, conn, r, m); err != nil {
			var broken *ProtocolError
			if errors.As(err, &broken) {
				b.end.err = broken
			}
			return
		}
	}
}

// spoken reports whether somebody with the token has come.
func (b *bridge) spoken() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.conn != nil
}

// close ends the connection. It may be called twice.
func (b *bridge) close() {
	b.mu.Lock()
	b.shut = true
	b.ln.Close()
	if b.conn != nil {
		b.conn.Close()
	}
	b.mu.Unlock()
}

// facts is the answer to the first message.
func (b *bridge) facts() []byte {
	f := &b.job.Facts
	d := value.NewDict(9)
	d.SetStr("protocol", value.Int(protocol))
	d.SetStr("params", dictOf(f.Params))
	d.SetStr("target", dictOf(f.Target))
	d.SetStr("invocation_id", value.Str(f.InvocationID))
	d.SetStr("run_id", value.Str(f.RunID))
	d.SetStr("attempt", value.Int(max(1, f.Attempt)))
	d.SetStr("dry_run", value.Bool(f.DryRun))
	return finish(appendValue(newMessage(nil), d))
}

func dictOf(d *value.Dict) value.Value {
	if d == nil {
		return value.NewDict(0)
	}
	return d
}

// answer does what one message asks for. An error ends the conversation: the
// connection broke, or the message is none.
func (b *bridge) answer(ctx context.Context, conn net.Conn, r *bufio.Reader, m *value.Dict) error {
	name, _ := m.GetStr("op")
	text, _ := name.(value.Str)
	op, ok := b.requests[string(text)]
	if !ok {
		return &ProtocolError{What: fmt.Sprintf("the script asked for %q, which is nothing that dex knows", text)}
	}
	req, err := decodeValue(m)
	if err != nil {
		return err
	}
	b.out = newMessage(b.out)
	err = op(ctx, &exchange{b: b, conn: conn, r: r, args: req.(*value.Dict)})
	if cap(b.out) > 1<<22 {
		defer func() { b.out = nil }() // one large answer must not hold its memory for ever
	}
	var broken *lostError
	var protocol *ProtocolError
	switch {
	case errors.As(err, &broken), errors.As(err, &protocol):
		return err
	case err != nil:
		b.out = appendFault(newMessage(b.out), err)
	case len(b.out) == headerSize:
		return nil // asks for no answer
	}
	_, err = conn.Write(finish(b.out))
	return err
}

// lostError is a connection that cannot be written to.
type lostError struct{ err error }

func (e *lostError) Error() string { return "the script is gone: " + e.err.Error() }

// appendFault appends the answer to a request that failed.
func appendFault(b []byte, err error) []byte {
	d := value.NewDict(3)
	var r *Refusal
	if errors.As(err, &r) {
		d.SetStr("class", value.Str(r.Class))
		d.SetStr("statement", value.Str(r.Statement))
	}
	d.SetStr("message", value.Str(err.Error()))
	return append(appendValue(append(b, `{"error":`...), d), '}')
}
