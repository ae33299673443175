package duckdb

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// seedTypes are the columns of a seed's table, as dbt-duckdb's convert_*_type
// names them.
var seedTypes = map[adapter.SeedType]string{
	adapter.SeedText: "text", adapter.SeedInteger: "integer", adapter.SeedNumber: "float8", adapter.SeedBoolean: "boolean",
	adapter.SeedDate: "date", adapter.SeedDateTime: "timestamp without time zone", adapter.SeedTime: "time",
}

// ConvertType implements adapter.Adapter.
func (d *database) ConvertType(t adapter.SeedType) string { return seedTypes[t] }

// column reads one column of a chunk. Its reader is chosen once per result; bind
// points it at each chunk's memory, which DuckDB owns.
type column struct {
	read  func(c *column, row int) value.Value // of a row that is not NULL
	data  unsafe.Pointer
	mask  unsafe.Pointer // a bit per row, set where it is not NULL; nil: none is NULL
	kids  []column
	names []string // of a struct's fields or an enum's labels
	scale int      // of a decimal
	size  int      // of an array
	shape shape
	loc   *time.Location // of TIMESTAMP WITH TIME ZONE
}

// shape says where a column's children are.
type shape uint8

const (
	flat shape = iota
	listOf
	arrayOf
	structOf
)

func (c *column) value(row int) value.Value {
	if c.mask != nil && at[uint64](c.mask, row/64)>>(row%64)&1 == 0 {
		return value.None
	}
	return c.read(c, row)
}

func (c *column) bind(v mapping.Vector) {
	c.data, c.mask = mapping.VectorGetData(v), mapping.VectorGetValidity(v)
	switch c.shape {
	case listOf:
		c.kids[0].bind(mapping.ListVectorGetChild(v))
	case arrayOf:
		c.kids[0].bind(mapping.ArrayVectorGetChild(v))
	case structOf:
		for i := range c.kids {
			c.kids[i].bind(mapping.StructVectorGetChild(v, mapping.IdxT(i)))
		}
	}
}

// at reads the i-th element of an array in DuckDB's memory.
func at[T any](p unsafe.Pointer, i int) T {
	var t T
	return *(*T)(unsafe.Add(p, uintptr(i)*unsafe.Sizeof(t)))
}

// newColumn chooses the reader for a type.
func newColumn(lt mapping.LogicalType, loc *time.Location) (column, error) {
	id := mapping.GetTypeId(lt)
	if read, ok := scalars[id]; ok {
		return column{read: read, loc: loc}, nil
	}
	if build, ok := compounds[id]; ok {
		return build(lt, loc)
	}
	return column{}, fmt.Errorf("dex cannot read values of DuckDB type %d: cast the column, for example to VARCHAR", id)
}

func integer[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](c *column, row int) value.Value {
	return value.Int(at[T](c.data, row))
}

type hugeint struct {
	lower uint64
	upper int64
}

func (h hugeint) big() *big.Int {
	i := new(big.Int).Lsh(big.NewInt(h.upper), 64)
	return i.Add(i, new(big.Int).SetUint64(h.lower))
}

