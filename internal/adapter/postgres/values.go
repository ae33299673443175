package postgres

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// seedTypes are the columns of a seed's table, as dbt's convert_*_type names them.
var seedTypes = map[adapter.SeedType]string{
	adapter.SeedText: "text", adapter.SeedInteger: "integer", adapter.SeedNumber: "float8", adapter.SeedBoolean: "boolean",
	adapter.SeedDate: "date", adapter.SeedDateTime: "timestamp without time zone", adapter.SeedTime: "time",
}

// ConvertType implements adapter.Adapter.
func (d *database) ConvertType(t adapter.SeedType) string { return seedTypes[t] }

// reader reads a value from the text in which Postgres sends it.
type reader func(s string) (value.Value, error)

// kind is a type of Postgres as psycopg2 knows it: by what name, and as what value.
type kind struct {
	name string
	read reader
}

// kinds are the types whose values are more than their text. psycopg2: string_types.
var kinds = map[uint32]kind{
	16:   {"BOOLEAN", readBool},
	17:   {"BINARY", readBytea},
	18:   {"STRING", readText}, // "char"
	19:   {"STRING", readText}, // name
	20:   {"LONGINTEGER", readInt},
	21:   {"INTEGER", readInt},
	23:   {"INTEGER", readInt},
	25:   {"STRING", readText},
	26:   {"ROWID", readInt}, // oid
	114:  {"JSON", readJSON},
	700:  {"FLOAT", readFloat},
	701:  {"FLOAT", readFloat},
	704:  {"INTERVAL", readInterval}, // tinterval, which no server has any more
	705:  {"UNKNOWN", readText},
	1042: {"STRING", readText}, // character
	1043: {"STRING", readText}, // character varying
	1082: {"DATE", readDate},
	1083: {"TIME", readTime},
	1114: {"DATETIME", readTimestamp},
	1184: {"DATETIMETZ", readZoned},
	1186: {"INTERVAL", readInterval},
	1266: {"TIME", readTime}, // with time zone
	1700: {"DECIMAL", readNumeric},
	3802: {"JSONB", readJSON},
	3904: {"type", rangeOf(readInt)},
	3906: {"type", rangeOf(readNumeric)},
	3908: {"tsrange", rangeOf(readTimestamp)},
	3910: {"tstzrange", rangeOf(readZoned)},
	3912: {"daterange", rangeOf(readDate)},
	3926: {"type", rangeOf(readInt)},
}

// arrays are the types of arrays that are read as lists, with what psycopg2 calls
// them. An array of any other type is its text.
var arrays = []struct {
	oid, of uint32
	name    string
}{
	{199, 114, "JSONARRAY"}, {651, 25, "CIDRARRAY"}, {1000, 16, "BOOLEANARRAY"}, {1001, 17, "BINARYARRAY"}, {1002, 25, "STRINGARRAY"},
	{1003, 25, "STRINGARRAY"}, {1005, 23, "INTEGERARRAY"}, {1006, 23, "INTEGERARRAY"}, {1007, 23, "INTEGERARRAY"},
	{1009, 25, "STRINGARRAY"}, {1013, 26, "ROWIDARRAY"}, {1014, 25, "STRINGARRAY"}, {1015, 25, "STRINGARRAY"},
	{1016, 20, "LONGINTEGERARRAY"}, {1021, 701, "FLOATARRAY"}, {1022, 701, "FLOATARRAY"}, {1028, 26, "ROWIDARRAY"},
	{1040, 25, "MACADDRARRAY"}, {1041, 25, "INETARRAY"}, {1115, 1114, "DATETIMEARRAY"}, {1182, 1082, "DATEARRAY"},
	{1183, 1083, "TIMEARRAY"}, {1185, 1184, "DATETIMETZARRAY"}, {1187, 1186, "INTERVALARRAY"}, {1231, 1700, "DECIMALARRAY"},
	{1270, 1266, "TIMEARRAY"}, {3807, 3802, "JSONBARRAY"}, {3905, 3904, "typeARRAY"}, {3907, 3906, "typeARRAY"},
	{3909, 3908, "tsrangeARRAY"}, {3911, 3910, "tstzrangeARRAY"}, {3913, 3912, "daterangeARRAY"}, {3927, 3926, "typeARRAY"},
}

