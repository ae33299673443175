package pack

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// A Section is one table of records. Numbers of sections are small.
type Section int

const maxSections = 32

// table is records one behind the other, with the end of each.
type table struct {
	ends []uint32
	data []byte
}

func (t *table) add(b []byte) {
	t.data = append(t.data, b...)
	t.ends = append(t.ends, uint32(len(t.data)))
}

// Writer gathers records. It belongs to one goroutine.
type Writer struct {
	texts    map[string]uint32
	text0    uint32 // texts of the file that this one goes on from
	textData []byte
	textEnds []uint32

	values   map[string]uint32
	value0   uint32
	valueTab table

	configs   map[string]uint32
	config0   uint32
	configTab table

	sections [maxSections]table
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

// text gives a text's number. 0 is the empty text.
func (w *Writer) text(s string) uint32 {
	if s == "" {
		return 0
	}
	if id, ok := w.texts[s]; ok {
		return id
	}
	w.textData = append(w.textData, s...)
	w.textEnds = append(w.textEnds, uint32(len(w.textData)))
	id := w.text0 + uint32(len(w.textEnds))
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
func (w *Writer) Copy(s Section, i int) { w.sections[s].add(w.base.sections[s].at(i)) }

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
	return w.encode(), nil
}

// Size is about the number of bytes that the file will have.
func (w *Writer) Size() int {
	size := len(w.textData) + 4*len(w.textEnds) + len(w.valueTab.data) + 4*len(w.valueTab.ends) + len(w.configTab.data)
	for i := range w.sections {
		size += 16 + len(w.sections[i].data) + 4*len(w.sections[i].ends)
	}
	if w.base != nil {
		b := w.base
		size += len(b.texts.data) + 4*b.texts.len() + len(b.values.data) + 4*b.values.len() + len(b.configs.data)
	}
	return size + headSize
}

// encode gives the file without its head.
func (w *Writer) encode() []byte {
	out := make([]byte, headSize, w.Size()+4096)
	var base Reader
	if w.base != nil {
		base = *w.base
	}
	out = appendTable(out, &base.texts, &table{w.textEnds, w.textData})
	out = appendTable(out, &base.values, &w.valueTab)
	out = appendTable(out, &base.configs, &w.configTab)
	for i := range w.sections {
		out = appendTable(out, nil, &w.sections[i])
	}
	return out[:len(out):len(out)]
}

// appendTable writes a table behind the one that it goes on from: the number of
// records, the bytes, the ends, the data.
func appendTable(out []byte, old *view, t *table) []byte {
	shift := uint32(0)
	n := uint32(len(t.ends))
	if old != nil {
		shift = uint32(len(old.data))
		n += uint32(old.len())
	}
	out = binary.LittleEndian.AppendUint32(out, n)
	out = binary.LittleEndian.AppendUint32(out, shift+uint32(len(t.data)))
	if old != nil {
		out = append(out, old.ends...)
	}
	for _, e := range t.ends {
		out = binary.LittleEndian.AppendUint32(out, shift+e)
	}
	if old != nil {
		out = append(out, old.data...)
	}
	return append(out, t.data...)
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

// WriteFile replaces the file at path with what was gathered, whole or not at
// all. It tells the sum of what it wrote, by which Reader.Sum knows it again.
func (w *Writer) WriteFile(path, build string) (sum uint32, err error) {
	out := w.encode()
	copy(out, magic)
	name := head(build)
	copy(out[len(magic):], name[:])
	sum = crc32.Checksum(out[headSize:], castagnoli)
	binary.LittleEndian.PutUint32(out[headSize-4:], sum)
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return 0, fmt.Errorf("write parsing cache: %w", err)
	}
	if _, err = f.Write(out); err == nil {
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