// scalars are the types that stand for themselves. What Python's DuckDB shows is
// the measure: a BIGNUM and a BIT are text, a UUID is shown here by its text.
var scalars = map[mapping.Type]func(c *column, row int) value.Value{
	mapping.TypeSQLNull:   func(*column, int) value.Value { return value.None },
	mapping.TypeBoolean:   func(c *column, row int) value.Value { return value.Bool(at[uint8](c.data, row) != 0) },
	mapping.TypeTinyInt:   integer[int8],
	mapping.TypeSmallInt:  integer[int16],
	mapping.TypeInteger:   integer[int32],
	mapping.TypeBigInt:    integer[int64],
	mapping.TypeUTinyInt:  integer[uint8],
	mapping.TypeUSmallInt: integer[uint16],
	mapping.TypeUInteger:  integer[uint32],
	mapping.TypeUBigInt: func(c *column, row int) value.Value {
		return value.NewBigInt(new(big.Int).SetUint64(at[uint64](c.data, row)))
	},
	mapping.TypeHugeInt: func(c *column, row int) value.Value { return value.NewBigInt(at[hugeint](c.data, row).big()) },
	mapping.TypeUHugeInt: func(c *column, row int) value.Value {
		h := at[[2]uint64](c.data, row)
		i := new(big.Int).Lsh(new(big.Int).SetUint64(h[1]), 64)
		return value.NewBigInt(i.Add(i, new(big.Int).SetUint64(h[0])))
	},
	mapping.TypeFloat:       func(c *column, row int) value.Value { return value.Float(at[float32](c.data, row)) },
	mapping.TypeDouble:      func(c *column, row int) value.Value { return value.Float(at[float64](c.data, row)) },
	mapping.TypeVarchar:     func(c *column, row int) value.Value { return value.Str(stringAt(c.data, row)) },
	mapping.TypeBlob:        func(c *column, row int) value.Value { return value.Bytes(stringAt(c.data, row)) },
	mapping.TypeGeometry:    func(c *column, row int) value.Value { return value.Bytes(stringAt(c.data, row)) },
	mapping.TypeBit:         func(c *column, row int) value.Value { return value.Str(bitText(stringAt(c.data, row))) },
	mapping.TypeBigNum:      func(c *column, row int) value.Value { return value.Str(bigNumText(stringAt(c.data, row))) },
	mapping.TypeUUID:        func(c *column, row int) value.Value { return value.Str(uuidText(at[hugeint](c.data, row))) },
	mapping.TypeDate:        func(c *column, row int) value.Value { return dateValue(at[int32](c.data, row)) },
	mapping.TypeTime:        func(c *column, row int) value.Value { return timeValue(at[int64](c.data, row)) },
	mapping.TypeTimeNS:      func(c *column, row int) value.Value { return timeValue(at[int64](c.data, row) / 1000) },
	mapping.TypeTimeTZ:      func(c *column, row int) value.Value { return timeTZValue(at[uint64](c.data, row)) },
	mapping.TypeTimestamp:   func(c *column, row int) value.Value { return timestampValue(at[int64](c.data, row), nil) },
	mapping.TypeTimestampTZ: func(c *column, row int) value.Value { return timestampValue(at[int64](c.data, row), c.loc) },
	mapping.TypeTimestampS:  func(c *column, row int) value.Value { return scaledTimestamp(at[int64](c.data, row), 1e6, 1) },
	mapping.TypeTimestampMS: func(c *column, row int) value.Value { return scaledTimestamp(at[int64](c.data, row), 1e3, 1) },
	mapping.TypeTimestampNS: func(c *column, row int) value.Value { return scaledTimestamp(at[int64](c.data, row), 1, 1e3) },
	mapping.TypeInterval:    func(c *column, row int) value.Value { return intervalValue(at[interval](c.data, row)) },
}

// compounds are the types whose reader depends on more than their id.
var compounds map[mapping.Type]func(lt mapping.LogicalType, loc *time.Location) (column, error)

func init() {
	compounds = map[mapping.Type]func(mapping.LogicalType, *time.Location) (column, error){
		mapping.TypeDecimal: newDecimal,
		mapping.TypeEnum:    newEnum,
		mapping.TypeList:    newList,
		mapping.TypeArray:   newArray,
		mapping.TypeStruct:  newStruct,
		mapping.TypeMap:     newMap,
		mapping.TypeUnion:   newUnion,
	}
}

func newDecimal(lt mapping.LogicalType, _ *time.Location) (column, error) {
	c := column{scale: int(mapping.DecimalScale(lt))}
	switch mapping.DecimalInternalType(lt) {
	case mapping.TypeSmallInt:
		c.read = decimal[int16]
	case mapping.TypeInteger:
		c.read = decimal[int32]
	case mapping.TypeBigInt:
		c.read = decimal[int64]
	default:
		c.read = func(c *column, row int) value.Value {
			return value.NewDecimal(at[hugeint](c.data, row).big(), c.scale)
		}
	}
	return c, nil
}

