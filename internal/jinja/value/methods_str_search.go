package value

import (
	"strings"
	"unicode/utf8"
)

var strSearchRows = []method{
	{name: "find", min: 1, max: 3, brief: true, fn: finder(strings.Index, false)},
	{name: "rfind", min: 1, max: 3, brief: true, fn: finder(strings.LastIndex, false)},
	{name: "index", min: 1, max: 3, brief: true, fn: finder(strings.Index, true)},
	{name: "rindex", min: 1, max: 3, brief: true, fn: finder(strings.LastIndex, true)},
	{name: "count", min: 1, max: 3, brief: true, fn: strCount},
	{name: "startswith", min: 1, max: 3, brief: true, fn: affix("startswith", strings.HasPrefix)},
	{name: "endswith", min: 1, max: 3, brief: true, fn: affix("endswith", strings.HasSuffix)},
	{name: "replace", min: 2, max: 3, fn: strReplace},
}

// part is the section of a text that start and end arguments choose.
type part struct {
	text  string
	start int  // of the section, in code points
	valid bool // start is not beyond the end
}

func newPart(s string, bounds []Value) (part, error) {
	if len(bounds) == 0 {
		return part{s, 0, true}, nil
	}
	n := runeLen(s)
	lo, hi := 0, n
	for i, p := range []*int{&lo, &hi} {
		if i >= len(bounds) || !given(bounds[i]) {
			continue
		}
		at, ok := asIndex(bounds[i])
		if !ok {
			return part{}, errSliceIndex()
		}
		if at < 0 {
			at = max(at+n, 0)
		}
		*p = at
	}
	hi = min(hi, n)
	if lo > hi {
		return part{}, nil
	}
	return part{sliceRunes(s, lo, hi), lo, true}, nil
}

func finder(find func(s, sub string) int, must bool) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		sub, err := needText(a[0], "must be str, not %s")
		if err != nil {
			return nil, err
		}
		p, err := newPart(textOf(self), a[1:])
		if err != nil {
			return nil, err
		}
		if p.valid {
			if i := find(p.text, sub); i >= 0 {
				return Int(p.start + runeLen(p.text[:i])), nil
			}
		}
		if must {
			return nil, Errorf("ValueError", "substring not found")
		}
		return Int(-1), nil
	}
}

func strCount(_ *Thread, self Value, a []Value) (Value, error) {
	sub, err := needText(a[0], "must be str, not %s")
	if err != nil {
		return nil, err
	}
	p, err := newPart(textOf(self), a[1:])
	if err != nil || !p.valid {
		return Int(0), err
	}
	return Int(strings.Count(p.text, sub)), nil
}

// affix is startswith and endswith, which take one text or a tuple of them.
func affix(name string, has func(s, t string) bool) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		p, err := newPart(textOf(self), a[1:])
		if err != nil {
			return nil, err
		}
		if t, ok := AsString(a[0]); ok {
			return Bool(p.valid && has(p.text, t)), nil
		}
		tuple, ok := a[0].(*Tuple)
		if !ok {
			_, err := needText(a[0], name+" first arg must be str or a tuple of str, not %s")
			return nil, err
		}
		for _, v := range tuple.Elems {
			t, err := needText(v, "tuple for "+name+" must only contain str, not %s")
			if err != nil {
				return nil, err
			}
			if p.valid && has(p.text, t) {
				return Bool(true), nil
			}
		}
		return Bool(false), nil
	}
}

func strReplace(_ *Thread, self Value, a []Value) (Value, error) {
	old, err := needText(a[0], "replace() argument 1 must be str, not %s")
	if err != nil {
		return nil, err
	}
	repl, err := needText(a[1], "replace() argument 2 must be str, not %s")
	if err != nil {
		return nil, err
	}
	count := -1
	if len(a) == 3 {
		if count, err = needIndex(a[2]); err != nil {
			return nil, err
		}
	}
	s := textOf(self)
	if grow := len(repl) - len(old); grow > 0 {
		n := strings.Count(s, old)
		if old == "" {
			n = utf8.RuneCountInString(s) + 1
		}
		if n > maxSequence/grow {
			return nil, Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
		}
	}
	return Str(strings.Replace(s, old, repl, count)), nil
}
