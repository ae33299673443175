package value

import "hash/maphash"

// Dict is Python's dict: keys in the order they came. Up to smallDict entries
// are scanned; beyond that an open-addressing index finds the entry. A deleted
// entry leaves a hole that the next growth or At closes.
type Dict struct {
	entries []dictEntry
	// slots is the index: 0 is empty; otherwise the upper half is the key's hash
	// and the lower half the entry's position plus 1. Its length is a power of 2.
	slots  []uint64
	holes  int
	frozen bool
}

type dictEntry struct{ key, value Value } // a hole has a nil key

const smallDict = 8

var hashSeed = maphash.MakeSeed()

// NewDict returns an empty dict with room for capacity entries.
func NewDict(capacity int) *Dict {
	d := &Dict{}
	if capacity > 0 {
		d.entries = make([]dictEntry, 0, capacity)
	}
	if capacity > smallDict {
		d.slots = make([]uint64, slotCount(capacity))
	}
	return d
}

// slotCount keeps the index at most 3/4 full with n entries.
func slotCount(n int) int {
	size := 16
	for size*3/4 < n {
		size *= 2
	}
	return size
}

func hashString(s string) uint32 { return uint32(maphash.String(hashSeed, s)) }

// hashOf hashes a hash key.
func hashOf(key any) uint32 {
	if s, ok := key.(Str); ok {
		return hashString(string(s))
	}
	return uint32(maphash.Comparable(hashSeed, key))
}

// Len is the number of entries.
func (d *Dict) Len() int { return len(d.entries) - d.holes }

// GetStr returns the value of a text key.
func (d *Dict) GetStr(key string) (Value, bool) {
	if i := d.findStr(key); i >= 0 {
		return d.entries[i].value, true
	}
	return nil, false
}

// Get returns the value of a key; a key that cannot be hashed is not there.
func (d *Dict) Get(key Value) (Value, bool) {
	i, err := d.find(key)
	if err != nil || i < 0 {
		return nil, false
	}
	return d.entries[i].value, true
}

// find is the position of key, or -1.
func (d *Dict) find(key Value) (int, error) {
	if s, ok := AsString(key); ok {
		return d.findStr(s), nil
	}
	k, err := HashKey(key)
	if err != nil {
		return -1, err
	}
	return d.findKey(k), nil
}

func (d *Dict) findStr(key string) int {
	if d.slots == nil {
		for i := range d.entries {
			if sameText(d.entries[i].key, key) {
				return i
			}
		}
		return -1
	}
	h := hashString(key)
	mask := len(d.slots) - 1
	for at := int(h) & mask; d.slots[at] != 0; at = (at + 1) & mask {
		slot := d.slots[at]
		if uint32(slot>>32) != h {
			continue
		}
		if i := int(uint32(slot)) - 1; sameText(d.entries[i].key, key) {
			return i
		}
	}
	return -1
}

func sameText(v Value, s string) bool {
	switch v := v.(type) {
	case Str:
		return string(v) == s
	case Markup:
		return string(v) == s
	}
	return false
}

func (d *Dict) findKey(key any) int {
	if d.slots == nil {
		for i := range d.entries {
			if sameKey(d.entries[i].key, key) {
				return i
			}
		}
		return -1
	}
	h := hashOf(key)
	mask := len(d.slots) - 1
	for at := int(h) & mask; d.slots[at] != 0; at = (at + 1) & mask {
		slot := d.slots[at]
		if uint32(slot>>32) != h {
			continue
		}
		if i := int(uint32(slot)) - 1; sameKey(d.entries[i].key, key) {
			return i
		}
	}
	return -1
}

// sameKey compares a stored key, which is nil in a hole, with a hash key.
func sameKey(v Value, key any) bool {
	if v == nil {
		return false
	}
	k, err := HashKey(v)
	return err == nil && k == key
}

// Set assigns key. An unhashable key and a frozen dict are TypeErrors.
func (d *Dict) Set(key, v Value) error {
	if d.frozen {
		return frozenError(d)
	}
	i, err := d.find(key)
	if err != nil {
		return err
	}
	if i >= 0 {
		d.entries[i].value = v
		return nil
	}
	d.insert(key, v)
	return nil
}

// SetStr assigns a text key. It is for Go code that builds a dict: on a frozen
// one it panics.
func (d *Dict) SetStr(key string, v Value) {
	if d.frozen {
		panic("value: SetStr on a frozen dict")
	}
	if i := d.findStr(key); i >= 0 {
		d.entries[i].value = v
		return
	}
	d.insert(Str(key), v)
}

// insert appends an entry whose key is not in the dict.
func (d *Dict) insert(key, v Value) {
	if d.holes > 0 && len(d.entries) == cap(d.entries) {
		d.compact()
	}
	d.entries = append(d.entries, dictEntry{key, v})
	n := len(d.entries)
	switch {
	case d.slots == nil && n > smallDict, d.slots != nil && n > len(d.slots)*3/4:
		d.reindex()
	case d.slots != nil:
		d.addSlot(hashOf(mustHash(key)), n)
	}
}

