package manifest

import (
	"fmt"
	"strings"

	"dex/internal/jinja/value"
)

// mergeValue lays v over old. Neither is changed.
func mergeValue(how Merge, old, v value.Value) (value.Value, error) {
	switch how {
	case Append:
		return appended(old, v), nil
	case Update:
		a, b, err := twoDicts(old, v)
		if err != nil {
			return nil, err
		}
		return updated(a, b), nil
	case DictKeyAppend:
		a, b, err := twoDicts(old, v)
		if err != nil {
			return nil, err
		}
		return keyAppended(a, b), nil
	}
	return v, nil
}

// twoDicts demands that both are maps.
func twoDicts(old, v value.Value) (a, b *value.Dict, err error) {
	for _, x := range []value.Value{old, v} {
		if _, ok := x.(*value.Dict); !ok {
			return nil, nil, fmt.Errorf("expected dict, got %s", value.ToStr(x))
		}
	}
	return old.(*value.Dict), v.(*value.Dict), nil
}

// listed is a list's elements, or a scalar as a list of one.
func listed(v value.Value) []value.Value {
	if l, ok := v.(*value.List); ok {
		return l.Elems
	}
	return []value.Value{v}
}

func appended(old, v value.Value) *value.List {
	a, b := listed(old), listed(v)
	elems := make([]value.Value, 0, len(a)+len(b))
	return value.NewList(append(append(elems, a...), b...)...)
}

func updated(a, b *value.Dict) *value.Dict {
	d := value.NewDict(a.Len() + b.Len())
	put := func(k, v value.Value) bool {
		setKey(d, k, v)
		return true
	}
	a.Each(put)
	b.Each(put)
	return d
}

// keyAppended merges grants: the values of each key become lists, and a key
// with a "+" before it adds to the list that stands.
func keyAppended(a, b *value.Dict) *value.Dict {
	d := value.NewDict(a.Len() + b.Len())
	a.Each(func(k, v value.Value) bool {
		setKey(d, k, value.NewList(append([]value.Value(nil), listed(v)...)...))
		return true
	})
	b.Each(func(k, v value.Value) bool {
		name := value.ToStr(k)
		bare := strings.TrimLeft(name, "+")
		if old, ok := d.GetStr(bare); ok && bare != name {
			d.SetStr(bare, appended(old, v))
		} else {
			d.SetStr(bare, value.NewList(append([]value.Value(nil), listed(v)...)...))
		}
		return true
	})
	return d
}

// setKey copies a pair from one dict to another. The key was hashable in the
// first, so it is in the second.
func setKey(d *value.Dict, k, v value.Value) {
	if err := d.Set(k, v); err != nil {
		panic("manifest: a key of a dict cannot be the key of a dict: " + err.Error())
	}
}

// complete gives v, where it is a map, the fields of def that it lacks, in the
// order of def. Keys that def does not have get lost, as in dbt's dataclasses: who
// reads the project tells of them.
func complete(def, v value.Value) value.Value {
	d, ok := v.(*value.Dict)
	known, isRecord := def.(*value.Dict)
	if !ok || !isRecord {
		return v
	}
	out := value.NewDict(known.Len())
	known.Each(func(k, dv value.Value) bool {
		if given, ok := d.Get(k); ok {
			dv = complete(dv, given)
		}
		setKey(out, k, dv)
		return true
	})
	return out
}

// callMerge says how a key of several config() calls of one file adds up. These
// rules are those of Config.Merge for a file that has no schema yet.
var callMerge = map[string]Merge{
	"pre-hook": Append, "post-hook": Append, "tags": Append, "packages": Append,
	"quoting": Update, "column_types": Update, "meta": Update, "docs": Update, "contract": Update,
	"grants":                     DictKeyAppend,
	"snapshot_meta_column_names": Update,
}

// MergeCall lays the arguments of one more config() call of a file over those
// of the calls before it. It changes calls.
//
// dbt: a first call is taken as it is; only from the second on do values become
// lists. The keys of grants keep their "+" here, since the layers above these
// calls have yet to meet them.
func MergeCall(calls, next *value.Dict) error {
	if calls.Len() == 0 {
		next.Each(func(k, v value.Value) bool {
			calls.SetStr(CanonicalKey(value.ToStr(k)), v)
			return true
		})
		return nil
	}
	var err error
	next.Each(func(k, v value.Value) bool {
		err = mergeCallKey(calls, CanonicalKey(value.ToStr(k)), v)
		return err == nil
	})
	return err
}

func mergeCallKey(calls *value.Dict, key string, v value.Value) error {
	old, has := calls.GetStr(key)
	how := callMerge[key]
	if how == Update || how == DictKeyAppend {
		if _, ok := v.(*value.Dict); !ok {
			return fmt.Errorf("config %s: expected dict, got %s", key, value.ToStr(v))
		}
	}
	switch {
	case how == Append && has:
		v = appended(old, v)
	case how == Append:
		v = value.NewList(append([]value.Value(nil), listed(v)...)...)
	case how == Update && has:
		if a, ok := old.(*value.Dict); ok {
			v = updated(a, v.(*value.Dict))
		}
	case how == DictKeyAppend:
		v = callGrants(old, v.(*value.Dict))
	}
	calls.SetStr(key, v)
	return nil
}

// callGrants adds up the grants of two config() calls, keeping every "+".
func callGrants(old value.Value, next *value.Dict) *value.Dict {
	d := value.NewDict(next.Len())
	if a, ok := old.(*value.Dict); ok {
		a.Each(func(k, v value.Value) bool {
			setKey(d, k, appended(value.NewList(), v))
			return true
		})
	}
	next.Each(func(k, v value.Value) bool {
		if had, ok := d.Get(k); ok && strings.HasPrefix(value.ToStr(k), "+") {
			setKey(d, k, appended(had, v))
		} else {
			setKey(d, k, appended(value.NewList(), v))
		}
		return true
	})
	return d
}
