package artifact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"dex/internal/manifest"
)

// Trace is what is known of a manifest.json that was written: which file it is
// and where its pieces end. With it a later manifest of the same nodes is
// written over it by encoding what changed and copying the rest; of one that
// says the same, nothing need be written.
type Trace struct {
	// Of names the state of the project that the file shows: the sum of its
	// parsing cache.
	Of uint32

	size, mtime int64
	ends        []int64
	marked      []bool // pieces that show what a node was compiled to
}

const traceMagic = "dextrace\x01"

// ReadTrace reads a trace; the error says only that there is none to go by.
func ReadTrace(path string) (*Trace, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	n := len(src) - 4
	if n < len(traceMagic) || string(src[:len(traceMagic)]) != traceMagic || crc32.ChecksumIEEE(src[:n]) != binary.LittleEndian.Uint32(src[n:]) {
		return nil, errors.New("no trace of a manifest in " + path)
	}
	r := traceReader(src[len(traceMagic):n])
	t := &Trace{Of: uint32(r.next()), size: int64(r.next()), mtime: int64(r.next())}
	t.ends = make([]int64, r.next())
	t.marked = make([]bool, len(t.ends))
	at := int64(0)
	for i := range t.ends {
		x := r.next()
		at += int64(x >> 1)
		t.ends[i], t.marked[i] = at, x&1 != 0
	}
	return t, nil
}

// traceReader reads numbers that a sum vouches for.
type traceReader []byte

func (r *traceReader) next() uint64 {
	x, n := binary.Uvarint(*r)
	*r = (*r)[max(n, 0):]
	return x
}

// Write writes the trace to a file, which it replaces whole or not at all.
func (t *Trace) Write(path string) error {
	b := []byte(traceMagic)
	for _, x := range []uint64{uint64(t.Of), uint64(t.size), uint64(t.mtime), uint64(len(t.ends))} {
		b = binary.AppendUvarint(b, x)
	}
	at := int64(0)
	for i, end := range t.ends {
		x := uint64(end-at) << 1
		if t.marked[i] {
			x |= 1
		}
		b = binary.AppendUvarint(b, x)
		at = end
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return writeFile(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// Shows reports whether the file at path is the one that was written, and shows
// the state of the project of that sum with nothing of a run in it.
func (t *Trace) Shows(path string, of uint32) bool {
	for _, m := range t.marked {
		if m {
			return false
		}
	}
	return t.Of == of && t.is(path)
}

// is reports whether the file at path is the one that was written.
func (t *Trace) is(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == t.size && info.ModTime().UnixNano() == t.mtime
}

// Over is a manifest.json that stands, for the next one to be written over it.
type Over struct {
	Trace *Trace // nil: there is none
	// Touched reports nodes that differ, or whose parents or children do. All
	// else of the manifest is to be the same.
	Touched func(manifest.ID) bool
}

// WriteManifestOver is WriteManifest where a manifest stands already. What is
// written is the same.
func WriteManifestOver(path string, over Over, m *manifest.Manifest, compiled map[manifest.ID]*Compiled, meta Meta) (*Trace, error) {
	e := &manifestEncoder{m: m, compiled: compiled, meta: meta}
	pieces := e.pieces()
	t := &Trace{marked: make([]bool, len(pieces))}
	for i, p := range pieces {
		for _, n := range p.nodes {
			t.marked[i] = t.marked[i] || compiled[n.ID] != nil
		}
	}
	old, err := over.open(path, pieces, t.marked)
	if err != nil {
		return nil, err
	}
	if old != nil {
		defer old.file.Close() // it was only read
	}
	err = writeFile(path, func(w io.Writer) error {
		t.ends, err = writePiecesOver(w, pieces, old, meta.Clean)
		return err
	})
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at manifest.json: %w", err)
	}
	t.size, t.mtime = info.Size(), info.ModTime().UnixNano()
	return t, nil
}

// open opens the manifest that stands, where pieces of it are of use.
func (o Over) open(path string, pieces []piece, marked []bool) (*oldPieces, error) {
	t := o.Trace
	if t == nil || len(t.ends) != len(pieces) || !t.is(path) {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the last manifest.json: %w", err)
	}
	old := &oldPieces{file: f, ends: t.ends, keep: make([]bool, len(pieces))}
	for i, p := range pieces {
		old.keep[i] = !p.fresh && !marked[i] && !t.marked[i]
		for _, n := range p.nodes {
			old.keep[i] = old.keep[i] && !o.Touched(n.ID)
		}
	}
	return old, nil
}
