package render

import (
	"fmt"
	"strings"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/jinja/value"
)

// ownFunctions are dex's own names in templates. Like all built-in names they
// give way to a macro, a variable or an argument of the same name, so a project
// that has one of its own keeps it.
var ownFunctions = map[string]function{
	"row_count":       {[]string{"relation"}, callRowCount},
	"relation_exists": {[]string{"relation"}, callRelationExists},
}

// callRowCount is row_count(relation): how many rows there are at this moment, as
// a number; 0 while parsing, and 0 for the node's own relation before its first
// run. Any other relation that is not there is an error, since a name with a
// mistake in it has no rows either.
func callRowCount(f *Frame, t *value.Thread, v []value.Value) (value.Value, error) {
	r, err := f.standing("row_count", v[0])
	if err != nil || f.Phase == Parse {
		return value.Int(0), err
	}
	of := value.ToStr(r)
	if f.isThis(r) && f.Node.Ephemeral() && f.Code != "" {
		of = "(\n" + f.Code + "\n) as " + quoted(f.Node.Alias) // its query is all there is of it
	} else if f.isThis(r) {
		have, err := f.find(r.Database, r.Schema, r.Identifier)
		if err != nil {
			return nil, unknown("row_count", r, err)
		}
		if have == nil {
			return value.Int(0), nil
		}
	}
	s, err := f.session()
	if err != nil {
		return nil, err
	}
	_, table, err := s.Execute(t.Ctx, "select count(*) from "+of, false, true, 1)
	if err != nil {
		return nil, err
	}
	if table == nil || len(table.Rows) != 1 || len(table.Rows[0]) != 1 {
		return nil, runtimeErrorf("row_count(%s): the database gave no number of rows", r.Render())
	}
	return table.Rows[0][0], nil
}

// callRelationExists is relation_exists(relation): whether a table or view of that
// name stands in the database; false while parsing. Where neither the relation
// cache nor the database can tell, it is an error: unknown is not absent.
func callRelationExists(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r, err := f.standing("relation_exists", v[0])
	if err != nil || f.Phase == Parse {
		return value.Bool(false), err
	}
	have, err := f.find(r.Database, r.Schema, r.Identifier)
	if err != nil {
		return nil, unknown("relation_exists", r, err)
	}
	return value.Bool(have != nil), nil
}

// standing checks that a template gave a relation that can stand in the database.
func (f *Frame) standing(fn string, v value.Value) (*Relation, error) {
	r, ok := v.(*Relation)
	switch {
	case f.Phase == Parse: // a ref gives the relation of the node itself, or nothing
		return nil, nil
	case !ok:
		return nil, compileErrorf("%s() takes a relation, such as this, ref('orders') or api.Relation.create(...); it got a %s: %s", fn, v.Type(), value.Repr(v))
	case r.Relation.Type == adapter.TypeCTE:
		return nil, compileErrorf("%s(%s): there is no such relation in the database: an ephemeral model, or an input of a unit test, is a part of the query that reads it", fn, r.Render())
	}
	return r, nil
}

// isThis reports whether r is the relation of the frame's node.
func (f *Frame) isThis(r *Relation) bool {
	n := f.Node
	return n != nil && r.external == "" && strings.EqualFold(n.Alias, r.Identifier) &&
		strings.EqualFold(n.Schema, r.Schema) && strings.EqualFold(n.Database, r.Database)
}

func unknown(fn string, r *Relation, err error) error {
	return Caused(&Fault{Class: diag.Runtime, Msg: fmt.Sprintf("%s(%s): whether it is there could not be found out: %v", fn, r.Render(), err)}, err)
}

// KnownAbsent reports whether the relation of the frame's node is known not to
// stand in the database. It asks the cache alone: what the cache does not know is
// unknown, and not absent.
func (f *Frame) KnownAbsent() bool {
	n := f.Node
	if n == nil || f.Inv.Cache == nil {
		return false
	}
	_, exists, known := f.Inv.Cache.Find(adapter.Relation{Database: n.Database, Schema: n.Schema, Identifier: n.Alias})
	return known && !exists
}
