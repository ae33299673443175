package duckdb

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// bindTyped binds a value with its own type, as Python's DuckDB does: a date is a DATE
// and no text.
func bindTyped(stmt mapping.PreparedStatement, at mapping.IdxT, v value.Value) error {
	if v, ok := v.(value.Str); ok {
		return bound(stmt, mapping.BindVarcharLength(stmt, at, string(v), mapping.IdxT(len(v))))
	}
	made, err := duckValue(v)
	if err != nil {
		return err
	}
	defer mapping.DestroyValue(&made)
	return bound(stmt, mapping.BindValue(stmt, at, made))
}

func bound(stmt mapping.PreparedStatement, state mapping.State) error {
	if state == mapping.StateError {
		return errors.New(mapping.PrepareError(stmt))
	}
	return nil
}

// duckValue makes a value of DuckDB's. The caller destroys it.
func duckValue(v value.Value) (mapping.Value, error) {
	switch v := v.(type) {
	case value.NoneType:
		return mapping.CreateNullValue(), nil
	case value.Bool:
		return mapping.CreateBool(bool(v)), nil
	case value.Int:
		return mapping.CreateInt64(int64(v)), nil
	case *value.BigInt:
		h, ok := toHuge(v.I)
		if !ok {
			return mapping.Value{}, fmt.Errorf("the integer %s does not fit into a HUGEINT: give it as a text", v.I)
		}
		return mapping.CreateHugeInt(h), nil
	case value.Float:
		return mapping.CreateDouble(float64(v)), nil
	case value.Str:
		return mapping.CreateVarcharLength(string(v), mapping.IdxT(len(v))), nil
	case value.Bytes:
		return mapping.CreateBlob([]byte(v)), nil
	case *value.Decimal:
		return decimalValue(v)
	case *value.List:
		return listValue(v.Elems)
	case *value.Tuple:
		return listValue(v.Elems)
	case *value.Dict:
		return structValue(v)
	}
	return timeLike(v)
}

func timeLike(v value.Value) (mapping.Value, error) {
	switch v := v.(type) {
	case *pylib.Date:
		return mapping.CreateDate(mapping.NewDate(int32(v.GoTime().Unix() / 86400))), nil // midnight: no remainder
	case *pylib.DateTime:
		t, aware := v.GoTime()
		at := mapping.NewTimestamp(t.UnixMicro())
		if aware {
			return mapping.CreateTimestampTZ(at), nil
		}
		return mapping.CreateTimestamp(at), nil
	case *pylib.Time:
		if zone, ok := v.Attr("tzinfo"); !ok || zone == value.None {
			return mapping.CreateTime(mapping.NewTime(v.SinceMidnight().Microseconds())), nil
		}
	case *pylib.TimeDelta:
		days, micros, err := deltaParts(v)
		if err != nil {
			return mapping.Value{}, err
		}
		return mapping.CreateInterval(mapping.NewInterval(0, days, micros)), nil
	}
	s := value.ToStr(v) // a time with an offset, and what templates have: DuckDB casts it
	return mapping.CreateVarcharLength(s, mapping.IdxT(len(s))), nil
}

func deltaParts(d *pylib.TimeDelta) (days int32, micros int64, err error) {
	part := func(name string) int64 {
		v, _ := d.Attr(name)
		n, _ := v.(value.Int)
		return int64(n)
	}
	n := part("days")
	if n > math.MaxInt32 || n < math.MinInt32 {
		return 0, 0, fmt.Errorf("the interval %s does not fit into DuckDB's", value.ToStr(d))
	}
	return int32(n), part("seconds")*int64(time.Second/time.Microsecond) + part("microseconds"), nil
}