// mustHash is the hash key of a key that has been hashed before.
func mustHash(key Value) any {
	k, err := HashKey(key)
	if err != nil {
		panic("value: a dict key stopped being hashable: " + err.Error())
	}
	return k
}

func (d *Dict) addSlot(h uint32, position int) {
	mask := len(d.slots) - 1
	at := int(h) & mask
	for d.slots[at] != 0 {
		at = (at + 1) & mask
	}
	d.slots[at] = uint64(h)<<32 | uint64(uint32(position))
}

// reindex makes the index anew, with room for twice the entries.
func (d *Dict) reindex() {
	old := d.slots
	size := slotCount(2 * len(d.entries))
	d.slots = make([]uint64, size)
	if old == nil {
		for i, e := range d.entries {
			if e.key != nil {
				d.addSlot(hashOf(mustHash(e.key)), i+1)
			}
		}
		return
	}
	for _, s := range old {
		if s != 0 {
			d.addSlot(uint32(s>>32), int(uint32(s)))
		}
	}
	if n := len(d.entries); n > 0 {
		d.addNewest(n)
	}
}

// addNewest indexes the last entry, which the old index did not hold yet.
func (d *Dict) addNewest(n int) { d.addSlot(hashOf(mustHash(d.entries[n-1].key)), n) }

// compact closes the holes. It makes new storage, so that an iteration under
// way keeps what it began with.
func (d *Dict) compact() {
	live := make([]dictEntry, 0, d.Len()+1)
	for _, e := range d.entries {
		if e.key != nil {
			live = append(live, e)
		}
	}
	d.entries, d.holes = live, 0
	if d.slots == nil {
		return
	}
	d.slots = nil
	if len(live) > smallDict {
		d.reindex()
	}
}

// Delete removes a key and says whether it was there. On a frozen dict it
// panics: templates come by way of the methods, which refuse.
func (d *Dict) Delete(key Value) bool {
	if d.frozen {
		panic("value: Delete on a frozen dict")
	}
	i, err := d.find(key)
	if err != nil || i < 0 {
		return false
	}
	d.entries[i] = dictEntry{}
	d.holes++
	if d.holes == len(d.entries) {
		*d = Dict{}
	}
	return true
}

// At returns the i-th entry in order. It may reorder storage when entries were
// deleted, which a frozen dict never has to do.
func (d *Dict) At(i int) (key, v Value) {
	if d.holes > 0 {
		d.compact()
	}
	e := &d.entries[i]
	return e.key, e.value
}

// Each calls f for every entry in order, until it returns false.
func (d *Dict) Each(f func(k, v Value) bool) {
	for _, e := range d.entries {
		if e.key != nil && !f(e.key, e.value) {
			return
		}
	}
}

// Clone is a shallow copy, which is not frozen.
func (d *Dict) Clone() *Dict {
	c := &Dict{}
	if d.holes > 0 {
		c.entries, c.holes, c.slots = d.entries, d.holes, d.slots
		c.compact()
		return c
	}
	c.entries = append([]dictEntry(nil), d.entries...)
	c.slots = append([]uint64(nil), d.slots...)
	return c
}

// Type is "dict".
func (*Dict) Type() string { return "dict" }

// Truth is whether the dict is not empty.
func (d *Dict) Truth() bool { return d.Len() > 0 }

// AppendStr appends {'k': v}.
func (d *Dict) AppendStr(b []byte) []byte { return d.AppendReprIn(b, nil) }

// AppendRepr appends {'k': v}.
func (d *Dict) AppendRepr(b []byte) []byte { return d.AppendReprIn(b, nil) }

// AppendReprIn appends {'k': v}, or {...} inside itself.
func (d *Dict) AppendReprIn(b []byte, in *Nesting) []byte {
	if in = in.enter(d); in == nil {
		return append(b, "{...}"...)
	}
	b = append(b, '{')
	first := true
	for _, e := range d.entries {
		if e.key == nil {
			continue
		}
		if !first {
			b = append(b, ", "...)
		}
		first = false
		if len(b) > maxSequence {
			break // as in appendMembers
		}
		b = append(in.AppendRepr(b, e.key), ": "...)
		b = in.AppendRepr(b, e.value)
	}
	return append(b, '}')
}

// Iterate yields the keys. A change of the dict's size during the iteration is
// a RuntimeError, as in Python.
func (d *Dict) Iterate() Iter { return d.iter(keysView) }

func (d *Dict) iter(kind viewKind) *dictIter {
	return &dictIter{d: d, entries: d.entries, size: d.Len(), kind: kind}
}

type dictIter struct {
	d       *Dict
	entries []dictEntry
	i, size int
	kind    viewKind
}

func (it *dictIter) Next() (Value, bool, error) {
	if it.d.Len() != it.size {
		return nil, false, Errorf("RuntimeError", "dictionary changed size during iteration")
	}
	for it.i < len(it.entries) {
		e := it.entries[it.i]
		it.i++
		if e.key != nil {
			return it.kind.pick(e), true, nil
		}
	}
	return nil, false, nil
}
