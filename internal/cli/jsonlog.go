package cli

import (
	"io"
	"os"
	"sync"

	"dex/internal/event"
	"dex/internal/secret"
)

// jsonLines makes lines of dbt's JSON log. Encoding happens outside of the
// writer's lock, in buffers that are used again.
type jsonLines struct {
	context event.Context
	pool    sync.Pool // of *event.Encoder
}

func newJSONLines(id string, secrets *secret.Redactor) *jsonLines {
	l := &jsonLines{context: event.Context{InvocationID: id, PID: os.Getpid()}}
	l.pool.New = func() any { return &event.Encoder{Clean: secrets.Clean} }
	return l
}

// write hands the line of e, with its newline, to put. The bytes are put's only
// until it returns.
func (l *jsonLines) write(e event.Event, put func([]byte)) {
	enc := l.pool.Get().(*event.Encoder)
	enc.Reset()
	enc.Event(e, l.context)
	put(append(enc.Bytes(), '\n'))
	l.pool.Put(enc)
}

// jsonView writes dbt's JSON log to standard output.
type jsonView struct {
	filter
	mu    sync.Mutex
	w     io.Writer
	lines *jsonLines
}

// Emit implements event.Sink.
func (v *jsonView) Emit(e event.Event) {
	if !v.shows(e) {
		return
	}
	v.lines.write(e, func(line []byte) {
		v.mu.Lock()
		defer v.mu.Unlock()
		_, _ = v.w.Write(line) // as in plainView
	})
}

// Close implements view.
func (v *jsonView) Close() {}
