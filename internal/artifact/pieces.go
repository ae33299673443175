package artifact

import (
	"io"
	"runtime"
	"sync"
)

// A piece writes one stretch of a JSON document. Pieces are encoded by several
// goroutines, so none knows what stands before it: each sets comma itself.
type piece func(*jsonSink)

// pieceNodes is how many elements of a section make a piece: enough that
// handing it over costs nothing, few enough that buffers stay small.
const pieceNodes = 64

// section appends the pieces of a map with one element per item, behind a part
// that stands before it.
func section[T any](p []piece, name string, items []T, write func(*jsonSink, T)) []piece {
	p = append(p, func(s *jsonSink) {
		s.comma = true
		s.open(name)
	})
	for from := 0; from < len(items); from += pieceNodes {
		part := items[from:min(from+pieceNodes, len(items))]
		first := from == 0
		p = append(p, func(s *jsonSink) {
			s.comma = !first
			for _, it := range part {
				write(s, it)
			}
		})
	}
	return append(p, func(s *jsonSink) { s.close() })
}

// A job is a piece on its way to a worker and back.
type job struct {
	piece piece
	done  chan encoded
}

type encoded struct {
	sink   *jsonSink
	broken any // what the piece panicked with, nil if it did not
}

// writePieces encodes pieces in parallel and writes them in order. At most a
// few pieces per processor are in memory at a time.
func writePieces(w io.Writer, pieces []piece) error {
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job)
	order := make(chan chan encoded, 2*workers)
	stop := make(chan struct{})
	pool := sync.Pool{New: func() any { return &jsonSink{b: make([]byte, 0, 256<<10)} }}
	for range workers {
		go func() {
			for j := range jobs {
				j.done <- encode(j.piece, pool.Get().(*jsonSink))
			}
		}()
	}
	go handOut(pieces, jobs, order, stop)
	var err error
	for done := range order {
		e := <-done
		if e.broken != nil {
			close(stop)
			panic(e.broken)
		}
		if err == nil {
			if _, err = w.Write(e.sink.b); err != nil {
				close(stop)
			}
		}
		pool.Put(e.sink)
	}
	return err
}

// handOut gives every piece to the workers, and its answer's place to the
// writer, which sees places in the order of pieces.
func handOut(pieces []piece, jobs chan<- job, order chan<- chan encoded, stop <-chan struct{}) {
	defer close(order)
	defer close(jobs)
	for _, p := range pieces {
		done := make(chan encoded, 1)
		select {
		case order <- done:
		case <-stop:
			return
		}
		jobs <- job{p, done}
	}
}

// encode runs a piece. A panic comes back as a value, for the goroutine of the
// caller to go on with: on a worker's own it could not be recovered.
func encode(p piece, s *jsonSink) (e encoded) {
	e.sink = s
	defer func() { e.broken = recover() }()
	s.b, s.comma = s.b[:0], false
	p(s)
	return e
}
