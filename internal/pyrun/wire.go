package pyrun

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"dex/internal/jinja/value"
)

// A message is four bytes of length, the most significant first, and as many bytes
// of JSON. Values are JSON's own where it has them (integers of any size, as
// Python's json reads and writes them); others are objects with the key "$", see
// encode.go.

const (
	// maxMessage bounds what a script may send in one message. The module cuts files
	// into pieces; a statement or a result is one message.
	maxMessage = 64 << 20
	headerSize = 4
)

// ProtocolError is a script whose bridge broke, or that did not keep to the protocol.
type ProtocolError struct {
	What string
	Err  error
}

func (e *ProtocolError) Error() string {
	if e.Err != nil {
		return e.What + ": " + e.Err.Error()
	}
	return e.What
}

// Unwrap gives the cause.
func (e *ProtocolError) Unwrap() error { return e.Err }

// errGone is the end of a connection between two messages.
var errGone = errors.New("the connection was closed")

// readMessage reads one message. errGone is an end between two messages; any other
// fault is a *ProtocolError.
func readMessage(r *bufio.Reader) (*value.Dict, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, &ProtocolError{What: "the script closed its connection in the middle of a message"}
		}
		return nil, errGone
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxMessage {
		return nil, &ProtocolError{What: fmt.Sprintf("the script sent something that is no message of the module dex, or one of more than %d MiB", maxMessage>>20)}
	}
	body, err := readBody(r, int(size))
	if err != nil {
		return nil, &ProtocolError{What: "the script closed its connection in the middle of a message"}
	}
	v, err := value.ParseJSON(body)
	if err != nil {
		return nil, &ProtocolError{What: "the script sent something that is no message of the module dex", Err: err}
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return nil, &ProtocolError{What: "the script sent something that is no message of the module dex: a " + v.Type()}
	}
	return d, nil
}

// readBody reads size bytes. Memory is taken as they arrive, not as they are promised.
func readBody(r io.Reader, size int) ([]byte, error) {
	const step = 1 << 20
	b := make([]byte, 0, min(size, step))
	for len(b) < size {
		n := len(b)
		m := min(size-n, step)
		if cap(b)-n < m {
			b = append(make([]byte, 0, min(size, 2*cap(b)+m)), b...)
		}
		b = b[:n+m]
		if _, err := io.ReadFull(r, b[n:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// newMessage begins a message in b: room for its length.
func newMessage(b []byte) []byte { return append(b[:0], 0, 0, 0, 0) }

// finish writes the length of a message that newMessage began.
func finish(b []byte) []byte {
	binary.BigEndian.PutUint32(b, uint32(len(b)-headerSize))
	return b
}
