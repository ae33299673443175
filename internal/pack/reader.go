package pack

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"unsafe"
)

// view is a table of a file that was read.
type view struct {
	ends []byte // 4 bytes for each
	data []byte
}

func (v *view) len() int { return len(v.ends) / 4 }

func (v *view) at(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = binary.LittleEndian.Uint32(v.ends[4*i-4:])
	}
	to := binary.LittleEndian.Uint32(v.ends[4*i:])
	return v.data[from:to:to]
}

// Reader is a file that was read. It does not change and is safe for concurrent
// use; its texts keep the whole file in memory.
type Reader struct {
	texts, values, configs view
	sections               [maxSections]view
	size                   int
	sum                    uint32
}

// Open reads a file that build wrote. The error is ErrStale for one of another
// build and for one that is damaged.
func Open(path, build string) (*Reader, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read parsing cache: %w", err)
	}
	name := head(build)
	if len(src) < headSize || string(src[:len(magic)]) != magic || string(src[len(magic):headSize-4]) != string(name[:]) {
		return nil, ErrStale
	}
	r := &Reader{size: len(src), sum: binary.LittleEndian.Uint32(src[headSize-4:])}
	if crc32.Checksum(src[headSize:], castagnoli) != r.sum {
		return nil, ErrStale
	}
	rest := src[headSize:]
	ok := true
	for _, t := range r.tables() {
		if rest, ok = t.read(rest); !ok {
			return nil, ErrStale
		}
	}
	return r, nil
}

func (r *Reader) tables() []*view {
	out := []*view{&r.texts, &r.values, &r.configs}
	for i := range r.sections {
		out = append(out, &r.sections[i])
	}
	return out
}

// read takes a table off the front of src.
func (v *view) read(src []byte) (rest []byte, ok bool) {
	if len(src) < 8 {
		return nil, false
	}
	n, size := int(binary.LittleEndian.Uint32(src)), int(binary.LittleEndian.Uint32(src[4:]))
	src = src[8:]
	if len(src) < 4*n+size {
		return nil, false
	}
	v.ends, v.data = src[:4*n], src[4*n:4*n+size]
	return src[4*n+size:], true
}

// text gives a text by its number. It shares the file's bytes, which nobody
// changes.
func (r *Reader) text(id uint64) string {
	if id == 0 {
		return ""
	}
	if id > uint64(r.texts.len()) {
		panic(fault{"read parsing cache: no such text"})
	}
	b := r.texts.at(int(id) - 1)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Size is the number of bytes of the file.
func (r *Reader) Size() int { return r.size }

// Sum is the sum of the file.
func (r *Reader) Sum() uint32 { return r.sum }

// Len is the number of records of a section.
func (r *Reader) Len(s Section) int { return r.sections[s].len() }

// Coder gives a Coder for records of the file. Records that one Coder reads
// share their values; it belongs to one goroutine.
func (r *Reader) Coder() *Coder {
	return &Coder{r: r, values: make([]decodedValue, r.values.len()), configs: make([]config, r.configs.len())}
}

// Read reads record i of a section.
func (c *Coder) Read(s Section, i int, record func(*Coder)) (err error) {
	defer guard(&err)
	if i >= c.r.sections[s].len() {
		c.fail("no such record")
	}
	c.buf = c.r.sections[s].at(i)
	record(c)
	if len(c.buf) != 0 {
		c.fail("a record is longer than its fields")
	}
	return nil
}

// Begin is Read for the first fields of a record alone.
func (c *Coder) Begin(s Section, i int, fields func(*Coder)) (err error) {
	defer guard(&err)
	if i >= c.r.sections[s].len() {
		c.fail("no such record")
	}
	c.buf = c.r.sections[s].at(i)
	fields(c)
	return nil
}
