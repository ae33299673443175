package value

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"sync"
	"unicode/utf8"
)

// Guard keeps the values that come from outside of a project (an operation's
// parameters) apart from the text that the template's author wrote. Such a value
// is a *Guarded. Where it is printed, a mark is written in its place, and who takes
// the text puts the value there as the place demands. A mark cannot be forged:
// it begins with three characters that are drawn anew for each Guard.
//
// The zero Thread has no Guard, and then nothing of this file runs.
type Guard struct {
	nonce string

	mu    sync.Mutex
	items []*Guarded
}

// The characters of marks are of Unicode's private use planes: no filter that works
// on text takes them for letters or for white space.
const (
	noncePlane = 0xF0000
	idPlane    = 0x100000
	idBits     = 15
	markLen    = 5 * 4 // five characters of four bytes
)

// NewGuard makes a Guard.
func NewGuard() *Guard {
	var raw [6]byte
	_, _ = rand.Read(raw[:]) // crypto/rand: it never fails
	var b []byte
	for i := range 3 {
		b = utf8.AppendRune(b, noncePlane+rune(binary.LittleEndian.Uint16(raw[2*i:])%0xFFFE))
	}
	return &Guard{nonce: string(b)}
}

// Guarded is a value that a Guard keeps apart: one value from outside, or a text
// in which such values stand among the author's. In conditions, as a key, in
// comparisons it is the plain value.
type Guarded struct {
	g *Guard
	// V is the plain value; of a text of parts, the whole plain text.
	V Value
	// Kind is what the value was declared to be, as the caller of New named it.
	// "" is that of V's own type.
	Kind string
	// Name is what messages call the value; "" is one that was made of others.
	Name string
	// Parts are the author's text (Str) and the single values (*Guarded) that a mixed
	// text is made of; nil for a single value.
	Parts []Value

	id int // its mark's, from 1; 0 before it is printed
}

// New makes a value guarded, of a kind and under a name.
func (g *Guard) New(name, kind string, v Value) *Guarded {
	if x, ok := v.(*Guarded); ok {
		return x
	}
	return &Guarded{g: g, V: v, Kind: kind, Name: name}
}

// joined appends a part. A value right behind another becomes one with it: the two
// are one text to whoever joined them.
func (g *Guard) joined(parts []Value, p Value) []Value {
	n := len(parts)
	if n == 0 {
		return append(parts, p)
	}
	a, ok := parts[n-1].(*Guarded)
	b, also := p.(*Guarded)
	if also && ok {
		kind := keptKind(a.Kind)
		if kind != keptKind(b.Kind) {
			kind = ""
		}
		parts[n-1] = &Guarded{g: g, V: Str(ToStr(Plain(a)) + ToStr(Plain(b))), Kind: kind}
		return parts
	}
	before, ok := parts[n-1].(Str)
	if text, also := p.(Str); ok && also {
		parts[n-1] = before + text
		return parts
	}
	return append(parts, p)
}

// mixed makes a text of parts; neighbours of one sort become one.
func (g *Guard) mixed(parts []Value) Value {
	var out []Value
	guarded := false
	var whole strings.Builder
	for _, p := range parts {
		switch x := p.(type) {
		case *Guarded:
			whole.WriteString(ToStr(Plain(x)))
			guarded = true
			singles := x.Parts
			if singles == nil {
				singles = []Value{x}
			}
			for _, one := range singles {
				out = g.joined(out, one)
			}
		default:
			s := ToStr(p)
			whole.WriteString(s)
			if s != "" {
				out = g.joined(out, Str(s))
			}
		}
	}
	if !guarded {
		return Str(whole.String())
	}
	return &Guarded{g: g, V: Str(whole.String()), Parts: out}
}

// mark appends the mark of a single value.
func (g *Guard) mark(b []byte, x *Guarded) []byte {
	g.mu.Lock()
	if x.id == 0 {
		g.items = append(g.items, x)
		x.id = len(g.items)
	}
	g.mu.Unlock()
	b = append(b, g.nonce...)
	b = utf8.AppendRune(b, idPlane+rune(x.id>>idBits))
	return utf8.AppendRune(b, idPlane+rune(x.id&(1<<idBits-1)))
}

// Cut finds the first mark of a text: what stands before it, the value, what stands
// behind it. ok is false where there is none. A mark of which a part is missing
// is an error: something has changed the text that may not.
func (g *Guard) Cut(s string) (before string, v *Guarded, after string, ok bool, err error) {
	i := strings.Index(s, g.nonce)
	if i < 0 {
		return s, nil, "", false, g.damaged(s)
	}
	if err := g.damaged(s[:i]); err != nil {
		return "", nil, "", false, err
	}
	rest := s[i+len(g.nonce):]
	hi, n := utf8.DecodeRuneInString(rest)
	lo, m := utf8.DecodeRuneInString(rest[n:])
	id := int(hi-idPlane)<<idBits | int(lo-idPlane)
	g.mu.Lock()
	defer g.mu.Unlock()
	if hi < idPlane || lo < idPlane || id < 1 || id > len(g.items) {
		return "", nil, "", false, errDamaged()
	}
	return s[:i], g.items[id-1], rest[n+m:], true, nil
}

// damaged is the error of a text that has pieces of a mark.
func (g *Guard) damaged(s string) error {
	for i := 0; i < len(g.nonce); i += 4 {
		if strings.Contains(s, g.nonce[i:i+4]) {
			return errDamaged()
		}
	}
	return nil
}