func decimal[T int16 | int32 | int64](c *column, row int) value.Value {
	return value.NewDecimal(big.NewInt(int64(at[T](c.data, row))), c.scale)
}

func newEnum(lt mapping.LogicalType, _ *time.Location) (column, error) {
	c := column{}
	for i := range mapping.EnumDictionarySize(lt) {
		c.names = append(c.names, mapping.EnumDictionaryValue(lt, mapping.IdxT(i)))
	}
	switch mapping.EnumInternalType(lt) {
	case mapping.TypeUTinyInt:
		c.read = enum[uint8]
	case mapping.TypeUSmallInt:
		c.read = enum[uint16]
	default:
		c.read = enum[uint32]
	}
	return c, nil
}

func enum[T uint8 | uint16 | uint32](c *column, row int) value.Value {
	return value.Str(c.names[at[T](c.data, row)])
}

func newList(lt mapping.LogicalType, loc *time.Location) (column, error) {
	kid, err := kidColumn(mapping.ListTypeChildType(lt), loc)
	return column{kids: []column{kid}, shape: listOf, read: func(c *column, row int) value.Value {
		return value.NewList(c.entries(row)...)
	}}, err
}

// newArray reads an array as a tuple, as Python's DuckDB does.
func newArray(lt mapping.LogicalType, loc *time.Location) (column, error) {
	kid, err := kidColumn(mapping.ArrayTypeChildType(lt), loc)
	return column{kids: []column{kid}, shape: arrayOf, size: int(mapping.ArrayTypeArraySize(lt)), read: func(c *column, row int) value.Value {
		return value.NewTuple(c.kids[0].slice(row*c.size, c.size)...)
	}}, err
}

// newStruct reads a struct as a dict in the order of its fields, and one without
// names, which row(...) makes, as a tuple.
func newStruct(lt mapping.LogicalType, loc *time.Location) (column, error) {
	c := column{shape: structOf, read: readStruct}
	for i := range mapping.StructTypeChildCount(lt) {
		kid, err := kidColumn(mapping.StructTypeChildType(lt, i), loc)
		if err != nil {
			return c, err
		}
		c.kids = append(c.kids, kid)
		c.names = append(c.names, mapping.StructTypeChildName(lt, i))
	}
	if len(c.names) > 0 && c.names[0] == "" {
		c.read = func(c *column, row int) value.Value {
			t := value.NewTuple(make([]value.Value, len(c.kids))...)
			for i := range c.kids {
				t.Elems[i] = c.kids[i].value(row)
			}
			return t
		}
	}
	return c, nil
}

func readStruct(c *column, row int) value.Value {
	d := value.NewDict(len(c.kids))
	for i := range c.kids {
		d.SetStr(c.names[i], c.kids[i].value(row))
	}
	return d
}

// newMap reads a map as a dict; one whose keys cannot be keys in Python as the
// two lists "key" and "value".
func newMap(lt mapping.LogicalType, loc *time.Location) (column, error) {
	key, err := kidColumn(mapping.MapTypeKeyType(lt), loc)
	if err != nil {
		return column{}, err
	}
	val, err := kidColumn(mapping.MapTypeValueType(lt), loc)
	pair := column{shape: structOf, kids: []column{key, val}}
	return column{shape: listOf, kids: []column{pair}, read: readMap}, err
}

func readMap(c *column, row int) value.Value {
	off, n := c.entry(row)
	keys, vals := c.kids[0].kids[0].slice(off, n), c.kids[0].kids[1].slice(off, n)
	d := value.NewDict(n)
	for i, k := range keys {
		if err := d.Set(k, vals[i]); err != nil {
			d = value.NewDict(2)
			d.SetStr("key", value.NewList(keys...))
			d.SetStr("value", value.NewList(vals...))
			return d
		}
	}
	return d
}