// decimalValue makes a DECIMAL with as many digits as the value has, at most 38.
func decimalValue(d *value.Decimal) (mapping.Value, error) {
	const most = 38
	coef, scale, ok := d.Digits()
	if !ok {
		return mapping.Value{}, fmt.Errorf("the decimal %s is no number that DuckDB has", value.ToStr(d))
	}
	if scale < 0 {
		coef = new(big.Int).Mul(coef, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(min(-scale, most+1))), nil))
		scale = 0
	}
	width := max(len(new(big.Int).Abs(coef).String()), scale, 1)
	h, fits := toHuge(coef)
	if width > most || !fits {
		return mapping.Value{}, fmt.Errorf("the decimal %s has more than %d digits: give it as a text", value.ToStr(d), most)
	}
	return mapping.CreateDecimal(mapping.NewDecimal(uint8(width), uint8(scale), h)), nil
}

// listValue makes a LIST, whose type is that of its first item that is not NULL.
func listValue(elems []value.Value) (mapping.Value, error) {
	vs, err := duckValues(elems)
	defer destroyValues(vs)
	if err != nil {
		return mapping.Value{}, err
	}
	kind, typ := "", mapping.CreateLogicalType(mapping.TypeSQLNull)
	defer func() { mapping.DestroyLogicalType(&typ) }()
	for i, e := range elems {
		if e == value.None {
			continue
		}
		if kind == "" {
			kind = e.Type()
			mapping.DestroyLogicalType(&typ)
			typ = typeOf(vs[i], e)
		} else if e.Type() != kind {
			return mapping.Value{}, fmt.Errorf("a list holds values of one type, and this one holds %s and %s", kind, e.Type())
		}
	}
	return mapping.CreateListValue(typ, vs), nil
}

// typeOf gives a type that the caller destroys: GetValueType's belongs to the value.
func typeOf(v mapping.Value, of value.Value) mapping.LogicalType {
	if elems, ok := elemsOf(of); ok {
		child := mapping.CreateLogicalType(mapping.TypeSQLNull)
		for _, e := range elems {
			if e != value.None {
				made, err := duckValue(e)
				if err != nil {
					break // said where the list was made
				}
				mapping.DestroyLogicalType(&child)
				child = typeOf(made, e)
				mapping.DestroyValue(&made)
				break
			}
		}
		list := mapping.CreateListType(child)
		mapping.DestroyLogicalType(&child)
		return list
	}
	if d, ok := of.(*value.Dict); ok {
		return structType(d)
	}
	if _, ok := of.(*value.Decimal); ok {
		own := mapping.GetValueType(v)
		return mapping.CreateDecimalType(38, mapping.DecimalScale(own))
	}
	return mapping.CreateLogicalType(mapping.GetTypeId(mapping.GetValueType(v)))
}

func elemsOf(v value.Value) ([]value.Value, bool) {
	switch v := v.(type) {
	case *value.List:
		return v.Elems, true
	case *value.Tuple:
		return v.Elems, true
	}
	return nil, false
}

func structType(d *value.Dict) mapping.LogicalType {
	var types []mapping.LogicalType
	var names []string
	d.Each(func(k, e value.Value) bool {
		made, err := duckValue(e)
		if err != nil {
			made = mapping.CreateNullValue() // said where the struct was made
		}
		types, names = append(types, typeOf(made, e)), append(names, value.ToStr(k))
		mapping.DestroyValue(&made)
		return true
	})
	out := mapping.CreateStructType(types, names)
	for i := range types {
		mapping.DestroyLogicalType(&types[i])
	}
	return out
}

func structValue(d *value.Dict) (mapping.Value, error) {
	if d.Len() == 0 {
		return mapping.Value{}, errors.New("a dict without keys is no STRUCT of DuckDB: give None, or a text")
	}
	var elems []value.Value
	d.Each(func(_, e value.Value) bool {
		elems = append(elems, e)
		return true
	})
	vs, err := duckValues(elems)
	defer destroyValues(vs)
	if err != nil {
		return mapping.Value{}, err
	}
	typ := structType(d)
	defer mapping.DestroyLogicalType(&typ)
	return mapping.CreateStructValue(typ, vs), nil
}

func duckValues(elems []value.Value) ([]mapping.Value, error) {
	out := make([]mapping.Value, 0, len(elems))
	for _, e := range elems {
		v, err := duckValue(e)
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}

func destroyValues(vs []mapping.Value) {
	for i := range vs {
		mapping.DestroyValue(&vs[i])
	}
}
