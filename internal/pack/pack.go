// Package pack is the binary form of the parsing cache: texts and values kept
// once each, and records that refer to them by number. One Coder both writes
// and reads a record, so that the two can never differ in their order of fields.
//
// It knows values and what a manifest holds; it does not know what the records
// are kept for, nor when they are good. Begin with Writer, Reader and Coder;
// value.go has values, node.go the vocabulary of package manifest.
//
// A file is good for the build that wrote it and no other, and whole or not at
// all: Open holds both against the file's head and gives an error otherwise.
package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// magic begins every file; its last byte is the version of the layout.
const magic = "dexpack\x01"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrStale is a file of another build of dex, or one that is not whole.
var ErrStale = errors.New("the parsing cache is of another build or damaged")

// Coder writes or reads one record, field by field. Every method takes a
// pointer: writing, it takes what is there; reading, it puts it there.
type Coder struct {
	w *Writer // one of the two is nil
	r *Reader

	buf []byte // writing: what is written; reading: what is left
	// values remembers what a reading Coder has decoded: values are shared
	// between records, and therefore frozen. nil remembers nothing.
	values  []decodedValue
	configs []config
	room    []string
}

// Reading reports the direction.
func (c *Coder) Reading() bool { return c.r != nil }

// fault is a record that does not hold what its reader expects: a damaged file,
// or a Coder that was changed without a new version.
type fault struct{ msg string }

func (f fault) Error() string { return f.msg }

func (c *Coder) fail(what string) { panic(fault{"read parsing cache: " + what}) }

// Uint codes a number that is not negative.
func (c *Coder) Uint(p *uint64) {
	if c.w != nil {
		c.buf = binary.AppendUvarint(c.buf, *p)
		return
	}
	*p = c.uvarint()
}

func (c *Coder) uvarint() uint64 {
	if len(c.buf) > 0 && c.buf[0] < 0x80 { // most numbers are small
		v := uint64(c.buf[0])
		c.buf = c.buf[1:]
		return v
	}
	v, n := binary.Uvarint(c.buf)
	if n <= 0 {
		c.fail("a number is cut off")
	}
	c.buf = c.buf[n:]
	return v
}

// Int codes any int.
func (c *Coder) Int(p *int) {
	if c.w != nil {
		c.buf = binary.AppendVarint(c.buf, int64(*p))
		return
	}
	u := c.uvarint()
	*p = int(int64(u>>1) ^ -int64(u&1))
}

// Int64 codes an int64.
func (c *Coder) Int64(p *int64) {
	n := int(*p)
	c.Int(&n)
	*p = int64(n)
}

// Bool codes a truth.
func (c *Coder) Bool(p *bool) {
	var u uint64
	if *p {
		u = 1
	}
	c.Uint(&u)
	*p = u != 0
}

// Float codes a float64, bit by bit.
func (c *Coder) Float(p *float64) {
	if c.w != nil {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, math.Float64bits(*p))
		return
	}
	if len(c.buf) < 8 {
		c.fail("a number is cut off")
	}
	*p = math.Float64frombits(binary.LittleEndian.Uint64(c.buf))
	c.buf = c.buf[8:]
}

// Text codes a text, which the file keeps once.
func Text[T ~string](c *Coder, p *T) {
	if c.w != nil {
		c.buf = binary.AppendUvarint(c.buf, uint64(c.w.text(string(*p))))
		return
	}
	*p = T(c.r.text(c.uvarint()))
}

// Len codes the length of a list, -1 for one that is nil; n counts when writing.
func (c *Coder) Len(n int, isNil bool) int {
	if c.w != nil {
		u := uint64(n) + 1
		if isNil {
			u = 0
		}
		c.Uint(&u)
		if isNil {
			return -1
		}
		return n
	}
	n = int(c.uvarint()) - 1
	if n > 8*len(c.buf) && n > 1<<16 { // nothing takes less than a bit: a damaged length must not ask for all memory
		c.fail("a length is too great")
	}
	return n
}

// List codes a list, element by element.
func List[T any](c *Coder, p *[]T, each func(*Coder, *T)) {
	n := c.Len(len(*p), *p == nil)
	if c.r != nil && n >= 0 {
		*p = make([]T, n)
	}
	for i := range *p {
		each(c, &(*p)[i])
	}
}

// Texts codes a list of texts.
func Texts[T ~string](c *Coder, p *[]T) {
	n := c.Len(len(*p), *p == nil)
	if c.r != nil && n >= 0 {
		*p = make([]T, n)
	}
	for i := range *p {
		Text(c, &(*p)[i])
	}
}

// Strings is Texts for plain strings, whose lists share storage when read.
func (c *Coder) Strings(p *[]string) {
	n := c.Len(len(*p), *p == nil)
	if c.r != nil && n >= 0 {
		*p = c.strings(n)
	}
	for i := range *p {
		Text(c, &(*p)[i])
	}
}

// strings takes room for n texts.
func (c *Coder) strings(n int) []string {
	const chunk = 1024
	if n == 0 {
		return []string{}
	}
	if n > len(c.room) {
		if n > chunk/4 {
			return make([]string, n)
		}
		c.room = make([]string, chunk)
	}
	out := c.room[:n:n]
	c.room = c.room[n:]
	return out
}

// Pointer codes what may be nil.
func Pointer[T any](c *Coder, p **T, each func(*Coder, *T)) {
	there := *p != nil
	c.Bool(&there)
	if !there {
		return
	}
	if c.r != nil {
		*p = new(T)
	}
	each(c, *p)
}

// Raw codes bytes as they are.
func (c *Coder) Raw(p *[]byte) {
	n := c.Len(len(*p), *p == nil)
	if n < 0 {
		return
	}
	if c.w != nil {
		c.buf = append(c.buf, *p...)
		return
	}
	if n > len(c.buf) {
		c.fail("bytes are cut off")
	}
	*p = c.buf[:n:n]
	c.buf = c.buf[n:]
}

// guard turns the panic of a damaged record into an error. Any other panic is a
// fault of dex and goes on.
func guard(err *error) {
	switch x := recover().(type) {
	case nil:
	case fault:
		*err = x
	default:
		panic(x)
	}
}

// Refuse gives a record up: it holds what has no binary form.
func (c *Coder) Refuse(what string, x any) { c.unknown(what, x) }

func (c *Coder) unknown(what string, x any) {
	panic(fault{fmt.Sprintf("write parsing cache: %s %T has no binary form", what, x)})
}