// newUnion reads a union as the value of the member that is set.
func newUnion(lt mapping.LogicalType, loc *time.Location) (column, error) {
	c := column{shape: structOf, kids: []column{{read: integer[uint8]}}, read: func(c *column, row int) value.Value {
		return c.kids[1+int(at[uint8](c.kids[0].data, row))].value(row)
	}}
	for i := range mapping.UnionTypeMemberCount(lt) {
		kid, err := kidColumn(mapping.UnionTypeMemberType(lt, i), loc)
		if err != nil {
			return c, err
		}
		c.kids = append(c.kids, kid)
	}
	return c, nil
}

func kidColumn(lt mapping.LogicalType, loc *time.Location) (column, error) {
	defer mapping.DestroyLogicalType(&lt)
	return newColumn(lt, loc)
}

func (c *column) entry(row int) (offset, length int) {
	e := at[[2]uint64](c.data, row)
	return int(e[0]), int(e[1])
}

func (c *column) entries(row int) []value.Value {
	off, n := c.entry(row)
	return c.kids[0].slice(off, n)
}

func (c *column) slice(off, n int) []value.Value {
	out := make([]value.Value, n)
	for i := range out {
		out[i] = c.value(off + i)
	}
	return out
}

// stringAt copies the row-th string. DuckDB keeps up to 12 bytes in the entry
// itself, and a pointer to longer ones.
func stringAt(p unsafe.Pointer, row int) string {
	const entry, inline = 16, 12
	e := unsafe.Add(p, uintptr(row)*entry)
	n := *(*uint32)(e)
	from := unsafe.Add(e, 4)
	if n > inline {
		from = *(*unsafe.Pointer)(unsafe.Add(e, 8))
	}
	return strings.Clone(unsafe.String((*byte)(from), int(n)))
}

// bitText writes a BIT. Its first byte counts the padding bits of the second.
func bitText(s string) string {
	if s == "" {
		return ""
	}
	out := make([]byte, 0, 8*(len(s)-1))
	for i := int(s[0]); i < 8*(len(s)-1); i++ {
		out = append(out, '0'+s[1+i/8]>>(7-i%8)&1)
	}
	return string(out)
}

// bigNumText writes a BIGNUM: three bytes of header, whose first bit is the
// sign, then the magnitude, all of it inverted where it is negative.
func bigNumText(s string) string {
	const header = 3
	if len(s) <= header {
		return "0"
	}
	b := []byte(s[header:])
	negative := s[0]&0x80 == 0
	if negative {
		for i := range b {
			b[i] = ^b[i]
		}
	}
	n := new(big.Int).SetBytes(b)
	if negative {
		n.Neg(n)
	}
	return n.String()
}