func init() {
	for _, a := range arrays {
		kinds[a.oid] = kind{a.name, arrayOf(kinds[a.of].read)}
	}
}

func columnsOf(fields []pgproto3.FieldDescription) []adapter.Column {
	out := make([]adapter.Column, len(fields))
	for i, f := range fields {
		out[i] = adapter.Column{Name: string(f.Name), Type: typeName(f.DataTypeOID)}
		if _, named := kinds[f.DataTypeOID]; !named {
			out[i].Unnamed = f.DataTypeOID
		}
	}
	return out
}

// typeName is what dbt calls a type of a query's column. dbt: data_type_code_to_name,
// and Column.create, for which STRING is TEXT.
func typeName(oid uint32) string {
	if k, ok := kinds[oid]; ok {
		if k.name == "STRING" {
			return "TEXT"
		}
		return k.name
	}
	return fmt.Sprintf("unknown type_code %d", oid)
}

func readersOf(fields []pgproto3.FieldDescription) []reader {
	out := make([]reader, len(fields))
	for i, f := range fields {
		out[i] = readText
		if k, ok := kinds[f.DataTypeOID]; ok {
			out[i] = k.read
		}
	}
	return out
}

// readRow reads a row. The texts of its cells are cut from one copy of the message.
func readRow(readers []reader, cells [][]byte, columns []adapter.Column, sql string) ([]value.Value, error) {
	size := 0
	for _, c := range cells {
		size += len(c)
	}
	var b strings.Builder
	b.Grow(size)
	for _, c := range cells {
		b.Write(c)
	}
	all := b.String()
	if !utf8.ValidString(all) {
		return nil, &adapter.DatabaseError{SQL: sql, Msg: "a value is no text in UTF-8: the database has no encoding (SQL_ASCII), or client_encoding was set to another one; " +
			"convert it, for example by convert_from(column::bytea, 'LATIN1')"}
	}
	row := make([]value.Value, len(cells))
	for i, c := range cells {
		if c == nil {
			row[i] = value.None
			continue
		}
		var err error
		if row[i], err = readers[i](all[:len(c)]); err != nil {
			return nil, &adapter.DatabaseError{SQL: sql, Msg: fmt.Sprintf("column %q: the value %.100q cannot be read: %v", columns[i].Name, c, err), Err: err}
		}
		all = all[len(c):]
	}
	return row, nil
}

func readText(s string) (value.Value, error) { return value.Str(s), nil }

func readBool(s string) (value.Value, error) { return value.Bool(s == "t"), nil }

func readInt(s string) (value.Value, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		big, ok := new(big.Int).SetString(s, 10)
		if !ok {
			return nil, err
		}
		return value.NewBigInt(big), nil
	}
	return value.Int(n), nil
}

func readFloat(s string) (value.Value, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, err
	}
	return value.Float(f), nil
}

func readNumeric(s string) (value.Value, error) {
	d, err := value.ParseDecimal(s)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func readJSON(s string) (value.Value, error) { return value.ParseJSON([]byte(s)) }

// readBytea reads both forms of bytea_output: \x and hex digits, or octal escapes.
func readBytea(s string) (value.Value, error) {
	if strings.HasPrefix(s, `\x`) {
		b, err := hex.DecodeString(s[2:])
		return value.Bytes(b), err
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		case i+3 < len(s):
			n, err := strconv.ParseUint(s[i+1:i+4], 8, 8)
			if err != nil {
				return nil, err
			}
			out = append(out, byte(n))
			i += 3
		default:
			return nil, fmt.Errorf("an escape is cut off")
		}
	}
	return value.Bytes(out), nil
}

