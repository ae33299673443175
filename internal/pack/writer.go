package pack

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"unsafe"
)

// A Section is one table of records. Numbers of sections are small.
type Section int

const maxSections = 32

// table is records one behind the other, with the end of each. The bytes lie in
// several pieces, so that they need not move when there are more of them.
type table struct {
	ends  []uint32
	full  [][]byte
	piece []byte
	size  int
}

const pieceSize = 1 << 18

func (t *table) add(b []byte) {
	if len(b) > cap(t.piece)-len(t.piece) {
		if len(t.piece) > 0 {
			t.full = append(t.full, t.piece)
		}
		// The first piece is small: most tables are.
		t.piece = make([]byte, 0, max(len(b), min(pieceSize, max(1024, t.size))))
	}
	t.piece = append(t.piece, b...)
	t.size += len(b)
	t.ends = append(t.ends, uint32(t.size))
}

// Writer gathers records. It belongs to one goroutine.
type Writer struct {
	texts   map[string]uint32
	text0   uint32 // texts of the file that this one goes on from
	textTab table
	recent  [1024]recent

	values   map[string]uint32
	value0   uint32
	valueTab table

	configs   map[string]uint32
	config0   uint32
	configTab table

	sections [maxSections]table
	whole    [maxSections]*view // sections that are those of base
	base     *Reader
	free     [][]byte // buffers for values inside values
}

// NewWriter starts a file. Where base is not nil the file goes on from it: texts
// and values of base keep their numbers, so that its records can be taken over
// by Copy. What is added is not looked for in base unless Learn was called.
func NewWriter(base *Reader) *Writer {
	w := &Writer{texts: map[string]uint32{}, values: map[string]uint32{}, configs: map[string]uint32{}, base: base}
	if base != nil {
		w.text0, w.value0, w.config0 = uint32(base.texts.len()), uint32(base.values.len()), uint32(base.configs.len())
	}
	return w
}

// Learn looks through the file that this one goes on from, so that nothing of it
// is added a second time: worth its time where much is added.
func (w *Writer) Learn() {
	if w.base == nil {
		return
	}
	b := w.base
	w.texts = make(map[string]uint32, b.texts.len())
	for i := range b.texts.len() {
		w.texts[b.text(uint64(i)+1)] = uint32(i) + 1
	}
	learn := func(known map[string]uint32, v *view) {
		for i := range v.len() {
			known[string(v.at(i))] = uint32(i) + 1
		}
	}
	learn(w.values, &b.values)
	learn(w.configs, &b.configs)
}

// recent is a text that was met lately, by the place of its bytes. Most texts of a
// node are shared with the node before: for these no hash need be made. It keeps
// the bytes alive, so that no other text can come to stand there.
type recent struct {
	at   *byte
	size int
	id   uint32
}

// text gives a text's number. 0 is the empty text.
func (w *Writer) text(s string) uint32 {
	if s == "" {
		return 0
	}
	at := unsafe.StringData(s)
	slot := &w.recent[(uintptr(unsafe.Pointer(at))>>3^uintptr(len(s)))%uintptr(len(w.recent))]
	if slot.at != at || slot.size != len(s) {
		*slot = recent{at, len(s), w.intern(s)}
	}
	return slot.id
}

func (w *Writer) intern(s string) uint32 {
	if id, ok := w.texts[s]; ok {
		return id
	}
	w.textTab.add(unsafe.Slice(unsafe.StringData(s), len(s)))
	id := w.text0 + uint32(len(w.textTab.ends))
	w.texts[s] = id
	return id
}

// Add appends a record to a section. The error is for a value that has no binary
// form: the file is not worth writing then.
func (w *Writer) Add(s Section, record func(*Coder)) (err error) {
	defer guard(&err)
	c := &Coder{w: w, buf: w.buffer()}
	record(c)
	w.sections[s].add(c.buf)
	w.release(c.buf)
	return nil
}

// Len is the number of records of a section so far.
func (w *Writer) Len(s Section) int { return len(w.sections[s].ends) }

