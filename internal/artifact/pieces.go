package artifact

import (
	"io"
	"os"
	"runtime"
	"sync"

	"dex/internal/manifest"
)

// A piece is one stretch of a JSON document. Pieces are encoded by several
// goroutines, so none knows what stands before it: each sets comma itself.
type piece struct {
	write func(*jsonSink)
	// nodes are those that it is about, where it is about nodes.
	nodes []*manifest.Node
	// fresh says that it differs in every document.
	fresh bool
}

// pieceNodes is how many elements of a section make a piece: enough that
// handing it over costs nothing, few enough that buffers stay small.
const pieceNodes = 64

// section appends the pieces of a map with one element per item, behind a part
// that stands before it.
func section[T any](p []piece, name string, items []T, write func(*jsonSink, T)) []piece {
	p = append(p, piece{write: func(s *jsonSink) {
		s.comma = true
		s.open(name)
	}})
	for from := 0; from < len(items); from += pieceNodes {
		part := items[from:min(from+pieceNodes, len(items))]
		first := from == 0
		p = append(p, piece{write: func(s *jsonSink) {
			s.comma = !first
			for _, it := range part {
				write(s, it)
			}
		}})
	}
	return append(p, piece{write: func(s *jsonSink) { s.close() }})
}

// nodePieces is section for nodes, whose pieces know what they are about.
func nodePieces(p []piece, name string, nodes []*manifest.Node, write func(*jsonSink, *manifest.Node)) []piece {
	at := len(p) + 1
	p = section(p, name, nodes, write)
	for from := 0; from < len(nodes); from += pieceNodes {
		p[at].nodes = nodes[from:min(from+pieceNodes, len(nodes))]
		at++
	}
	return p
}

// A job is a piece on its way to a worker and back.
type job struct {
	piece piece
	done  chan encoded
}

// encoded is what became of a piece: text, or a stretch of an older document
// that says the same.
type encoded struct {
	sink   *jsonSink
	length int64 // of the stretch
	broken any   // what the piece panicked with, nil if it did not
}

// writePieces encodes pieces in parallel and writes them in order. At most a
// few pieces per processor are in memory at a time.
func writePieces(w io.Writer, pieces []piece, clean func([]byte) []byte) error {
	_, err := writePiecesOver(w, pieces, nil, clean)
	return err
}

// writePiecesOver is writePieces with an older document whose pieces are taken
// over where old says so; nil is none. It tells where each piece ends.
func writePiecesOver(w io.Writer, pieces []piece, old *oldPieces, clean func([]byte) []byte) ([]int64, error) {
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job)
	order := make(chan chan encoded, 2*workers)
	stop := make(chan struct{})
	pool := sync.Pool{New: func() any { return &jsonSink{b: make([]byte, 0, 256<<10)} }}
	for range workers {
		go func() {
			for j := range jobs {
				j.done <- encode(j.piece, pool.Get().(*jsonSink), clean)
			}
		}()
	}
	go handOut(pieces, old, jobs, order, stop)
	out := &pieceWriter{w: w, old: old, ends: make([]int64, 0, len(pieces))}
	for done := range order {
		e := <-done
		if e.broken != nil {
			close(stop)
			panic(e.broken)
		}
		if out.err == nil {
			if out.put(e); out.err != nil {
				close(stop)
			}
		}
		if e.sink != nil {
			pool.Put(e.sink)
		}
	}
	out.flush()
	return out.ends, out.err
}

// pieceWriter writes encoded pieces. Stretches of the old document that follow
// one another are copied in one go.
type pieceWriter struct {
	w       io.Writer
	old     *oldPieces
	ends    []int64
	at      int64
	pending int64 // bytes of the old document to be copied
	err     error
}

func (p *pieceWriter) put(e encoded) {
	if e.sink == nil {
		p.pending += e.length
		p.at += e.length
	} else {
		p.flush()
		if p.err == nil {
			_, p.err = p.w.Write(e.sink.b)
		}
		p.at += int64(len(e.sink.b))
		if p.old != nil && p.err == nil {
			p.err = p.old.skip(len(p.ends))
		}
	}
	p.ends = append(p.ends, p.at)
}

func (p *pieceWriter) flush() {
	if p.pending > 0 && p.err == nil {
		_, p.err = io.CopyN(p.w, p.old.file, p.pending)
	}
	p.pending = 0
}

// oldPieces is an older document of the same pieces.
type oldPieces struct {
	file *os.File
	ends []int64
	keep []bool // the pieces that are as they were
}

// length is the number of bytes of piece i.
func (o *oldPieces) length(i int) int64 {
	if i == 0 {
		return o.ends[0]
	}
	return o.ends[i] - o.ends[i-1]
}

// skip goes on behind piece i.
func (o *oldPieces) skip(i int) error {
	_, err := o.file.Seek(o.ends[i], io.SeekStart)
	return err
}

// handOut gives every piece to the workers, and its answer's place to the
// writer, which sees places in the order of pieces.
func handOut(pieces []piece, old *oldPieces, jobs chan<- job, order chan<- chan encoded, stop <-chan struct{}) {
	defer close(order)
	defer close(jobs)
	for i, p := range pieces {
		done := make(chan encoded, 1)
		select {
		case order <- done:
		case <-stop:
			return
		}
		if old != nil && old.keep[i] {
			done <- encoded{length: old.length(i)}
			continue
		}
		jobs <- job{p, done}
	}
}

// encode runs a piece. A panic comes back as a value, for the goroutine of the
// caller to go on with: on a worker's own it could not be recovered.
func encode(p piece, s *jsonSink, clean func([]byte) []byte) (e encoded) {
	e.sink = s
	defer func() { e.broken = recover() }()
	s.b, s.comma = s.b[:0], false
	p.write(s)
	if clean != nil {
		s.b = clean(s.b)
	}
	return e
}