func errDamaged() error {
	return Errorf("ParameterError", "a parameter's place in this text was cut or changed by a function that works on text; apply it to the parameter before it is put into the text")
}

// Begins reports whether a text begins with a mark.
func (g *Guard) Begins(s string) bool { return strings.HasPrefix(s, g.nonce) }

// Marked reports whether a text has marks of g, or pieces of one.
func (g *Guard) Marked(s string) bool { return g != nil && g.damaged(s) != nil }

// Lift is a text with marks as the value that it stands for; other text is a Str.
func (g *Guard) Lift(s string) (Value, error) {
	if !g.Marked(s) {
		return Str(s), nil
	}
	var parts []Value
	for {
		before, v, after, ok, err := g.Cut(s)
		if err != nil {
			return nil, err
		}
		if before != "" {
			parts = append(parts, Str(before))
		}
		if !ok {
			return g.mixed(parts), nil
		}
		parts = append(parts, v)
		s = after
	}
}

// Reveal puts the plain values in place of the marks: for people to read, never
// for a database.
func (g *Guard) Reveal(s string) string {
	if !g.Marked(s) {
		return s
	}
	var b strings.Builder
	for {
		before, v, after, ok, err := g.Cut(s)
		if err != nil {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(ToStr(Plain(v)))
		s = after
	}
}

// Type is the plain value's.
func (x *Guarded) Type() string { return x.V.Type() }

// Truth is the plain value's.
func (x *Guarded) Truth() bool { return x.V.Truth() }

// AppendStr appends the author's text and marks.
func (x *Guarded) AppendStr(b []byte) []byte {
	if x.Parts == nil {
		return x.g.mark(b, x)
	}
	for _, p := range x.Parts {
		b = p.AppendStr(b)
	}
	return b
}

// AppendRepr appends a mark of the whole: inside of a printed list, a value stands
// as a literal.
func (x *Guarded) AppendRepr(b []byte) []byte {
	if x.Parts == nil {
		return x.g.mark(b, x)
	}
	return x.g.mark(b, x.g.New("", "", x.V))
}

// Equal compares the plain value.
func (x *Guarded) Equal(other Value) bool { return Equal(x.V, Plain(other)) }

// HashKey is the plain value's; what cannot be hashed counts by identity.
func (x *Guarded) HashKey() any {
	if k, err := HashKey(Plain(x.V)); err == nil {
		return k
	}
	return x
}

// Order compares the plain value.
func (x *Guarded) Order(op Op, other Value) (result, ok bool, err error) {
	result, err = order(op, x.V, Plain(other), 0)
	return result, err == nil, err
}

// Len is the plain value's length; 0 of what has none.
func (x *Guarded) Len() int {
	n, _ := Len(x.V)
	return n
}

// Contains asks the plain value.
func (x *Guarded) Contains(v Value) (bool, error) { return Contains(x.V, Plain(v)) }

// Iterate yields the plain value's members, guarded.
func (x *Guarded) Iterate() Iter {
	it, err := Iterate(x.V)
	if err != nil {
		return IterFunc(func() (Value, bool, error) { return nil, false, err })
	}
	return IterFunc(func() (Value, bool, error) {
		v, ok, err := it.Next()
		if v == nil {
			return nil, ok, err
		}
		return x.member(v), ok, err
	})
}

// member guards a part of the value. What was declared as a list of identifiers
// gives identifiers.
func (x *Guarded) member(v Value) Value {
	out := x.g.guarded(v, itemKind(x.Kind))
	if m, ok := out.(*Guarded); ok && m.Name == "" {
		m.Name = x.Name
	}
	return out
}

// Open is a guarded container as a container of guarded members.
func Open(v Value) Value {
	x, ok := v.(*Guarded)
	if !ok {
		return v
	}
	switch c := x.V.(type) {
	case *Dict:
		out := NewDict(c.Len())
		c.Each(func(k, e Value) bool { return out.Set(x.member(k), x.member(e)) == nil })
		return out
	case *List:
		out := make([]Value, len(c.Elems))
		for i, e := range c.Elems {
			out[i] = x.member(e)
		}
		return NewList(out...)
	}
	return v
}

// Item is that of the plain value, guarded.
func (x *Guarded) Item(key Value) (Value, error) {
	v, err := GetItem(x.V, Plain(key))
	if err != nil {
		return nil, err
	}
	return x.member(v), nil
}

// Attr is that of the plain value, guarded; a method's result is guarded.
func (x *Guarded) Attr(name string) (Value, bool) {
	v, ok, err := GetAttr(x.V, name)
	if !ok || err != nil {
		return nil, false
	}
	if _, ok := v.(Callable); ok {
		return &guardedMethod{x, name, v}, true
	}
	return x.member(v), true
}

// ListKind begins the kind of a list: "list:identifier" is one of identifiers.
const ListKind = "list:"

func itemKind(kind string) string {
	if k, ok := strings.CutPrefix(kind, ListKind); ok {
		return k
	}
	return keptKind(kind)
}

// keptKind is the kind that a text has which was made of one of that kind: an
// identifier in upper case is an identifier.
func keptKind(kind string) string {
	switch kind {
	case "identifier", "relation":
		return kind
	}
	return ""
}
