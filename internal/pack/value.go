package pack

import (
	"encoding/binary"
	"math/big"
	"time"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// The kinds of value in a file.
const (
	tagNone = iota
	tagTrue
	tagFalse
	tagInt
	tagBig
	tagFloat
	tagDecimal
	tagStr
	tagMarkup
	tagBytes
	tagList
	tagTuple
	tagDict
	tagSet
	tagFrozenSet
	tagDate
	tagDateTime
)

// decodedValue is a value of the file that a Coder has read; nil before.
type decodedValue = value.Value

// Value codes a value; nil is one too. What is read is frozen. A value that a
// template made and that is not plain data has no binary form.
func (c *Coder) Value(p *value.Value) {
	if c.w != nil {
		id := uint64(0)
		if *p != nil {
			id = uint64(c.w.value(*p))
		}
		c.buf = binary.AppendUvarint(c.buf, id)
		return
	}
	*p = c.value(c.uvarint())
}

// Dict codes a mapping, which may be nil.
func (c *Coder) Dict(p **value.Dict) {
	var v value.Value
	if *p != nil {
		v = *p
	}
	c.Value(&v)
	if c.r != nil && v != nil {
		d, ok := v.(*value.Dict)
		if !ok {
			c.fail("a value is no mapping")
		}
		*p = d
	}
}

// value gives a value's number, from 1.
func (w *Writer) value(v value.Value) uint32 {
	c := &Coder{w: w, buf: w.buffer()}
	c.writeValue(v)
	id := intern(w.values, &w.valueTab, w.value0, c.buf)
	w.release(c.buf)
	return id
}

// intern files a piece of bytes once and gives its number.
func intern(known map[string]uint32, t *table, first uint32, b []byte) uint32 {
	if id, ok := known[string(b)]; ok {
		return id
	}
	t.add(b)
	id := first + uint32(len(t.ends))
	known[string(b)] = id
	return id
}

func (c *Coder) tag(t byte) { c.buf = append(c.buf, t) }

func (c *Coder) writeValue(v value.Value) {
	switch x := v.(type) {
	case value.NoneType:
		c.tag(tagNone)
	case value.Bool:
		if x {
			c.tag(tagTrue)
		} else {
			c.tag(tagFalse)
		}
	case value.Int:
		c.tag(tagInt)
		n := int(x)
		c.Int(&n)
	case *value.BigInt:
		c.tagText(tagBig, x.I.String())
	case value.Float:
		c.tag(tagFloat)
		f := float64(x)
		c.Float(&f)
	case value.Str:
		c.tagText(tagStr, string(x))
	case value.Markup:
		c.tagText(tagMarkup, string(x))
	case value.Bytes:
		c.tagText(tagBytes, string(x))
	default:
		c.writeContainer(v)
	}
}

func (c *Coder) tagText(t byte, s string) {
	c.tag(t)
	Text(c, &s)
}

func (c *Coder) writeContainer(v value.Value) {
	switch x := v.(type) {
	case *value.List:
		c.tag(tagList)
		c.elems(&x.Elems)
	case *value.Tuple:
		c.tag(tagTuple)
		c.elems(&x.Elems)
	case *value.Dict:
		c.tag(tagDict)
		n := uint64(x.Len())
		c.Uint(&n)
		x.Each(func(k, v value.Value) bool {
			c.Value(&k)
			c.Value(&v)
			return true
		})
	case *value.Set:
		if x.Type() == "frozenset" {
			c.tag(tagFrozenSet)
		} else {
			c.tag(tagSet)
		}
		elems := x.Elems()
		c.elems(&elems)
	case *pylib.Date:
		c.tag(tagDate)
		n := x.GoTime().Unix()
		c.Int64(&n)
	case *pylib.DateTime:
		c.writeDateTime(x)
	default:
		c.unknown("a value of type", v)
	}
}

// writeDateTime writes what YAML makes: naive times, and times with a fixed
// offset or in UTC.
func (c *Coder) writeDateTime(x *pylib.DateTime) {
	t, aware := x.GoTime()
	back := dateTime(t.Unix(), t.Nanosecond(), offsetOf(t), aware)
	if value.Repr(back) != value.Repr(x) {
		c.unknown("a time in a zone", x)
	}
	c.tag(tagDateTime)
	secs, nanos, offset := t.Unix(), t.Nanosecond(), offsetOf(t)
	c.Int64(&secs)
	c.Int(&nanos)
	c.Int(&offset)
	c.Bool(&aware)
}

func offsetOf(t time.Time) int {
	_, offset := t.Zone()
	return offset
}

func dateTime(secs int64, nanos, offset int, aware bool) *pylib.DateTime {
	t := time.Unix(secs, int64(nanos)).UTC()
	switch {
	case !aware:
		return pylib.NaiveFromTime(t)
	case offset == 0:
		return pylib.FromTime(t)
	}
	return pylib.FromTime(t.In(time.FixedZone("", offset)))
}

func (c *Coder) elems(p *[]value.Value) {
	n := uint64(len(*p))
	c.Uint(&n)
	if c.r != nil {
		*p = make([]value.Value, c.count(n))
	}
	for i := range *p {
		c.Value(&(*p)[i])
	}
}

// count refuses a number of elements that the record cannot hold.
func (c *Coder) count(n uint64) int {
	if n > uint64(len(c.buf)) {
		c.fail("a length is too great")
	}
	return int(n)
}

// value gives the value of a number.
func (c *Coder) value(id uint64) value.Value {
	if id == 0 {
		return nil
	}
	if id > uint64(c.r.values.len()) {
		c.fail("no such value")
	}
	if c.values != nil && c.values[id-1] != nil {
		return c.values[id-1]
	}
	rest := c.buf
	c.buf = c.r.values.at(int(id) - 1)
	v := value.Freeze(c.readValue())
	c.buf = rest
	if c.values != nil {
		c.values[id-1] = v
	}
	return v
}

func (c *Coder) readValue() value.Value {
	if len(c.buf) == 0 {
		c.fail("a value is cut off")
	}
	t := c.buf[0]
	c.buf = c.buf[1:]
	switch t {
	case tagNone:
		return value.None
	case tagTrue:
		return value.Bool(true)
	case tagFalse:
		return value.Bool(false)
	case tagInt:
		var n int
		c.Int(&n)
		return value.Int(n)
	case tagFloat:
		var f float64
		c.Float(&f)
		return value.Float(f)
	case tagStr:
		return value.Str(c.r.text(c.uvarint()))
	case tagMarkup:
		return value.Markup(c.r.text(c.uvarint()))
	case tagBytes:
		return value.Bytes(c.r.text(c.uvarint()))
	case tagBig:
		i, ok := new(big.Int).SetString(c.r.text(c.uvarint()), 10)
		if !ok {
			c.fail("a number is no number")
		}
		return value.NewBigInt(i)
	}
	return c.readContainer(t)
}

func (c *Coder) readContainer(t byte) value.Value {
	switch t {
	case tagList:
		l := value.NewList()
		c.elems(&l.Elems)
		return l
	case tagTuple:
		l := value.NewTuple()
		c.elems(&l.Elems)
		return l
	case tagDict:
		return c.readDict()
	case tagSet, tagFrozenSet:
		return c.readSet(t == tagFrozenSet)
	case tagDate:
		var n int64
		c.Int64(&n)
		return pylib.DateFromTime(time.Unix(n, 0).UTC())
	case tagDateTime:
		var secs int64
		var nanos, offset int
		var aware bool
		c.Int64(&secs)
		c.Int(&nanos)
		c.Int(&offset)
		c.Bool(&aware)
		return dateTime(secs, nanos, offset, aware)
	}
	c.fail("a value is of no kind")
	return nil
}

func (c *Coder) readDict() value.Value {
	n := c.count(c.uvarint())
	d := value.NewDict(n)
	for range n {
		k := c.value(c.uvarint())
		if err := d.Set(k, c.value(c.uvarint())); err != nil {
			c.fail(err.Error())
		}
	}
	return d
}

func (c *Coder) readSet(frozen bool) value.Value {
	var elems []value.Value
	c.elems(&elems)
	if frozen {
		s, err := value.NewFrozenSet(elems...)
		if err != nil {
			c.fail(err.Error())
		}
		return s
	}
	s := value.NewSet()
	for _, e := range elems {
		if err := s.Add(e); err != nil {
			c.fail(err.Error())
		}
	}
	return s
}