// arrayOf reads an array as a list, lists of lists for several dimensions.
// PostgreSQL: "Array Input and Output Syntax".
func arrayOf(read reader) reader {
	return func(s string) (value.Value, error) {
		if strings.HasPrefix(s, "[") { // bounds that do not begin at 1
			_, s, _ = strings.Cut(s, "=")
		}
		a := arrayText{s: s, read: read}
		if !a.take('{') {
			return nil, fmt.Errorf("an array begins with {")
		}
		v, err := a.list(0)
		if err == nil && a.i < len(s) {
			err = fmt.Errorf("text behind the array's end")
		}
		return v, err
	}
}

type arrayText struct {
	s    string
	i    int
	read reader
}

func (a *arrayText) take(c byte) bool {
	if a.i < len(a.s) && a.s[a.i] == c {
		a.i++
		return true
	}
	return false
}

const deepestArray = 16 // Postgres allows 6 dimensions

// list reads up to the brace that closes it.
func (a *arrayText) list(depth int) (value.Value, error) {
	if depth > deepestArray {
		return nil, fmt.Errorf("an array of more than %d dimensions", deepestArray)
	}
	l := value.NewList()
	if a.take('}') {
		return l, nil
	}
	for {
		v, err := a.element(depth)
		if err != nil {
			return nil, err
		}
		l.Elems = append(l.Elems, v)
		if a.take('}') {
			return l, nil
		}
		if !a.take(',') {
			return nil, fmt.Errorf("an array is not closed")
		}
	}
}

func (a *arrayText) element(depth int) (value.Value, error) {
	if a.take('{') {
		return a.list(depth + 1)
	}
	if a.take('"') {
		s, err := a.quoted()
		if err != nil {
			return nil, err
		}
		return a.read(s)
	}
	start := a.i
	for a.i < len(a.s) && a.s[a.i] != ',' && a.s[a.i] != '}' {
		a.i++
	}
	s := a.s[start:a.i]
	if s == "NULL" {
		return value.None, nil
	}
	return a.read(s)
}

// quoted reads up to the closing quote; a backslash takes the next byte as it is.
func (a *arrayText) quoted() (string, error) {
	var b strings.Builder
	for a.i < len(a.s) {
		c := a.s[a.i]
		a.i++
		switch {
		case c == '"':
			return b.String(), nil
		case c == '\\' && a.i < len(a.s):
			c = a.s[a.i]
			a.i++
		}
		b.WriteByte(c)
	}
	return "", fmt.Errorf("a quoted element is not closed")
}

// rangeOf reads a range as the text that Python's range objects of psycopg2 have, in
// which a bound that is open is None: that is what a table of dbt's holds.
func rangeOf(read reader) reader {
	return func(s string) (value.Value, error) {
		if s == "empty" {
			return value.Str(s), nil
		}
		if len(s) < 3 {
			return nil, fmt.Errorf("no range")
		}
		inner := arrayText{s: s[1 : len(s)-1]}
		lower, err := inner.bound(read)
		if err != nil {
			return nil, err
		}
		inner.take(',')
		upper, err := inner.bound(read)
		if err != nil {
			return nil, err
		}
		return value.Str(s[:1] + value.ToStr(lower) + ", " + value.ToStr(upper) + s[len(s)-1:]), nil
	}
}

// bound reads a bound of a range, which ends at a comma or at the end.
func (a *arrayText) bound(read reader) (value.Value, error) {
	if a.take('"') {
		s, err := a.quoted()
		if err != nil {
			return nil, err
		}
		return read(s)
	}
	start := a.i
	for a.i < len(a.s) && a.s[a.i] != ',' {
		a.i++
	}
	if start == a.i {
		return value.None, nil
	}
	return read(a.s[start:a.i])
}
