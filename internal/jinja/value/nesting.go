package value

// maxNesting bounds recursion over nested values (printing, comparing,
// copying). Python's own limit of 1,000 frames is in the same range.
const maxNesting = 1000

// Nesting is the chain of containers that are being printed. It ends cycles:
// a container inside itself prints as "[...]".
type Nesting struct {
	outer *Nesting
	of    Value
	depth int
}

// enter returns the Nesting inside v, or nil when v is in the chain already or
// the chain is too long.
func (in *Nesting) enter(v Value) *Nesting {
	depth := 1
	if in != nil {
		depth = in.depth + 1
	}
	if depth > maxNesting {
		return nil
	}
	for n := in; n != nil; n = n.outer {
		if n.of == v {
			return nil
		}
	}
	return &Nesting{outer: in, of: v, depth: depth}
}

// AppendRepr appends repr(v) for a member v of the container being printed.
func (in *Nesting) AppendRepr(b []byte, v Value) []byte {
	if n, ok := v.(Nested); ok {
		return n.AppendReprIn(b, in)
	}
	return v.AppendRepr(b)
}

// Enter returns the Nesting to print v's members with, or nil where v is being
// printed already: then v prints a short form of itself. v must be a pointer.
func (in *Nesting) Enter(v Value) *Nesting { return in.enter(v) }

// appendMembers appends the members with ", " between them.
func (in *Nesting) appendMembers(b []byte, vs []Value) []byte {
	for i, v := range vs {
		// Lists of one list twice, thirty times over, are more text than fits
		// anywhere. Whoever asked meets its own limit on what comes out.
		if len(b) > maxSequence {
			break
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = in.AppendRepr(b, v)
	}
	return b
}
