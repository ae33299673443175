package value

// Bytes is Python's bytes.
type Bytes string

// Type is "bytes".
func (Bytes) Type() string { return "bytes" }

// Truth is whether s is not empty.
func (s Bytes) Truth() bool { return s != "" }

// AppendStr appends b'...'.
func (s Bytes) AppendStr(b []byte) []byte { return s.AppendRepr(b) }

// AppendRepr appends b'...'.
func (s Bytes) AppendRepr(b []byte) []byte {
	quote := byte('\'')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			quote = '\''
			break
		}
		if s[i] == '\'' {
			quote = '"'
		}
	}
	b = append(b, 'b', quote)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 {
			b = append(b, '\\', 'x', lowerHex[c>>4], lowerHex[c&15])
		} else {
			b = appendQuotedByte(b, c, quote)
		}
	}
	return append(b, quote)
}

// HashKey is s: bytes and text are never equal.
func (s Bytes) HashKey() any { return s }

// Len counts bytes.
func (s Bytes) Len() int { return len(s) }

// Iterate yields the bytes as ints.
func (s Bytes) Iterate() Iter { return &bytesIter{rest: string(s)} }

type bytesIter struct{ rest string }

func (it *bytesIter) Next() (Value, bool, error) {
	if it.rest == "" {
		return nil, false, nil
	}
	c := it.rest[0]
	it.rest = it.rest[1:]
	return Int(c), true, nil
}