// Copy appends record i of the file that this one goes on from.
func (w *Writer) Copy(s Section, i int) {
	t, old := &w.sections[s], &w.base.sections[s]
	if t.ends == nil {
		t.ends = make([]uint32, 0, old.len()+16)
	}
	t.add(old.at(i))
}

// CopyAll makes a section that of the file that this one goes on from.
func (w *Writer) CopyAll(s Section) { w.whole[s] = &w.base.sections[s] }

func (w *Writer) buffer() []byte {
	if n := len(w.free); n > 0 {
		b := w.free[n-1]
		w.free = w.free[:n-1]
		return b[:0]
	}
	return make([]byte, 0, 1024)
}

func (w *Writer) release(b []byte) { w.free = append(w.free, b) }

// Digest is the binary form of what record writes with all its texts: equal for
// equal records, in whatever file.
func Digest(record func(*Coder)) (out []byte, err error) {
	w := NewWriter(nil)
	if err := w.Add(0, record); err != nil {
		return nil, err
	}
	return slices.Concat(w.parts()...), nil
}

// Size is about the number of bytes that the file will have.
func (w *Writer) Size() int {
	size := headSize
	for _, t := range []*table{&w.textTab, &w.valueTab, &w.configTab} {
		size += t.size + 4*len(t.ends)
	}
	for i := range w.sections {
		size += w.sections[i].size + 4*len(w.sections[i].ends)
	}
	if w.base != nil {
		b := w.base
		size += len(b.texts.data) + 4*b.texts.len() + len(b.values.data) + 4*b.values.len() + len(b.configs.data)
	}
	return size
}

// parts lists what stands in the file behind its head, in order.
func (w *Writer) parts() [][]byte {
	var base Reader
	if w.base != nil {
		base = *w.base
	}
	out := appendTable(nil, &base.texts, &w.textTab)
	out = appendTable(out, &base.values, &w.valueTab)
	out = appendTable(out, &base.configs, &w.configTab)
	for i := range w.sections {
		if v := w.whole[i]; v != nil {
			out = appendTable(out, v, &table{})
		} else {
			out = appendTable(out, &view{}, &w.sections[i])
		}
	}
	return out
}

// appendTable adds the parts of a table behind the one that it goes on from: the
// number of records, the number of bytes, the ends, the data.
func appendTable(out [][]byte, old *view, t *table) [][]byte {
	shift := uint32(len(old.data))
	sizes := binary.LittleEndian.AppendUint32(nil, uint32(old.len()+len(t.ends)))
	sizes = binary.LittleEndian.AppendUint32(sizes, shift+uint32(t.size))
	ends := make([]byte, 0, 4*len(t.ends))
	for _, e := range t.ends {
		ends = binary.LittleEndian.AppendUint32(ends, shift+e)
	}
	return append(append(append(out, sizes, old.ends, ends, old.data), t.full...), t.piece)
}

// The head: magic, the build's name (cut or filled up), the sum of the rest.
const (
	buildSize = 52
	headSize  = len(magic) + buildSize + 4
)

func head(build string) [buildSize]byte {
	var b [buildSize]byte
	copy(b[:], build)
	return b
}

// Any reports whether something is found in what was gathered: texts stand in it as
// they are, each whole.
func (w *Writer) Any(find func([]byte) bool) bool { return slices.ContainsFunc(w.parts(), find) }

// WriteFile replaces the file at path with what was gathered, whole or not at
// all. It tells the sum of what it wrote, by which Reader.Sum knows it again.
func (w *Writer) WriteFile(path, build string) (sum uint32, err error) {
	parts := w.parts()
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	name := head(build)
	first := append([]byte(magic), name[:]...)
	first = binary.LittleEndian.AppendUint32(first, sum)
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return 0, fmt.Errorf("write parsing cache: %w", err)
	}
	if err = writeAll(f, append([][]byte{first}, parts...)); err == nil {
		err = f.Chmod(0o644)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) // an error of removing adds nothing to the one at hand
		return 0, fmt.Errorf("write parsing cache: %w", err)
	}
	return sum, nil
}

func writeAll(f *os.File, parts [][]byte) error {
	w := bufio.NewWriterSize(f, 1<<16) // what is larger goes past it
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return w.Flush()
}
