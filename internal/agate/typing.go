package agate

import (
	"strconv"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// typeOf finds the first type that all values of a column fit, in dbt's order:
// Integer, Number, Date, DateTime, Boolean, Text. A column of nulls is Integer; a
// column with a text or a container in it is Text.
//
// dbt: build_type_tester.
func typeOf(rows [][]value.Value, j int) DataType {
	fits := []DataType{Integer, Number, Date, DateTime, Boolean}
	for _, r := range rows {
		v := r[j]
		if isNone(v) {
			continue
		}
		left := fits[:0:0]
		for _, k := range fits {
			if fit(k, v) {
				left = append(left, k)
			}
		}
		fits = left
		if len(fits) == 0 {
			return Text
		}
	}
	return fits[0]
}

func isNone(v value.Value) bool { return v == nil || v == value.None }

func fit(k DataType, v value.Value) bool {
	switch v.(type) {
	case value.Int, *value.BigInt:
		return k == Integer || k == Number || k == Boolean && isBit(v)
	case *value.Decimal:
		return k == Number || k == Boolean && isBit(v)
	case value.Float:
		return k == Number
	case value.Bool:
		return k == Boolean
	case *pylib.Date:
		return k == Date || k == DateTime
	case *pylib.DateTime:
		return k == DateTime
	}
	return false
}

// isBit reports 0 and 1, which a column of booleans takes as such.
func isBit(v value.Value) bool { return value.Equal(v, value.Int(0)) || value.Equal(v, value.Int(1)) }

// cast makes a value one of its column's type: whole numbers beside fractions
// become decimals, dates beside times become times, containers become JSON.
func cast(k DataType, v value.Value) value.Value {
	if isNone(v) {
		return value.None
	}
	switch k {
	case Number:
		return decimal(v)
	case DateTime:
		if d, ok := v.(*pylib.Date); ok {
			return pylib.NaiveFromTime(d.GoTime())
		}
	case Boolean:
		return value.Bool(v.Truth())
	case Text:
		return text(v)
	}
	return v
}

// decimal is Decimal(v), of a float by way of its shortest text.
func decimal(v value.Value) value.Value {
	switch v.(type) {
	case *value.Decimal:
		return v
	case value.Int, *value.BigInt, value.Float:
		if d, err := value.ParseDecimal(value.ToStr(v)); err == nil {
			return d
		}
	}
	return v
}

func text(v value.Value) value.Value {
	switch v.(type) {
	case value.Str:
		return v
	case *value.List, *value.Dict, *value.Tuple:
		if b, err := value.AppendJSON(nil, jsonable(v), value.JSONOptions{EnsureASCII: true}); err == nil {
			return value.Str(b)
		}
	}
	return value.Str(value.ToStr(v))
}

// jsonable makes of a value what JSON can hold, as agate's jsonify does:
// decimals become numbers, dates ISO text.
func jsonable(v value.Value) value.Value {
	switch x := v.(type) {
	case *value.Decimal:
		if f, err := x.Float(); err == nil {
			return value.Float(f)
		}
	case *pylib.Date, *pylib.DateTime, *pylib.Time:
		if iso, ok, err := value.GetAttr(v, "isoformat"); err == nil && ok {
			if s, err := value.Call(nil, iso, nil, nil); err == nil {
				return s
			}
		}
	case *value.List:
		out := value.NewList()
		for _, e := range x.Elems {
			out.Elems = append(out.Elems, jsonable(e))
		}
		return out
	case *value.Dict:
		out := value.NewDict(x.Len())
		x.Each(func(k, e value.Value) bool {
			out.SetStr(value.ToStr(k), jsonable(e))
			return true
		})
		return out
	case value.NoneType, value.Bool, value.Int, *value.BigInt, value.Float, value.Str:
		return v
	}
	return value.Str(value.ToStr(v))
}

func itoa(n int) string { return strconv.Itoa(n) }