func uuidText(h hugeint) string {
	var b [16]byte
	upper := uint64(h.upper) ^ 1<<63 // stored so that UUIDs sort as signed integers
	for i := range 8 {
		b[i], b[8+i] = byte(upper>>(56-8*i)), byte(h.lower>>(56-8*i))
	}
	x := hex.EncodeToString(b[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// fetch reads a result, at most limit rows where limit > 0.
func (s *session) fetch(ctx context.Context, res *mapping.Result, sql string, limit int) (*adapter.Table, error) {
	tab, cols, err := columnsOf(res, sql, func(lt mapping.LogicalType) (*time.Location, error) { return s.zone(ctx, lt) })
	if err != nil {
		return nil, err
	}
	for limit <= 0 || len(tab.Rows) < limit {
		if ctx.Err() != nil {
			return tab, canceled(ctx, sql)
		}
		if !readChunk(res, cols, tab, limit) {
			break
		}
	}
	return tab, nil
}

// columnsOf makes the readers of a result's columns. zone gives the session's time
// zone for types that have one.
func columnsOf(res *mapping.Result, sql string, zone func(mapping.LogicalType) (*time.Location, error)) (*adapter.Table, []column, error) {
	n := int(mapping.ColumnCount(res))
	tab := &adapter.Table{Columns: make([]adapter.Column, n)}
	cols := make([]column, n)
	for i := range cols {
		lt := mapping.ColumnLogicalType(res, mapping.IdxT(i))
		loc, err := zone(lt)
		if err == nil {
			cols[i], err = newColumn(lt, loc)
		}
		tab.Columns[i] = adapter.Column{Name: mapping.ColumnName(res, mapping.IdxT(i)), Type: typeNames[mapping.GetTypeId(lt)]}
		mapping.DestroyLogicalType(&lt)
		if err != nil {
			return nil, nil, &adapter.DatabaseError{Msg: fmt.Sprintf("column %q: %v", tab.Columns[i].Name, err), SQL: sql, Err: err}
		}
	}
	return tab, cols, nil
}

// readChunk appends the rows of the next chunk; false at the end of the result.
// The cells of a chunk share one slice.
func readChunk(res *mapping.Result, cols []column, tab *adapter.Table, limit int) bool {
	chunk := mapping.FetchChunk(*res)
	if chunk.Ptr == nil {
		return false
	}
	defer mapping.DestroyDataChunk(&chunk)
	size := int(mapping.DataChunkGetSize(chunk))
	if limit > 0 {
		size = min(size, limit-len(tab.Rows))
	}
	for i := range cols {
		cols[i].bind(mapping.DataChunkGetVector(chunk, mapping.IdxT(i)))
	}
	cells := make([]value.Value, size*len(cols))
	for row := range size {
		r := cells[row*len(cols) : (row+1)*len(cols) : (row+1)*len(cols)]
		for i := range cols {
			r[i] = cols[i].value(row)
		}
		tab.Rows = append(tab.Rows, r)
	}
	return true
}

// typeNames are the names of types in a result's columns. Sizes are left out:
// nothing in dbt looks at a result column's size.
var typeNames = map[mapping.Type]string{
	mapping.TypeBoolean: "BOOLEAN", mapping.TypeTinyInt: "TINYINT", mapping.TypeSmallInt: "SMALLINT", mapping.TypeInteger: "INTEGER",
	mapping.TypeBigInt: "BIGINT", mapping.TypeUTinyInt: "UTINYINT", mapping.TypeUSmallInt: "USMALLINT", mapping.TypeUInteger: "UINTEGER",
	mapping.TypeUBigInt: "UBIGINT", mapping.TypeHugeInt: "HUGEINT", mapping.TypeUHugeInt: "UHUGEINT", mapping.TypeFloat: "FLOAT",
	mapping.TypeDouble: "DOUBLE", mapping.TypeDecimal: "DECIMAL", mapping.TypeVarchar: "VARCHAR", mapping.TypeBlob: "BLOB",
	mapping.TypeBit: "BIT", mapping.TypeBigNum: "BIGNUM", mapping.TypeUUID: "UUID", mapping.TypeDate: "DATE", mapping.TypeTime: "TIME",
	mapping.TypeTimeNS: "TIME_NS", mapping.TypeTimeTZ: "TIME WITH TIME ZONE", mapping.TypeTimestamp: "TIMESTAMP",
	mapping.TypeTimestampTZ: "TIMESTAMP WITH TIME ZONE", mapping.TypeTimestampS: "TIMESTAMP_S", mapping.TypeTimestampMS: "TIMESTAMP_MS",
	mapping.TypeTimestampNS: "TIMESTAMP_NS", mapping.TypeInterval: "INTERVAL", mapping.TypeEnum: "ENUM", mapping.TypeList: "LIST",
	mapping.TypeArray: "ARRAY", mapping.TypeStruct: "STRUCT", mapping.TypeMap: "MAP", mapping.TypeUnion: "UNION",
	mapping.TypeGeometry: "GEOMETRY", mapping.TypeSQLNull: "NULL",
}
