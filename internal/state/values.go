package state

import (
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// same compares two values of which one has been through JSON. No value and none
// are the same. dbt: a date and its text are not.
func same(a, b value.Value) bool {
	if a == nil {
		a = value.None
	}
	if b == nil {
		b = value.None
	}
	return value.Equal(a, b)
}

// sameKey compares one key of two maps: it stands in both with the same value, or
// in neither.
func sameKey(a, b *value.Dict, key string) bool {
	x, inA := lookUp(a, key)
	y, inB := lookUp(b, key)
	return inA == inB && (!inA || same(x, y))
}

// sameKeys compares all keys of two maps but those to leave out.
func sameKeys(a, b *value.Dict, without map[string]bool) bool {
	equal := true
	for _, d := range []*value.Dict{a, b} {
		if d == nil {
			continue
		}
		d.Each(func(k, _ value.Value) bool {
			key := value.ToStr(k)
			equal = without[key] || sameKey(a, b, key)
			return equal
		})
		if !equal {
			return false
		}
	}
	return true
}

func lookUp(d *value.Dict, key string) (value.Value, bool) {
	if d == nil {
		return nil, false
	}
	return d.GetStr(key)
}

// get gives a key's value; nil where there is none.
func get(d *value.Dict, key string) value.Value {
	v, _ := lookUp(d, key)
	return v
}

func asDict(v value.Value) *value.Dict {
	d, _ := v.(*value.Dict)
	return d
}

// dictValue makes no map the value none.
func dictValue(d *value.Dict) value.Value {
	if d == nil {
		return value.None
	}
	return d
}

func sameSet(a, b []manifest.ID) bool {
	return within(a, b) && within(b, a)
}

func within(a, b []manifest.ID) bool {
	in := make(map[manifest.ID]bool, len(b))
	for _, id := range b {
		in[id] = true
	}
	for _, id := range a {
		if !in[id] {
			return false
		}
	}
	return true
}
